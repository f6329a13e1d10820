"""Environment variables and environments over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.conftest import open_house
from tests.unit.features.workspace.house import AGENTS, TOOLS, House

from vivavoce.features.workspace.service import ConnectionValue, SecretValue, StringValue, variable_reference

pytestmark = pytest.mark.anyio

PATH = "/v1/convai/environment-variables"
ENVIRONMENTS = "/v1/convai/environments"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        yield house


async def create(client: httpx.AsyncClient, label: str, type: str = "string", **values: object) -> dict[str, object]:
    body = {"type": type, "label": label, "values": values or {"production": "https://api.example.com"}}
    reply = await client.post(PATH, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def new_secret(client: httpx.AsyncClient, name: str) -> str:
    reply = await client.post("/v1/convai/secrets", json={"type": "new", "name": name, "value": "swordfish"})
    return reply.json()["secret_id"]


async def test_a_variable_is_made_read_changed_and_deleted(client: httpx.AsyncClient, house: House):
    made = await create(client, "api_url", production="https://api.example.com", staging="https://staging.example.com")
    now = house.clock.now() // 1_000_000
    assert made == {
        "id": made["id"],
        "workspace_id": house.first.workspace_id,
        "label": "api_url",
        "type": "string",
        "values": {"production": "https://api.example.com", "staging": "https://staging.example.com"},
        "created_at_unix_secs": now,
        "updated_at_unix_secs": now,
        "created_by_user_id": house.first.user_id,
    }
    assert (await client.get(f"{PATH}/{made['id']}")).json() == made
    house.clock.advance(10)
    change = {"values": {"staging": None, "test": "http://test", "production": "https://new.example.com"}}
    changed = (await client.patch(f"{PATH}/{made['id']}", json=change)).json()
    assert changed["values"] == {"production": "https://new.example.com", "test": "http://test"}
    assert (changed["created_at_unix_secs"], changed["updated_at_unix_secs"]) == (now, now + 10)
    deleted = await client.delete(f"{PATH}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(f"{PATH}/{made['id']}")).status_code == 404


async def test_a_variable_falls_back_to_production(client: httpx.AsyncClient, house: House):
    secret_id = await new_secret(client, "CRM")
    other = await new_secret(client, "CRM staging")
    connection = {"name": "c", "auth_type": "bearer_auth", "provider": "p", "token": "t"}
    connection_id = (await client.post("/v1/workspace/auth-connections", json=connection)).json()["id"]
    await create(client, "url", production="https://a", staging="https://b")
    await create(client, "key", "secret", production={"secret_id": secret_id}, staging={"secret_id": other})
    await create(client, "auth", "auth_connection", production={"auth_connection_id": connection_id})

    async def resolved(label: str, environment: str):
        return await house.services.variables.resolve(house.first.workspace_id, label, environment)

    assert await resolved("url", "staging") == StringValue("https://b")
    assert await resolved("url", "test") == StringValue("https://a")
    assert await resolved("key", "production") == SecretValue(secret_id)
    assert await resolved("key", "staging") == SecretValue(other)
    assert await resolved("auth", "staging") == ConnectionValue(connection_id)
    assert await resolved("unknown", "production") is None
    assert await house.services.variables.resolve("workspace_other", "url") is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "string", "label": "a", "values": {"staging": "x"}}, 400),
        ({"type": "string", "label": "a", "values": {}}, 400),
        ({"type": "string", "label": "a", "values": {"production": ""}}, 422),
        ({"type": "string", "label": "a", "values": {"production": 1}}, 422),
        ({"type": "string", "label": "a b", "values": {"production": "x"}}, 422),
        ({"type": "string", "label": "a", "values": {"production": "x", "no/path": "y"}}, 422),
        ({"type": "number", "label": "a", "values": {"production": "x"}}, 422),
        ({"label": "a", "values": {"production": "x"}}, 422),
        ({"type": "secret", "label": "a", "values": {"production": "x"}}, 422),
        ({"type": "secret", "label": "a", "values": {"production": {"secret_id": "secret_unknown"}}}, 422),
        ({"type": "auth_connection", "label": "a", "values": {"production": {"auth_connection_id": "x"}}}, 422),
    ],
)
async def test_wrong_variables_are_refused(quick: httpx.AsyncClient, body: dict[str, object], code: int):
    assert (await quick.post(PATH, json=body)).status_code == code
    assert (await quick.get(PATH)).json()["environment_variables"] == []


async def test_an_unknown_secret_is_named_by_its_place(client: httpx.AsyncClient):
    body = {"type": "secret", "label": "a", "values": {"production": {"secret_id": "secret_unknown"}}}
    [error] = (await client.post(PATH, json=body)).json()["detail"]
    assert error["loc"] == ["body", "values", "production", "secret_id"]


async def test_wrong_changes_are_refused_and_change_nothing(client: httpx.AsyncClient):
    made = await create(client, "api_url")
    secret_id = await new_secret(client, "CRM")
    for values, code in (
        ({"production": None}, 400),
        ({"staging": {"secret_id": secret_id}}, 422),
        ({"staging": ""}, 422),
        ({}, 422),
    ):
        reply = await client.patch(f"{PATH}/{made['id']}", json={"values": values})
        assert reply.status_code == code, (values, reply.text)
    assert (await client.get(f"{PATH}/{made['id']}")).json() == made


async def test_a_label_is_taken_once(client: httpx.AsyncClient):
    await create(client, "api_url")
    reply = await client.post(PATH, json={"type": "string", "label": "api_url", "values": {"production": "x"}})
    assert reply.status_code == 409
    assert "api_url" in reply.json()["detail"]["message"]


async def test_variables_are_paged_and_filtered(client: httpx.AsyncClient, house: House):
    secret_id = await new_secret(client, "CRM")
    for label in ("a", "b"):
        await create(client, label, production="1", staging="2")
        house.clock.advance(1)
    await create(client, "c", "secret", production={"secret_id": secret_id})

    async def labels(**params: object) -> list[str]:
        reply = await client.get(PATH, params=params)
        return [variable["label"] for variable in reply.json()["environment_variables"]]

    assert await labels() == ["c", "b", "a"]
    assert await labels(type="secret") == ["c"]
    assert await labels(label="a") == ["a"]
    assert await labels(label="a", type="secret") == []
    assert await labels(environment="staging") == ["b", "a"]
    page = (await client.get(PATH, params={"environment": "staging", "page_size": 1})).json()
    assert page["has_more"] is True
    assert page["environment_variables"][0]["values"] == {"staging": "2"}
    assert await labels(environment="staging", page_size=1, cursor=page["next_cursor"]) == ["a"]
    assert (await client.get(PATH, params={"page_size": 101})).status_code == 422
    assert (await client.get(PATH, params={"type": "number"})).status_code == 422


async def test_tools_keep_a_variable_from_deletion_and_agents_do_not(client: httpx.AsyncClient, house: House):
    made = await create(client, "api_url")
    await house.use(AGENTS, [variable_reference("api_url")])
    tool_id = await house.use(TOOLS, [variable_reference("api_url")], {"tool_config": {"name": "t"}})
    refused = await client.delete(f"{PATH}/{made['id']}")
    assert (refused.status_code, refused.json()["detail"]["status"]) == (409, "environment_variable_in_use")
    assert tool_id in refused.json()["detail"]["message"]
    async with house.documents.transaction() as transaction:
        await transaction.delete(TOOLS, house.first.workspace_id, tool_id)
    assert (await client.delete(f"{PATH}/{made['id']}")).status_code == 204


async def test_a_variable_keeps_its_secret_from_deletion(client: httpx.AsyncClient):
    secret_id = await new_secret(client, "CRM")
    made = await create(client, "key", "secret", production={"secret_id": secret_id})
    refused = await client.delete(f"/v1/convai/secrets/{secret_id}")
    assert refused.status_code == 409
    assert f"environment variable {made['id']}" in refused.json()["detail"]["message"]
    assert (await client.delete(f"{PATH}/{made['id']}")).status_code == 204
    assert (await client.delete(f"/v1/convai/secrets/{secret_id}")).status_code == 204


# Environments


async def environments(client: httpx.AsyncClient) -> list[str]:
    return [each["name"] for each in (await client.get(ENVIRONMENTS)).json()["environments"]]


async def test_production_is_always_there_and_stays(client: httpx.AsyncClient):
    body = (await client.get(ENVIRONMENTS)).json()
    assert body == {"environments": [{"name": "production", "updated_at_unix_secs": None, "created_by_user_id": None}]}
    refused = await client.delete(f"{ENVIRONMENTS}/production")
    assert (refused.status_code, refused.json()["detail"]["status"]) == (400, "production_environment")
    assert (await client.post(ENVIRONMENTS, json={"name": "production"})).status_code == 409


async def test_an_environment_is_made_by_name_or_by_a_value(client: httpx.AsyncClient, house: House):
    now = house.clock.now() // 1_000_000
    made = (await client.post(ENVIRONMENTS, json={"name": "staging"})).json()
    assert made == {
        "name": "staging",
        "updated_at_unix_secs": now,
        "created_by_user_id": house.first.user_id,
    }
    assert (await client.post(ENVIRONMENTS, json={"name": "staging"})).status_code == 409
    assert (await client.post(ENVIRONMENTS, json={"name": "no/path"})).status_code == 422
    house.clock.advance(5)
    await create(client, "api_url", production="1", dev="2", staging="3")
    assert await environments(client) == ["production", "dev", "staging"]
    listed = {each["name"]: each for each in (await client.get(ENVIRONMENTS)).json()["environments"]}
    assert listed["dev"] == {"name": "dev", "updated_at_unix_secs": now + 5, "created_by_user_id": None}
    assert listed["staging"]["updated_at_unix_secs"] == now + 5
    assert (await client.post(ENVIRONMENTS, json={"name": "dev"})).status_code == 409


async def test_deleting_an_environment_takes_its_values_along(client: httpx.AsyncClient, house: House):
    secret_id = await new_secret(client, "staging key")
    await client.post(ENVIRONMENTS, json={"name": "staging"})
    production = await new_secret(client, "key")
    key = await create(client, "key", "secret", production={"secret_id": production}, staging={"secret_id": secret_id})
    url = await create(client, "url", production="1", staging="2", dev="3")
    assert (await client.delete(f"{ENVIRONMENTS}/staging")).status_code == 204
    assert await environments(client) == ["production", "dev"]
    assert (await client.get(f"{PATH}/{url['id']}")).json()["values"] == {"production": "1", "dev": "3"}
    assert (await client.get(f"{PATH}/{key['id']}")).json()["values"] == {"production": {"secret_id": production}}
    assert (await client.delete(f"/v1/convai/secrets/{secret_id}")).status_code == 204
    assert (await client.delete(f"{ENVIRONMENTS}/staging")).status_code == 404


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House):
    made = await create(client, "api_url", production="1", staging="2")
    secret_id = await new_secret(client, "CRM")
    async with house.client(await house.other_workspace()) as eve:
        assert (await eve.get(PATH)).json()["environment_variables"] == []
        assert await environments(eve) == ["production"]
        assert (await eve.get(f"{PATH}/{made['id']}")).status_code == 404
        assert (await eve.patch(f"{PATH}/{made['id']}", json={"values": {"dev": "x"}})).status_code == 404
        assert (await eve.delete(f"{PATH}/{made['id']}")).status_code == 404
        assert (await eve.delete(f"{ENVIRONMENTS}/staging")).status_code == 404
        body = {"type": "secret", "label": "stolen", "values": {"production": {"secret_id": secret_id}}}
        assert (await eve.post(PATH, json=body)).status_code == 422
    assert (await client.get(f"{PATH}/{made['id']}")).json() == made
