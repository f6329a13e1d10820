"""Callers, minds and servers that fail in a call: the call ends with a reason, and nothing of it is left behind.

The mind is a server of the test's own that holds each answer until the test lets it go, so that every state of a call
can be held as well.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.contract.calling import HELLO, PROVIDERS, TOOL, USE_TOOL, CallServer, call_server
from tests.support.caller import WITHIN_SECONDS, Caller, calling
from tests.support.minds import MODEL, MindServer, mind_server
from tests.support.voices import said, silence
from websockets.exceptions import ConnectionClosed

HELD = {"conversation_config": {"agent": {"prompt": {"llm": MODEL, "cascade_timeout_seconds": 15}}}}
ONE_AT_A_TIME = {"platform_settings": {"call_limits": {"agent_concurrency_limit": 1}}}
NO_BACKUP = {"backup_llm_config": {"preference": "disabled"}}
ALONE = {"conversation_config": {"agent": {"prompt": NO_BACKUP}}}


@pytest.fixture(scope="module")
def minds() -> Iterator[MindServer]:
    """A model that answers when it is told to."""
    with mind_server() as server:
        yield server


@pytest.fixture
def mind(minds: MindServer) -> MindServer:
    """The same, with nothing left of what other tests were asked."""
    minds.forget()
    return minds


@pytest.fixture(scope="module")
def server(minds: MindServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallServer]:
    """A server with that model beside the scripted one."""
    with call_server(tmp_path_factory.mktemp("calls"), VIVAVOCE_PROVIDERS=json.dumps(providers(minds))) as running:
        yield running


def providers(mind: MindServer) -> dict[str, Any]:
    """The scripted providers, and the held model."""
    held = {"kind": "openai_chat", "base_url": mind.base_url, "models": [MODEL]}
    return {**PROVIDERS, "language": {**PROVIDERS["language"], "held": held}}


# ---------------------------------------------------------------------------------------------------------------
# A caller who is gone


def is_greeted(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.until("audio")


def speaks(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.speak(said(1.0))
    caller.until("vad_score", lambda score: score["vad_score_event"]["vad_score"] > 0.5)


def waits_for_the_mind(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.write("Hello?")
    mind.asked()


def is_answered(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.write("Hello?")
    mind.asked().say("I can tell you that at some length. First of all")
    caller.until("audio", lambda told: told["audio_event"]["event_id"] > 1)


def is_asked_for_a_tool(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.write("Hello?")
    mind.asked().call(TOOL, {"city": "Lisbon"})
    caller.until("client_tool_call")


def is_written_to(caller: Caller, mind: MindServer) -> None:
    caller.begin(text_only=True)
    caller.write("Hello?")
    mind.asked().say("I can tell you that")
    caller.until("agent_chat_response_part", lambda told: "tell" in told["text_response_part"]["text"])


def is_told_goodbye(caller: Caller, mind: MindServer) -> None:
    caller.begin()
    caller.write("Goodbye.")
    mind.asked().call("end_call", {"reason": "The caller said goodbye.", "message": "It was nice to meet you."})
    caller.until("agent_response", lambda told: "nice" in told["agent_response_event"]["agent_response"])


STATES = (
    is_greeted,
    speaks,
    waits_for_the_mind,
    is_answered,
    is_asked_for_a_tool,
    is_written_to,
    is_told_goodbye,
)


def its_place_is_free(server: CallServer, agent_id: str) -> None:
    """Somebody else may call, if not at once then soon: a record is over a moment before its call has left."""
    give_up_at = time.monotonic() + WITHIN_SECONDS
    while True:
        with calling(server.sockets, agent_id) as caller:
            try:
                assert caller.begin()
            except AssertionError:
                if time.monotonic() > give_up_at:
                    raise
            else:
                return


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("politely", [False, True], ids=["without a word", "with a close frame"])
def test_a_caller_who_is_gone(
    server: CallServer, mind: MindServer, state: Callable[[Caller, MindServer], None], politely: bool
) -> None:
    agent_id = server.agent(HELD, ONE_AT_A_TIME)
    with calling(server.sockets, agent_id) as caller:
        state(caller, mind)
        if not politely:
            caller.vanish()
    record = server.record(caller.conversation_id)
    assert record["status"] == "done"
    assert record["metadata"]["termination_reason"] == (
        "The caller hung up." if politely else "The connection was lost."
    )
    its_place_is_free(server, agent_id)


def test_a_caller_who_is_gone_before_a_word(server: CallServer, mind: MindServer) -> None:
    agent_id = server.agent(HELD, ONE_AT_A_TIME)
    for _ in range(3):
        with calling(server.sockets, agent_id) as caller:
            caller.vanish()
    its_place_is_free(server, agent_id)


def test_an_answer_after_the_caller_hung_up(server: CallServer, mind: MindServer) -> None:
    with calling(server.sockets, server.agent(HELD)) as caller:
        caller.begin()
        caller.write("Hello?")
        question = mind.asked()
    record = server.record(caller.conversation_id)
    question.until_abandoned()
    question.finish("Too late.")
    assert server.record(caller.conversation_id) == record
    assert "Too late." not in json.dumps(record)


# ---------------------------------------------------------------------------------------------------------------
# A caller who sends or reads as nobody should


def test_a_flood_of_messages(server: CallServer) -> None:
    with calling(server.sockets, server.agent()) as caller:
        caller.begin()
        with suppress(ConnectionClosed):
            for _ in range(20_000):
                caller.send({"type": "user_activity"})
        ended = caller.ended()
    assert (ended.code, ended.status) == (1008, "rate_limited")
    assert "many messages" in server.record(caller.conversation_id)["metadata"]["termination_reason"]


def test_a_flood_of_audio(server: CallServer) -> None:
    with calling(server.sockets, server.agent()) as caller:
        caller.begin()
        with suppress(ConnectionClosed):
            caller.speak(silence(90.0), chunk_bytes=64_000)
        ended = caller.ended()
    assert (ended.code, ended.status) == (1008, "rate_limited")
    assert "faster" in server.record(caller.conversation_id)["metadata"]["termination_reason"]


def test_a_frame_that_is_far_too_large(server: CallServer) -> None:
    with calling(server.sockets, server.agent()) as caller:
        caller.begin()
        with suppress(ConnectionClosed):
            caller.write("a" * 6_000_000)
        # Whether the close frame arrives is chance: the line is cut while the client still sends.
        record = server.record(caller.conversation_id)
    assert "large" in record["metadata"]["termination_reason"]
    assert record["status"] == "failed"
    assert record["metadata"]["error"] == {"code": 1009, "reason": "invalid_message"}


def test_a_caller_who_does_not_read(server: CallServer, mind: MindServer) -> None:
    agent_id = server.agent(HELD, ONE_AT_A_TIME)
    with calling(server.sockets, agent_id, small=True) as caller:
        caller.begin(text_only=True)
        caller.write("Tell me everything.")
        question = mind.asked()
        for _ in range(120):
            question.say("word " * 20_000)
        record = server.record(caller.conversation_id)
        assert "does not read" in record["metadata"]["termination_reason"]
    its_place_is_free(server, agent_id)


@pytest.mark.slow
def test_a_line_that_is_dead_at_the_other_end(server: CallServer) -> None:
    """A cable that was pulled: nothing comes any more, and nothing says so."""
    with calling(server.sockets, server.agent()) as caller:
        caller.begin()
        caller.go_deaf()
        record = server.record(caller.conversation_id, within=45)
    assert record["metadata"]["termination_reason"] == "The connection was lost."


# ---------------------------------------------------------------------------------------------------------------
# A mind that does not answer as it should


def answer_of(caller: Caller, words: str) -> None:
    caller.until("agent_response", lambda told: words in told["agent_response_event"]["agent_response"])


def test_a_mind_that_answers_late(server: CallServer, mind: MindServer) -> None:
    with calling(server.sockets, server.agent(HELD)) as caller:
        caller.begin()
        caller.write("Hello?")
        question = mind.asked()
        first = caller.until("ping")["ping_event"]["event_id"]
        caller.until("ping", lambda told: told["ping_event"]["event_id"] > first)
        question.finish("I had to think about that.")
        answer_of(caller, "think about that")


def test_a_mind_that_never_answers_is_replaced(server: CallServer, mind: MindServer) -> None:
    backup = {"backup_llm_config": {"preference": "override", "order": ["scripted"]}}
    impatient = {"conversation_config": {"agent": {"prompt": {**backup, "cascade_timeout_seconds": 2}}}}
    with calling(server.sockets, server.agent(HELD, impatient)) as caller:
        caller.begin(text_only=True)
        caller.write(USE_TOOL)
        question = mind.asked()
        caller.until("client_tool_call")
        question.until_abandoned()


def test_a_mind_that_never_answers_and_has_no_backup(server: CallServer, mind: MindServer) -> None:
    impatient = {"conversation_config": {"agent": {"prompt": {**NO_BACKUP, "cascade_timeout_seconds": 2}}}}
    with calling(server.sockets, server.agent(HELD, impatient)) as caller:
        caller.begin(text_only=True)
        caller.write("Hello?")
        questions = [mind.asked() for _ in range(3)]
        ended = caller.ended()
    assert (ended.code, ended.error_type) == (1002, "llm_timeout")
    assert ended.reason == "The agent's model did not answer in time."
    record = server.record(caller.conversation_id)
    assert record["status"] == "failed"
    assert "model" in record["metadata"]["termination_reason"]
    for question in questions:
        question.until_abandoned()


def test_a_mind_that_breaks_off_is_continued(server: CallServer, mind: MindServer) -> None:
    with calling(server.sockets, server.agent(HELD, ALONE)) as caller:
        caller.begin(text_only=True)
        caller.write("Hello?")
        question = mind.asked()
        question.say("It was the best of times, ")
        caller.until("agent_chat_response_part", lambda told: "times" in told["text_response_part"]["text"])
        question.break_off()
        mind.asked().finish("it was the worst of times.")
        answer_of(caller, "It was the best of times, it was the worst of times.")


def test_a_mind_that_refuses_is_asked_again(server: CallServer, mind: MindServer) -> None:
    with calling(server.sockets, server.agent(HELD, ALONE)) as caller:
        caller.begin(text_only=True)
        caller.write("Hello?")
        mind.asked().fail(503)
        mind.asked().finish("Now I can.")
        answer_of(caller, "Now I can.")


# ---------------------------------------------------------------------------------------------------------------
# A server that goes


def test_a_killed_server_closes_the_record_when_it_is_back(mind: MindServer, tmp_path: Path) -> None:
    settings = {"VIVAVOCE_PROVIDERS": json.dumps(providers(mind))}
    with call_server(tmp_path, **settings) as server, calling(server.sockets, server.agent(HELD)) as caller:
        caller.begin(text_only=True)
        answer_of(caller, HELLO)
        caller.write("Hello?")
        mind.asked().finish("How can I help?")
        answer_of(caller, "How can I help?")
        caller.write("One more thing.")
        mind.asked()
        server.kept(caller.conversation_id, lambda record: "How can I help?" in json.dumps(record["transcript"]))
        server.process.kill()
    _let_a_minute_pass(tmp_path / "vivavoce.db")
    with call_server(tmp_path, **settings) as server:
        record = server.record(caller.conversation_id)
    assert record["status"] == "failed"
    assert record["metadata"]["termination_reason"] == "The server stopped while the call ran."
    told = [(turn["role"], turn["message"]) for turn in record["transcript"]]
    assert told[:3] == [("agent", HELLO), ("user", "Hello?"), ("agent", "How can I help?")]


def _let_a_minute_pass(database: Path) -> None:
    """What was written last, by a process that is dead, was written a minute ago."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE registrations SET expires_at = expires_at - 60000000")
        connection.execute("UPDATE conversations SET seen_at = seen_at - 60000000")


