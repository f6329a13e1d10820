"""Google's content generation on the wire: a request becomes JSON, a stream of partial answers becomes pieces of one.

What the protocol wants otherwise than the conversation is written, and what is done about it:

- Roles alternate, and notes between the turns have no role of their own (`_turns`).
- Tool calls usually have no id, so ids are made up; a tool's answer names its function.
- The third generation wants the signature of the thought back with each tool call. Nobody keeps it; the documented
  stand-in says so.
- Errors may come with status 200 in the middle of the stream, and there is no last event: a finish reason is the end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vivavoce.base.json import Body, is_object
from vivavoce.engine.commands import AgentMessage, ToolMessage, ToolOffer
from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ChatRequest, Finished, MindFailed, Piece, Text, ToolWanted
from vivavoce.providers.language._turns import Side, alternating
from vivavoce.providers.language._wire import (
    Reason,
    broke_off,
    calls_before,
    count,
    given,
    object_in,
    objects,
    part,
    text,
    unfinished,
)

_REASONS: Mapping[str, Reason] = {"STOP": "stop", "MAX_TOKENS": "length"}
_BROKEN = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "OTHER"})
_HOPELESS = frozenset({"INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "NOT_FOUND", "FAILED_PRECONDITION"})
_NO_SIGNATURE = "skip_thought_signature_validator"
_ROLES: Mapping[Side, str] = {"user": "user", "agent": "model"}
_GENERATION = re.compile(r"(?:models/)?gemini-(\d+)(?:\.(\d+))?")
_BUDGETS: Mapping[str, int] = {"none": 0, "minimal": 512, "low": 1_024, "medium": 8_192}
_LEVELS: Mapping[str, str] = {"medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
_LARGEST_BUDGET = 24_576
_LEAST_PRO_BUDGET = 128


# ---------------------------------------------------------------------------------------------------------------
# The request


def request_body(request: ChatRequest, model: str, *, thinks_by_default: bool) -> Body:
    """What is sent."""
    prompt, turns = alternating(request.messages, written=_text, parts_of=_parts)
    choice = request.model
    body: Body = {"contents": [{"role": _ROLES[side], "parts": parts} for side, parts in turns]}
    if prompt:
        body["systemInstruction"] = {"parts": [_text(prompt)]}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_tool(tool) for tool in request.tools]}]
    thinking = _thinking(choice, model, thinks_by_default=thinks_by_default)
    # Thoughts are counted with the answer, and must not use its limit up.
    thoughts = count(thinking.get("thinkingBudget")) if thinking else 0
    shaped = {} if request.schema is None else {"responseMimeType": "application/json"}
    body["generationConfig"] = given(
        temperature=choice.temperature,
        maxOutputTokens=choice.max_tokens + thoughts if choice.max_tokens else None,
        thinkingConfig=thinking,
        responseJsonSchema=request.schema,
        **shaped,
    )
    return body


def _thinking(choice: ModelChoice, model: str, *, thinks_by_default: bool) -> Body | None:
    """How much it thinks. Left alone it thinks before it speaks, and a caller waits."""
    generation = _generation(model)
    asked = choice.thinking_budget is not None or choice.reasoning_effort is not None
    if generation < (2, 5) or not (asked or not thinks_by_default):
        return None
    if generation < (3, 0):
        least = _LEAST_PRO_BUDGET if "pro" in model else 0
        return {"thinkingBudget": max(_budget(choice), least)}
    if choice.thinking_budget:
        return {"thinkingBudget": choice.thinking_budget}
    return {"thinkingLevel": _LEVELS.get(choice.reasoning_effort or "low", "low")}


def _generation(model: str) -> tuple[int, int]:
    found = _GENERATION.match(model)
    return (int(found[1]), int(found[2] or 0)) if found else (9, 0)


def _budget(choice: ModelChoice) -> int:
    if choice.thinking_budget is not None:
        return max(0, choice.thinking_budget)
    return _BUDGETS.get(choice.reasoning_effort or "none", _LARGEST_BUDGET)


def _tool(tool: ToolOffer) -> Body:
    named: Body = {"name": tool.name, "description": tool.description}
    # An object without properties is refused; a function without parameters is not.
    return {**named, "parametersJsonSchema": tool.parameters} if tool.parameters.get("properties") else named


def _text(words: str) -> Body:
    return {"text": words}


def _parts(message: AgentMessage | ToolMessage) -> list[Body]:
    if isinstance(message, ToolMessage):
        outcome = {"error" if message.is_error else "output": message.text}
        return [{"functionResponse": {"name": message.name, "response": outcome}}]
    said = [_text(message.text)] if message.text.strip() else []
    return said + [
        {"functionCall": {"name": call.name, "args": dict(call.arguments)}, "thoughtSignature": _NO_SIGNATURE}
        for call in message.calls
    ]


# ---------------------------------------------------------------------------------------------------------------
# The answer


def answer_to(request: ChatRequest) -> "Answer":
    """An empty answer to this request."""
    return Answer(calls_before(request.messages))


@dataclass(slots=True)
class Answer:
    """The answer so far (`_wire.Reading`)."""

    calls_so_far: int = 0
    is_over: bool = False
    _reason: Reason | None = None
    _has_called: bool = False
    _usage: Body = field(default_factory=dict[str, Any])

    def add(self, data: bytes) -> Iterator[Piece]:
        """The next part of the answer."""
        chunk = object_in(data)
        if is_object(error := chunk.get("error")):
            raise broke_off(error, retryable=error.get("status") not in _HOPELESS)
        self._usage |= part(chunk, "usageMetadata")
        if part(chunk, "promptFeedback").get("blockReason"):
            self._reason = "refused"
        for candidate in objects(chunk.get("candidates"))[:1]:
            yield from self._written(candidate)

    def end(self) -> Iterator[Piece]:
        """How it went. Thoughts are paid for like words."""
        if self._reason is None:
            raise unfinished()
        usage = self._usage
        yield Finished(
            "tools" if self._has_called and self._reason == "stop" else self._reason,
            count(usage.get("promptTokenCount")),
            count(usage.get("candidatesTokenCount")) + count(usage.get("thoughtsTokenCount")),
            count(usage.get("cachedContentTokenCount")),
        )

    def _written(self, candidate: Body) -> Iterator[Piece]:
        for each in objects(part(candidate, "content").get("parts")):
            if each.get("thought"):
                continue
            if words := text(each.get("text")):
                yield Text(words)
            if call := part(each, "functionCall"):
                yield self._called(call)
        reason = text(candidate.get("finishReason"))
        if reason in _BROKEN:
            raise MindFailed(f"The model broke off: {reason}")
        if reason:
            self._reason = _REASONS.get(reason, "refused")

    def _called(self, call: Body) -> ToolWanted:
        name = text(call.get("name"))
        if not name:
            raise MindFailed("The model called a tool without naming it.")
        self._has_called = True
        self.calls_so_far += 1
        return ToolWanted(text(call.get("id")) or f"call_{self.calls_so_far}", name, part(call, "args"))
