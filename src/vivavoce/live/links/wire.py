"""The conversation's WebSocket protocol as words: what we tell a client, and what a client tells us. Pure.

Out   every frame is a JSON text frame with a `type`; the official clients end a session over one that lacks a key
      they index. Therefore: `ping_ms` is there even when null, `alignment` is absent rather than null, every audio
      event has an `event_id`.
In    a closed union; `None` for what the contract has and a call has no use for yet, `Malformed` for everything else.
"""

from binascii import Error as Base64Error
from typing import Any, assert_never, cast

import orjson
from pybase64 import b64decode, b64encode

from vivavoce.base.errors import Malformed
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.engine import commands as said
from vivavoce.engine.events import Alignment
from vivavoce.ports.link import ClientToolCall, ShellEvent, VadScore

# ---------------------------------------------------------------------------------------------------------------
# Out

ERROR_TYPES = frozenset(
    {
        "unknown",
        "invalid_message",
        "telephony_agent_error",
        "mcp_tool_error",
        "mcp_https_error",
        "value_error",
        "missing_fields",
        "override_error",
        "missing_dynamic_variable_transfer",
        "missing_dynamic_variable",
        "websocket_disconnect",
        "safety_violation",
        "llm_timeout",
        "transport_receive_timeout",
        "asyncio_timeout",
        "http_exception",
        "max_duration_exceeded",
        "llm_error",
        "custom_llm_error",
        "cascade_brain_error",
        "asr_transcription_error",
        "vad_error",
        "turn_probability_error",
        "tts_cascade_error",
        "redis_timeout_error",
        "unknown_websocket_crash",
    }
)
_NEAREST_TYPES = {
    "internal_error": "unknown_websocket_crash",
    "rate_limited": "invalid_message",
    "initiation_timeout": "transport_receive_timeout",
}


def encoded(event: said.ClientEvent | ShellEvent) -> bytes:
    """The frame for an event."""
    name, key, fields = _parts(event)
    return orjson.dumps({"type": name, key: fields})


def _parts(event: said.ClientEvent | ShellEvent) -> tuple[str, str, Body]:  # noqa: PLR0911, PLR0912 - a table
    match event:
        case said.UserTranscript(text, event_id):
            return event.wire_name, "user_transcription_event", {"user_transcript": text, "event_id": event_id}
        case said.TentativeUserTranscript(text, event_id):
            fields = {"user_transcript": text, "event_id": event_id}
            return event.wire_name, "tentative_user_transcription_event", fields
        case said.AgentResponse(text, event_id):
            return event.wire_name, "agent_response_event", {"agent_response": text, "event_id": event_id}
        case said.AgentResponsePart(kind, text, event_id):
            return event.wire_name, "text_response_part", {"text": text, "type": kind, "event_id": event_id}
        case said.AgentResponseCorrection(original, corrected, event_id):
            fields = {
                "original_agent_response": original,
                "corrected_agent_response": corrected,
                "event_id": event_id,
            }
            return event.wire_name, "agent_response_correction_event", fields
        case said.AgentResponseComplete(event_id):
            return event.wire_name, "agent_response_complete_event", {"event_id": event_id}
        case said.Interruption(event_id):
            return event.wire_name, "interruption_event", {"event_id": event_id}
        case said.AgentToolRequest():
            return event.wire_name, event.wire_name, _tool(event)
        case said.AgentToolResponse():
            return event.wire_name, event.wire_name, _tool_response(event)
        case said.AgentToolResponseWhole(response):
            return event.wire_name, event.wire_name, _tool_response(response) | {"full_tool_result": response.result}
        case said.TentativeAgentResponse(text):
            fields = {"tentative_agent_response": text}
            return event.wire_name, "tentative_agent_response_internal_event", fields
        case said.TurnProbability(probability):
            return event.wire_name, "turn_probability_internal_event", {"turn_probability": probability}
        case said.HumanConnected() | said.HumanDisconnected():
            return event.wire_name, f"{event.wire_name}_event", {}
        case said.Trouble():
            return event.wire_name, "error_event", _trouble(event)
        case ClientToolCall():
            return "client_tool_call", "client_tool_call", _client_tool(event)
        case VadScore(score):
            return "vad_score", "vad_score_event", {"vad_score": score}
        case _:
            assert_never(event)


_FOR_CLIENTS = {
    "llm_timeout": "The agent's model did not answer in time.",
    "cascade_brain_error": "The agent's model could not answer.",
    "custom_llm_error": "The agent's own model could not answer.",
    "asr_transcription_error": "The server cannot hear the caller any more.",
}


