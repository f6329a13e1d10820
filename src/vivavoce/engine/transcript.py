"""The transcript: what was said, by whom, as it was heard.

Turns are appended when they begin and replaced by their final form when they end, so that their order is the order
of the call. An agent turn holds what the caller heard, which the spoken-prefix ledger knows; what was meant to be
said is kept beside it when the two differ. The history a mind sees, the record and the corrections a client gets
are all made from here, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VariableValue
from vivavoce.engine.usage import Usage, Waterfall


@frozen(kw_only=True)
class CallMade:
    """A tool call of the agent."""

    call_id: str
    name: str
    arguments: Mapping[str, object]
    at: float


@frozen(kw_only=True)
class CallResult:
    """What came of it."""

    call_id: str
    name: str
    text: str
    is_error: bool
    at: float
    variables: Mapping[str, VariableValue] = field(default_factory=dict[str, VariableValue])


@frozen(kw_only=True)
class Part:
    """A stretch of an agent turn in one voice."""

    text: str
    voice_label: str | None
    at: float


@frozen(kw_only=True)
class UserTurn:
    """What the caller said or wrote."""

    index: int
    at: float
    """When the caller began, in seconds since the call began."""
    text: str
    medium: Literal["audio", "text"]
    event_id: int
    files: tuple[str, ...] = ()
    ignored_as_backchannel: bool = False
    """It was said while the agent spoke, and did not interrupt."""


@frozen(kw_only=True)
class AgentTurn:
    """What the agent said, as far as it was heard, and did."""

    index: int
    at: float
    text: str
    event_id: int
    original_text: str | None = None
    """What it was going to say, where that is more."""
    interrupted: bool = False
    parts: tuple[Part, ...] = ()
    """Only for a reply in several voices."""
    calls: tuple[CallMade, ...] = ()
    results: tuple[CallResult, ...] = ()
    fillers: tuple[str, ...] = ()
    model: str | None = None
    """The model that answered; None for words that no model made."""
    by_human: bool = False
    language: str = "en"
    waterfall: Waterfall = field(default_factory=Waterfall)
    usage: Usage = field(default_factory=Usage)


@frozen(kw_only=True)
class ContextTurn:
    """What the client let the agent know between the turns."""

    index: int
    at: float
    text: str
    context_id: str | None = None
    is_superseded: bool = False


Turn = UserTurn | AgentTurn | ContextTurn


@frozen(kw_only=True)
class StandIn:
    """Somebody took over from somebody who failed: no turn, but a thing that the record of a call has to say."""

    role: Literal["ear", "mind", "voice"]
    failed: str
    instead: str
    reason: str
    at: float


class Transcript:
    """The turns of a call, in order."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, oldest first."""
        return tuple(self._turns)

    @property
    def next_index(self) -> int:
        """The index of the turn that is appended next."""
        return len(self._turns)

    @property
    def user_turns(self) -> int:
        """How often the caller has had their say."""
        return sum(1 for turn in self._turns if isinstance(turn, UserTurn) and not turn.ignored_as_backchannel)

    def append(self, turn: Turn) -> None:
        """Add a turn that has begun. Its time is never before that of the turn it follows."""
        self._turns.append(turn)

    def put(self, turn: Turn) -> None:
        """Replace a turn by a later form of itself."""
        self._turns[turn.index] = turn

    def latest_at(self) -> float:
        """When the youngest turn began."""
        return self._turns[-1].at if self._turns else 0.0

    def supersede(self, context_id: str) -> ContextTurn | None:
        """Mark the context given under this id as out of date; the marked turn, if there was one."""
        for turn in reversed(self._turns):
            if isinstance(turn, ContextTurn) and turn.context_id == context_id and not turn.is_superseded:
                marked = replace(turn, is_superseded=True)
                self.put(marked)
                return marked
        return None
