"""Secrets over HTTP: stored, listed with their users, changed, deleted, and never shown."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.conftest import open_house
from tests.unit.features.workspace.house import AGENTS, MCP_SERVERS, PHONE_NUMBERS, TOOLS, House

from vivavoce.base.errors import NotFound
from vivavoce.features.workspace.secrets.service import secret_reference

pytestmark = pytest.mark.anyio

PATH = "/v1/convai/secrets"
VALUE = "swordfish-42"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        yield house


async def create(client: httpx.AsyncClient, name: str, value: str = VALUE) -> str:
    reply = await client.post(PATH, json={"type": "new", "name": name, "value": value})
    assert reply.status_code == 200, reply.text
    return reply.json()["secret_id"]


async def test_a_secret_is_made_read_changed_and_deleted_and_its_value_never_shown(
    client: httpx.AsyncClient, house: House
):
    made = await client.post(PATH, json={"type": "new", "name": "CRM", "value": VALUE})
    secret_id = made.json()["secret_id"]
    assert made.json() == {"type": "stored", "secret_id": secret_id, "name": "CRM"}
    workspace_id = house.first.workspace_id
    assert await house.services.secrets.reveal(workspace_id, secret_id) == VALUE
    shown = await client.get(f"{PATH}/{secret_id}")
    assert shown.json() == {
        "type": "stored",
        "secret_id": secret_id,
        "name": "CRM",
        "used_by": {
            "tools": [],
            "tools_has_more": False,
            "agents": [],
            "agents_has_more": False,
            "phone_numbers": [],
            "phone_numbers_has_more": False,
            "mcp_servers": [],
            "others": [],
        },
    }
    changed = await client.patch(f"{PATH}/{secret_id}", json={"type": "update", "name": "ERP", "value": "new-fish"})
    assert changed.json() == {"type": "stored", "secret_id": secret_id, "name": "ERP"}
    assert await house.services.secrets.reveal(workspace_id, secret_id) == "new-fish"
    for reply in (made, shown, changed, await client.get(PATH), await client.get("/v1/workspace/audit-logs")):
        assert VALUE not in reply.text
        assert "fish" not in reply.text
        assert "sealed" not in reply.text
    deleted = await client.delete(f"{PATH}/{secret_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(f"{PATH}/{secret_id}")).status_code == 404
    names = [entry["activity_name"] for entry in (await client.get("/v1/workspace/audit-logs")).json()["entries"]]
    assert sorted(names) == ["Secret Creation", "Secret Deletion", "Secret Update"]


async def test_what_is_stored_is_sealed(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    document = await house.services.secrets.get(house.first.workspace_id, secret_id)
    assert VALUE not in str(document)


async def test_a_name_is_taken_once(client: httpx.AsyncClient):
    secret_id = await create(client, "CRM")
    other = await create(client, "ERP")
    taken = await client.post(PATH, json={"type": "new", "name": "CRM", "value": "x"})
    [error] = taken.json()["detail"]
    assert (taken.status_code, error["loc"], error["type"]) == (422, ["body", "name"], "secret_name_taken")
    assert "'CRM'" in error["msg"]
    renamed = await client.patch(f"{PATH}/{other}", json={"type": "update", "name": "CRM", "value": "x"})
    assert renamed.status_code == 422
    same = await client.patch(f"{PATH}/{secret_id}", json={"type": "update", "name": "CRM", "value": "x"})
    assert same.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "value": "b"}, "type"),
        ({"type": "old", "name": "a", "value": "b"}, "type"),
        ({"type": "new", "value": "b"}, "name"),
        ({"type": "new", "name": "", "value": "b"}, "name"),
        ({"type": "new", "name": "a", "value": 1}, "value"),
        ({"type": "new", "name": "a", "value": "b" * 65537}, "value"),
    ],
)
async def test_wrong_bodies_are_named_and_not_echoed(quick: httpx.AsyncClient, body: dict[str, object], field: str):
    reply = await quick.post(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", field]
    assert "bbb" not in reply.text


async def test_all_are_listed_without_a_size_and_a_page_with_one(client: httpx.AsyncClient, house: House):
    for index in range(5):
        await create(client, f"secret {index}")
        house.clock.advance(1)
    body = (await client.get(PATH)).json()
    assert [secret["name"] for secret in body["secrets"]] == [f"secret {index}" for index in (4, 3, 2, 1, 0)]
    assert body["next_cursor"] is None
    first = (await client.get(PATH, params={"page_size": 2})).json()
    second = (await client.get(PATH, params={"page_size": 4, "cursor": first["next_cursor"]})).json()
    assert [secret["name"] for secret in first["secrets"]] == ["secret 4", "secret 3"]
    assert [secret["name"] for secret in second["secrets"]] == ["secret 2", "secret 1", "secret 0"]
    assert second["next_cursor"] is None
    for size in (0, 101):
        assert (await client.get(PATH, params={"page_size": size})).status_code == 422
    assert (await client.get(PATH, params={"page_size": 1, "cursor": "nonsense"})).status_code == 422


async def test_search_finds_names_that_start_with_it(client: httpx.AsyncClient, house: House):
    for name in ("CRM key", "crm token", "my CRM", "CRM-3"):
        await create(client, name)
        house.clock.advance(1)

    async def found(**params: object) -> list[str]:
        body = (await client.get(PATH, params={"search": "crm", **params})).json()
        return [secret["name"] for secret in body["secrets"]] + [str(body["next_cursor"])]

    assert await found() == ["CRM-3", "crm token", "CRM key", "None"]
    first, second, cursor = await found(page_size=2)
    assert (first, second) == ("CRM-3", "crm token")
    assert await found(page_size=2, cursor=cursor) == ["CRM key", "None"]
    assert (await client.get(PATH, params={"search": "crm", "cursor": "nonsense"})).status_code == 422


async def test_users_are_shown_by_kind_and_keep_a_secret_from_deletion(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    used = [secret_reference(secret_id)]
    agent_id = await house.use(AGENTS, used, {"name": "Ada"})
    tool_id = await house.use(TOOLS, used, {"tool_config": {"name": "lookup"}})
    number = {"phone_number": "+4912345", "label": "Line", "provider": "sip_trunk"}
    number_id = await house.use(PHONE_NUMBERS, used, number)
    mcp_id = await house.use(MCP_SERVERS, used)
    used_by = (await client.get(f"{PATH}/{secret_id}")).json()["used_by"]
    since = house.clock.now() // 1_000_000
    available = {"type": "available", "created_at_unix_secs": since, "access_level": "admin"}
    assert used_by["agents"] == [{**available, "id": agent_id, "name": "Ada", "referenced_resource_ids": []}]
    assert used_by["tools"] == [{**available, "id": tool_id, "name": "lookup"}]
    assert used_by["phone_numbers"] == [{"phone_number_id": number_id, **number}]
    assert used_by["mcp_servers"] == [{"type": "unknown", "id": mcp_id}]
    refused = await client.delete(f"{PATH}/{secret_id}")
    assert (refused.status_code, refused.json()["detail"]["status"]) == (409, "secret_in_use")
    assert agent_id in refused.json()["detail"]["message"]
    assert "and 1 more" in refused.json()["detail"]["message"]
    assert (await client.get(f"{PATH}/{secret_id}")).status_code == 200


async def test_users_are_limited_and_paged(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    agents = []
    for index in range(3):
        agents.append(await house.use(AGENTS, [secret_reference(secret_id)], {"name": f"Agent {index}"}))
        house.clock.advance(1)
    [listed] = (await client.get(PATH, params={"dependency_limit": 2})).json()["secrets"]
    assert [agent["id"] for agent in listed["used_by"]["agents"]] == agents[:2]
    assert listed["used_by"]["agents_has_more"] is True
    assert listed["used_by"]["tools_has_more"] is False
    path = f"{PATH}/{secret_id}/dependencies/agents"
    first = (await client.get(path, params={"page_size": 2})).json()
    assert [agent["id"] for agent in first["dependencies"]] == agents[:2]
    second = (await client.get(path, params={"page_size": 2, "cursor": first["next_cursor"]})).json()
    assert ([agent["id"] for agent in second["dependencies"]], second["next_cursor"]) == (agents[2:], None)
    assert (await client.get(path, params={"cursor": "nonsense"})).status_code == 422
    assert (await client.get(f"{PATH}/{secret_id}/dependencies/boats")).status_code == 422
    assert (await client.get(f"{PATH}/secret_unknown/dependencies/tools")).status_code == 404


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    async with house.client(await house.other_workspace()) as eve:
        assert (await eve.get(PATH)).json() == {"secrets": [], "next_cursor": None}
        change = {"type": "update", "name": "x", "value": "y"}
        for reply in (
            await eve.get(f"{PATH}/{secret_id}"),
            await eve.patch(f"{PATH}/{secret_id}", json=change),
            await eve.delete(f"{PATH}/{secret_id}"),
            await eve.get(f"{PATH}/{secret_id}/dependencies/tools"),
        ):
            assert (reply.status_code, reply.json()["detail"]["status"]) == (404, "secret_not_found")
        await create(eve, "CRM", "hers")
    assert await house.services.secrets.reveal(house.first.workspace_id, secret_id) == VALUE
    with pytest.raises(NotFound):
        await house.services.secrets.reveal("workspace_other", secret_id)


async def test_readers_read_and_viewers_change_nothing(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    async with house.client(await house.member("val@example.com", "viewer")) as viewer:
        assert (await viewer.get(f"{PATH}/{secret_id}")).status_code == 200
        assert (await viewer.post(PATH, json={"type": "new", "name": "x", "value": "y"})).status_code == 403
        assert (await viewer.delete(f"{PATH}/{secret_id}")).status_code == 403


async def test_after_a_rotation_secrets_still_open(client: httpx.AsyncClient, house: House):
    secret_id = await create(client, "CRM")
    workspace_id = house.first.workspace_id
    seen: list[str] = []

    async def reseal(purpose: str, text: str) -> str:
        seen.append(purpose)
        return await house.vault.seal(workspace_id, purpose, await house.vault.open(workspace_id, purpose, text))

    await house.services.secrets.reseal(workspace_id, reseal)
    assert seen == [f"secret:{secret_id}"]
    assert await house.services.secrets.reveal(workspace_id, secret_id) == VALUE


async def test_of_many_who_take_a_name_at_once_one_gets_it_and_the_others_hear_why(client: httpx.AsyncClient):
    body = {"type": "new", "name": "wanted", "value": "v"}
    replies = await asyncio.gather(*(client.post("/v1/convai/secrets", json=body) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [200] + [422] * 5
    refused = next(reply for reply in replies if reply.status_code == 422)
    assert refused.json()["detail"][0]["loc"] == ["body", "name"]
