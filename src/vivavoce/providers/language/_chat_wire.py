"""Chat completions on the wire: a request becomes JSON, a stream of server-sent events becomes pieces of an answer.

Pure but for the failures it raises. What servers do differently from the published description and what is done about
it:

- A tool call may come without `index` (whole in one delta) or without `id`: both are made up.
- Usage comes in a last chunk without choices, in the chunk with the finish reason, or not at all.
- Thoughts of a model come in fields of their own, which are left out, or as `<think>...</think>` at the beginning of
  the text, which is left out too: nobody wants to hear them.
- A server that does not stream answers with one JSON object; it is read as if it were a stream of one.
- Some end without `[DONE]`. A finish reason is an end; the connection closing without either is a failure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from vivavoce.base.json import Body, Json, is_array, is_object
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Piece, Text, ToolWanted

Reason = Literal["stop", "length", "tools", "refused"]

_REASONS: Mapping[str, Reason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tools",
    "function_call": "tools",
    "content_filter": "refused",
}
_LONGEST_EVENT_BYTES = 4 * 1024 * 1024
_GO_ON = "The last message is the begin of your reply, cut off. Go on exactly where it stops, and repeat nothing of it."
_THINK, _THOUGHT = "<think>", "</think>"


# ---------------------------------------------------------------------------------------------------------------
# The request


def request_body(request: ChatRequest, model: str, *, max_tokens_field: str, streams_usage: bool) -> Body:
    """What is sent."""
    body: Body = {"model": model, "messages": _messages(request.messages), "stream": True}
    if streams_usage:
        body["stream_options"] = {"include_usage": True}
    body |= _choices(request.model, max_tokens_field)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        if request.model.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = request.model.parallel_tool_calls
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": request.schema, "strict": True},
        }
    return body


def _choices(model: ModelChoice, max_tokens_field: str) -> Body:
    """What is not set is not sent: some servers refuse what they do not know."""
    given = {
        "temperature": model.temperature,
        max_tokens_field: model.max_tokens,
        "reasoning_effort": model.reasoning_effort,
        "service_tier": model.service_tier,
    }
    return {name: value for name, value in given.items() if value is not None}


def _tool(tool: ToolOffer) -> Body:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _messages(messages: Sequence[Message]) -> list[Body]:
    sent = [_message(message) for message in messages]
    last = messages[-1] if messages else None
    if isinstance(last, AgentMessage) and last.unfinished:
        sent.append({"role": "system", "content": _GO_ON})
    return sent


def _message(message: Message) -> Body:
    match message:
        case Instructions(text):
            return {"role": "system", "content": text}
        case UserMessage(text, files):
            return {"role": "user", "content": text or f"[{len(files)} attached files]"}
        case AgentMessage(text, calls):
            sent: Body = {"role": "assistant", "content": text or None}
            if calls:
                sent["tool_calls"] = [_call(call.call_id, call.name, call.arguments) for call in calls]
            return sent
        case ToolMessage(call_id, _, text, is_error):
            return {"role": "tool", "tool_call_id": call_id, "content": f"Error: {text}" if is_error else text}


def _call(call_id: str, name: str, arguments: Mapping[str, Json]) -> Body:
    function = {"name": name, "arguments": orjson.dumps(dict(arguments)).decode()}
    return {"id": call_id, "type": "function", "function": function}


# ---------------------------------------------------------------------------------------------------------------
# Server-sent events


class Events:
    """Finds the data of server-sent events in chunks that end anywhere."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of every event that is complete."""
        *lines, rest = (bytes(self._line) + chunk).split(b"\n")
        self._line = bytearray(rest)
        if len(rest) > _LONGEST_EVENT_BYTES:
            raise MindFailed("The model's server sends something that is no stream of events.")
        for line in lines:
            yield from self._read(line.rstrip(b"\r"))

    def end(self) -> Iterator[bytes]:
        """What was not yet ended with an empty line."""
        line, self._line = bytes(self._line), bytearray()
        yield from self._read(line.rstrip(b"\r"))
        yield from self._read(b"")

    def _read(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            yield data


# ---------------------------------------------------------------------------------------------------------------
# The answer


class _Thoughts:
    """Leaves out the thoughts that some models write before their answer."""

    def __init__(self) -> None:
        self._held = ""
        self._state: Literal["beginning", "thinking", "answering"] = "beginning"

    def left_out(self, text: str) -> Iterator[Text]:
        if self._state == "answering":
            yield Text(text)
            return
        self._held += text
        if self._state == "beginning":
            self._begin()
        if self._state == "thinking" and _THOUGHT in self._held:
            self._held = self._held.partition(_THOUGHT)[2].lstrip()
            self._state = "answering"
        if self._state == "answering" and self._held:
            held, self._held = self._held, ""
            yield Text(held)

    def rest(self) -> Iterator[Text]:
        if self._state == "beginning" and self._held:
            yield Text(self._held)
        self._held = ""

    def _begin(self) -> None:
        begun = self._held.lstrip()
        if begun.startswith(_THINK):
            self._state = "thinking"
        elif begun and not _THINK.startswith(begun):
            self._state = "answering"


@dataclass(slots=True)
class _Call:
    call_id: str
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """The answer so far. Feed it the data of events; it gives pieces, `Finished` as the last one at `end`."""

    calls_before: int = 0
    """Tool calls of the conversation so far, so that made-up ids differ."""
    is_over: bool = False
    _reason: Reason | None = None
    _usage: Body = field(default_factory=dict[str, Any])
    _calls: dict[int, _Call] = field(default_factory=dict[int, _Call])
    _thoughts: _Thoughts = field(default_factory=_Thoughts)

    def add(self, data: bytes) -> Iterator[Piece]:
        """The next event."""
        if data.strip() == b"[DONE]":
            self.is_over = True
            return
        chunk = _object(data)
        if (error := chunk.get("error")) is not None:
            raise MindFailed(f"The model broke off: {error_text(error)}")
        if is_object(usage := chunk.get("usage")):
            self._usage = usage
        choices = chunk.get("choices")
        if is_array(choices) and choices and is_object(choices[0]):
            yield from self._choose(choices[0])

    def end(self) -> Iterator[Piece]:
        """The stream is over: what was held back, the tool calls, and how it went."""
        if self._reason is None and not self.is_over:
            raise MindFailed("The model's server closed the connection before the answer was complete.")
        yield from self._thoughts.rest()
        for _, call in sorted(self._calls.items()):
            yield ToolWanted(call.call_id, call.name, _arguments(call))
        reason = self._reason or "stop"
        details = self._usage.get("prompt_tokens_details")
        yield Finished(
            "tools" if self._calls and reason == "stop" else reason,
            _count(self._usage.get("prompt_tokens")),
            _count(self._usage.get("completion_tokens")),
            _count(details.get("cached_tokens")) if is_object(details) else 0,
        )

    def _choose(self, choice: Body) -> Iterator[Piece]:
        delta = choice.get("delta", choice.get("message"))
        if is_object(delta):
            for name in ("content", "refusal"):
                if isinstance(text := delta.get(name), str) and text:
                    yield from self._thoughts.left_out(text)
            if is_array(calls := delta.get("tool_calls")):
                for call in calls:
                    self._add_call(call)
            if delta.get("refusal"):
                self._reason = "refused"
        if (reason := choice.get("finish_reason")) is not None:
            self._reason = self._reason or _REASONS.get(str(reason), "stop")

    def _add_call(self, given: Json) -> None:
        if not is_object(given):
            return
        function = given.get("function")
        function = function if is_object(function) else {}
        call = self._call_at(given.get("index"), begins=bool(given.get("id") or function.get("name")))
        call.call_id = str(given.get("id") or call.call_id)
        call.name += str(function.get("name") or "")
        call.arguments += str(function.get("arguments") or "")

    def _call_at(self, index: Json, *, begins: bool) -> _Call:
        if not isinstance(index, int):
            last = max(self._calls, default=-1)
            index = last + 1 if begins or last < 0 else last
        return self._calls.setdefault(index, _Call(f"call_{self.calls_before + index + 1}"))


def _arguments(call: _Call) -> Mapping[str, Json]:
    if not call.name:
        raise MindFailed("The model called a tool without naming it.")
    try:
        arguments: Json = orjson.loads(call.arguments) if call.arguments.strip() else {}
    except orjson.JSONDecodeError:
        raise MindFailed(f"The model's arguments for {call.name} are no JSON.") from None
    if not is_object(arguments):
        raise MindFailed(f"The model's arguments for {call.name} are no JSON object.")
    return arguments


def _object(data: bytes) -> Body:
    try:
        chunk = orjson.loads(data)
    except orjson.JSONDecodeError:
        chunk = None
    if not is_object(chunk):
        raise MindFailed("The model's server sent something that is no JSON object.")
    return chunk


def error_text(error: Json) -> str:
    """What a server says about a failure, as far as a sentence of it can be found."""
    if is_object(error):
        return error_text(error.get("message") or error.get("error") or error.get("detail") or error.get("type") or "")
    return error if isinstance(error, str) else ""


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0


def calls_before(messages: Sequence[Message]) -> int:
    """How many tools were called in a conversation."""
    return sum(len(message.calls) for message in messages if isinstance(message, AgentMessage))
