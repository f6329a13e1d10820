"""OpenAI's responses on the wire: a request becomes JSON, its stream of typed events becomes pieces of an answer.

Nothing is kept at the vendor (`store` is false), so a request carries the whole conversation. A tool call is wanted as
soon as its item is done, before the answer is over. Events that are not known are left alone: new ones come every year.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from vivavoce.base.json import Body
from vivavoce.engine.commands import AgentMessage, Instructions, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.ports.language import ChatRequest, Finished, Piece, Text, ToolWanted
from vivavoce.providers.language._openai_models import temperature_for, tier_for
from vivavoce.providers.language._wire import (
    GO_ON,
    Reason,
    answer_shape,
    arguments_of,
    broke_off,
    count,
    given,
    goes_on,
    object_in,
    objects,
    part,
    said_by,
    text,
    told_by,
    unfinished,
)

_HOPELESS = frozenset({"invalid_prompt", "invalid_request_error", "insufficient_quota", "context_length_exceeded"})


# ---------------------------------------------------------------------------------------------------------------
# The request


def request_body(request: ChatRequest, model: str) -> Body:
    """What is sent."""
    choice = request.model
    body: Body = {"model": model, "input": list(_items(request.messages)), "stream": True, "store": False}
    body |= given(
        temperature=temperature_for(model, choice),
        max_output_tokens=choice.max_tokens,
        service_tier=tier_for(choice),
        reasoning=given(effort=choice.reasoning_effort) or None,
    )
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body |= given(parallel_tool_calls=choice.parallel_tool_calls)
    if request.schema is not None:
        body["text"] = {"format": {"type": "json_schema", **answer_shape(request.schema)}}
    return body


def _tool(tool: ToolOffer) -> Body:
    named = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    # Strict is the default here, and refuses schemas with optional arguments.
    return {"type": "function", "strict": False, **named}


def _items(messages: Sequence[Message]) -> Iterator[Body]:
    for message in messages:
        yield from _items_of(message)
    if goes_on(messages):
        yield {"role": "developer", "content": GO_ON}


def _items_of(message: Message) -> Iterator[Body]:
    match message:
        case Instructions(words):
            yield {"role": "developer", "content": words}
        case UserMessage():
            if words := said_by(message):
                yield {"role": "user", "content": words}
        case AgentMessage(words, calls):
            if words:
                yield {"role": "assistant", "content": words}
            for call in calls:
                arguments = orjson.dumps(dict(call.arguments)).decode()
                yield {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": arguments}
        case ToolMessage(call_id):
            yield {"type": "function_call_output", "call_id": call_id, "output": told_by(message)}


# ---------------------------------------------------------------------------------------------------------------
# The answer


@dataclass(slots=True)
class Answer:
    """The answer so far (`_wire.Reading`)."""

    is_over: bool = False
    _reason: Reason = "stop"
    _usage: Body = field(default_factory=dict[str, Any])
    _has_called: bool = False

    def add(self, data: bytes) -> Iterator[Piece]:
        """The next event, or the whole answer of a server that does not stream."""
        if data.strip() == b"[DONE]":
            return
        event = object_in(data)
        match event.get("type"):
            case "response.output_text.delta" | "response.refusal.delta":
                yield from self._written(event)
            case "response.output_item.done":
                yield from self._called(part(event, "item"))
            case "response.completed" | "response.incomplete" | "response.failed":
                self._finish(part(event, "response"))
            case "error":
                raise broke_off(event, retryable=event.get("code") not in _HOPELESS)
            case _ if event.get("object") == "response":
                yield from self._whole(event)
            case _ if event.get("error") is not None:
                raise broke_off(event["error"])
            case _:
                return

    def end(self) -> Iterator[Piece]:
        """How it went."""
        if not self.is_over:
            raise unfinished()
        cached = count(part(self._usage, "input_tokens_details").get("cached_tokens"))
        yield Finished(
            "tools" if self._has_called and self._reason == "stop" else self._reason,
            count(self._usage.get("input_tokens")),
            count(self._usage.get("output_tokens")),
            cached,
        )

    def _written(self, event: Body) -> Iterator[Piece]:
        if event["type"] == "response.refusal.delta":
            self._reason = "refused"
        if delta := text(event.get("delta")):
            yield Text(delta)

    def _called(self, item: Body) -> Iterator[Piece]:
        if item.get("type") != "function_call":
            return
        self._has_called = True
        name = text(item.get("name"))
        call_id = text(item.get("call_id")) or text(item.get("id"))
        yield ToolWanted(call_id, name, arguments_of(name, text(item.get("arguments"))))

    def _finish(self, response: Body) -> None:
        error = part(response, "error")
        if response.get("status") == "failed" or error:
            raise broke_off(error, retryable=error.get("code") not in _HOPELESS)
        self.is_over = True
        self._usage = part(response, "usage")
        match part(response, "incomplete_details").get("reason"):
            case "max_output_tokens":
                self._reason = "length"
            case "content_filter":
                self._reason = "refused"
            case _:
                return

    def _whole(self, response: Body) -> Iterator[Piece]:
        for item in objects(response.get("output")):
            for content in objects(item.get("content")):
                if words := text(content.get("text")) or text(content.get("refusal")):
                    yield Text(words)
            yield from self._called(item)
        self._finish(response)
