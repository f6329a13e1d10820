"""The record of a call while it runs: what the shell hands over so that a conversation survives the process.

Everything here returns at once; who keeps the promise writes in groups, in order. The record of a conversation is
made before its first word, updated at the end of each turn, and finished exactly once, whatever happens.
"""

from dataclasses import dataclass, field
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Ending
from vivavoce.engine.plan import Plan
from vivavoce.engine.transcript import StandIn, Turn
from vivavoce.engine.usage import Usage


@frozen
class Milestone:
    """A moment of a turn, in seconds of the call, for the waterfall: `speech_end`, `first_token`, `first_audio`..."""

    turn: int
    name: str
    at_seconds: float


class Record(Protocol):
    """One conversation's record."""

    def turn(self, turn: Turn) -> None:
        """A turn is complete, or is corrected: the same index again."""
        ...

    def stand_in(self, stand_in: StandIn) -> None:
        """Somebody took over from somebody who failed."""
        ...

    def milestone(self, milestone: Milestone) -> None:
        """When something of a turn happened."""
        ...

    def journal(self, lines: bytes) -> None:
        """The next lines of the journal."""
        ...

    def feedback(self, event_id: int, score: str | None) -> None:
        """What the caller thinks of a reply."""
        ...

    def finish(self, ending: Ending, usage: Usage, duration_seconds: float) -> None:
        """The call is over."""
        ...


class Records(Protocol):
    """Begins records."""

    async def begin(self, workspace_id: str, plan: Plan) -> Record:
        """Make the record of a call; when this returns it is durable."""
        ...


@dataclass
class KeptRecord:
    """The double: everything in memory."""

    plan: Plan
    turns: dict[int, Turn] = field(default_factory=dict[int, Turn])
    stand_ins: list[StandIn] = field(default_factory=list[StandIn])
    milestones: list[Milestone] = field(default_factory=list[Milestone])
    lines: bytearray = field(default_factory=bytearray)
    scores: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    ending: Ending | None = None
    usage: Usage | None = None
    duration_seconds: float = 0.0

    def turn(self, turn: Turn) -> None:
        """Keep it."""
        self.turns[turn.index] = turn

    def stand_in(self, stand_in: StandIn) -> None:
        """Keep it."""
        self.stand_ins.append(stand_in)

    def milestone(self, milestone: Milestone) -> None:
        """Keep it."""
        self.milestones.append(milestone)

    def journal(self, lines: bytes) -> None:
        """Keep it."""
        self.lines.extend(lines)

    def feedback(self, event_id: int, score: str | None) -> None:
        """Keep it."""
        self.scores.append((event_id, score))

    def finish(self, ending: Ending, usage: Usage, duration_seconds: float) -> None:
        """Keep it; a second end is a mistake."""
        if self.ending is not None:
            raise AssertionError("A conversation ends once.")
        self.ending, self.usage, self.duration_seconds = ending, usage, duration_seconds


@dataclass
class KeptRecords:
    """The double of `Records`."""

    by_conversation: dict[str, KeptRecord] = field(default_factory=dict[str, KeptRecord])

    async def begin(self, workspace_id: str, plan: Plan) -> KeptRecord:
        """Keep another one."""
        _ = workspace_id
        record = KeptRecord(plan)
        self.by_conversation[plan.conversation_id] = record
        return record
