"""The live route on a real server: who gets in and who does not, what is kept of both, who may watch."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.running import running_server
from tests.support.servers import serving
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vivavoce.live.admission import Admission
from vivavoce.live.lag import Load
from vivavoce.ports.language import Abilities, ChatRequest, OneMind, Piece

pytestmark = pytest.mark.anyio

SECONDS = 30
BEGIN = {"type": "conversation_initiation_client_data"}


class Desk:
    """A server and what one does at it."""

    starting: Any = None
    holding: Any = None

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = address, key
        self.http = httpx.Client(base_url=address, headers={"xi-api-key": key}, timeout=SECONDS)

    def agent(self, **platform: Any) -> str:
        """An agent that chats; `conversation` settings among the others."""
        conversation = {"text_only": True, "monitoring_enabled": True, **platform.pop("conversation", {})}
        config = {"agent": {"first_message": "Welcome."}, "conversation": conversation, "tts": platform.pop("tts", {})}
        body = {"name": "Live", "conversation_config": config, "platform_settings": platform}
        return self.http.post("/v1/convai/agents/create", json=body).raise_for_status().json()["agent_id"]

    def signed(self, agent_id: str, **terms: Any) -> str:
        query = {"agent_id": agent_id, **terms}
        reply = self.http.get("/v1/convai/conversation/get-signed-url", params=query).raise_for_status()
        return reply.json()["signed_url"]

    def url(self, agent_id: str, **query: str) -> str:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"ws{self.address.removeprefix('http')}/v1/convai/conversation?agent_id={agent_id}{more}"

    def kept(self, conversation_id: str) -> dict[str, Any]:
        """The record, once the call is over in there too."""
        while True:
            kept = self.http.get(f"/v1/convai/conversations/{conversation_id}").raise_for_status().json()
            if kept["status"] != "in-progress":
                return kept

    def last_of(self, agent_id: str) -> dict[str, Any]:
        found = self.http.get("/v1/convai/conversations", params={"agent_id": agent_id}).json()["conversations"]
        return self.kept(found[0]["conversation_id"])

    @asynccontextmanager
    async def monitor(self, conversation_id: str, key: str | None = None) -> AsyncIterator[ClientConnection]:
        where = f"ws{self.address.removeprefix('http')}/v1/convai/conversations/{conversation_id}/monitor"
        async with connect(where, additional_headers={"xi-api-key": key or self.key}) as socket:
            yield socket


@asynccontextmanager
async def call(url: str, begin: dict[str, Any] = BEGIN, **options: Any) -> AsyncIterator[tuple[ClientConnection, str]]:
    """A call that has begun, and its id."""
    async with connect(url, **options) as socket:
        await socket.send(json.dumps(begin))
        first = json.loads(await socket.recv())
        assert first["type"] == "conversation_initiation_metadata", first
        yield socket, first["conversation_initiation_metadata_event"]["conversation_id"]


async def until(socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(SECONDS):
        while True:
            event = json.loads(await socket.recv())
            if wanted(event):
                return event


async def reply(socket: ClientConnection, kind: str = "agent_response") -> dict[str, Any]:
    return await until(socket, lambda event: event["type"] == kind)


async def refusal(url: str, *frames: dict[str, Any] | str, **options: Any) -> tuple[dict[str, Any], int, str]:
    """The error event, the close code and its reason."""
    async with asyncio.timeout(SECONDS), connect(url, **options) as socket:
        for frame in frames:
            await socket.send(frame if isinstance(frame, str) else json.dumps(frame))
        error = await reply(socket, "error")
        with pytest.raises(ConnectionClosed):
            while True:
                await socket.recv()
        assert socket.close_code is not None
        return error["error_event"], socket.close_code, socket.close_reason or ""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory):
    with running_server(tmp_path_factory.mktemp("live")) as server:
        # What these tests are about is not how busy the machine is with others.
        calls = server.application.conversations.calls
        calls._admission = Admission(busiest=1000.0)
        calls._lag.load = Load(late_limit_seconds=1000.0)
        desk = Desk(server.base_url, server.api_key)
        desk.starting = server.application.conversations.starting
        desk.holding = server.application.conversations.holding
        yield desk


async def test_a_signed_url_with_a_conversation_is_good_once(desk: Desk):
    url = desk.signed(desk.agent(auth={"enable_auth": True}), include_conversation_id=True)
    async with call(url) as (_, conversation_id):
        assert f"conversation_id={conversation_id}" in url
        error, code, _ = await refusal(url, BEGIN)
        assert (code, "has been used" in error["message"]) == (1008, True)
    assert desk.kept(conversation_id)["metadata"]["authorization_method"] == "signed_url"
    error, code, _ = await refusal(url, BEGIN)
    assert (code, "has been used" in error["message"]) == (1008, True)


async def test_a_signed_url_says_what_runs_also_for_somebody_with_a_key(desk: Desk):
    agent_id = desk.agent()
    agent = desk.http.get(f"/v1/convai/agents/{agent_id}").json()
    body = {
        "parent_version_id": agent["version_id"],
        "name": "trial",
        "description": "",
        "conversation_config": {"agent": {"first_message": "From the branch."}},
    }
    branch = desk.http.post(f"/v1/convai/agents/{agent_id}/branches", json=body).raise_for_status().json()
    url = desk.signed(agent_id, branch_id=branch["created_branch_id"])
    async with call(url, additional_headers={"xi-api-key": desk.key}) as (socket, _):
        assert (await reply(socket))["agent_response_event"]["agent_response"] == "From the branch."


async def test_a_draft_is_tried_out_without_a_trace_on_the_agent(desk: Desk):
    agent_id = desk.agent(conversation={"text_only": False}, auth={"enable_auth": True})
    agent = f"/v1/convai/agents/{agent_id}"
    read = desk.http.get(agent).json()
    branch_id = read["branch_id"]
    draft = {name: read[name] for name in ("name", "conversation_config", "platform_settings", "workflow")}
    draft["conversation_config"]["agent"]["first_message"] = "From the draft."
    draft["conversation_config"]["conversation"]["client_events"] = ["audio"]
    desk.http.post(f"{agent}/drafts", params={"branch_id": branch_id}, json=draft).raise_for_status()
    url = desk.http.post(f"/v1/vivavoce/agents/{agent_id}/trials").raise_for_status().json()["signed_url"]
    chat = {**BEGIN, "conversation_config_override": {"conversation": {"text_only": True}}}
    async with call(url, begin=chat) as (socket, conversation_id):
        assert (await reply(socket))["agent_response_event"]["agent_response"] == "From the draft."
    kept = desk.kept(conversation_id)
    assert (kept["version_id"], kept["branch_id"]) == (None, branch_id)
    assert any("a draft that was not published" in warning for warning in kept["metadata"]["warnings"])
    assert len(desk.http.get(f"{agent}/versions").json()["versions"]) == 1
    assert desk.http.get(f"{agent}/branches", params={"include_archived": True}).json()["meta"]["total"] == 1
    assert desk.http.get(agent).json()["conversation_config"]["agent"]["first_message"] == "Welcome."


async def test_a_start_that_fails_leaves_the_signed_url_good(desk: Desk):
    agent_id = desk.agent(auth={"enable_auth": True})
    url = desk.signed(agent_id, include_conversation_id=True)
    _, code, _ = await refusal(url, {**BEGIN, "conversation_config_override": {"agent": {"first_message": "Hm."}}})
    assert code == 1008
    async with call(url):
        pass


async def test_a_stranger_cannot_get_around_the_lock_by_naming_an_older_version(desk: Desk):
    agent_id = desk.agent()
    version = desk.http.get(f"/v1/convai/agents/{agent_id}").json()["version_id"]
    async with call(desk.url(agent_id, version_id=version)):
        pass
    desk.http.patch(f"/v1/convai/agents/{agent_id}", json={"platform_settings": {"auth": {"enable_auth": True}}})
    _, code, reason = await refusal(desk.url(agent_id, version_id=version), BEGIN)
    assert (code, "authentication" in reason) == (1008, True)


async def test_a_refused_start_says_why_and_is_kept(desk: Desk):
    agent_id = desk.agent()
    body = {**BEGIN, "conversation_config_override": {"agent": {"first_message": "Hm."}}}
    error, code, reason = await refusal(desk.url(agent_id), body)
    assert (error["error_type"], error["code"], code) == ("override_error", 1008, 1008)
    assert "first_message" in reason
    kept = desk.last_of(agent_id)
    assert (kept["status"], kept["metadata"]["error"]) == ("failed", {"code": 1008, "reason": "override_error"})
    assert kept["metadata"]["termination_reason"] == error["message"]


@pytest.mark.parametrize(
    "frames",
    [
        [{"user_audio_chunk": "AAAA"}],
        [{"type": "user_message", "text": "Hi"}],
        ["not json"],
        ["x" * 1_100_000],
        [{"type": "enclave_setup_config", "agent_config_dict": None}, BEGIN],
        [{**BEGIN, "dynamic_variables": "none"}],
        [{**BEGIN, "user_id": 7}],
        [{**BEGIN, "user_id": "x" * 501}],
        [{**BEGIN, "user_id": "a\0b"}],
        [{**BEGIN, "source_info": {"source": 7}}],
        [{**BEGIN, "environment": "staging"}],
    ],
)
async def test_what_makes_no_sense_as_a_beginning_is_refused(desk: Desk, frames: list[Any]):
    error, code, reason = await refusal(desk.url(desk.agent()), *frames)
    assert (error["code"], code) == (1008, 1008)
    assert reason


async def test_what_nobody_foresaw_is_said_and_logged(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog):
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a private thought")

    monkeypatch.setattr(desk.starting, "prepare", broken)
    error, code, reason = await refusal(desk.url(desk.agent()), BEGIN)
    assert (error["code"], code) == (1011, 1011)
    assert "private" not in json.dumps(error) + reason
    assert "a private thought" in caplog.text


async def test_nobody_is_kept_of_whom_nobody_knows(desk: Desk):
    agent_id = desk.agent(auth={"enable_auth": True})
    _, code, _ = await refusal(desk.url(agent_id), BEGIN)
    assert code == 1008
    assert not desk.http.get("/v1/convai/conversations", params={"agent_id": agent_id}).json()["conversations"]


async def test_the_agents_own_limits_hold(desk: Desk):
    one = desk.agent(call_limits={"agent_concurrency_limit": 1})
    async with call(desk.url(one)):
        _, code, reason = await refusal(desk.url(one), BEGIN)
        assert (code, "at a time" in reason) == (1002, True)
    await gets_in(desk.url(one))
    daily = desk.agent(call_limits={"daily_limit": 1})
    async with call(desk.url(daily)):
        pass
    _, code, reason = await refusal(desk.url(daily), BEGIN)
    assert (code, "in a day" in reason) == (1002, True)


async def test_who_is_refused_uses_nothing_up(desk: Desk):
    daily = desk.agent(call_limits={"daily_limit": 1})
    for _ in range(2):
        _, code, _ = await refusal(desk.url(daily), {**BEGIN, "user_id": 7})
        assert code == 1008
    async with call(desk.url(daily)):
        pass


async def test_the_subprotocol_is_answered_where_it_is_offered(desk: Desk):
    agent_id = desk.agent()
    async with call(desk.url(agent_id), subprotocols=["convai", "bearer.x"][:1]) as (socket, _):
        assert socket.subprotocol == "convai"
    async with call(desk.url(agent_id)) as (socket, _):
        assert socket.subprotocol is None


async def test_a_key_opens_a_closed_agent(desk: Desk):
    agent_id = desk.agent(auth={"enable_auth": True})
    async with call(desk.url(agent_id), additional_headers={"xi-api-key": desk.key}) as (_, conversation_id):
        pass
    assert desk.kept(conversation_id)["metadata"]["authorization_method"] == "authorization_header"


async def gets_in(url: str) -> None:
    """A call is taken as soon as the last one has left its place."""
    async with asyncio.timeout(SECONDS):
        while True:
            async with connect(url) as socket:
                await socket.send(json.dumps(BEGIN))
                if json.loads(await socket.recv())["type"] == "conversation_initiation_metadata":
                    return


async def test_who_looks_for_webrtc_is_told_what_to_do_and_does_not_try_for_ever(desk: Desk):
    token = desk.http.get("/v1/convai/conversation/token", params={"agent_id": "x"})
    assert (token.status_code, 'connectionType: "websocket"' in token.json()["detail"]["message"]) == (501, True)
    for path in ("/rtc", "/rtc/", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate", "/rtc/v2/x", "/rtc.v1"):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            page = desk.http.request(method, path, headers={"origin": "https://shop.example.org"})
            assert (page.status_code, page.headers["access-control-allow-origin"]) == (403, "*"), (method, path)
    for path in ("/rtc", "/rtc/", "/rtc/v1"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws{desk.address.removeprefix('http')}{path}?access_token=x"):
                pass
        assert refused.value.response.status_code == 403


async def test_the_older_name_of_the_signed_urls_route_works(desk: Desk):
    query = {"agent_id": desk.agent(auth={"enable_auth": True})}
    reply = desk.http.get("/v1/convai/conversation/get_signed_url", params=query)
    async with call(reply.json()["signed_url"]):
        pass


async def test_a_client_hears_only_what_the_agent_tells_its_clients(desk: Desk):
    quiet = desk.agent(conversation={"text_only": False, "client_events": ["agent_response"]})
    told: list[str] = []

    def is_answered(event: dict[str, Any]) -> bool:
        told.append(event["type"])
        return told[-1] == "agent_response"

    async with call(desk.url(quiet)) as (socket, _):
        await until(socket, is_answered)
        await socket.send(json.dumps({"type": "user_message", "text": "What can you do?"}))
        await until(socket, is_answered)
    assert set(told) == {"agent_response", "ping"}


# ---------------------------------------------------------------------------------------------------------------
# Watching


async def test_a_supervisor_sees_what_was_said_and_ends_the_call(desk: Desk):
    async with call(desk.url(desk.agent())) as (caller, conversation_id):
        await reply(caller)
        async with desk.monitor(conversation_id) as monitor:
            assert (await reply(monitor))["agent_response_event"]["agent_response"] == "Welcome."
            await caller.send(json.dumps({"type": "user_message", "text": "What can you do?"}))
            said = (await reply(caller))["agent_response_event"]
            seen = (await reply(monitor))["agent_response_event"]
            assert seen == said
            await monitor.send(json.dumps({"command_type": "end_call"}))
            with pytest.raises(ConnectionClosed):
                while True:
                    await caller.recv()
            with pytest.raises(ConnectionClosed):
                while True:
                    await monitor.recv()
            assert monitor.close_code == 1000
    assert desk.kept(conversation_id)["metadata"]["termination_reason"] == "A supervisor ended the call."


async def test_a_supervisor_whispers_and_takes_over(desk: Desk):
    events = ["agent_response", "user_transcript", "interruption"]
    agent_id = desk.agent(conversation={"monitoring_events": events})
    async with call(desk.url(agent_id)) as (caller, conversation_id):
        await reply(caller)
        async with desk.monitor(conversation_id) as monitor:
            await monitor.send(json.dumps({"command_type": "send_human_message", "parameters": {"text": "Hm."}}))
            assert "Take the call over first" in (await reply(monitor, "error"))["error_event"]["message"]
            whisper = {"command_type": "contextual_update", "parameters": {"contextual_update": "A good customer."}}
            await monitor.send(json.dumps(whisper))
            await monitor.send(json.dumps({"command_type": "enable_human_takeover"}))
            await monitor.send(json.dumps({"command_type": "send_human_message", "parameters": {"text": "I am Eve."}}))
            said = await until(caller, lambda event: event["type"] == "agent_response")
            assert said["agent_response_event"]["agent_response"] == "I am Eve."
            await monitor.send(json.dumps({"command_type": "transfer_to_number", "parameters": {}}))
            assert "telephone" in (await reply(monitor, "error"))["error_event"]["message"]
            await monitor.send("nonsense")
            assert "command_type" in (await reply(monitor, "error"))["error_event"]["message"]
        # The supervisor has gone without a word, and the agent answers again.
        async with asyncio.timeout(SECONDS):
            while (event := json.loads(await caller.recv()))["type"] != "agent_response":
                if event["type"] == "ping":
                    await caller.send(json.dumps({"type": "user_message", "text": "What can you do?"}))
    whispered = [each for each in desk.kept(conversation_id)["transcript"] if each["contextual_update_info"]]
    assert [each["message"] for each in whispered] == ["A good customer."]


async def test_who_may_not_watch_is_told_before_the_line_opens(desk: Desk):
    async def status(conversation_id: str, key: str | None = None) -> int:
        with pytest.raises(InvalidStatus) as refused:
            async with desk.monitor(conversation_id, key):
                pass
        return refused.value.response.status_code

    shut = desk.agent(conversation={"monitoring_enabled": False})
    async with call(desk.url(shut)) as (_, conversation_id):
        assert await status(conversation_id) == 403
        assert await status(conversation_id, "xi_wrong") == 401
    assert await status("conv_never") == 404
    async with call(desk.url(desk.agent())) as (_, conversation_id):
        pass
    desk.kept(conversation_id)
    assert await status(conversation_id) == 409


async def test_a_call_is_watched_from_another_process(tmp_path: Path, database_url: str):
    with serving(tmp_path, database_url, "--workers", "2") as server:
        desk = Desk(server.address, server.key)
        async with call(desk.url(desk.agent())) as (caller, conversation_id):
            await reply(caller)
            # Whichever of the two processes each connection goes to.
            for _ in range(6):
                async with desk.monitor(conversation_id) as monitor:
                    assert (await reply(monitor))["agent_response_event"]["agent_response"] == "Welcome."
        assert desk.kept(conversation_id)["status"] == "done"


async def test_of_many_who_use_a_signed_url_at_once_one_gets_in(tmp_path: Path, database_url: str):
    with serving(tmp_path, database_url, "--workers", "2") as server:
        desk = Desk(server.address, server.key)
        url = desk.signed(desk.agent(auth={"enable_auth": True}), include_conversation_id=True)

        async def first() -> str:
            async with connect(url) as socket:
                await socket.send(json.dumps(BEGIN))
                return json.loads(await socket.recv())["type"]

        answers = await asyncio.gather(*(first() for _ in range(8)))
        assert sorted(answers) == ["conversation_initiation_metadata"] + ["error"] * 7


async def test_a_voice_call_begins_when_its_voice_is_loaded_and_a_chat_waits_for_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    loaded: list[str] = []

    async def warm() -> None:
        loaded.append("voice")

    organs = desk.holding._organs()
    monkeypatch.setattr(desk.holding, "_organs", lambda: replace(organs, warm=warm))
    async with call(desk.url(desk.agent())):
        assert loaded == []
    async with call(desk.url(desk.agent(conversation={"text_only": False}))):
        assert loaded == ["voice"]


async def test_the_record_says_that_another_voice_spoke(desk: Desk):
    rule = {"type": "alias", "string_to_replace": "Welcome", "alias": "Good morning to you"}
    words = desk.http.post(
        "/v1/pronunciation-dictionaries/add-from-rules", json={"name": "Words", "rules": [rule]}
    ).json()["id"]
    locator = {"pronunciation_dictionary_id": words, "version_id": None}
    tts = {"voice_id": "nobody", "pronunciation_dictionary_locators": [locator]}
    agent_id = desk.agent(conversation={"text_only": False}, tts=tts)
    async with call(desk.url(agent_id)) as (socket, conversation_id):
        said = await until(socket, lambda event: event["type"] == "agent_response")
        await until(socket, lambda event: event["type"] == "audio")
    kept = desk.kept(conversation_id)
    assert any(each.startswith("Nobody here has a voice 'nobody'") for each in kept["metadata"]["warnings"])
    # What is said otherwise is written as it was.
    assert said["agent_response_event"]["agent_response"] == "Welcome."


class Repeats:
    """A mind that says what it was told when it breaks."""

    abilities = Abilities()

    @asynccontextmanager
    async def chat(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[Piece]]:
        raise ValueError(f"I cannot think about {request.messages[-1]}")
        yield


async def test_of_an_agent_without_retention_neither_record_nor_log_has_a_word(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    organs = desk.holding._organs()
    monkeypatch.setattr(desk.holding, "_organs", lambda: replace(organs, minds=OneMind(Repeats())))
    for keeps_nothing in (True, False):
        caplog.clear()
        agent_id = desk.agent(privacy={"zero_retention_mode": keeps_nothing})
        async with call(desk.url(agent_id)) as (socket, conversation_id):
            await socket.send(json.dumps({"type": "user_message", "text": "My number is 4711."}))
            await until(socket, lambda event: event["type"] == "error")
        broken = [record.__dict__ for record in caplog.records if "A mind broke" in record.getMessage()]
        assert all("conversations/test_live.py:" in record["where"] for record in broken)
        assert any("4711" in record.get("pii_error", "") for record in broken) is not keeps_nothing
        assert "4711" not in caplog.text + str([record["where"] for record in broken])
        assert ("4711" in str(desk.kept(conversation_id))) is not keeps_nothing