def reason_for_clients(error_type: str | None, reason: str) -> str:
    """A reason without what a provider said, which is for the record alone: it may name hosts and accounts."""
    return _FOR_CLIENTS.get(error_type or "", reason)


def _trouble(trouble: said.Trouble) -> Body:
    """The contract's types are a closed list; what we know better is in the details."""
    status = trouble.error_type
    error_type = status if status in ERROR_TYPES else _NEAREST_TYPES.get(status, "http_exception")
    reason = reason_for_clients(status, trouble.message)
    fields = {"code": trouble.code, "error_type": error_type, "message": reason, "reason": reason}
    return fields if status == error_type else {**fields, "details": {"status": status}}


def _tool(event: said.AgentToolRequest | said.AgentToolResponse) -> Body:
    return {
        "tool_name": event.tool_name,
        "tool_call_id": event.call_id,
        "tool_type": event.tool_type,
        "event_id": event.event_id,
    }


def _tool_response(event: said.AgentToolResponse) -> Body:
    return _tool(event) | {"is_error": event.is_error, "is_called": True}


def _client_tool(call: ClientToolCall) -> Body:
    return {
        "tool_name": call.tool_name,
        "tool_call_id": call.call_id,
        "parameters": call.parameters,
        "event_id": call.event_id,
        "expects_response": call.expects_response,
    }


def metadata(conversation_id: str, output_format: str, input_format: str) -> bytes:
    """The first frame of every conversation, and never a second time."""
    fields = {
        "conversation_id": conversation_id,
        "agent_output_audio_format": output_format,
        "user_input_audio_format": input_format,
    }
    event = {"type": "conversation_initiation_metadata", "conversation_initiation_metadata_event": fields}
    return orjson.dumps(event)


def ping(event_id: int, ping_ms: int | None) -> bytes:
    """How long is the way? The client answers with a pong at once."""
    return orjson.dumps({"type": "ping", "ping_event": {"event_id": event_id, "ping_ms": ping_ms}})


def audio(chunk: bytes, event_id: int, alignment: Alignment | None, seconds: float) -> bytes:
    """The next audio, already in the client's format."""
    encoded_audio = b64encode(chunk)
    if alignment is None:
        # By hand, because this is the frame that there are most of, and base64 needs no escaping.
        return b'{"type":"audio","audio_event":{"audio_base_64":"%b","event_id":%d}}' % (encoded_audio, event_id)
    fields = {"audio_base_64": encoded_audio.decode(), "event_id": event_id, "alignment": _aligned(alignment, seconds)}
    return orjson.dumps({"type": "audio", "audio_event": fields})


def _aligned(alignment: Alignment, seconds: float) -> Body:
    starts = [round(start * 1000) for start in alignment.starts_seconds]
    ends = [*starts[1:], max(round(seconds * 1000), starts[-1])]
    return {
        "chars": list(alignment.text),
        "char_start_times_ms": starts,
        "char_durations_ms": [end - start for start, end in zip(starts, ends, strict=True)],
    }


# ---------------------------------------------------------------------------------------------------------------
# In


@frozen
class AudioChunk:
    """What the caller says, in the client's format."""

    data: bytes


@frozen
class Initiation:
    """How the client wants this conversation: overrides, variables, who it is."""

    data: Body


@frozen
class EnclaveSetup:
    """The self-hosted handshake, which comes before the initiation."""

    data: Body


@frozen
class Pong:
    """The answer to a ping."""

    event_id: int


@frozen
class UserMessage:
    """What the caller wrote, with files that were sent along."""

    text: str
    file_ids: tuple[str, ...] = ()


@frozen
class UserActivity:
    """The caller is doing something."""


@frozen
class ContextualUpdate:
    """What the agent should know. Of one id the latest counts."""

    text: str
    context_id: str | None


@frozen
class ClientToolResult:
    """What a client's tool answered."""

    call_id: str
    result: str
    is_error: bool


@frozen
class Feedback:
    """What the caller thinks of a reply."""

    event_id: int
    score: str | None


_SHOWN = 60
"""How much of a wrong word is shown back."""

Incoming = (
    AudioChunk
    | Initiation
    | EnclaveSetup
    | Pong
    | UserMessage
    | UserActivity
    | ContextualUpdate
    | ClientToolResult
    | Feedback
)


