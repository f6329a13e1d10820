"""What the engine is told of a model's words, and when."""

import asyncio
from collections.abc import Awaitable, Callable

from vivavoce.engine.events import Event, Thought
from vivavoce.live.thinking import AT_ONCE_CHARACTERS, HELD_SECONDS, Wording
from vivavoce.live.virtual_time import pass_time, run_virtually

WORD = "word "


class Scene:
    """A run's words as the engine hears them."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.wording = Wording(0, asyncio.get_running_loop(), self._take)

    def _take(self, event: Event) -> None:
        assert isinstance(event, Thought)
        self.told.append(event.text)

    async def writes(self, count: int, *, every_seconds: float) -> None:
        for _ in range(count):
            self.wording.add(WORD)
            await pass_time(every_seconds)


def staged(script: Callable[[Scene], Awaitable[None]]) -> None:
    async def play() -> None:
        await script(Scene())

    run_virtually(play())


def test_the_first_words_are_told_at_once_and_later_ones_together() -> None:
    async def script(scene: Scene) -> None:
        await scene.writes(100, every_seconds=0.01)
        await pass_time(HELD_SECONDS)
        at_once = AT_ONCE_CHARACTERS // len(WORD)
        assert scene.told[:at_once] == [WORD] * at_once
        assert len(scene.told) < at_once + 25
        assert "".join(scene.told) == WORD * 100

    staged(script)


def test_a_model_that_stalls_is_told_up_to_there() -> None:
    async def script(scene: Scene) -> None:
        await scene.writes(20, every_seconds=0)
        assert "".join(scene.told) != WORD * 20
        await pass_time(HELD_SECONDS + 0.01)
        assert "".join(scene.told) == WORD * 20

    staged(script)


def test_what_is_dropped_is_never_told() -> None:
    async def script(scene: Scene) -> None:
        await scene.writes(20, every_seconds=0)
        told = list(scene.told)
        scene.wording.drop()
        await pass_time(1)
        assert scene.told == told

    staged(script)
