"""How late the loop is, and how busy: what admission asks before another call comes in.

    due       |----|----|----|----|         a timer that should fire ten times a second
    fired     |----|-----|------|---        and by how much it does not

A process that is late spoils every call it has, so it takes no more. One long pause is no overload: lateness is
averaged over about a second. And it must not flap: a process that was late is well again at half the limit.

Lateness shows an overload only once it is there. The share of time that the loop's thread is occupied grows before it,
so that is measured too: the time it computes, and the time it would but other threads have the processor.
"""

import asyncio
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.1
AVERAGE_SECONDS = 1.0
LATE_SECONDS = 0.02
WORST_SECONDS = 60.0
LONGEST_COUNTED = 0.8 * AVERAGE_SECONDS / SAMPLE_SECONDS  # times the limit
# Linux: nanoseconds on a processor, nanoseconds waiting for one, and how often, of the thread that asks.
SCHEDULED = Path("/proc/thread-self/schedstat")


def occupied_seconds() -> float:
    """How long this thread has computed, or waited to be let to; without the waiting where the system does not tell."""
    return time.thread_time() + _waited_seconds()


def _waited_seconds() -> float:
    try:
        return int(SCHEDULED.read_bytes().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


@dataclass(slots=True)
class Load:
    """Lateness and busyness from samples. Pure."""

    late_limit_seconds: float = LATE_SECONDS
    late_seconds: float = 0.0
    """By how much the loop is late, on average over the last second or so."""
    busy: float = 0.0
    """The share of the last second or so that the loop's thread was occupied, 0 to 1."""
    worst_seconds: float = 0.0
    """The largest lateness of the last minute or so; it fades."""
    is_late: bool = False

    def add(self, late_seconds: float, busy_seconds: float, passed_seconds: float) -> None:
        """The next sample: how late it came, and how much of the time that passed since the last one was occupied."""
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
        occupied_seconds: Callable[[], float] = occupied_seconds,
    ) -> None:
        self.load = Load(late_limit_seconds)
        self._observe = observe
        self._occupied_seconds = occupied_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._sampled_at = 0.0
        self._occupied_at = 0.0

    @contextmanager
    def sampling(self) -> Generator[None]:
        """Sample the loop for as long as the block runs."""
        self._loop = asyncio.get_running_loop()
        self._sampled_at = self._loop.time()
        self._occupied_at = self._occupied_seconds()
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
        now, occupied = loop.time(), self._occupied_seconds()
        late = max(0.0, now - self._due_at)
        self.load.add(late, occupied - self._occupied_at, max(now - self._sampled_at, SAMPLE_SECONDS))
        self._sampled_at, self._occupied_at = now, occupied
        if self._observe is not None:
            self._observe(late)
        self._arm(loop)
