"""What a call is refused or ended for, and how: an `error` event with its type, the close code, and a reason that a
person understands; the record says the same where there is one.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from tests.contract.calling import CallServer
from tests.support.caller import Caller, Ended, calling, calling_url
from tests.unit.storage.conftest import NoJobs, opened
from websockets.exceptions import ConnectionClosed

from vivavoce.features.agents.access import Grant, Signatures
from vivavoce.ports.clock import SECOND, ManualClock
from vivavoce.storage.vault import SqlVault, master_keys

pytestmark = pytest.mark.anyio

POLICY = 1008
CONTRACT = {"invalid_message", "missing_fields", "missing_dynamic_variable", "override_error"}
CLOSED = {"platform_settings": {"auth": {"enable_auth": True}}}


@pytest.fixture(scope="module")
def agent_id(call_server: CallServer) -> str:
    """An agent that anybody may call."""
    return call_server.agent()


def refused(caller: Caller, data: Mapping[str, Any] | None = None) -> Ended:
    """How a call ends that should not begin."""
    with suppress(ConnectionClosed):  # a stranger is refused before he has said anything
        caller.send({"type": "conversation_initiation_client_data", **(data or {})})
    return caller.ended()


def assert_refused(ended: Ended, status: str, *words: str) -> None:
    """It was told as it should be, by the event as by the close frame."""
    assert ended.code == POLICY
    assert ended.error is not None, ended
    assert ended.error_type == (status if status in CONTRACT else "http_exception")
    assert ended.status == status
    assert ended.error["code"] == POLICY
    assert ended.error["message"].startswith(ended.reason.rstrip("."))
    for word in words:
        assert word in ended.error["message"]


def assert_kept(call_server: CallServer, agent_id: str, ended: Ended) -> None:
    """The record of the agent's latest conversation says why it ended."""
    listed = call_server.official().conversational_ai.conversations.list(agent_id=agent_id).conversations
    record = call_server.record(listed[0].conversation_id)
    assert record["status"] == "failed"
    assert record["agent_name"] == call_server.official().conversational_ai.agents.get(agent_id).name
    assert ended.error is not None
    assert ended.error["message"] in record["metadata"]["termination_reason"]
    assert record["metadata"]["error"]["code"] == ended.code


# ---------------------------------------------------------------------------------------------------------------
# Who may come in


def test_an_unknown_agent(call_server: CallServer) -> None:
    with calling(call_server.sockets, "agent_nobody") as caller:
        assert_refused(refused(caller), "agent_not_found", "agent")


def test_no_agent_at_all(call_server: CallServer) -> None:
    with calling_url(f"{call_server.sockets}/v1/convai/conversation") as caller:
        assert_refused(refused(caller), "missing_fields", "agent_id")


def test_a_closed_agent_without_a_signature(call_server: CallServer) -> None:
    with calling(call_server.sockets, call_server.agent(CLOSED)) as caller:
        assert_refused(refused(caller), "needs_signature", "signed URL")


@pytest.mark.parametrize("signature", ["made-up", "", "%00", "x" * 5000])
def test_a_signature_that_is_none(call_server: CallServer, signature: str) -> None:
    with calling(call_server.sockets, call_server.agent(CLOSED), conversation_signature=signature) as caller:
        ended = refused(caller)
    assert ended.code == 1008
    assert ended.status in ("invalid_signature", "needs_signature")


def test_a_signature_for_another_agent(call_server: CallServer) -> None:
    url = signed_url(call_server, call_server.agent(CLOSED))
    other = call_server.agent(CLOSED)
    signature = url.partition("conversation_signature=")[2].partition("&")[0]
    with calling(call_server.sockets, other, conversation_signature=signature) as caller:
        assert_refused(refused(caller), "invalid_signature", "signature")


def test_a_signature_that_was_used(call_server: CallServer) -> None:
    url = signed_url(call_server, call_server.agent(CLOSED), include_conversation_id=True)
    with calling_url(url) as caller:
        first = caller.begin(text_only=True)
    assert "conversation_signature" in url
    with calling_url(url) as caller:
        ended = refused(caller)
    assert ended.code == 1008
    assert ended.status == "signature_used"
    assert call_server.record(first)["status"] == "done"


async def test_a_signature_that_has_expired(call_server: CallServer) -> None:
    agent_id = call_server.agent(CLOSED)
    with calling_url(await expired_url(call_server, agent_id)) as caller:
        assert_refused(refused(caller), "signature_expired", "expired", "new one")


def test_a_page_that_is_not_on_the_list(call_server: CallServer) -> None:
    agent_id = call_server.agent({"platform_settings": {"auth": {"allowlist": [{"hostname": "shop.example"}]}}})
    with calling(call_server.sockets, agent_id, origin="http://elsewhere.example") as caller:
        assert_refused(refused(caller), "origin_not_allowed", "page")
    with calling(call_server.sockets, agent_id, origin="https://shop.example") as caller:
        assert caller.begin()


