"""Where a call can stand, and what it waits for. The table of transitions is in `conversation`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Ending
from vivavoce.engine.mind import Mind
from vivavoce.engine.reply import MindEvent, Reply


@dataclass(slots=True)
class Guess:
    """Thinking ahead: the mind is asked at a pause, and what it says is kept until the turn is really over."""

    text: str
    """What the caller seemed to have said."""
    mind: Mind
    events: list[MindEvent] = field(default_factory=list[MindEvent])


@frozen
class Ringing:
    """The line is not open yet."""

    since: float


@frozen
class Listening:
    """It is the caller's turn."""

    guess: Guess | None = None


@frozen
class Thinking:
    """A reply is in the making, and nothing sounds."""

    reply: Reply


@frozen
class Speaking:
    """The caller hears a reply."""

    reply: Reply


@frozen
class Closing:
    """The last words are being said."""

    reply: Reply
    ending: Ending
    until: float


@frozen
class Ended:
    """The line is closed."""

    ending: Ending


State = Ringing | Listening | Thinking | Speaking | Closing | Ended

Why = Literal[
    "never connected",
    "the caller's turn is over",
    "the sound was noise",
    "the voice detector is stuck",
    "decide on the caller's sound",
    "fill the pause",
    "the mind is late",
    "the voice is late",
    "all must have been heard",
    "a tool is late",
    "nobody speaks",
    "nothing new was heard",
    "silence ends the call",
    "the call has lasted as long as it may",
    "the process stops",
    "the farewell takes too long",
]

Time = tuple[float | None, Why]
"""Something that may be due, and when; None if it is not."""
Times = tuple[Time, ...]


@frozen
class Deadline:
    """When the engine wants to be asked again, and why."""

    at: float
    why: Why
