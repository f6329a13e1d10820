"""A call thinks with a server of the settings, and with one that the agent brings along."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conformance.servers import double as wire
from tests.conformance.servers.anthropic import AnthropicDouble
from tests.conformance.servers.double import KEY, Said
from tests.conformance.servers.gemini import GeminiDouble
from tests.support.chat_server import completion
from tests.support.loopback import Server, answers, serving
from tests.support.server import Served, served
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.anyio

SECONDS = 30


@asynccontextmanager
async def server_beside(
    folder: Path, chat: Server, **settings: str
) -> AsyncGenerator[tuple[Served, httpx.AsyncClient]]:
    """A server whose settings name the chat server."""
    table = {"mine": {"kind": "openai_chat", "base_url": chat.url("/v1"), "models": ["small"], "api_key": "k-settings"}}
    settings = {"VIVAVOCE_PROVIDERS": json.dumps({"language": table}), **settings}
    async with served(folder, **settings) as server, server.client() as client:
        yield server, client


async def agent_with(client: httpx.AsyncClient, **prompt: Any) -> str:
    agent = {"prompt": {"prompt": "Be brief.", **prompt}, "first_message": ""}
    body = {"conversation_config": {"agent": agent, "conversation": {"text_only": True}}}
    return (await client.post("/v1/convai/agents/create", json=body)).raise_for_status().json()["agent_id"]


async def answer_of(server: Served, agent_id: str, *, variables: dict[str, str] | None = None) -> dict[str, Any]:
    """What the agent answers to a question, or the error that it ends with."""
    url = f"ws{server.address.removeprefix('http')}/v1/convai/conversation?agent_id={agent_id}"
    async with asyncio.timeout(SECONDS), connect(url) as socket:
        begin = {"type": "conversation_initiation_client_data", "dynamic_variables": variables or {}}
        await socket.send(json.dumps(begin))
        await socket.send(json.dumps({"type": "user_message", "text": "Where is my order?"}))
        while True:
            event = json.loads(await socket.recv())
            if event["type"] in {"agent_response", "error"}:
                return event


async def until_listed(client: httpx.AsyncClient, model: str) -> None:
    """The request itself is what takes time."""
    while model not in (await client.get("/v1/convai/llm/list")).text:
        continue


def said(event: dict[str, Any]) -> str:
    assert event["type"] == "agent_response", event
    return event["agent_response_event"]["agent_response"]


async def test_a_model_of_the_settings_answers(tmp_path: Path) -> None:
    async with serving(completion("On its", " way.")) as chat, server_beside(tmp_path, chat) as (server, client):
        listed = (await client.get("/v1/convai/llm/list")).json()["llms"]
        assert "small" in [each["llm"] for each in listed]
        assert (await client.get("/readyz")).json()["components"]["mind"]["status"] == "ready"
        assert said(await answer_of(server, await agent_with(client, llm="small"))) == "On its way."
    [asked] = chat.asked
    assert asked.headers["authorization"] == "Bearer k-settings"
    assert json.loads(asked.body)["messages"][-1] == {"role": "user", "content": "Where is my order?"}


async def test_a_model_that_nobody_has_is_answered_by_who_is_there_and_the_record_says_so(tmp_path: Path) -> None:
    async with serving(completion("Me too.")) as chat, server_beside(tmp_path, chat) as (server, client):
        agent_id = await agent_with(client, llm="claude-sonnet-4-5")
        assert said(await answer_of(server, agent_id)) == "Me too."
        [listed] = (await client.get("/v1/convai/conversations", params={"agent_id": agent_id})).json()["conversations"]
        record = (await client.get(f"/v1/convai/conversations/{listed['conversation_id']}")).json()
    assert json.loads(chat.asked[0].body)["model"] == "small"
    [warning] = record["metadata"]["warnings"]
    assert "claude-sonnet-4-5" in warning
    assert "small of mine" in warning


async def test_another_vendor_goes_on_in_the_middle_of_a_sentence(tmp_path: Path) -> None:
    begun = wire.streams(AnthropicDouble().events(Said(["It is ", "sunny "]))[:-2], then="close")
    rest = wire.says(GeminiDouble(), Said(["It is sunny in Rome."]))
    async with serving(begun) as broken, serving(rest) as well:
        tables = {
            "anthropic": {"base_url": broken.url("").rstrip("/"), "api_key": KEY},
            "gemini": GeminiDouble().options(well.url("").rstrip("/")),
        }
        settings = {"VIVAVOCE_PROVIDERS": json.dumps({"language": tables})}
        async with served(tmp_path, **settings) as server, server.client() as client:
            agent_id = await agent_with(client, llm="claude-haiku-4-5")
            assert said(await answer_of(server, agent_id)) == "It is sunny in Rome."
    assert "sunny" in well.asked[0].body.decode()


async def test_a_server_of_models_on_this_machine_is_found(tmp_path: Path) -> None:
    listing = json.dumps({"data": [{"id": "tiny"}]}).encode()
    answering = answers(body=listing, content_type="application/json")
    async with (
        serving(answering, completion("Found me.")) as chat,
        served(tmp_path, VIVAVOCE_DISCOVER_MINDS=chat.url("/v1")) as server,
        server.client() as client,
    ):
        async with asyncio.timeout(SECONDS):
            await until_listed(client, "tiny")
        assert (await client.get("/readyz")).json()["components"]["mind"]["status"] == "ready"
        assert said(await answer_of(server, await agent_with(client, llm="gpt-4o"))) == "Found me."


async def test_a_server_of_the_agent_gets_its_secrets_where_it_may_be_reached(tmp_path: Path) -> None:
    allowed = {"VIVAVOCE_OUTBOUND_PRIVATE_HOSTS": "127.0.0.1"}
    async with serving(completion("Mine.")) as chat, server_beside(tmp_path, chat, **allowed) as (server, client):
        secret = (await client.post("/v1/convai/secrets", json={"type": "new", "name": "K", "value": "k-agent"})).json()
        custom = {
            "url": chat.url("/own"),
            "model_id": "own-1",
            "api_key": {"secret_id": secret["secret_id"]},
            "request_headers": {"X-Token": {"variable_name": "secret__token"}},
        }
        agent_id = await agent_with(client, llm="custom-llm", custom_llm=custom)
        assert said(await answer_of(server, agent_id, variables={"secret__token": "t-caller"})) == "Mine."
    [asked] = chat.asked
    assert (asked.target, json.loads(asked.body)["model"]) == ("/own/chat/completions", "own-1")
    assert (asked.headers["authorization"], asked.headers["x-token"]) == ("Bearer k-agent", "t-caller")


async def test_it_may_not_be_reached_on_this_machine_otherwise(tmp_path: Path) -> None:
    async with serving(completion("Mine.")) as chat, server_beside(tmp_path, chat) as (server, client):
        agent_id = await agent_with(client, llm="custom-llm", custom_llm={"url": chat.url("/own")})
        event: dict[str, Any] = {}
        try:
            event = await answer_of(server, agent_id)
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
        assert chat.connections == 0
        assert event.get("error_event", {}).get("error_type") == "custom_llm_error"


async def test_a_backup_of_the_settings_takes_over(tmp_path: Path) -> None:
    down = answers("503 Service Unavailable")
    async with serving(down) as broken, serving(completion("I stand in.")) as chat:
        tables = {
            "first": {"kind": "openai_chat", "base_url": broken.url("/v1"), "models": ["large"]},
            "second": {"kind": "openai_chat", "base_url": chat.url("/v1"), "models": ["small"]},
        }
        settings = {"VIVAVOCE_PROVIDERS": json.dumps({"language": tables}), "VIVAVOCE_BACKUP_MODELS": "small"}
        async with served(tmp_path, **settings) as server, server.client() as client:
            assert said(await answer_of(server, await agent_with(client, llm="large"))) == "I stand in."
            alone = {"llm": "large", "backup_llm_config": {"preference": "disabled"}}
            assert (await answer_of(server, await agent_with(client, **alone)))["type"] == "error"
