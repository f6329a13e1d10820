"""An event loop whose clock is virtual: it never waits, it jumps to the next thing that is due.

The shell of a call runs on it unchanged, so a ten-minute call with real tasks, timers and queues is an instant, and the
same each time. What it cannot do is wait for the world: no threads, no sockets. A loop on which nothing can ever happen
again says so instead of hanging.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingLeft(RuntimeError):
    """Everything waits, and nothing is due: in real time this would hang for ever."""


class _JumpingSelector(selectors.SelectSelector):
    """Where a real loop would sleep, this one moves the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing is ever ready but the next timer."""
        if timeout is None:
            raise NothingLeft("Every task waits for something that nobody will do.")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time, which begins at zero."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


async def pass_time(seconds: float) -> None:
    """Let virtual time pass; on a real loop this refuses, because there it would be waiting."""
    if not isinstance(asyncio.get_running_loop(), VirtualLoop):
        raise RuntimeError("Time passes by itself here; only a virtual loop can be told to let it.")
    await asyncio.sleep(seconds)
