"""Asking two minds and taking the one that begins first.

The second is asked when the first has not begun within some time, or has failed to. Whoever gives the first piece
answers; the other is broken off at that moment. When both fail, the first one's failure is told.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

from vivavoce.ports.language import Piece

Open = Callable[[], AbstractAsyncContextManager[AsyncIterator[Piece]]]


def _tell_nobody(_: str) -> None:
    return


class _Runner:
    """One of the two: reads ahead, and is asked for what it has."""

    def __init__(self, opened: Open) -> None:
        self.begun = asyncio.Event()
        self.standing: Literal["waiting", "answering", "failed"] = "waiting"
        self.failure: Exception | None = None
        self._opened = opened
        self._read: asyncio.Queue[Piece | Exception | None] = asyncio.Queue()
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            async with self._opened() as pieces:
                async for piece in pieces:
                    self._read.put_nowait(piece)
                    self._stand("answering")
        except Exception as failure:
            self.failure = failure
            self._read.put_nowait(failure)
            self._stand("failed")
        else:
            self._read.put_nowait(None)
            self._stand("answering")

    def _stand(self, standing: Literal["answering", "failed"]) -> None:
        if self.standing == "waiting":
            self.standing = standing
            self.begun.set()

    async def pieces(self) -> AsyncIterator[Piece]:
        """What it says."""
        while (piece := await self._read.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def stop(self) -> None:
        """Break it off."""
        self._task.cancel()
        await asyncio.wait([self._task])


@asynccontextmanager
async def hedged(
    first: Open, second: Open, after_seconds: float, second_won: Callable[[str], None] = _tell_nobody
) -> AsyncGenerator[AsyncIterator[Piece]]:
    """Ask both, the second only if it takes that; `second_won` is told why, if it answers."""
    runners = [_Runner(first)]
    try:
        await _begins(runners, after_seconds)
        if runners[0].standing != "answering":
            runners.append(_Runner(second))
            await _one_answers(runners)
        winner = next((runner for runner in runners if runner.standing == "answering"), runners[0])
        for runner in runners:
            if runner is not winner:
                await runner.stop()
        if winner is not runners[0]:
            slow = f"It had not begun to answer after {after_seconds:g} s."
            second_won(str(runners[0].failure) if runners[0].failure is not None else slow)
        yield winner.pieces()
    finally:
        for runner in runners:
            await runner.stop()


async def _begins(runners: list[_Runner], within_seconds: float | None) -> None:
    waits = [asyncio.ensure_future(runner.begun.wait()) for runner in runners if runner.standing == "waiting"]
    try:
        if waits:
            await asyncio.wait(waits, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _one_answers(runners: list[_Runner]) -> None:
    while all(runner.standing != "answering" for runner in runners):
        if all(runner.standing == "failed" for runner in runners):
            return
        await _begins(runners, None)
