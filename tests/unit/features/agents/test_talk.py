"""What the talk page is told of an agent, and who is told that there is nothing to see."""

from typing import Any

import pytest
from tests.unit.features.agents.house import ADA, House, by

from vivavoce.features.agents.access import Grant

pytestmark = pytest.mark.anyio


async def asked(house: House, agent_id: str, **params: str):
    """What the page is answered, which brings no key."""
    async with house.client(None) as client:
        return await client.get(f"/v1/vivavoce/agents/{agent_id}/talk", params=params)


def gates(**open_: bool) -> dict[str, Any]:
    return {"overrides": {"conversation_config_override": {"conversation": open_}}}


async def test_a_visitor_learns_what_a_call_needs(house: House):
    agent_id = await house.create(
        name="Front desk",
        conversation_config={
            "agent": {
                "first_message": "Hello {{visitor}}, it is {{system__time}}",
                "prompt": {"prompt": "Sell {{ thing }} to {{visitor}}, {{known}}. {{secret__key}}"},
                "dynamic_variables": {"dynamic_variable_placeholders": {"known": "yes"}},
            }
        },
        platform_settings={"widget": {"shareable_page_text": "Ask away", "feedback_mode": "end"}},
    )
    reply = await asked(house, agent_id)
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert (body["agent_id"], body["name"]) == (agent_id, "Front desk")
    assert body["variables"] == ["thing", "visitor"]
    assert body["widget_config"]["shareable_page_text"] == "Ask away"
    assert body["widget_config"]["feedback_mode"] == "end"
    assert "Sell" not in reply.text, "the prompt is nobody's business"


@pytest.mark.parametrize(
    ("text_only", "gate", "may_speak", "may_chat"),
    [(False, False, True, False), (False, True, True, True), (True, False, False, True)],
)
async def test_voice_and_chat_as_the_agent_allows(
    house: House, text_only: bool, gate: bool, may_speak: bool, may_chat: bool
):
    agent_id = await house.create(
        conversation_config={"conversation": {"text_only": text_only}}, platform_settings=gates(text_only=gate)
    )
    body = (await asked(house, agent_id)).json()
    assert (body["may_speak"], body["may_chat"]) == (may_speak, may_chat)


async def test_no_agent_and_one_that_was_put_away(house: House):
    assert (await asked(house, "agent_x")).json()["detail"]["status"] == "agent_not_found"
    agent_id = await house.create(platform_settings={"archived": True})
    reply = await asked(house, agent_id)
    assert (reply.status_code, reply.json()["detail"]["status"]) == (404, "agent_archived")


async def test_a_closed_agent_wants_the_token_of_its_link(house: House):
    agent_id = await house.create(platform_settings={"auth": {"enable_auth": True, "shareable_token": "t0k"}})
    assert (await asked(house, agent_id)).json()["detail"]["status"] == "needs_signature"
    assert (await asked(house, agent_id, conversation_signature="wrong")).status_code == 401
    assert (await asked(house, agent_id, conversation_signature="t0k")).status_code == 200
    async with house.client(ADA) as owner:
        path = f"/v1/vivavoce/agents/{agent_id}/talk"
        assert (await owner.get(path)).status_code == 401, "the page shows everybody the same"


async def test_an_allowlist_that_lacks_this_server_is_told_before_the_call(house: House):
    async with house.client(None) as client:
        ours = client.base_url.host
    shut = await house.create(platform_settings={"auth": {"allowlist": [{"hostname": "shop.example"}]}})
    reply = await asked(house, shut)
    assert (reply.status_code, reply.json()["detail"]["status"]) == (403, "origin_not_allowed")
    allowlist = [{"hostname": "shop.example"}, {"hostname": ours}]
    open_ = await house.create(platform_settings={"auth": {"allowlist": allowlist}})
    assert (await asked(house, open_)).status_code == 200


async def test_a_branch_and_what_a_signed_address_names(house: House):
    agent_id = await house.create(conversation_config={"agent": {"first_message": "Main"}})
    version = (await house.store.agent("ws_a", agent_id)).branch(await house.main(agent_id)).tip
    branch = await house.branch(agent_id)
    await house.say(agent_id, branch, first_message="Other")
    shown = (await asked(house, agent_id, branch_id=branch)).json()
    assert shown["widget_config"]["first_message"] == "Other"
    assert (await asked(house, agent_id, branch_id="agtbrch_x")).status_code == 404
    assert (await asked(house, agent_id, version_id=version)).json()["widget_config"]["first_message"] == "Main"

    await house.agents.patch(by(ADA), agent_id, {"platform_settings": {"auth": {"enable_auth": True}}})
    signatures = house.services.signatures
    grant = Grant(agent_id=agent_id, expires_at=signatures.expires_at(), branch_id=branch)
    token = await signatures.sign("ws_a", grant)
    shown = (await asked(house, agent_id, conversation_signature=token)).json()
    assert shown["widget_config"]["first_message"] == "Other"
