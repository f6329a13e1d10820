"""Agents over HTTP: the contract's shapes, and documents that come back as they were sent."""

import httpx
import pytest
from tests.unit.features.agents.house import BOB, EVE, VAL, House, document

from vivavoce.base.json import Body

pytestmark = pytest.mark.anyio

AGENTS = "/v1/convai/agents"

SENT = {
    "name": "Odd one",
    "tags": ["b", "a"],
    "conversation_config": {
        "agent": {
            "first_message": "Hello {{name}}",
            "language": "de",
            "prompt": {"prompt": "P", "llm": "model-of-tomorrow", "temperature": None, "later": {"x": [3, 1, 2]}},
        },
        "turn": {"mode": "silence", "turn_timeout": 11.5},
        "of_tomorrow": {"null": None, "list": [1, "1", None]},
    },
    "platform_settings": {"ban": {"is_banned": False}, "safety": {"x": 1}, "widget": {"variant": "tiny"}},
    "next_section": {"kept": True},
}


def contains(whole: object, part: object) -> bool:
    """Whether everything of `part` stands in `whole`, unchanged; lists whole."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    return type(whole) is type(part) and whole == part


async def created(client: httpx.AsyncClient, body: object = None) -> str:
    reply = await client.post(f"{AGENTS}/create", json=body or document())
    assert reply.status_code == 200, reply.text
    return reply.json()["agent_id"]


async def test_a_document_comes_back_as_it_was_sent_with_defaults_beside(house: House):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        body = (await client.get(f"{AGENTS}/{agent_id}")).json()
    assert contains(body, SENT)
    assert body["agent_id"] == agent_id
    assert agent_id.startswith("agent_")
    assert body["conversation_config"]["tts"]["model_id"] == "eleven_flash_v2"
    assert body["platform_settings"]["widget"]["placement"] == "bottom-right"
    assert body["metadata"]["created_at_unix_secs"] == 1_800_000_000
    assert body["version_id"].startswith("agtvrsn_")
    assert body["branch_id"] == body["main_branch_id"]
    assert body["access_info"] == {
        "is_creator": True,
        "creator_name": "Ada",
        "creator_email": "ada@example.com",
        "role": "admin",
        "anonymous_access_level_override": None,
        "access_source": "creator",
    }


async def test_what_is_stored_has_no_defaults(house: House):
    async with house.client() as client:
        agent_id = await created(client, SENT)
    assert await house.config(agent_id) == {k: v for k, v in SENT.items() if k not in ("name", "tags")}


async def test_a_patch_merges_objects_and_replaces_lists_and_workflows(house: House):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        workflow = {"nodes": {"start_node": {"type": "start"}, "n": {"type": "end"}}, "edges": {}}
        await client.patch(f"{AGENTS}/{agent_id}", json={"workflow": workflow})
        change = {
            "tags": ["c"],
            "conversation_config": {"agent": {"prompt": {"temperature": 0.5, "later": {"x": [9]}}}},
            "platform_settings": {"summary_language": None},
            "workflow": {"nodes": {"start_node": {"type": "start"}}, "edges": {}},
        }
        body = (await client.patch(f"{AGENTS}/{agent_id}", json=change)).json()
        read = (await client.get(f"{AGENTS}/{agent_id}")).json()
    assert body == read
    prompt = body["conversation_config"]["agent"]["prompt"]
    assert (prompt["prompt"], prompt["temperature"], prompt["later"]) == ("P", 0.5, {"x": [9]})
    assert list(body["workflow"]["nodes"]) == ["start_node"]
    assert (body["name"], body["tags"]) == ("Odd one", ["c"])
    assert (await house.config(agent_id))["platform_settings"]["summary_language"] is None


async def test_the_answer_of_a_get_can_be_sent_back(house: House):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        first = (await client.get(f"{AGENTS}/{agent_id}")).json()
        second = (await client.patch(f"{AGENTS}/{agent_id}", json=first)).json()
        third = (await client.patch(f"{AGENTS}/{agent_id}", json=second)).json()
    assert second | {"version_id": first["version_id"]} == first
    assert third["version_id"] == second["version_id"], "a patch that says nothing new makes no version"
    assert "agent_id" not in await house.config(agent_id)


async def test_older_spellings_are_stored_in_todays_words(house: House):
    old = document(
        categories=["x"],
        platform_settings={
            "auth": {"allowlist": ["https://example.com"]},
            "evaluation": {"criteria": ["Response Time"]},
        },
        workflow={"nodes": {"start_node": {"type": "start"}, "t": {"type": "dispatch_tool"}}, "edges": {}},
    )
    async with house.client() as client:
        agent_id = await created(client, old)
        body = (await client.get(f"{AGENTS}/{agent_id}")).json()
    assert body["tags"] == ["x"]
    assert body["platform_settings"]["auth"]["allowlist"] == [{"hostname": "example.com"}]
    assert body["platform_settings"]["evaluation"]["criteria"][0]["id"] == "response_time"
    assert body["workflow"]["nodes"]["t"]["type"] == "tool"


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({}, ["body", "conversation_config"]),
        ({"conversation_config": 3}, ["body", "conversation_config"]),
        (document(tags="x"), ["body", "tags"]),
        (
            {"conversation_config": {"agent": {"prompt": {"timezone": "Mars/Base"}}}},
            ["body", "conversation_config", "agent", "prompt", "timezone"],
        ),
        (
            {"conversation_config": {"agent": {"prompt": {"prompt": 7}}}},
            ["body", "conversation_config", "agent", "prompt", "prompt"],
        ),
        (
            {"conversation_config": {}, "platform_settings": {"evaluation": {"criteria": [{"id": "a"}]}}},
            ["body", "platform_settings", "evaluation", "criteria", 0, "name"],
        ),
    ],
)
async def test_a_wrong_document_is_refused_at_its_place(house: House, body: object, loc: list[object]):
    async with house.client() as client:
        reply = await client.post(f"{AGENTS}/create", json=body)
        assert reply.status_code == 422
        assert loc in [fault["loc"] for fault in reply.json()["detail"]]
        assert (await client.get(AGENTS)).json()["agents"] == []


async def test_a_wrong_patch_is_refused_at_its_place_and_changes_nothing(house: House):
    async with house.client() as client:
        agent_id = await created(client)
        before = (await client.get(f"{AGENTS}/{agent_id}")).json()
        reply = await client.patch(f"{AGENTS}/{agent_id}", json={"conversation_config": {"tts": {"speed": 9}}})
        assert reply.status_code == 422
        assert reply.json()["detail"][0]["loc"] == ["body", "conversation_config", "tts", "speed"]
        assert (await client.get(f"{AGENTS}/{agent_id}")).json() == before


async def test_null_sets_a_field_back_to_what_an_agent_made_without_it_has(house: House):
    async with house.client() as client:
        agent_id = await created(client, {**SENT, "procedures": {"p": {"procedure_version_id": "v"}}})
        bare = (await client.get(f"{AGENTS}/{await created(client, {'conversation_config': {}})}")).json()
        change = dict.fromkeys(("name", "tags", "platform_settings", "version_description", "next_section"))
        body = (await client.patch(f"{AGENTS}/{agent_id}", json=change)).json()
        assert (body["name"], body["tags"]) == (bare["name"], bare["tags"]) == ("Unnamed agent", [])
        assert body["platform_settings"] == bare["platform_settings"]
        assert "next_section" not in body
        stored = await house.config(agent_id)
        assert stored.keys() == {"conversation_config", "procedures"}
        kept = (await client.patch(f"{AGENTS}/{agent_id}", json={"procedures": None})).json()
        assert kept["procedures"] == body["procedures"] != {}, "the contract: null retains them"


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"conversation_config": None}, ["conversation_config"]),
        ({"workflow": None}, ["workflow"]),
        ({"conversation_config": {"agent": None}}, ["conversation_config", "agent"]),
        ({"conversation_config": {"agent": {"prompt": None}}}, ["conversation_config", "agent", "prompt"]),
    ],
)
async def test_null_is_refused_where_there_is_no_agent_without(house: House, change: Body, loc: list[str]):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        reply = await client.patch(f"{AGENTS}/{agent_id}", json=change)
        assert reply.status_code == 422
        [fault] = reply.json()["detail"]
        assert fault["loc"] == ["body", *loc]
        assert fault["msg"] == "This cannot be null: send a value, or leave the field out."


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 257}, ["name"]),
        ({"tags": ["x" * 129]}, ["tags", 0]),
        ({"tags": [""]}, ["tags", 0]),
        ({"tags": [str(number) for number in range(101)]}, ["tags"]),
        ({"version_description": "x" * 4097}, ["version_description"]),
    ],
)
async def test_what_is_empty_or_too_long_is_refused_with_its_limit(house: House, change: Body, loc: list[object]):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        reply = await client.patch(f"{AGENTS}/{agent_id}", json=change)
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", *loc])
        assert any(digit in reply.json()["detail"][0]["msg"] for digit in "1234567890")
        if "version_description" not in change:
            made = await client.post(f"{AGENTS}/create", json={"conversation_config": {}, **change})
            assert (made.status_code, made.json()["detail"][0]["loc"]) == (422, ["body", *loc])


async def test_an_id_of_any_length_is_not_repeated_whole(house: House):
    async with house.client() as client:
        reply = await client.get(f"{AGENTS}/agent_{'x' * 3000}")
    assert reply.status_code == 404
    assert len(reply.json()["detail"]["message"]) < 200


@pytest.mark.parametrize(
    ("workflow", "loc"),
    [
        ({"edges": {"e": {"source": "start_node", "target": "x"}}}, ["edges", "e", "target"]),
        ({"edges": {"e": {"source": "x", "target": "start_node"}}}, ["edges", "e", "source"]),
        ({"nodes": {"start_node": {"type": "start", "edge_order": ["e"]}}}, ["nodes", "start_node", "edge_order", 0]),
    ],
)
async def test_a_workflow_that_leads_nowhere_is_refused_and_changes_nothing(
    house: House, workflow: dict[str, object], loc: list[object]
):
    async with house.client() as client:
        reply = await client.post(f"{AGENTS}/create", json=document(workflow=workflow))
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", "workflow", *loc])
        agent_id = await created(client)
        before = (await client.get(f"{AGENTS}/{agent_id}")).json()
        reply = await client.patch(f"{AGENTS}/{agent_id}", json={"workflow": workflow})
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", "workflow", *loc])
        assert (await client.get(f"{AGENTS}/{agent_id}")).json() == before


async def test_lists_are_searched_sorted_filtered_and_paged(house: House, clock):
    async with house.client() as client:
        for name, tag in (("Cleo", "sales"), ("anna", "support"), ("Bert", "sales")):
            clock.advance(1)
            await created(client, document(name=name, tags=[tag, "all"]))
        await created(client, document(name="Old", platform_settings={"archived": True}))

        async def names(**params: object) -> list[str]:
            reply = await client.get(AGENTS, params=params)
            assert reply.status_code == 200, reply.text
            return [agent["name"] for agent in reply.json()["agents"]]

        assert await names() == ["Bert", "anna", "Cleo"]
        assert await names(sort_by="name", sort_direction="asc") == ["anna", "Bert", "Cleo"]
        assert await names(sort_by="call_count_7d", limit=1) == ["Bert"]
        assert await names(search="AN") == ["anna"]
        assert await names(tags=["support", "nobody"]) == ["anna"]
        assert await names(archived="true") == ["Old"]
        assert await names(created_by_user_id="@me") == ["Bert", "anna", "Cleo"]
        assert await names(created_by_user_id="user_bob") == []
        assert await names(show_only_owned_agents="true") == ["Bert", "anna", "Cleo"]

        page = (await client.get(AGENTS, params={"page_size": 2})).json()
        assert (len(page["agents"]), page["has_more"]) == (2, True)
        rest = (await client.get(AGENTS, params={"page_size": 2, "cursor": page["next_cursor"]})).json()
        assert ([agent["name"] for agent in rest["agents"]], rest["has_more"], rest["next_cursor"]) == (
            ["Cleo"],
            False,
            None,
        )
        assert (await client.get(AGENTS, params={"cursor": "nonsense"})).status_code == 422
        assert (await client.get(AGENTS, params={"page_size": 101})).status_code == 422


async def test_summaries_name_what_is_not_there(house: House):
    async with house.client() as client:
        agent_id = await created(client)
        body = (await client.get(f"{AGENTS}/summaries", params={"agent_ids": [agent_id, "agent_x"]})).json()
    assert body[agent_id]["data"]["name"] == "Greeter"
    assert (body["agent_x"]["status"], body["agent_x"]["error_code"]) == ("failure", 404)


async def test_a_copy_has_a_name_that_an_agent_may_have(house: House):
    async with house.client() as client:
        agent_id = await created(client, document(name="x" * 256))
        copy = (await client.post(f"{AGENTS}/{agent_id}/duplicate", json={})).json()["agent_id"]
        body = (await client.get(f"{AGENTS}/{copy}")).json()
        assert body["name"] == "x" * 249 + " (copy)"
        assert (await client.patch(f"{AGENTS}/{copy}", json=body)).status_code == 200


async def test_a_copy_is_an_agent_of_its_own(house: House):
    async with house.client() as client:
        agent_id = await created(client, SENT)
        twin = (await client.post(f"{AGENTS}/{agent_id}/duplicate")).json()["agent_id"]
        named = (await client.post(f"{AGENTS}/{agent_id}/duplicate", json={"name": "Twin"})).json()["agent_id"]
        await client.delete(f"{AGENTS}/{agent_id}")
        body = (await client.get(f"{AGENTS}/{twin}")).json()
        assert contains(body, {k: v for k, v in SENT.items() if k != "name"})
        assert body["name"] == "Odd one (copy)"
        assert (await client.get(f"{AGENTS}/{named}")).json()["name"] == "Twin"


async def test_a_deleted_agent_is_gone_with_everything_of_it(house: House, clock):
    async with house.client() as client:
        agent_id = await created(client)
        for number in range(3):
            clock.advance(1)
            await client.patch(f"{AGENTS}/{agent_id}", json={"conversation_config": {"x": number}})
        reply = await client.delete(f"{AGENTS}/{agent_id}")
        assert reply.status_code == 200
        assert (await client.get(f"{AGENTS}/{agent_id}")).status_code == 404
        assert (await client.delete(f"{AGENTS}/{agent_id}")).status_code == 404
    left = [row.read().body for row in house.documents._rows.values()]
    assert [(entry["activity_name"], entry["unmapped"]["target_id"]) for entry in left] == [
        ("Agent Creation", agent_id),
        ("Agent Update", agent_id),
        ("Agent Update", agent_id),
        ("Agent Update", agent_id),
        ("Agent Deletion", agent_id),
    ]
    assert {entry["actor"]["user"]["uid"] for entry in left} == {"user_ada"}
    assert all(entry["http_request"]["url"]["path"].startswith(AGENTS) for entry in left)


async def test_an_agent_that_others_use_is_deleted_by_force_only(house: House):
    async with house.client() as client:
        target = await created(client)
        transfer = {"transfers": [{"agent_id": target, "condition": "asked"}], "system_tool_type": "transfer_to_agent"}
        tools = {"transfer_to_agent": {"type": "system", "name": "transfer_to_agent", "params": transfer}}
        user = await created(client, {"conversation_config": {"agent": {"prompt": {"built_in_tools": tools}}}})
        reply = await client.delete(f"{AGENTS}/{target}")
        assert reply.status_code == 409
        assert user in reply.json()["detail"]["message"]
        assert (await client.delete(f"{AGENTS}/{target}", params={"force": "true"})).status_code == 200
        # What leads nowhere now stays as it is until it is touched.
        change = await client.patch(f"{AGENTS}/{user}", json={"name": "still works"})
        assert change.status_code == 200, change.text


async def test_a_patch_that_would_refer_to_nothing_names_the_field(house: House):
    async with house.client() as client:
        agent_id = await created(client)
        node = {"type": "standalone_agent", "agent_id": "agent_nobody"}
        workflow = {"nodes": {"start_node": {"type": "start"}, "n": node}, "edges": {}}
        reply = await client.patch(f"{AGENTS}/{agent_id}", json={"workflow": workflow})
        assert reply.status_code == 422
        fault = reply.json()["detail"][0]
        assert fault["loc"] == ["body", "workflow", "nodes", "n", "agent_id"]
        assert "agent_nobody" in fault["msg"]


async def test_the_link_carries_the_token_of_the_settings(house: House):
    async with house.client() as client:
        bare = await created(client)
        shared = await created(client, document(platform_settings={"auth": {"shareable_token": "t0k"}}))
        assert (await client.get(f"{AGENTS}/{bare}/link")).json() == {"agent_id": bare, "token": None}
        token = (await client.get(f"{AGENTS}/{shared}/link")).json()["token"]
    assert token == {"agent_id": shared, "conversation_token": "t0k", "purpose": "shareable_link"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("DELETE", "?force=true", None),
        ("POST", "/duplicate", {}),
        ("GET", "/link", None),
    ],
)
async def test_another_workspace_sees_nothing(house: House, method: str, path: str, body: object):
    agent_id = await house.create()
    async with house.client(EVE) as client:
        reply = await client.request(method, f"{AGENTS}/{agent_id}{path}", json=body)
        assert (reply.status_code, reply.json()["detail"]["status"]) == (404, "agent_not_found")
        assert (await client.get(AGENTS)).json()["agents"] == []
        summary = (await client.get(f"{AGENTS}/summaries", params={"agent_ids": agent_id})).json()[agent_id]
        assert summary["error_code"] == 404
    assert (await house.agents.get(BOB, agent_id))["name"] == "Greeter"


async def test_another_workspaces_agent_cannot_be_referred_to(house: House):
    theirs = await house.create(EVE)
    agent_id = await house.create()
    workflow = {"nodes": {"start_node": {"type": "start"}, "n": {"type": "standalone_agent", "agent_id": theirs}}}
    async with house.client() as client:
        reply = await client.patch(f"{AGENTS}/{agent_id}", json={"workflow": {**workflow, "edges": {}}})
        assert reply.status_code == 422


async def test_viewers_read_and_do_not_write(house: House):
    agent_id = await house.create()
    async with house.client(VAL) as client:
        assert (await client.get(f"{AGENTS}/{agent_id}")).status_code == 200
        assert (await client.patch(f"{AGENTS}/{agent_id}", json={})).status_code == 403


async def test_who_names_what_they_read_overwrites_nobody(house: House):
    async with house.client() as client:
        agent = f"{AGENTS}/{await created(client)}"
        read = (await client.get(agent)).headers["etag"]
        assert (await client.get(agent)).headers["etag"] == read
        first = await client.patch(agent, json={"tags": ["theirs"]}, headers={"if-match": read})
        assert first.status_code == 200, first.text
        late = await client.patch(agent, json={"tags": ["mine"]}, headers={"if-match": read})
        assert (late.status_code, late.json()["detail"]["status"]) == (412, "agent_changed")
        assert (await client.get(agent)).json()["tags"] == ["theirs"], "nothing of it was written"
        house.clock.advance(1)
        change = {"conversation_config": {"agent": {"first_message": "Hi"}}}
        again = await client.patch(agent, json=change, headers={"if-match": first.headers["etag"]})
        assert again.status_code == 200
        assert again.headers["etag"] == (await client.get(agent)).headers["etag"] != first.headers["etag"]
        assert (await client.patch(agent, json={"tags": ["whoever"]})).status_code == 200, "who names nothing writes"


async def test_a_null_takes_an_entry_out_of_a_map(house: House):
    async with house.client() as client:
        agent = f"{AGENTS}/{await created(client)}"
        presets = {code: {"overrides": {"agent": {"first_message": code}}} for code in ("de", "fr")}
        reply = await client.patch(agent, json={"conversation_config": {"language_presets": presets}})
        assert reply.status_code == 200, reply.text
        reply = await client.patch(agent, json={"conversation_config": {"language_presets": {"de": None}}})
        assert reply.status_code == 200, reply.text
        assert list(reply.json()["conversation_config"]["language_presets"]) == ["fr"]
        refused = await client.post(
            f"{AGENTS}/create", json={"conversation_config": {"language_presets": {"de": None}}}
        )
        assert refused.status_code == 422, "there is nothing to take away"
