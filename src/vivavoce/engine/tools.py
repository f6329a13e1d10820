"""The tools that are running: who waits for them, since when, and until when.

A tool outlives the reply that called it: the caller may interrupt, and its result is kept all the same. So the runs
are kept per call of the line, not per reply, and each knows the turn it belongs to.

- `immediate` tools start at once, in parallel. `after_speech` tools start when what was said before is heard; if the
  reply is cut first they are never started. `async` tools start at once, and nobody waits for them.
- Each started tool is answered exactly once: by its result, by its failure, or by a cancellation when its time is
  up. What comes later is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

from vivavoce.engine.plan import ToolSpec
from vivavoce.engine.transcript import CallMade


@dataclass(slots=True)
class ToolRun:
    """One call of a tool that has no answer yet."""

    call: CallMade
    spec: ToolSpec
    turn_index: int
    """The agent turn that holds the call."""
    due_at: float | None = None
    """When it is given up; None while it has not been started."""

    @property
    def is_started(self) -> bool:
        """The shell was told to run it."""
        return self.due_at is not None

    @property
    def is_awaited(self) -> bool:
        """The reply cannot go on without it."""
        return self.spec.execution != "async"


class ToolRuns:
    """Every call without an answer, in the order of asking."""

    def __init__(self) -> None:
        self._runs: dict[str, ToolRun] = {}
        self._seen: dict[str, bool] = {}

    def is_known(self, call_id: str) -> bool:
        """A call of this id was made before."""
        return call_id in self._seen

    def free_id(self, call_id: str) -> str:
        """The id that the mind gave a call, or one like it: some servers begin to count anew with each answer."""
        free, number = call_id, 1
        while self.is_known(free):
            number += 1
            free = f"{call_id}_{number}"
        return free

    def add(self, run: ToolRun) -> None:
        """A call that waits to be started or answered."""
        self._runs[run.call.call_id] = run

    def know(self, call_id: str) -> None:
        """Remember the id of a call, whoever answers it."""
        self._seen[call_id] = True

    def take(self, call_id: str) -> ToolRun | None:
        """The started call that is answered now; None if nobody waits for that."""
        run = self._runs.get(call_id)
        if run is None or not run.is_started:
            return None
        return self._runs.pop(call_id)

    def awaited_of(self, turn_index: int) -> list[ToolRun]:
        """What an agent turn still waits for."""
        return [run for run in self._runs.values() if run.turn_index == turn_index and run.is_awaited]

    def unstarted(self) -> list[ToolRun]:
        """What waits for the speech before it."""
        return [run for run in self._runs.values() if not run.is_started]

    def forget(self, run: ToolRun) -> None:
        """It will not be started."""
        self._runs.pop(run.call.call_id, None)

    def started(self) -> list[ToolRun]:
        """What the shell is running."""
        return [run for run in self._runs.values() if run.is_started]

    def blocks_interruptions(self) -> bool:
        """Something runs that the caller must not cut."""
        return bool(self._runs) and any(run.spec.disables_interruptions for run in self._runs.values())

    def due_at(self) -> float | None:
        """When the first of them is given up."""
        if not self._runs:
            return None
        return min((run.due_at for run in self._runs.values() if run.due_at is not None), default=None)

    def overdue(self, now: float) -> list[ToolRun]:
        """Those whose time is up."""
        return [run for run in self._runs.values() if run.due_at is not None and run.due_at <= now]
