"""Workspace and dashboard settings over HTTP."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.conftest import open_house
from tests.unit.features.workspace.house import House

from vivavoce.ports.documents import Kind

pytestmark = pytest.mark.anyio

PATH = "/v1/convai/settings"
DASHBOARD = "/v1/convai/settings/dashboard"
DEFAULTS = {
    "conversation_initiation_client_data_webhook": None,
    "webhooks": {
        "post_call_webhook_id": None,
        "events": [],
        "transcript_format": "json",
        "exclude_transcript": None,
        "send_audio": None,
    },
    "can_use_mcp_servers": False,
    "rag_retention_period_days": 10,
    "conversation_embedding_retention_days": None,
    "default_livekit_stack": "standard",
}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        yield house


async def change(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    reply = await client.patch(PATH, json=body)
    assert reply.status_code == 200, reply.text
    assert (await client.get(PATH)).json() == reply.json()
    return reply.json()


async def test_a_new_workspace_has_the_contracts_defaults(client: httpx.AsyncClient):
    assert (await client.get(PATH)).json() == DEFAULTS
    assert (await client.get(DASHBOARD)).json() == {"charts": []}


async def test_null_sets_back_what_may_be_null_and_is_refused_elsewhere(client: httpx.AsyncClient):
    webhook = {"url": "https://example.com", "request_headers": {}}
    set_so = {"conversation_embedding_retention_days": 5, "conversation_initiation_client_data_webhook": webhook}
    await change(client, **set_so)
    assert await change(client, **dict.fromkeys(set_so)) == DEFAULTS
    for name in ("webhooks", "can_use_mcp_servers", "rag_retention_period_days", "default_livekit_stack"):
        refused = await client.patch(PATH, json={name: None})
        assert (refused.status_code, refused.json()["detail"][0]["loc"][:2]) == (422, ["body", name])


async def test_a_change_leaves_what_it_does_not_name(client: httpx.AsyncClient):
    first = {
        "can_use_mcp_servers": True,
        "rag_retention_period_days": 30,
        "conversation_embedding_retention_days": 365,
        "default_livekit_stack": "static",
        "webhooks": {"events": ["transcript", "audio"], "transcript_format": "opentelemetry"},
    }
    assert await change(client, **first) == {
        **DEFAULTS,
        **first,
        "webhooks": {**DEFAULTS["webhooks"], **first["webhooks"]},
    }
    after = await change(client, webhooks={"send_audio": True}, conversation_embedding_retention_days=None)
    assert after["webhooks"]["events"] == ["transcript", "audio"]
    assert after["webhooks"]["send_audio"] is True
    assert after["conversation_embedding_retention_days"] is None
    assert after["can_use_mcp_servers"] is True
    assert await change(client) == after


async def test_what_nobody_knows_survives(client: httpx.AsyncClient):
    after = await change(client, from_the_future={"a": [1, None]}, webhooks={"also_new": 1})
    assert after["from_the_future"] == {"a": [1, None]}
    assert after["webhooks"]["also_new"] == 1


async def test_the_initiation_webhook_is_sent_whole(client: httpx.AsyncClient):
    secret = (await client.post("/v1/convai/secrets", json={"type": "new", "name": "s", "value": "v"})).json()
    hook = {"url": "https://example.com", "request_headers": {"a": "b", "key": {"secret_id": secret["secret_id"]}}}
    after = await change(client, conversation_initiation_client_data_webhook=hook)
    assert after["conversation_initiation_client_data_webhook"] == hook
    shown = (await client.get(f"/v1/convai/secrets/{secret['secret_id']}")).json()
    assert shown["used_by"]["others"] == ["conversation_initiation_webhook"]
    assert (await client.delete(f"/v1/convai/secrets/{secret['secret_id']}")).status_code == 409
    smaller = {"url": "https://example.com", "request_headers": {}}
    after = await change(client, conversation_initiation_client_data_webhook=smaller)
    assert after["conversation_initiation_client_data_webhook"] == smaller
    assert (await client.delete(f"/v1/convai/secrets/{secret['secret_id']}")).status_code == 204
    after = await change(client, conversation_initiation_client_data_webhook=None)
    assert after["conversation_initiation_client_data_webhook"] is None


async def test_settings_keep_their_variable_from_deletion(client: httpx.AsyncClient):
    body = {"type": "string", "label": "token", "values": {"production": "x"}}
    variable = (await client.post("/v1/convai/environment-variables", json=body)).json()
    hook = {"url": "https://example.com", "request_headers": {"a": {"env_var_label": "token"}}}
    await change(client, conversation_initiation_client_data_webhook=hook)
    assert (await client.delete(f"/v1/convai/environment-variables/{variable['id']}")).status_code == 409


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"rag_retention_period_days": 0}, ["rag_retention_period_days"]),
        ({"rag_retention_period_days": 31}, ["rag_retention_period_days"]),
        ({"conversation_embedding_retention_days": 366}, ["conversation_embedding_retention_days"]),
        ({"can_use_mcp_servers": "yes"}, ["can_use_mcp_servers"]),
        ({"default_livekit_stack": "other"}, ["default_livekit_stack"]),
        ({"webhooks": None}, ["webhooks"]),
        ({"webhooks": {"events": ["gossip"]}}, ["webhooks", "events", 0]),
        ({"webhooks": {"post_call_webhook_id": "webhook_x"}}, ["webhooks", "post_call_webhook_id"]),
        (
            {"conversation_initiation_client_data_webhook": {"url": "u"}},
            ["conversation_initiation_client_data_webhook", "request_headers"],
        ),
        (
            {
                "conversation_initiation_client_data_webhook": {
                    "url": "u",
                    "request_headers": {"a": {"secret_id": "secret_unknown"}},
                }
            },
            ["conversation_initiation_client_data_webhook", "request_headers", "a", "secret_id"],
        ),
    ],
)
async def test_wrong_settings_are_named_and_change_nothing(
    quick: httpx.AsyncClient, body: dict[str, object], loc: list[object]
):
    reply = await quick.patch(PATH, json=body)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", *loc]
    assert (await quick.get(PATH)).json() == DEFAULTS


async def test_the_post_call_webhook_is_one_that_is_there(client: httpx.AsyncClient, house: House):
    async with house.documents.transaction() as transaction:
        webhook = await transaction.insert(Kind("webhooks", "webhook"), house.first.workspace_id, {"name": "n"})
    after = await change(client, webhooks={"post_call_webhook_id": webhook.id})
    assert after["webhooks"]["post_call_webhook_id"] == webhook.id


async def test_charts_are_replaced_whole(client: httpx.AsyncClient):
    charts = [
        {"name": "Success", "type": "call_success"},
        {"name": "Polite", "type": "criteria", "criteria_id": "c1"},
        {"name": "Orders", "type": "data_collection", "data_collection_id": "d1"},
    ]
    assert (await client.patch(DASHBOARD, json={"charts": charts})).json() == {"charts": charts}
    assert (await client.get(DASHBOARD)).json() == {"charts": charts}
    assert (await client.patch(DASHBOARD, json={"charts": charts[:1]})).json() == {"charts": charts[:1]}
    assert (await client.patch(DASHBOARD, json={})).json() == {"charts": charts[:1]}
    for wrong in (charts[:1] * 5, [{"type": "criteria", "name": "x"}], [{"name": "x"}]):
        assert (await client.patch(DASHBOARD, json={"charts": wrong})).status_code == 422


async def test_many_changes_at_once_all_arrive(client: httpx.AsyncClient):
    changes = [
        {"can_use_mcp_servers": True},
        {"rag_retention_period_days": 7},
        {"webhooks": {"transcript_format": "opentelemetry"}},
        {"webhooks": {"send_audio": True}},
    ]
    replies = await asyncio.gather(*(client.patch(PATH, json=each) for each in changes * 2))
    assert {reply.status_code for reply in replies} == {200}
    after = (await client.get(PATH)).json()
    assert (after["can_use_mcp_servers"], after["rag_retention_period_days"]) == (True, 7)
    assert (after["webhooks"]["transcript_format"], after["webhooks"]["send_audio"]) == ("opentelemetry", True)


async def test_workspaces_have_their_own_settings(client: httpx.AsyncClient, house: House):
    await change(client, can_use_mcp_servers=True)
    async with house.client(await house.other_workspace()) as eve:
        assert (await eve.get(PATH)).json() == DEFAULTS
        assert (await eve.patch(PATH, json={"rag_retention_period_days": 5})).status_code == 200
    assert (await client.get(PATH)).json()["rag_retention_period_days"] == 10
