"""What every organ of a call works within: its plan, line, clock, tasks and recording, and who hears its events."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import field

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import Event
from vivavoce.engine.plan import Plan
from vivavoce.live.clock import CallClock
from vivavoce.ports.link import Link
from vivavoce.ports.recorder import Recording
from vivavoce.ports.standing_in import about_error, as_told


@frozen
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
    keeps_content: bool = True
    """Whether what is said in it may be kept, in logs too."""

    @property
    def conversation_id(self) -> str:
        """Whose call it is."""
        return self.plan.conversation_id

    def as_told(self, why: str, *, denied: bool = False) -> str:
        """Why a provider failed, as far as that may be kept."""
        return as_told(why, keeps_content=self.keeps_content, denied=denied)

    def log_broken(self, log: logging.Logger, what: str, error: Exception) -> None:
        """Log what nobody foresaw."""
        about = {"conversation_id": self.conversation_id} | about_error(error, keeps_content=self.keeps_content)
        log.error("%s (%s)", what, type(error).__name__, extra=about)
