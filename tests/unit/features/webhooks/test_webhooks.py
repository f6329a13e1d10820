"""Workspace webhooks over HTTP: records, with a secret that is shown once."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.conftest import open_house
from tests.unit.features.workspace.house import AGENTS, House

from vivavoce.base.errors import NotFound
from vivavoce.features.webhooks.routes import routers
from vivavoce.features.webhooks.service import Webhooks, webhook_reference

pytestmark = pytest.mark.anyio

PATH = "/v1/workspace/webhooks"
SETTINGS = {
    "auth_type": "hmac",
    "name": "CRM",
    "webhook_url": "https://crm.example.com/calls",
    "request_headers": {"authorization": "Bearer swordfish"},
}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        webhooks = Webhooks(house.documents, house.vault, house.clock, house.services.audit)
        house.more_routers = [*routers]
        house.more_services = {Webhooks: webhooks}
        yield house


@pytest.fixture
def webhooks(house: House) -> Webhooks:
    found = house.more_services[Webhooks]
    assert isinstance(found, Webhooks)
    return found


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(house.first.api_key) as client:
        yield client


async def create(client: httpx.AsyncClient, **settings: object) -> dict[str, str]:
    reply = await client.post(PATH, json={"settings": {**SETTINGS, **settings}})
    assert reply.status_code == 200, reply.text
    return reply.json()


async def listed(client: httpx.AsyncClient, **params: object) -> list[dict[str, object]]:
    reply = await client.get(PATH, params=params)
    assert reply.status_code == 200, reply.text
    assert "swordfish" not in reply.text
    return reply.json()["webhooks"]


async def test_the_secret_is_shown_once_and_the_headers_never(
    client: httpx.AsyncClient, house: House, webhooks: Webhooks
):
    made = await create(client)
    assert made["webhook_secret"].startswith("wsec_")
    assert await listed(client) == [
        {
            "name": "CRM",
            "webhook_id": made["webhook_id"],
            "webhook_url": "https://crm.example.com/calls",
            "is_disabled": False,
            "is_auto_disabled": False,
            "created_at_unix": house.clock.now() // 1_000_000,
            "auth_type": "hmac",
            "usage": None,
            "events": None,
            "most_recent_failure_error_code": None,
            "most_recent_failure_timestamp": None,
        }
    ]
    assert made["webhook_secret"] not in str(await listed(client))
    opened = await webhooks.open(house.first.workspace_id, made["webhook_id"])
    assert opened.secret == made["webhook_secret"]
    assert opened.headers == {"authorization": "Bearer swordfish"}
    stored = (await webhooks.all(house.first.workspace_id))[0]
    assert "swordfish" not in str(stored)
    assert made["webhook_secret"] not in str(stored)


async def test_a_change_leaves_what_it_does_not_name(client: httpx.AsyncClient, house: House, webhooks: Webhooks):
    webhook_id = (await create(client))["webhook_id"]
    workspace_id = house.first.workspace_id
    before = await webhooks.open(workspace_id, webhook_id)
    change = {"is_disabled": True, "name": "ERP", "retry_enabled": True, "events": ["agent_qa"]}
    assert (await client.patch(f"{PATH}/{webhook_id}", json=change)).json() == {"status": "ok"}
    [after] = await listed(client, include_usages=True)
    assert (after["name"], after["is_disabled"], after["events"]) == ("ERP", True, ["agent_qa"])
    opened = await webhooks.open(workspace_id, webhook_id)
    assert (opened.secret, opened.headers, opened.url) == (before.secret, before.headers, before.url)
    assert (opened.is_disabled, opened.retry_enabled) == (True, True)
    change = {"is_disabled": False, "name": "ERP", "request_headers": {"x-a": "1", "x-b": None}, "retry_enabled": None}
    assert (await client.patch(f"{PATH}/{webhook_id}", json=change)).status_code == 200
    opened = await webhooks.open(workspace_id, webhook_id)
    assert (opened.headers, opened.retry_enabled) == ({"x-a": "1"}, False)
    change = {"is_disabled": False, "name": "ERP", "request_headers": None, "events": None}
    assert (await client.patch(f"{PATH}/{webhook_id}", json=change)).status_code == 200
    assert (await webhooks.open(workspace_id, webhook_id)).headers == {}
    [after] = await listed(client, include_usages=True)
    assert after["events"] == []


async def test_users_are_shown_to_administrators_and_keep_a_webhook_from_deletion(
    client: httpx.AsyncClient, house: House
):
    webhook_id = (await create(client))["webhook_id"]
    agent_id = await house.use(AGENTS, [webhook_reference(webhook_id)])
    settings = {"webhooks": {"post_call_webhook_id": webhook_id}}
    assert (await client.patch("/v1/convai/settings", json=settings)).status_code == 200
    [shown] = await listed(client, include_usages=True)
    assert shown["usage"] == [{"usage_type": "ConvAI Agent Settings"}, {"usage_type": "ConvAI Settings"}]
    refused = await client.delete(f"{PATH}/{webhook_id}")
    assert (refused.status_code, refused.json()["detail"]["status"]) == (409, "webhook_in_use")
    async with house.documents.transaction() as transaction:
        await transaction.delete(AGENTS, house.first.workspace_id, agent_id)
    await client.patch("/v1/convai/settings", json={"webhooks": {"post_call_webhook_id": None}})
    assert (await client.delete(f"{PATH}/{webhook_id}")).json() == {"status": "ok"}
    assert await listed(client) == []
    assert (await client.delete(f"{PATH}/{webhook_id}")).status_code == 404
    async with house.client(await house.member("bob@example.com")) as bob:
        assert (await bob.get(PATH, params={"include_usages": True})).status_code == 403
        assert await listed(bob) == []


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"auth_type": "palm"}, "auth_type"),
        ({"name": ""}, "name"),
        ({"webhook_url": "ftp://example.com"}, "webhook_url"),
        ({"webhook_url": "https://with a space"}, "webhook_url"),
        ({"request_headers": {"bad name": "x"}}, "request_headers"),
        ({"request_headers": {"x": "split\r\nheader: y"}}, "request_headers"),
    ],
)
async def test_wrong_settings_are_named(quick_client: httpx.AsyncClient, settings: dict[str, object], field: str):
    reply = await quick_client.post(PATH, json={"settings": {**SETTINGS, **settings}})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"][:3] == ["body", "settings", field]
    assert "swordfish" not in reply.text


@pytest.fixture
async def quick_client(fresh_database: FreshDatabases) -> AsyncIterator[httpx.AsyncClient]:
    async with open_house("memory", fresh_database) as house:
        house.more_routers = [*routers]
        house.more_services = {Webhooks: Webhooks(house.documents, house.vault, house.clock, house.services.audit)}
        async with house.client(house.first.api_key) as client:
            yield client


async def test_webhooks_are_for_administrators_and_keys_that_may(client: httpx.AsyncClient, house: House):
    async with house.client(await house.member("bob@example.com")) as bob:
        assert (await bob.post(PATH, json={"settings": SETTINGS})).status_code == 403
    account = (await client.post("/v1/service-accounts", json={"name": "CI"})).json()["service-account-user-id"]
    body = {"name": "k", "permissions": ["webhooks_write"]}
    key = (await client.post(f"/v1/service-accounts/{account}/api-keys", json=body)).json()["xi-api-key"]
    async with house.client(key) as machine:
        assert (await machine.post(PATH, json={"settings": SETTINGS})).status_code == 200
        assert (await machine.get(PATH)).status_code == 403


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House, webhooks: Webhooks):
    webhook_id = (await create(client))["webhook_id"]
    async with house.client(await house.other_workspace()) as eve:
        assert await listed(eve) == []
        change = {"is_disabled": True, "name": "x"}
        assert (await eve.patch(f"{PATH}/{webhook_id}", json=change)).status_code == 404
        assert (await eve.delete(f"{PATH}/{webhook_id}")).status_code == 404
        settings = {"webhooks": {"post_call_webhook_id": webhook_id}}
        assert (await eve.patch("/v1/convai/settings", json=settings)).status_code == 422
    with pytest.raises(NotFound):
        await webhooks.open("workspace_other", webhook_id)


async def test_after_a_rotation_webhooks_still_open(client: httpx.AsyncClient, house: House, webhooks: Webhooks):
    made = await create(client)
    workspace_id = house.first.workspace_id

    async def reseal(purpose: str, text: str) -> str:
        return await house.vault.seal(workspace_id, purpose, await house.vault.open(workspace_id, purpose, text))

    await webhooks.reseal(workspace_id, reseal)
    opened = await webhooks.open(workspace_id, made["webhook_id"])
    assert (opened.secret, opened.headers) == (made["webhook_secret"], SETTINGS["request_headers"])
