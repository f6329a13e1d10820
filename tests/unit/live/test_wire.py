"""The protocol as words: what every official client needs to find in a frame, and what a frame may say to us."""

import base64
import json

import pytest

from vivavoce.base.errors import Malformed
from vivavoce.engine import commands as said
from vivavoce.engine.events import Alignment
from vivavoce.live.links import wire
from vivavoce.ports.link import ClientToolCall, VadScore


def decoded(frame: bytes) -> dict[str, object]:
    return json.loads(frame)


@pytest.mark.parametrize(
    ("event", "frame"),
    [
        (
            said.UserTranscript("hi", 3),
            {"type": "user_transcript", "user_transcription_event": {"user_transcript": "hi", "event_id": 3}},
        ),
        (
            said.AgentResponse("hello", 4),
            {"type": "agent_response", "agent_response_event": {"agent_response": "hello", "event_id": 4}},
        ),
        (
            said.AgentResponsePart("delta", "he", 4),
            {
                "type": "agent_chat_response_part",
                "text_response_part": {"text": "he", "type": "delta", "event_id": 4},
            },
        ),
        (
            said.AgentResponseCorrection("one two", "one", 5),
            {
                "type": "agent_response_correction",
                "agent_response_correction_event": {
                    "original_agent_response": "one two",
                    "corrected_agent_response": "one",
                    "event_id": 5,
                },
            },
        ),
        (said.Interruption(6), {"type": "interruption", "interruption_event": {"event_id": 6}}),
        (
            said.AgentToolResponseWhole(said.AgentToolResponse("t", "c", "webhook", False, "3 left", 7)),
            {
                "type": "agent_tool_response_full_payload",
                "agent_tool_response_full_payload": {
                    "tool_name": "t",
                    "tool_call_id": "c",
                    "tool_type": "webhook",
                    "event_id": 7,
                    "is_error": False,
                    "is_called": True,
                    "full_tool_result": "3 left",
                },
            },
        ),
        (
            said.TentativeAgentResponse("hello"),
            {
                "type": "internal_tentative_agent_response",
                "tentative_agent_response_internal_event": {"tentative_agent_response": "hello"},
            },
        ),
        (VadScore(0.5), {"type": "vad_score", "vad_score_event": {"vad_score": 0.5}}),
        (
            ClientToolCall("t", "c", {"a": 1}, 7),
            {
                "type": "client_tool_call",
                "client_tool_call": {
                    "tool_name": "t",
                    "tool_call_id": "c",
                    "parameters": {"a": 1},
                    "event_id": 7,
                    "expects_response": True,
                },
            },
        ),
    ],
)
def test_what_a_client_is_told(event: said.ClientEvent, frame: dict[str, object]) -> None:
    assert decoded(wire.encoded(event)) == frame


def test_an_error_has_a_type_of_the_contract_and_says_more_in_its_details() -> None:
    [known, ours] = [
        json.loads(wire.encoded(said.Trouble(1008, status, "No.")))["error_event"]
        for status in ("override_error", "needs_signature")
    ]
    assert (known["error_type"], known.get("details")) == ("override_error", None)
    assert (ours["error_type"], ours["details"]) == ("http_exception", {"status": "needs_signature"})


def test_what_a_provider_said_is_not_for_clients() -> None:
    told = wire.encoded(said.Trouble(1002, "cascade_brain_error", "No model could answer: llm.internal answered 500."))
    assert b"internal" not in told
    assert json.loads(told)["error_event"]["message"] == "The agent's model could not answer."


def test_a_ping_has_its_key_even_when_nothing_is_known() -> None:
    assert decoded(wire.ping(1, None)) == {"type": "ping", "ping_event": {"event_id": 1, "ping_ms": None}}


def test_audio_without_alignment_has_no_such_key() -> None:
    frame = decoded(wire.audio(b"\x01\x02", 9, None, 0.1))
    assert frame == {"type": "audio", "audio_event": {"audio_base_64": "AQI=", "event_id": 9}}


def test_alignment_is_in_whole_milliseconds() -> None:
    frame = decoded(wire.audio(b"", 9, Alignment("ab", (0.0, 0.0604)), 0.2))
    assert frame["audio_event"]["alignment"] == {
        "chars": ["a", "b"],
        "char_start_times_ms": [0, 60],
        "char_durations_ms": [60, 140],
    }


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"user_audio_chunk": base64.b64encode(b"ab").decode()}, wire.AudioChunk(b"ab")),
        ({"type": "pong", "event_id": 3}, wire.Pong(3)),
        ({"type": "user_message", "text": "hi"}, wire.UserMessage("hi")),
        ({"type": "user_message"}, wire.UserMessage("")),
        ({"type": "user_activity"}, wire.UserActivity()),
        ({"type": "contextual_update", "text": "x", "context_id": "c"}, wire.ContextualUpdate("x", "c")),
        ({"type": "contextual_update", "text": "x"}, wire.ContextualUpdate("x", None)),
        (
            {"type": "client_tool_result", "tool_call_id": "c", "result": {"a": 1}, "is_error": False},
            wire.ClientToolResult("c", '{"a":1}', is_error=False),
        ),
        ({"type": "feedback", "event_id": 2, "score": "like"}, wire.Feedback(2, "like")),
        ({"type": "feedback", "event_id": 2, "score": None}, wire.Feedback(2, None)),
        (
            {
                "type": "multimodal_message",
                "text": {"type": "user_message", "text": "see"},
                "file": {"type": "file_input", "file_id": "f1"},
                "files": [{"type": "file_input", "file_id": "f1"}, {"type": "file_input", "file_id": "f2"}],
            },
            wire.UserMessage("see", ("f1", "f2")),
        ),
        ({"type": "multimodal_message", "text": None, "files": 7}, wire.UserMessage("", ())),
        ({"type": "user_message", "text": None}, wire.UserMessage("")),
        ({"type": "mcp_tool_approval_result", "tool_call_id": "c", "is_approved": True}, None),
    ],
)
def test_what_a_client_may_say(message: dict[str, object], meaning: wire.Incoming | None) -> None:
    assert wire.decoded(json.dumps(message)) == meaning


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": "sing"}',
        '{"type": "feedback", "event_id": 1, "score": "great"}',
        '{"type": "feedback", "event_id": 1, "score": ["like"]}',
        '{"user_audio_chunk": "%%%"}',
        '{"user_audio_chunk": 7}',
        '{"type": "pong", "event_id": "1"}',
        '{"type": "contextual_update"}',
        '{"type": "client_tool_result"}',
    ],
)
def test_nonsense_is_refused_with_a_reason(frame: str) -> None:
    with pytest.raises(Malformed) as caught:
        wire.decoded(frame)
    assert caught.value.status == "invalid_message"
