"""Telling the engine what a voice has made: at once while the caller may soon need it, in larger pieces after that.

    made     |##|##|##|##|##|##|##|##|##|##|##|##|          a voice is quicker than any ear
    told     |##|##|##|##|##########|##########|            one by one until there is plenty to hear
    heard    |====

Each report makes the engine decide, the journal grow and the mouth look, which costs as much as a dozen of the caller's
frames. What is told later is told in time: never so late that the caller could have heard all that was told before.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from vivavoce.engine.events import Alignment, Event, Voiced
from vivavoce.live.clock import CallClock

PLENTY_SECONDS = 0.8
"""More than any line sends ahead of the ear, with time to spare for a loop that is late."""
MOST_SECONDS = 0.5
"""So much audio is told together."""
HELD_SECONDS = 0.25
"""So long a chunk may wait for the next one: a voice that stalls has made progress up to there."""


class Telling:
    """The reports of one run."""

    def __init__(self, clock: CallClock, loop: asyncio.AbstractEventLoop, report: Callable[[Event], None]) -> None:
        self._clock = clock
        self._loop = loop
        self._report = report
        self._told_seconds = 0.0
        self._first_told_at = 0.0
        self._held: Voiced | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, voiced: Voiced) -> None:
        """The next chunk."""
        held = self._held
        if held is not None:
            if _fit(held, voiced):
                voiced = _joined(held, voiced)
            else:
                self.tell()
        self._held = voiced
        if voiced.last or voiced.seconds >= MOST_SECONDS or self._ahead_seconds() < PLENTY_SECONDS:
            self.tell()
        elif self._timer is None:
            self._timer = self._loop.call_later(HELD_SECONDS, self.tell)

    def tell(self) -> None:
        """Report what is held."""
        self.drop_timer()
        held, self._held = self._held, None
        if held is None:
            return
        if not self._told_seconds:
            self._first_told_at = self._clock.now()
        self._told_seconds += held.seconds
        self._report(held)

    def drop_timer(self) -> None:
        """Report nothing by itself any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ahead_seconds(self) -> float:
        """How much of what was told nobody can have heard yet."""
        return self._told_seconds - (self._clock.now() - self._first_told_at)


def _fit(first: Voiced, second: Voiced) -> bool:
    return first.piece == second.piece and (first.alignment is None) == (second.alignment is None)


def _joined(first: Voiced, second: Voiced) -> Voiced:
    alignment = first.alignment
    if alignment is not None and second.alignment is not None:
        later = tuple(first.seconds + start for start in second.alignment.starts_seconds)
        alignment = Alignment(alignment.text + second.alignment.text, alignment.starts_seconds + later)
    return replace(second, seconds=first.seconds + second.seconds, alignment=alignment)
