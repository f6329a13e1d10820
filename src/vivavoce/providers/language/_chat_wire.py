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
from vivavoce.ports.language import ChatRequest, Finished, Piece, Text, ToolWanted
from vivavoce.providers.language._openai_models import temperature_for, tier_for
from vivavoce.providers.language._wire import (
    GO_ON,
    Reason,
    answer_shape,
    arguments_of,
    broke_off,
    calls_before,
    count,
    given,
    goes_on,
    object_in,
    part,
    said_by,
    told_by,
    unfinished,
)

_REASONS: Mapping[str, Reason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tools",
    "function_call": "tools",
    "content_filter": "refused",
}
_THINK, _THOUGHT = "<think>", "</think>"


# ---------------------------------------------------------------------------------------------------------------
# The request


def request_body(request: ChatRequest, model: str, *, max_tokens_field: str, streams_usage: bool) -> Body:
    """What is sent."""
    body: Body = {"model": model, "messages": _messages(request.messages), "stream": True}
    if streams_usage:
        body["stream_options"] = {"include_usage": True}
    body |= _choices(request.model, model, max_tokens_field)
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        if request.model.parallel_tool_calls is not None:
            body["parallel_tool_calls"] = request.model.parallel_tool_calls
    if request.schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": answer_shape(request.schema)}
    return body


def _choices(choice: ModelChoice, model: str, max_tokens_field: str) -> Body:
    return given(
        temperature=temperature_for(model, choice),
        reasoning_effort=choice.reasoning_effort,
        service_tier=tier_for(choice),
        **{max_tokens_field: choice.max_tokens},
    )


def _tool(tool: ToolOffer) -> Body:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _messages(messages: Sequence[Message]) -> list[Body]:
    sent = [_message(message) for message in messages]
    if goes_on(messages):
        sent.append({"role": "system", "content": GO_ON})
    return sent


def _message(message: Message) -> Body:
    match message:
        case Instructions(text):
            return {"role": "system", "content": text}
        case UserMessage():
            return {"role": "user", "content": said_by(message)}
        case AgentMessage(text, calls):
            sent: Body = {"role": "assistant", "content": text or None}
            if calls:
                sent["tool_calls"] = [_call(call.call_id, call.name, call.arguments) for call in calls]
            return sent
        case ToolMessage(call_id):
            return {"role": "tool", "tool_call_id": call_id, "content": told_by(message)}


def _call(call_id: str, name: str, arguments: Mapping[str, Json]) -> Body:
    function = {"name": name, "arguments": orjson.dumps(dict(arguments)).decode()}
    return {"id": call_id, "type": "function", "function": function}


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


def answer_to(request: ChatRequest) -> "Answer":
    """An empty answer to this request."""
    return Answer(calls_before(request.messages))


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
        chunk = object_in(data)
        if (error := chunk.get("error")) is not None:
            raise broke_off(error)
        if is_object(usage := chunk.get("usage")):
            self._usage = usage
        choices = chunk.get("choices")
        if is_array(choices) and choices and is_object(choices[0]):
            yield from self._choose(choices[0])

    def end(self) -> Iterator[Piece]:
        """The stream is over: what was held back, the tool calls, and how it went."""
        if self._reason is None and not self.is_over:
            raise unfinished()
        yield from self._thoughts.rest()
        for _, call in sorted(self._calls.items()):
            yield ToolWanted(call.call_id, call.name, arguments_of(call.name, call.arguments))
        reason = self._reason or "stop"
        yield Finished(
            "tools" if self._calls and reason == "stop" else reason,
            count(self._usage.get("prompt_tokens")),
            count(self._usage.get("completion_tokens")),
            count(part(self._usage, "prompt_tokens_details").get("cached_tokens")),
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
