"""The outside's two unpredictable things, time and randomness, as something that can be handed in.

Time is integer microseconds UTC. `SystemClock` is the real one; `ManualClock` stands still until told.
"""

import secrets
import time
from typing import Protocol

from vivavoce.base.ids import ENTROPY_BYTES, make_id

SECOND = 1_000_000


class Clock(Protocol):
    """Wall time and fresh randomness."""

    def now(self) -> int:
        """Microseconds UTC."""
        ...

    def entropy(self, count: int) -> bytes:
        """`count` bytes nobody can guess."""
        ...

    def new_id(self, prefix: str) -> str:
        """A new id: `new_id("agent")`."""
        ...


class SystemClock:
    """The machine's clock and the operating system's randomness."""

    def now(self) -> int:
        """Microseconds UTC."""
        return time.time_ns() // 1000

    def entropy(self, count: int) -> bytes:
        """`count` bytes nobody can guess."""
        return secrets.token_bytes(count)

    def new_id(self, prefix: str) -> str:
        """A new id."""
        return make_id(prefix, self.now(), self.entropy(ENTROPY_BYTES))


class ManualClock:
    """The double: time moves by `advance` alone, randomness counts up, so that every run is the same run."""

    def __init__(self, now: int = 1_800_000_000 * SECOND) -> None:
        self._now = now
        self._counter = 0

    def now(self) -> int:
        """Microseconds UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += round(seconds * SECOND)

    def entropy(self, count: int) -> bytes:
        """The next number, as bytes."""
        self._counter += 1
        return self._counter.to_bytes(count, "big")

    def new_id(self, prefix: str) -> str:
        """A new id."""
        return make_id(prefix, self.now(), self.entropy(ENTROPY_BYTES))
