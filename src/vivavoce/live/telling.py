"""Telling the engine what a voice has made: at once while the caller may soon need it, in larger pieces after that.

    made     |##|##|##|##|##|##|##|##|##|##|##|##|          a voice is quicker than any ear
    told     |##|##|##|##|##########|##########|            one by one until there is plenty to hear
    heard    |====

Each report makes the engine decide, the journal grow and the mouth look, which costs as much as a dozen of the caller's
frames. What is told later is told in time: never so late that the caller could have heard all that was told before.
"""

import asyncio
from collections.abc import Callable, Sequence
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
        self._held: list[Voiced] = []
        self._held_seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, voiced: Voiced) -> None:
        """The next chunk."""
        if self._held and not _fit(self._held[-1], voiced):
            self.tell()
        self._held.append(voiced)
        self._held_seconds += voiced.seconds
        if voiced.last or self._held_seconds >= MOST_SECONDS or self._ahead_seconds() < PLENTY_SECONDS:
            self.tell()
        elif self._timer is None:
            self._timer = self._loop.call_later(HELD_SECONDS, self.tell)

    def tell(self) -> None:
        """Report what is held."""
        self.drop_timer()
        if not self._held:
            return
        told = _joined(self._held)
        self._held, self._held_seconds = [], 0.0
        if not self._told_seconds:
            self._first_told_at = self._clock.now()
        self._told_seconds += told.seconds
        self._report(told)

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


def _joined(chunks: Sequence[Voiced]) -> Voiced:
    """Chunks that fit, as one."""
    if len(chunks) == 1:
        return chunks[0]
    seconds, text, starts = 0.0, "", list[float]()
    for chunk in chunks:
        if chunk.alignment is not None:
            text += chunk.alignment.text
            starts.extend(seconds + start for start in chunk.alignment.starts_seconds)
        seconds += chunk.seconds
    last = chunks[-1]
    return replace(last, seconds=seconds, alignment=last.alignment and Alignment(text, tuple(starts)))