def test_a_server_that_is_stopped_lets_a_call_finish(mind: MindServer, tmp_path: Path) -> None:
    settings = {"VIVAVOCE_PROVIDERS": json.dumps(providers(mind))}
    with call_server(tmp_path, **settings) as server:
        with calling(server.sockets, server.agent(HELD)) as caller:
            caller.begin(text_only=True)
            caller.write("Hello?")
            question = mind.asked()
            server.process.process.terminate()
            question.finish("Goodbye then.")
            answer_of(caller, "Goodbye then.")
        assert server.process.process.wait(30) == 0


def test_a_server_that_is_stopped_does_not_wait_for_ever(mind: MindServer, tmp_path: Path) -> None:
    settings = {"VIVAVOCE_PROVIDERS": json.dumps(providers(mind)), "VIVAVOCE_STOP_TIMEOUT_SECONDS": "2"}
    with call_server(tmp_path, **settings) as server:
        with calling(server.sockets, server.agent(HELD)) as caller:
            caller.begin(text_only=True)
            caller.write("Hello?")
            mind.asked()
            server.process.process.terminate()
            ended = caller.ended()
        assert "stopped" in ended.reason
        assert server.process.process.wait(30) == 0
    with call_server(tmp_path, **settings) as server:
        record = server.record(caller.conversation_id)
    assert record["metadata"]["termination_reason"] == "The server is being stopped."
