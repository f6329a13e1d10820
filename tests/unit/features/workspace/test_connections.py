"""Auth connections over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.conftest import open_house
from tests.unit.features.workspace.house import TOOLS, House

from vivavoce.features.workspace.connections.types import PUBLIC_FIELDS, SECRET_FIELDS
from vivavoce.features.workspace.service import connection_reference

pytestmark = pytest.mark.anyio

PATH = "/v1/workspace/auth-connections"
JWT = {"algorithm": "RS256", "key_id": "k1", "issuer": "i", "audience": "a", "subject": "s", "expiration_seconds": 60}
BODIES: dict[str, dict[str, object]] = {
    "oauth2_client_credentials": {
        "client_id": "c",
        "token_url": "https://id.example.com/token",
        "scopes": ["read"],
        "extra_params": {"audience": "x"},
        "basic_auth_in_header": True,
        "custom_headers": {"x-tenant": "7"},
        "client_secret": "swordfish",
    },
    "custom_header_auth": {"header_name": "x-key", "token": "swordfish"},
    "basic_auth": {"username": "ada", "password": "swordfish"},
    "bearer_auth": {"token": "swordfish"},
    "oauth2_jwt": {
        **JWT,
        "token_url": "https://id.example.com/token",
        "scopes": ["read"],
        "extra_params": {"org": "1"},
        "token_response_field": "id_token",
        "secret_key": "swordfish",
    },
    "private_key_jwt": {**JWT, "extra_params": {"org": "1"}, "secret_key": "swordfish"},
    "mtls": {"client_certificate": "swordfish cert", "client_key": "swordfish key", "key_passphrase": "swordfish pass"},
}
OPTIONAL = {
    "algorithm",
    "basic_auth_in_header",
    "custom_headers",
    "expiration_seconds",
    "extra_params",
    "key_id",
    "scopes",
    "token_response_field",
}
ANSWERED = {
    "used_by": {"tools": [], "mcp_servers": [], "integration_connections": []},
    "status": "active",
    "status_detail": None,
    "status_updated_at": None,
}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        yield house


def body_of(auth_type: str) -> dict[str, object]:
    return {"name": f"My {auth_type}", "provider": "example", "auth_type": auth_type, **BODIES[auth_type]}


async def create(client: httpx.AsyncClient, auth_type: str) -> dict[str, object]:
    reply = await client.post(PATH, json=body_of(auth_type))
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.mark.parametrize("auth_type", list(BODIES))
async def test_every_type_is_made_and_shown_without_its_secrets(
    client: httpx.AsyncClient, house: House, auth_type: str
):
    made = await create(client, auth_type)
    sent = body_of(auth_type)
    public = {name: value for name, value in sent.items() if name not in SECRET_FIELDS[auth_type]}
    assert made == {**public, "id": made["id"], **ANSWERED}
    listed = await client.get(PATH)
    assert listed.json() == {"auth_connections": [made]}
    assert "swordfish" not in listed.text
    document = await house.services.connections.get(house.first.workspace_id, str(made["id"]))
    assert "swordfish" not in str(document)
    opened = await house.services.connections.open(house.first.workspace_id, str(made["id"]))
    assert opened.auth_type == auth_type
    assert {**opened.public, **opened.secret} == sent


async def test_defaults_are_the_contracts(client: httpx.AsyncClient):
    body = {
        "name": "n",
        "provider": "p",
        "auth_type": "oauth2_jwt",
        "issuer": "i",
        "audience": "a",
        "subject": "s",
        "token_url": "https://id.example.com",
        "secret_key": "k",
    }
    made = (await client.post(PATH, json=body)).json()
    defaults = {
        "algorithm": "HS256",
        "key_id": None,
        "expiration_seconds": 3600,
        "extra_params": {},
        "scopes": [],
        "token_response_field": "access_token",
    }
    assert {name: made[name] for name in defaults} == defaults


@pytest.mark.parametrize("auth_type", list(BODIES))
async def test_the_type_may_be_left_to_the_fields_to_tell(quick: httpx.AsyncClient, auth_type: str):
    body = body_of(auth_type)
    del body["auth_type"]
    assert (await quick.post(PATH, json=body)).json()["auth_type"] == auth_type


@pytest.mark.parametrize("auth_type", ["oauth2_client_credentials", "basic_auth", "bearer_auth", "oauth2_jwt"])
async def test_a_change_leaves_the_rest(client: httpx.AsyncClient, house: House, auth_type: str):
    made = await create(client, auth_type)
    path = f"{PATH}/{made['id']}"
    changed = (await client.patch(path, json={"auth_type": auth_type, "provider": "other"})).json()
    assert changed == {**made, "provider": "other"}
    [secret] = SECRET_FIELDS[auth_type]
    reply = await client.patch(path, json={"auth_type": auth_type, secret: "new-fish"})
    assert reply.json() == changed
    opened = await house.services.connections.open(house.first.workspace_id, str(made["id"]))
    assert opened.secret == {secret: "new-fish"}


@pytest.mark.parametrize("auth_type", ["oauth2_client_credentials", "basic_auth", "bearer_auth", "oauth2_jwt"])
async def test_null_sets_a_field_back_and_is_refused_where_nothing_goes_without_it(
    quick: httpx.AsyncClient, auth_type: str
):
    full = await create(quick, auth_type)
    path = f"{PATH}/{full['id']}"
    smallest = {name: value for name, value in body_of(auth_type).items() if name not in OPTIONAL}
    bare = (await quick.post(PATH, json=smallest)).json()
    for name in (PUBLIC_FIELDS[auth_type] | SECRET_FIELDS[auth_type] | {"name", "provider"}) - {"auth_type"}:
        reply = await quick.patch(path, json={"auth_type": auth_type, name: None})
        if name in OPTIONAL:
            assert reply.json()[name] == bare[name], name
        else:
            assert (reply.status_code, reply.json()["detail"][0]["loc"][-1]) == (422, name)


async def test_maps_and_lists_are_replaced_whole_and_a_key_id_may_be_emptied(client: httpx.AsyncClient):
    made = await create(client, "oauth2_jwt")
    change = {"auth_type": "oauth2_jwt", "extra_params": {"team": "2"}, "scopes": [], "key_id": None}
    changed = (await client.patch(f"{PATH}/{made['id']}", json=change)).json()
    assert changed == {**made, "extra_params": {"team": "2"}, "scopes": [], "key_id": None}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "n", "provider": "p"},
        {"name": "n", "provider": "p", "auth_type": "palm_reading", "token": "t"},
        {"name": "n", "provider": "p", "auth_type": "bearer_auth"},
        {"name": "n", "provider": "p", "auth_type": "basic_auth", "username": "u"},
        {**body_of("oauth2_jwt"), "expiration_seconds": 59},
        {**body_of("oauth2_jwt"), "expiration_seconds": 86401},
        {**body_of("oauth2_jwt"), "algorithm": "none"},
        {**body_of("oauth2_client_credentials"), "basic_auth_in_header": "yes"},
    ],
)
async def test_wrong_bodies_are_refused(quick: httpx.AsyncClient, body: dict[str, object]):
    reply = await quick.post(PATH, json=body)
    assert reply.status_code == 422, reply.text
    assert "swordfish" not in reply.text


async def test_a_type_is_not_changed_and_three_types_not_at_all(client: httpx.AsyncClient):
    bearer = await create(client, "bearer_auth")
    change = {"auth_type": "basic_auth", "password": "x"}
    reply = await client.patch(f"{PATH}/{bearer['id']}", json=change)
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body", "auth_type"])
    header = await create(client, "custom_header_auth")
    change = {"auth_type": "custom_header_auth", "token": "x"}
    assert (await client.patch(f"{PATH}/{header['id']}", json=change)).status_code == 422


async def test_users_are_shown_and_keep_a_connection_from_deletion(client: httpx.AsyncClient, house: House):
    made = await create(client, "bearer_auth")
    id = str(made["id"])
    tool_id = await house.use(TOOLS, [connection_reference(id)], {"tool_config": {"name": "lookup"}})
    [listed] = (await client.get(PATH)).json()["auth_connections"]
    assert [(tool["id"], tool["name"]) for tool in listed["used_by"]["tools"]] == [(tool_id, "lookup")]
    refused = await client.delete(f"{PATH}/{id}")
    assert (refused.status_code, refused.json()["detail"]["status"]) == (409, "auth_connection_in_use")
    async with house.documents.transaction() as transaction:
        await transaction.delete(TOOLS, house.first.workspace_id, tool_id)
    assert (await client.delete(f"{PATH}/{id}")).status_code == 200
    assert (await client.get(PATH)).json() == {"auth_connections": []}


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House):
    made = await create(client, "bearer_auth")
    async with house.client(await house.other_workspace()) as eve:
        assert (await eve.get(PATH)).json() == {"auth_connections": []}
        change = {"auth_type": "bearer_auth", "token": "x"}
        assert (await eve.patch(f"{PATH}/{made['id']}", json=change)).status_code == 404
        assert (await eve.delete(f"{PATH}/{made['id']}")).status_code == 404


async def test_after_a_rotation_connections_still_open(client: httpx.AsyncClient, house: House):
    made = await create(client, "bearer_auth")
    workspace_id = house.first.workspace_id

    async def reseal(purpose: str, text: str) -> str:
        return await house.vault.seal(workspace_id, purpose, await house.vault.open(workspace_id, purpose, text))

    await house.services.connections.reseal(workspace_id, reseal)
    opened = await house.services.connections.open(workspace_id, str(made["id"]))
    assert opened.secret == {"token": "swordfish"}
