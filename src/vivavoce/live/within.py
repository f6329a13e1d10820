"""What every organ of a call works within: its plan, line, clock, tasks and recording, and who hears its events."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vivavoce.engine.events import Event
from vivavoce.engine.plan import Plan
from vivavoce.live.clock import CallClock
from vivavoce.ports.link import Link
from vivavoce.ports.recorder import Recording


@dataclass(frozen=True, slots=True)
class Within:
    """One call's surroundings."""

    workspace_id: str
    plan: Plan
    link: Link
    clock: CallClock
    loop: asyncio.AbstractEventLoop
    tasks: asyncio.TaskGroup
    recording: Recording
    report: Callable[[Event], None]
    """Tell the engine. Never waits, and never runs anything at once."""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """`secret__` variables by name. They go into headers and nowhere else."""

    @property
    def conversation_id(self) -> str:
        """Whose call it is."""
        return self.plan.conversation_id
