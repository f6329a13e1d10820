"""A model is loaded once, when somebody needs it, and tried again after it could not be."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from vivavoce.providers.local.loaded import Loaded
from vivavoce.providers.local.pool import Pool, Urgency

pytestmark = pytest.mark.anyio


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(2)
    yield pool
    pool.close()


async def test_many_who_need_it_at_once_share_one(pool: Pool) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return 40

    loaded = Loaded(pool, Urgency.FINAL, make)
    assert made == []
    results = await asyncio.gather(*(loaded.run(Urgency.FINAL, lambda model, add=add: model + add) for add in range(5)))
    assert results == [40, 41, 42, 43, 44]
    assert len(made) == 1


async def test_one_that_could_not_be_loaded_is_tried_again(pool: Pool) -> None:
    attempts = iter([OSError("half a file"), None])

    def make() -> str:
        if (error := next(attempts)) is not None:
            raise error
        return "model"

    loaded = Loaded(pool, Urgency.FINAL, make)
    with pytest.raises(OSError, match="half a file"):
        await loaded.load()
    assert await loaded.run(Urgency.FINAL, str.upper) == "MODEL"


async def test_one_that_works_alone_keeps_no_thread_while_it_waits(pool: Pool) -> None:
    """Two pieces of work for it, two threads: the second thread is free for others."""
    gate, at_work = threading.Event(), list[str]()

    def slow(model: str) -> str:
        at_work.append(model)
        assert gate.wait(10)
        return model

    alone, other = Loaded(pool, Urgency.FINAL, lambda: "alone", is_alone=True), Loaded(pool, Urgency.FINAL, lambda: 1)
    await alone.load()
    both = asyncio.gather(*(alone.run(Urgency.FINAL, slow) for _ in range(2)))
    assert await other.run(Urgency.BACKGROUND, lambda model: model + 1) == 2
    assert len(at_work) <= 1
    gate.set()
    assert await both == ["alone", "alone"]