_AUDIO_START, _SPACED_AUDIO_START = b'{"user_audio_chunk":"', b'{"user_audio_chunk": "'
_AUDIO_AT, _SPACED_AUDIO_AT = len(_AUDIO_START), len(_SPACED_AUDIO_START)
_AUDIO_END = b'"}'
_AUDIO_END_BYTES = len(_AUDIO_END)


def audio_in(frame: str | bytes) -> bytes | None:
    """The audio of a frame as official clients write it, without reading it as JSON; None if it is anything else.

    Four of five frames are such ones. Between the quotes only base64 passes, so what is taken here is nothing else.
    """
    if type(frame) is not bytes or not frame.endswith(_AUDIO_END):
        return None
    if frame.startswith(_AUDIO_START):
        encoded_audio = frame[_AUDIO_AT:-_AUDIO_END_BYTES]
    elif frame.startswith(_SPACED_AUDIO_START):
        encoded_audio = frame[_SPACED_AUDIO_AT:-_AUDIO_END_BYTES]
    else:
        return None
    try:
        return b64decode(encoded_audio, None, True)  # by position, which is read quicker
    except Base64Error:
        return None


def decoded(frame: str | bytes) -> Incoming | None:
    """What a frame says; None for what a call has no use for."""
    try:
        message: Any = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"A frame is not JSON: {error.msg}.", status="invalid_message") from None
    if not isinstance(message, dict):
        raise Malformed("A frame must be a JSON object.", status="invalid_message")
    fields = cast(Body, message)
    chunk = fields.get("user_audio_chunk")
    if chunk is not None:
        return AudioChunk(_audio(chunk))
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise Malformed("A message needs a `type`, or a `user_audio_chunk`.", status="invalid_message")
    return _message(kind, fields)


def _audio(chunk: Any) -> bytes:
    try:
        return b64decode(chunk, validate=True)
    except (Base64Error, ValueError, TypeError):
        raise Malformed("`user_audio_chunk` is not base64.", status="invalid_message") from None


def _message(kind: str, fields: Body) -> Incoming | None:  # noqa: PLR0911 - a table, one line a type
    match kind:
        case "pong":
            return Pong(_integer(kind, fields, "event_id"))
        case "user_message":
            return UserMessage(_text(kind, fields, "text", missing=""))
        case "user_activity":
            return UserActivity()
        case "contextual_update":
            context_id = fields.get("context_id")
            return ContextualUpdate(_text(kind, fields, "text"), None if context_id is None else str(context_id))
        case "multimodal_message":
            return _multimodal(fields)
        case "client_tool_result":
            return _tool_result(fields)
        case "feedback":
            return Feedback(_integer(kind, fields, "event_id"), _score(fields))
        case "conversation_initiation_client_data":
            return Initiation(fields)
        case "enclave_setup_config":
            return EnclaveSetup(fields)
        case "mcp_tool_approval_result":
            return None
        case _:
            raise Malformed(f"There is no message of the type {kind[:_SHOWN]!r}.", status="invalid_message")


def _multimodal(fields: Body) -> UserMessage:
    match fields.get("text"):
        case {"text": str(text)}:
            pass
        case _:
            text = ""
    files = fields.get("files")
    listed = cast("list[Any]", files) if isinstance(files, list) else []
    ids = [_file_id(file) for file in [fields.get("file"), *listed]]
    return UserMessage(text, tuple(dict.fromkeys(id for id in ids if id is not None)))


def _file_id(file: Any) -> str | None:
    match file:
        case {"file_id": str(id)}:
            return id
        case _:
            return None


def _tool_result(fields: Body) -> ClientToolResult:
    kind = "client_tool_result"
    result = fields.get("result", "")
    text = result if isinstance(result, str) else orjson.dumps(result).decode()
    return ClientToolResult(_text(kind, fields, "tool_call_id"), text, bool(fields.get("is_error", False)))


def _score(fields: Body) -> str | None:
    score = fields.get("score")
    if score not in ("like", "dislike", None):
        raise Malformed("`score` of feedback must be like, dislike or null.", status="invalid_message")
    return score


def _text(kind: str, fields: Body, name: str, *, missing: str | None = None) -> str:
    value = missing if fields.get(name) is None else fields[name]
    if not isinstance(value, str):
        raise Malformed(f"`{name}` of {kind} must be text.", status="invalid_message")
    return value


def _integer(kind: str, fields: Body, name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"`{name}` of {kind} must be a whole number.", status="invalid_message")
    return value
