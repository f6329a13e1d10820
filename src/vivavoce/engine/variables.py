"""Dynamic variables: what `{{name}}` stands for.

`render` fills a template in; the compiler uses it at the start of a call, the engine for what is live. The rules:

- Spaces inside the braces do not matter, case does. A name that has no value is left standing, so that the mistake
  is seen and not spoken around; the compiler refuses a call whose prompt or first message still has one.
- `secret__` names are never rendered: they read `<REDACTED>` everywhere but in the headers the shell sends.
- `system__` values are made here, from the plan and from what the call has come to. In prompt text they are frozen
  at the start (the model's prompt cache stays warm), in tools they are live.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import Plan, VariableValue
from vivavoce.engine.transcript import AgentTurn, CallResult, ContextTurn, Turn, UserTurn

REDACTED = "<REDACTED>"
HISTORY_MARK = "x-elevenlabs-history"

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def placeholders(template: str) -> tuple[str, ...]:
    """The names a template refers to, in order, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(template)))


def render(template: str, values: Mapping[str, VariableValue]) -> str:
    """The template with the values filled in."""

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.startswith("secret__"):
            return REDACTED
        return as_text(values[name]) if name in values else match.group(0)

    return _PLACEHOLDER.sub(value_of, template) if "{{" in template else template


def as_text(value: VariableValue) -> str:
    """A value as people write it: `true`, `null`, `3`, `3.5`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


@frozen
class CallSoFar:
    """What the `system__` variables need to know of a running call."""

    plan: Plan
    now: float
    turns: tuple[Turn, ...] = ()


def system_variable(name: str, call: CallSoFar) -> VariableValue:  # noqa: PLR0911 - one name, one value: a table
    """The present value of a `system__` variable; None for one that has no value in this call."""
    plan = call.plan
    match name.removeprefix("system__"):
        case "agent_id" | "current_agent_id":
            return plan.agent_id
        case "conversation_id":
            return plan.conversation_id
        case "caller_id" | "called_number" | "call_sid" | "call_id" as field:
            return getattr(plan.caller, field)
        case "call_duration_secs":
            return int(call.now)
        case "time_utc":
            return _utc(call).isoformat()
        case "time":
            return f"{_local(call):%A, %H:%M %d %B %Y}"
        case "timezone":
            return plan.timezone or "UTC"
        case "agent_turns" | "current_agent_turns" | "current_subagent_turns":
            return sum(1 for turn in call.turns if isinstance(turn, AgentTurn) and turn.text)
        case "is_text_only":
            return plan.text_only
        case "conversation_history":
            return history_json(call.turns)
        case _:
            return None


def values_of(names: Iterable[str], given: Mapping[str, VariableValue], call: CallSoFar) -> dict[str, VariableValue]:
    """The present values of some variables. Those that nobody gave are missing."""
    values: dict[str, VariableValue] = {}
    for name in names:
        if name.startswith("system__"):
            values[name] = system_variable(name, call)
        elif name in given:
            values[name] = given[name]
    return values


def _utc(call: CallSoFar) -> datetime:
    return _EPOCH + timedelta(microseconds=call.plan.started_at_micros + round(call.now * 1_000_000))


def _local(call: CallSoFar) -> datetime:
    return _utc(call).astimezone(ZoneInfo(call.plan.timezone) if call.plan.timezone else UTC)


# ---------------------------------------------------------------------------------------------------------------
# The history, as JSON text


def history_json(turns: Iterable[Turn]) -> str:
    """`system__conversation_history`: what was said and done, for a tool that wants all of it."""
    entries = [entry for turn in turns for entry in _entries(turn)]
    return json.dumps({HISTORY_MARK: True, "entries": entries}, ensure_ascii=False, separators=(",", ":"))


def _entries(turn: Turn) -> list[dict[str, object]]:
    match turn:
        case UserTurn():
            return [{"role": "user", "message": turn.text}]
        case ContextTurn():
            return []
        case AgentTurn():
            return _agent_entries(turn)
        case _:
            assert_never(turn)


def _agent_entries(turn: AgentTurn) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = []
    if turn.text:
        entries.append({"role": "agent", "message": turn.text})
    if turn.calls:
        requests = [{"tool_name": call.name, "params_as_json": _without_nesting(call.arguments)} for call in turn.calls]
        entries.append({"role": "agent", "tool_requests": requests})
    if turn.results:
        entries.append({"role": "tool", "tool_results": [_result(result) for result in turn.results]})
    return entries


def _result(result: CallResult) -> dict[str, object]:
    return {"tool_name": result.name, "result_value": result.text}


def _without_nesting(arguments: Mapping[str, object]) -> str:
    """The arguments, with a history inside them replaced by a marker: histories must not grow exponentially."""
    plain = {name: _marker(value) if _is_history(value) else value for name, value in arguments.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _is_history(value: object) -> bool:
    return isinstance(value, str) and HISTORY_MARK in value


def _marker(value: object) -> str:
    return f"[conversation_history ({str(value).count('role')} turns)]"