async def expired_url(call_server: CallServer, agent_id: str) -> str:
    """A signed URL as the server made it an hour ago."""
    keys = master_keys(None, call_server.folder / "master.key")
    long_ago = ManualClock(time.time_ns() // 1_000 - 3_600 * SECOND)
    async with opened(f"sqlite:///{call_server.folder}/vivavoce.db") as database:
        signatures = Signatures(SqlVault(database, long_ago, keys, NoJobs()), long_ago)
        [[workspace_id]] = await database.fetch(text("SELECT id FROM workspaces"), {})
        grant = Grant(agent_id=agent_id, expires_at=signatures.expires_at())
        token = await signatures.sign(workspace_id, grant)
    return f"{call_server.sockets}/v1/convai/conversation?agent_id={agent_id}&conversation_signature={token}"


def signed_url(call_server: CallServer, agent_id: str, **options: Any) -> str:
    """A signed URL, from the official client."""
    conversations = call_server.official().conversational_ai.conversations
    url: str = conversations.get_signed_url(agent_id=agent_id, **options).signed_url
    return url


# ---------------------------------------------------------------------------------------------------------------
# What a client says before the call


def test_a_variable_without_a_value(call_server: CallServer) -> None:
    agent_id = call_server.agent({"conversation_config": {"agent": {"first_message": "Hello {{customer}}."}}})
    with calling(call_server.sockets, agent_id) as caller:
        ended = refused(caller)
    assert_refused(ended, "missing_dynamic_variable", "customer")
    assert_kept(call_server, agent_id, ended)


def test_an_override_that_is_not_allowed(call_server: CallServer) -> None:
    agent_id = call_server.agent()
    override = {"conversation_config_override": {"agent": {"prompt": {"prompt": "You are a pirate."}}}}
    with calling(call_server.sockets, agent_id) as caller:
        ended = refused(caller, override)
    assert_refused(ended, "override_error", "prompt")
    assert_kept(call_server, agent_id, ended)


@pytest.mark.parametrize(
    "data",
    [
        {"conversation_config_override": "loud"},
        {"dynamic_variables": ["a"]},
        {"user_id": {"a": 1}},
        {"conversation_config_override": {"agent": []}},
    ],
)
def test_an_initiation_of_the_wrong_shape(call_server: CallServer, agent_id: str, data: dict[str, Any]) -> None:
    with calling(call_server.sockets, agent_id) as caller:
        ended = refused(caller, data)
    assert ended.code == 1008
    assert ended.error_type in ("invalid_message", "override_error")
    assert next(iter(data)) in ended.reason or "agent" in ended.reason


def test_audio_in_a_format_that_nobody_speaks(call_server: CallServer) -> None:
    config = {"conversation_config": {"asr": {"user_input_audio_format": "mp3_44100"}}}
    agent_id = call_server.agent(config)
    with calling(call_server.sockets, agent_id) as caller:
        ended = refused(caller)
    assert_refused(ended, "invalid_audio_format", "mp3_44100", "pcm_16000")
    assert_kept(call_server, agent_id, ended)


def test_an_event_before_the_initiation(call_server: CallServer, agent_id: str) -> None:
    with calling(call_server.sockets, agent_id) as caller:
        caller.write("Hello?")
        assert_refused(caller.ended(), "invalid_message", "conversation_initiation_client_data")


# ---------------------------------------------------------------------------------------------------------------
# What a client says in the call


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ("{", "JSON"),
        ("", "JSON"),
        ("[1, 2]", "object"),
        ("{}", "type"),
        (b"\x00\xff", "JSON"),
        ('{"type": "user_message", "text": 7}', "text"),
        ('{"type": "sing"}', "sing"),
        ('{"user_audio_chunk": "not base64!"}', "base64"),
        ('{"user_audio_chunk": {"pcm": 1}}', "base64"),
        ('{"type": "pong"}', "event_id"),
    ],
)
def test_a_message_that_is_none(call_server: CallServer, agent_id: str, frame: str | bytes, word: str) -> None:
    with calling(call_server.sockets, agent_id) as caller:
        caller.begin()
        caller.line.send(frame)
        ended = caller.ended()
    assert_refused(ended, "invalid_message", word)
    assert_kept(call_server, agent_id, ended)


def test_a_text_over_a_megabyte(call_server: CallServer, agent_id: str) -> None:
    with calling(call_server.sockets, agent_id) as caller:
        caller.begin(text_only=True)
        caller.write("a" * 1_200_000)
        ended = caller.ended()
    assert_refused(ended, "invalid_message", "bytes")
    assert_kept(call_server, agent_id, ended)


def test_audio_in_half_samples(call_server: CallServer, agent_id: str) -> None:
    with calling(call_server.sockets, agent_id) as caller:
        caller.begin()
        caller.send({"user_audio_chunk": "AAAA"})
        caller.send({"user_audio_chunk": "AAAA"})
        # Six bytes are three samples, however they were cut.
        assert caller.until("ping")
