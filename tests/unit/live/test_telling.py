"""What the engine is told of a voice's chunks, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from vivavoce.engine.events import Alignment, Event, Voiced
from vivavoce.live.clock import CallClock
from vivavoce.live.links.websocket import LEAD_SECONDS
from vivavoce.live.telling import HELD_SECONDS, PLENTY_SECONDS, Telling
from vivavoce.live.virtual_time import pass_time, run_virtually

CHUNK_SECONDS = 0.1


class Scene:
    """A run's reports, with the time of each."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.clock = CallClock(loop.time)
        self.told: list[tuple[float, Voiced]] = []
        self.telling = Telling(self.clock, loop, self._take)

    def _take(self, event: Event) -> None:
        assert isinstance(event, Voiced)
        self.told.append((round(self.clock.now(), 3), event))

    async def makes(self, count: int, *, every_seconds: float, piece: int = 0, last: bool = False) -> None:
        for number in range(count):
            self.telling.add(Voiced(0, piece, CHUNK_SECONDS, last=last and number == count - 1))
            await pass_time(every_seconds)

    @property
    def seconds(self) -> float:
        return round(sum(event.seconds for _, event in self.told), 6)


def staged(script: Callable[[Scene], Awaitable[None]]) -> None:
    async def play() -> None:
        await script(Scene())

    run_virtually(play())


def test_chunks_are_told_at_once_until_there_is_plenty_to_hear_and_together_after_that() -> None:
    async def script(scene: Scene) -> None:
        await scene.makes(50, every_seconds=0.02, last=True)
        assert scene.seconds == 5.0
        one_by_one = [event for _, event in scene.told if event.seconds == CHUNK_SECONDS]
        assert PLENTY_SECONDS / CHUNK_SECONDS <= len(one_by_one) <= 12
        assert len(scene.told) <= 20
        assert scene.told[-1][1].last

    staged(script)


def test_a_voice_as_slow_as_the_ear_is_told_chunk_by_chunk() -> None:
    async def script(scene: Scene) -> None:
        await scene.makes(30, every_seconds=CHUNK_SECONDS)
        assert [event.seconds for _, event in scene.told] == [CHUNK_SECONDS] * 30

    staged(script)


def test_what_is_held_is_told_long_before_the_caller_can_have_heard_what_was_told_before() -> None:
    async def script(scene: Scene) -> None:
        await scene.makes(100, every_seconds=0.05)
        (first, _), told, ahead = scene.told[0], 0.0, list[float]()
        for (_, event), (later, _) in pairwise(scene.told):
            told += event.seconds
            ahead.append(told - (later - first))
        assert min(ahead[10:]) > LEAD_SECONDS
        assert len(scene.told) < 60

    staged(script)


def test_a_voice_that_stalls_is_told_up_to_there() -> None:
    async def script(scene: Scene) -> None:
        await scene.makes(12, every_seconds=0.0)
        assert scene.seconds < 1.2
        await pass_time(HELD_SECONDS + 0.01)
        assert scene.seconds == 1.2

    staged(script)


def test_pieces_and_alignments_are_not_mixed() -> None:
    async def script(scene: Scene) -> None:
        await scene.makes(10, every_seconds=0.0)
        scene.telling.add(Voiced(0, 0, 0.1, alignment=Alignment("ab", (0.0, 0.05))))
        scene.telling.add(Voiced(0, 0, 0.1, alignment=Alignment("cd", (0.0, 0.05))))
        scene.telling.add(Voiced(0, 1, 0.1, alignment=Alignment("e", (0.0,))))
        scene.telling.tell()
        *_, joined, other = [event for _, event in scene.told]
        assert joined.alignment == Alignment("abcd", (0.0, 0.05, 0.1, pytest.approx(0.15)))
        assert (joined.piece, other.piece) == (0, 1)

    staged(script)
