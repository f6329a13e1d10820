"""Anthropic's messages on the wire: a request becomes JSON, its stream of events becomes pieces of an answer.

What the protocol wants otherwise than the conversation is written, and what is done about it:

- Roles alternate, and notes between the turns have no role of their own (`_turns`).
- The answer has to have a limit (`max_tokens`), and newer models refuse a temperature.
- An answer cannot be begun for the model any more, so an unfinished one is asked to go on.
- A history with tool calls needs their tools: when none are offered, those of the history are, and none may be called.
- Thinking in the middle of tool calls wants its earlier thoughts back, which nobody kept: then it does not think.
- What comes again with each request (tools, prompt, the conversation up to its last word) is marked for the cache.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vivavoce.base.json import Body, Json
from vivavoce.engine.commands import AgentMessage, Message, ToolMessage, ToolOffer, UserMessage
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ChatRequest, Finished, Piece, Text, ToolWanted
from vivavoce.providers.language._turns import Side, alternating
from vivavoce.providers.language._wire import (
    Reason,
    arguments_of,
    broke_off,
    closed,
    count,
    given,
    object_in,
    part,
    text,
    told_by,
    unfinished,
)

_REASONS: Mapping[str, Reason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tools",
    "refusal": "refused",
}
_HOPELESS = frozenset({"invalid_request_error", "authentication_error", "permission_error", "not_found_error"})
_CACHED: Body = {"type": "ephemeral"}
_ROLES: Mapping[Side, str] = {"user": "user", "agent": "assistant"}
_VERSION = re.compile(r"claude-(?:(?:opus|sonnet|haiku)-)?(\d)(?:[-.](\d)(?!\d))?")
_LEAST_THINKING_TOKENS = 1024
_EFFORTS: Mapping[str, str] = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"} | {
    "xhigh": "xhigh",
    "max": "max",
}


# ---------------------------------------------------------------------------------------------------------------
# The request


def request_body(request: ChatRequest, model: str, *, answer_tokens: int, caches: bool) -> Body:
    """What is sent."""
    prompt, turns = alternating(request.messages, written=_text, parts_of=_blocks)
    messages = [{"role": _ROLES[side], "content": blocks} for side, blocks in turns]
    body: Body = {"model": model, "messages": messages, "stream": True}
    if prompt:
        body["system"] = [_text(prompt)]
    body |= _tools(request)
    body |= _choices(request, _version(model), answer_tokens)
    if caches:
        _mark_for_cache(body)
    return body


def _version(model: str) -> tuple[int, int]:
    found = _VERSION.match(model)
    return (int(found[1]), int(found[2] or 0)) if found else (9, 0)


def _choices(request: ChatRequest, version: tuple[int, int], answer_tokens: int) -> Body:
    choice = request.model
    thinking = None if _is_within_tools(request.messages) else _thinking(choice, version)
    budget = count(thinking.get("budget_tokens")) if thinking else 0
    thinks = thinking is not None and thinking["type"] != "disabled"
    output = given(
        effort=_EFFORTS.get(choice.reasoning_effort or "") if version >= (4, 6) else None,
        format=None if request.schema is None else {"type": "json_schema", "schema": closed(request.schema)},
    )
    return given(
        max_tokens=(choice.max_tokens or answer_tokens) + budget,
        temperature=None if thinks or version >= (4, 7) or choice.temperature is None else min(choice.temperature, 1.0),
        thinking=thinking,
        output_config=output or None,
        service_tier=choice.service_tier if choice.service_tier in {"auto", "standard_only"} else None,
    )


def _thinking(choice: ModelChoice, version: tuple[int, int]) -> Body | None:
    if choice.thinking_budget is None:
        return None
    if choice.thinking_budget <= 0:
        return {"type": "disabled"}
    if version >= (4, 6):
        return {"type": "adaptive"}
    return {"type": "enabled", "budget_tokens": max(choice.thinking_budget, _LEAST_THINKING_TOKENS)}


def _is_within_tools(messages: Sequence[Message]) -> bool:
    """Whether tools were called since the caller last spoke."""
    for message in reversed(messages):
        if isinstance(message, UserMessage):
            return False
        if isinstance(message, ToolMessage):
            return True
    return False


def _tools(request: ChatRequest) -> Body:
    if request.tools:
        body: Body = {"tools": [_tool(tool) for tool in request.tools]}
        if request.model.parallel_tool_calls is False:
            body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
        return body
    called = {call.name for message in request.messages if isinstance(message, AgentMessage) for call in message.calls}
    past = [_tool(ToolOffer(name, "Not offered any more.", {})) for name in sorted(called)]
    return {"tools": past, "tool_choice": {"type": "none"}} if past else {}


def _tool(tool: ToolOffer) -> Body:
    schema = {"type": "object", **tool.parameters}
    return {"name": tool.name, "description": tool.description, "input_schema": schema}


def _mark_for_cache(body: Body) -> None:
    """Up to here it will be the same the next time: tools and prompt always, the conversation with the next turn."""
    for blocks in (body.get("tools"), body.get("system"), body["messages"][-1]["content"]):
        if blocks:
            blocks[-1]["cache_control"] = _CACHED


def _text(words: str) -> Body:
    return {"type": "text", "text": words}


def _blocks(message: AgentMessage | ToolMessage) -> list[Body]:
    if isinstance(message, ToolMessage):
        result: Body = {"type": "tool_result", "tool_use_id": message.call_id, "content": told_by(message)}
        return [{**result, "is_error": True} if message.is_error else result]
    # An answer's trailing space is refused, an empty block too.
    said = [_text(message.text.rstrip())] if message.text.strip() else []
    return said + [
        {"type": "tool_use", "id": call.call_id, "name": call.name, "input": dict(call.arguments)}
        for call in message.calls
    ]


# ---------------------------------------------------------------------------------------------------------------
# The answer


@dataclass(slots=True)
class _Call:
    call_id: str
    name: str
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """The answer so far (`_wire.Reading`)."""

    is_over: bool = False
    _reason: str = ""
    _usage: Body = field(default_factory=dict[str, Any])
    _calls: dict[Json, _Call] = field(default_factory=dict[Json, _Call])

    def add(self, data: bytes) -> Iterator[Piece]:
        """The next event."""
        event = object_in(data)
        match event.get("type"):
            case "message_start":
                self._usage |= part(event, "message", "usage")
            case "content_block_start":
                self._begin(event.get("index"), part(event, "content_block"))
            case "content_block_delta":
                yield from self._written(event.get("index"), part(event, "delta"))
            case "content_block_stop":
                yield from self._called(event.get("index"))
            case "message_delta":
                self._reason = text(part(event, "delta").get("stop_reason")) or self._reason
                self._usage |= part(event, "usage")
            case "message_stop":
                self.is_over = True
            case "error":
                error = part(event, "error")
                raise broke_off(error, retryable=error.get("type") not in _HOPELESS)
            case _:
                return

    def end(self) -> Iterator[Piece]:
        """How it went. What was read from the cache and written to it is input too."""
        if not self.is_over:
            raise unfinished()
        read = count(self._usage.get("cache_read_input_tokens"))
        written = count(self._usage.get("cache_creation_input_tokens"))
        yield Finished(
            _REASONS.get(self._reason, "stop"),
            count(self._usage.get("input_tokens")) + read + written,
            count(self._usage.get("output_tokens")),
            read,
        )

    def _begin(self, index: Json, block: Body) -> None:
        if block.get("type") == "tool_use":
            self._calls[index] = _Call(text(block.get("id")), text(block.get("name")))

    def _written(self, index: Json, delta: Body) -> Iterator[Piece]:
        if words := text(delta.get("text")):
            yield Text(words)
        if index in self._calls:
            self._calls[index].arguments += text(delta.get("partial_json"))

    def _called(self, index: Json) -> Iterator[Piece]:
        call = self._calls.pop(index, None)
        if call is not None:
            yield ToolWanted(call.call_id, call.name, arguments_of(call.name, call.arguments))
