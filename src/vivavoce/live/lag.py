"""How late the loop is, and how busy: what admission asks before another call comes in.

    due       |----|----|----|----|         a timer that should fire ten times a second
    fired     |----|-----|------|---        and by how much it does not

A process that is late spoils every call it has, so it takes no more. One long pause is no overload: lateness is
averaged over about a second. And it must not flap: a process that was late is well again at half the limit.

Lateness shows an overload only once it is there. The share of time that the loop's thread computes grows before it, so
that is measured too.
"""

import asyncio
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

SAMPLE_SECONDS = 0.1
AVERAGE_SECONDS = 1.0
LATE_SECONDS = 0.04
WORST_SECONDS = 60.0
LONGEST_COUNTED = 0.8 * AVERAGE_SECONDS / SAMPLE_SECONDS  # times the limit


@dataclass(slots=True)
class Load:
    """Lateness and busyness from samples. Pure."""

    late_limit_seconds: float = LATE_SECONDS
    late_seconds: float = 0.0
    """By how much the loop is late, on average over the last second or so."""
    busy: float = 0.0
    """The share of the last second or so that the loop's thread has computed, 0 to 1."""
    worst_seconds: float = 0.0
    """The largest lateness of the last minute or so; it fades."""
    is_late: bool = False

    def add(self, late_seconds: float, busy_seconds: float, passed_seconds: float) -> None:
        """The next sample: how late it came, and how much was computed in the time that passed since the last one."""
        weight = 1 - math.exp(-passed_seconds / AVERAGE_SECONDS)
        # A long pause is one late sample and not many: it counts as one, and no single one makes an overload.
        late_weight = min(weight, SAMPLE_SECONDS / AVERAGE_SECONDS)
        counted_seconds = min(late_seconds, LONGEST_COUNTED * self.late_limit_seconds)
        self.late_seconds += late_weight * (counted_seconds - self.late_seconds)
        self.busy += weight * (min(busy_seconds / passed_seconds, 1.0) - self.busy)
        self.worst_seconds = max(late_seconds, self.worst_seconds * math.exp(-passed_seconds / WORST_SECONDS))
        limit = self.late_limit_seconds / 2 if self.is_late else self.late_limit_seconds
        self.is_late = self.late_seconds > limit


class Lag:
    """Samples the running loop. One timer; `observe` gets every lateness, for a histogram."""

    def __init__(
        self,
        *,
        late_limit_seconds: float = LATE_SECONDS,
        observe: Callable[[float], None] | None = None,
        computed_seconds: Callable[[], float] = time.thread_time,
    ) -> None:
        self.load = Load(late_limit_seconds)
        self._observe = observe
        self._computed_seconds = computed_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._sampled_at = 0.0
        self._computed_at = 0.0

    @contextmanager
    def sampling(self) -> Generator[None]:
        """Sample the loop for as long as the block runs."""
        self._loop = asyncio.get_running_loop()
        self._sampled_at = self._loop.time()
        self._computed_at = self._computed_seconds()
        self._arm(self._loop)
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due_at = loop.time() + SAMPLE_SECONDS
        self._timer = loop.call_at(self._due_at, self._sample, loop)

    def _sample(self, loop: asyncio.AbstractEventLoop) -> None:
        now, computed = loop.time(), self._computed_seconds()
        late = max(0.0, now - self._due_at)
        self.load.add(late, computed - self._computed_at, max(now - self._sampled_at, SAMPLE_SECONDS))
        self._sampled_at, self._computed_at = now, computed
        if self._observe is not None:
            self._observe(late)
        self._arm(loop)
