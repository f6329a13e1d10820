"""A chat completions server on loopback that keeps to the published description: it refuses what the real one refuses.

    async with serving(completion("Hello", " there.")) as server: ...

An answer is a list of deltas; the server adds role, finish reason, usage and `[DONE]`, each as an event of its own.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from tests.support.loopback import STREAM_HEAD, Answering, Asked, answers

KNOWN_FIELDS = {
    "model", "messages", "stream", "stream_options", "temperature", "max_tokens", "max_completion_tokens",
    "reasoning_effort", "service_tier", "tools", "parallel_tool_calls", "response_format", "elevenlabs_extra_body",
}  # fmt: skip
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 5,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 16},
}


def complaint(body: dict[str, Any]) -> str | None:
    """What the real server would not accept."""
    if unknown := set(body) - KNOWN_FIELDS:
        return f"Unrecognized request argument supplied: {', '.join(sorted(unknown))}"
    if body.get("parallel_tool_calls") is not None and not body.get("tools"):
        return "'parallel_tool_calls' is only allowed when 'tools' are specified."
    if (problem := complaint_about_shape(body.get("response_format", {}).get("json_schema", {}))) is not None:
        return problem
    open_calls: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            open_calls.remove(message["tool_call_id"])
        elif open_calls:
            return "An assistant message with 'tool_calls' must be followed by tool messages."
        for call in message.get("tool_calls", []):
            json.loads(call["function"]["arguments"])
            open_calls.append(call["id"])
        if message["role"] != "assistant" and not isinstance(message["content"], str):
            return "Invalid value for 'content': expected a string."
    return "An assistant message with 'tool_calls' must be followed by tool messages." if open_calls else None


def complaint_about_shape(shape: dict[str, Any]) -> str | None:
    """A strict schema closes its objects and requires all of their properties."""
    schema = shape.get("schema", {})
    if not shape.get("strict") or schema.get("type") != "object":
        return None
    if schema.get("additionalProperties") is not False:
        return "Invalid schema: 'additionalProperties' is required to be supplied and to be false."
    if set(schema.get("required", [])) != set(schema.get("properties", {})):
        return "Invalid schema: 'required' is required to be an array including every key in properties."
    return None


def event(**chunk: object) -> bytes:
    """One chunk of an answer."""
    return b"data: " + json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", **chunk}).encode() + b"\n\n"


def choice(delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
    """A chunk with a delta."""
    return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish_reason}])


def tool_call(index: int, id: str, name: str, *arguments: str) -> list[dict[str, Any]]:
    """The deltas of one tool call, its arguments in several parts."""
    head = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": index, "function": {"arguments": part}} for part in arguments]
    return [{"tool_calls": [each]} for each in (head, *rest)]


def completion(*deltas: str | dict[str, Any], reason: str = "stop") -> Answering:
    """An answer in these deltas."""
    events = [choice({"role": "assistant", "content": ""})]
    events += [choice({"content": delta} if isinstance(delta, str) else delta) for delta in deltas]
    events += [choice({}, reason)]

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        body = json.loads(asked.body)
        if (problem := complaint(body)) is not None:
            error = {"error": {"message": problem, "type": "invalid_request_error"}}
            await answers("400 Bad Request", json.dumps(error).encode(), content_type="application/json")(
                asked, transport
            )
            return
        usage = [event(choices=[], usage=USAGE)] if body.get("stream_options", {}).get("include_usage") else []
        await sent([*events, *usage, b"data: [DONE]\n\n"])(asked, transport)

    return answering


def sent(events: Sequence[bytes], *, then: str = "end") -> Answering:
    """Events as they are; then the `end` of the stream, `silence`, or `close` of the connection."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        transport.write(STREAM_HEAD)
        for each in events:
            transport.write(b"%x\r\n%s\r\n" % (len(each), each))
            await asyncio.sleep(0)
        if then == "end":
            transport.write(b"0\r\n\r\n")
        elif then == "close":
            transport.close()

    return answering
