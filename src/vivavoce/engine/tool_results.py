"""What comes of the tools: results, failures, and calls that ran out of time.

A result belongs to the turn that made the call, also when that turn is long over: then the turn is stored again. A
result that nobody waited for is news, and the agent brings it up as soon as nobody else is speaking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from vivavoce.engine.call import Call
from vivavoce.engine.commands import CancelTool, Remember
from vivavoce.engine.events import ToolFailed, ToolReturned
from vivavoce.engine.plan import VariableValue
from vivavoce.engine.reply import Reply
from vivavoce.engine.tools import ToolRun
from vivavoce.engine.transcript import CallResult

NO_VARIABLES: Mapping[str, VariableValue] = {}


class ToolResults:
    """The answers of one call's tools. `reply` is the one that is being made or said, if there is one."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._news: list[str] = []

    @property
    def has_news(self) -> bool:
        """Something came back that nobody had waited for."""
        return bool(self._news)

    def take_news(self) -> str:
        """The names of the tools that came back, to be told once."""
        names, self._news = ", ".join(self._news), []
        return names

    def answered(self, event: ToolReturned | ToolFailed, reply: Reply | None, now: float) -> None:
        """A tool is done. Whoever answers twice, or too late, is ignored."""
        run = self._call.tools.take(event.call_id)
        if run is None:
            return
        match event:
            case ToolReturned(_, text, variables):
                self._add(run, _result(run, text, now, is_error=False, variables=variables), reply)
            case ToolFailed(_, reason):
                self._add(run, _result(run, reason, now, is_error=True), reply)
            case _:
                assert_never(event)

    def give_up_overdue(self, reply: Reply | None, now: float) -> None:
        """The time of some tools is up: that is their result."""
        for run in self._call.tools.overdue(now):
            self._cancel(run)
            text = f"No result within {run.spec.timeout_seconds:g} seconds."
            self._add(run, _result(run, text, now, is_error=True), reply)

    def cancel_all(self) -> None:
        """The call is over; nobody waits any more."""
        for run in self._call.tools.started():
            self._cancel(run)

    def _cancel(self, run: ToolRun) -> None:
        self._call.tools.take(run.call.call_id)
        self._call.out.emit(CancelTool(run.call.call_id))

    def _add(self, run: ToolRun, result: CallResult, reply: Reply | None) -> None:
        if not run.is_awaited:
            self._news.append(run.call.name)
        self._call.add_result(run.turn_index, result, run.spec.kind)
        if reply is None or not reply.made(run.turn_index):
            # The reply that made this turn is over, so nobody else will store it.
            self._call.out.emit(Remember(self._call.agent_turn(run.turn_index)))


def _result(
    run: ToolRun, text: str, now: float, *, is_error: bool, variables: Mapping[str, VariableValue] = NO_VARIABLES
) -> CallResult:
    call = run.call
    return CallResult(call_id=call.call_id, name=call.name, text=text, is_error=is_error, at=now, variables=variables)
