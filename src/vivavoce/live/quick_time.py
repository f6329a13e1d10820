"""An event loop on which waiting can be shortened, so that a call takes less time than it lasts.

    loop.speed = 10.0      where nothing happens until the next timer is due, only a tenth of that time is waited
    loop.speed = 1.0       and all of it again, from here on

A call lives by its loop's clock, and that clock jumps over what was not waited: a conversation of a minute, which is
mostly speech and silence, takes some seconds. What works is never hurried: callbacks, and threads that the loop waits
for, take on its clock what they take outside. Unlike the loop in virtual time, this one is a real one with sockets and
threads; for what works elsewhere, whoever sets the speed has to set it to 1.
"""

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any

FASTEST = 1000.0


class _QuickSelector(selectors.DefaultSelector):
    """Waits for a part of the time, and says how much it left out."""

    speed = 1.0
    working = 0
    """How much is computed in threads that the loop waits for."""
    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, or nothing after the timeout."""
        if timeout is None or timeout <= 0.0 or self.speed <= 1.0 or self.working:
            return super().select(timeout)
        waited = timeout / self.speed
        ready = super().select(waited)
        if not ready:
            self.skipped += timeout - waited
        return ready


class QuickLoop(asyncio.SelectorEventLoop):
    """A loop with a speed."""

    def __init__(self) -> None:
        self._quick = _QuickSelector()
        super().__init__(self._quick)

    @property
    def speed(self) -> float:
        """How many times shorter waiting is here."""
        return self._quick.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._quick.speed = speed

    def time(self) -> float:
        """Seconds on this loop's clock."""
        return time.monotonic() + self._quick.skipped

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        """Compute in a thread; meanwhile time passes as it does outside."""
        future = super().run_in_executor(executor, func, *args)
        self._quick.working += 1
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: object) -> None:
        self._quick.working -= 1
