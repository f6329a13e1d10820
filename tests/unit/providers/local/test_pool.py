"""The pool computes what is urgent first, and forgets what nobody waits for."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from vivavoce.providers.local.pool import (
    MEMORY_SECONDS,
    PATIENCE_SECONDS,
    Pool,
    Urgency,
    cores,
    interruptible,
    is_wanted,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(1)
    yield pool
    pool.close()


class Gate:
    """Work that takes until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.open.wait(10)


async def held(pool: Pool) -> tuple[Gate, asyncio.Task[None]]:
    """The pool's only thread, busy."""
    gate = Gate()
    task = asyncio.ensure_future(pool.run(Urgency.FINAL, gate))
    await asyncio.to_thread(gate.begun.wait, 10)
    return gate, task


async def test_results_and_errors_come_back(pool: Pool) -> None:
    assert await pool.run(Urgency.TURN, lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        await pool.run(Urgency.TURN, lambda: 1 // 0)
    assert await pool.run(Urgency.TURN, lambda: "still there") == "still there"


async def test_the_most_urgent_goes_first_and_equals_in_their_order(pool: Pool) -> None:
    gate, holding = await held(pool)
    done: list[str] = []
    asked = [
        (Urgency.BACKGROUND, "index"),
        (Urgency.INTERIM, "interim"),
        (Urgency.AUDIO, "voice"),
        (Urgency.FINAL, "first final"),
        (Urgency.FINAL, "second final"),
        (Urgency.TURN, "turn"),
    ]
    tasks = [asyncio.ensure_future(pool.run(urgency, lambda name=name: done.append(name))) for urgency, name in asked]
    await asyncio.sleep(0)
    assert pool.waiting == len(asked)
    gate.open.set()
    await asyncio.gather(holding, *tasks)
    assert done == ["first final", "second final", "turn", "voice", "interim", "index"]


@pytest.mark.parametrize(
    ("waited_seconds", "order"),
    [
        (PATIENCE_SECONDS[Urgency.AUDIO] - 0.1, ["words", "more words", "sound", "more sound"]),
        (PATIENCE_SECONDS[Urgency.AUDIO] + 0.1, ["sound", "words", "more words", "more sound"]),
    ],
)
async def test_more_of_what_is_heard_gives_way_to_words_but_not_for_long(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, waited_seconds: float, order: list[str]
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("vivavoce.providers.local.pool.time.monotonic", lambda: now)
    gate, holding = await held(pool)
    done: list[str] = []

    def asked(urgency: Urgency, name: str) -> asyncio.Task[None]:
        return asyncio.ensure_future(pool.run(urgency, lambda: done.append(name)))

    tasks = [asked(Urgency.AUDIO, "sound")]
    await asyncio.sleep(0)
    now += waited_seconds
    tasks += [asked(Urgency.FINAL, "words"), asked(Urgency.AUDIO, "more sound"), asked(Urgency.FINAL, "more words")]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(holding, *tasks)
    assert done == order


async def test_the_rest_of_a_sentence_gives_way_to_words(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("vivavoce.providers.local.pool.time.monotonic", lambda: now)
    gate, holding = await held(pool)
    done: list[str] = []
    asked = [(Urgency.NEXT_AUDIO, "rest"), (Urgency.AUDIO, "more sound"), (Urgency.FINAL, "words")]
    tasks = [asyncio.ensure_future(pool.run(urgency, lambda name=name: done.append(name))) for urgency, name in asked]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(holding, *tasks)
    assert done == ["words", "rest", "more sound"]


@pytest.mark.parametrize("urgency", [Urgency.FIRST_AUDIO, Urgency.NEXT_AUDIO])
async def test_a_first_sentence_does_not_wait_for_what_has_begun(pool: Pool, urgency: Urgency) -> None:
    gate, holding = await held(pool)
    waiting = asyncio.ensure_future(pool.run(Urgency.FINAL, lambda: "words"))
    async with asyncio.timeout(10):
        assert await pool.run(urgency, lambda: "sound") == "sound"
    assert not waiting.done()
    gate.open.set()
    assert await waiting == "words"
    await holding


async def test_what_was_cancelled_is_not_computed(pool: Pool) -> None:
    gate, holding = await held(pool)
    done: list[str] = []
    task = asyncio.ensure_future(pool.run(Urgency.FINAL, lambda: done.append("cancelled")))
    await asyncio.sleep(0)
    task.cancel()
    gate.open.set()
    await holding
    await pool.run(Urgency.BACKGROUND, lambda: done.append("later"))
    assert done == ["later"]


async def test_a_result_that_nobody_waits_for_any_more_is_dropped(pool: Pool) -> None:
    gate, holding = await held(pool)
    holding.cancel()
    gate.open.set()
    assert await pool.run(Urgency.FINAL, lambda: 1) == 1


async def test_it_is_busy_while_somebody_waits(pool: Pool) -> None:
    assert not pool.is_busy
    gate, task = await held(pool)
    assert pool.is_busy
    gate.open.set()
    await task
    assert not pool.is_busy


async def test_a_process_on_one_core_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores() == 6


async def test_a_process_that_ends_lets_what_has_begun_come_to_its_end(pool: Pool) -> None:
    gate, task = await held(pool)
    ending = asyncio.ensure_future(asyncio.to_thread(pool.finish))
    await asyncio.wait([ending], timeout=0.05)
    assert not ending.done()
    gate.open.set()
    await ending
    await task


async def test_it_knows_how_many_threads_have_nothing_to_do(pool: Pool) -> None:
    assert pool.spare == 1
    gate, task = await held(pool)
    assert pool.spare == 0
    waiting = asyncio.ensure_future(pool.run(Urgency.TURN, lambda: pool.spare))
    await asyncio.sleep(0)
    gate.open.set()
    await task
    assert await waiting == 0
    assert pool.spare == 1


async def test_only_urgent_work_is_pressure_and_it_is_forgotten(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("vivavoce.providers.local.pool.time.monotonic", lambda: now)

    def takes(seconds: float) -> None:
        nonlocal now
        now += seconds

    await pool.run(Urgency.AUDIO, lambda: takes(5.0))
    assert pool.pressure == 0.0
    await pool.run(Urgency.FINAL, lambda: takes(5.0))
    assert pool.pressure == pytest.approx(5.0 / MEMORY_SECONDS)
    now += 4 * MEMORY_SECONDS
    assert pool.pressure < 0.05


async def test_work_of_several_steps_can_ask_whether_it_is_still_wanted(pool: Pool) -> None:
    assert is_wanted()
    begun, go_on, found = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        found.append(is_wanted())
        begun.set()
        assert go_on.wait(10)
        found.append(is_wanted())

    task = asyncio.ensure_future(pool.run(Urgency.FINAL, work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.wait([task])
    go_on.set()
    await pool.run(Urgency.FINAL, lambda: None)
    assert found == [True, False]


async def test_work_that_can_be_broken_off_is_as_soon_as_nobody_waits_for_it(pool: Pool) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def work() -> None:
        with interruptible(stopped.set):
            begun.set()
            assert stopped.wait(10)

    task = asyncio.ensure_future(pool.run(Urgency.TURN, work))
    await asyncio.to_thread(begun.wait, 10)
    assert not stopped.is_set()
    task.cancel()
    async with asyncio.timeout(10):
        await pool.run(Urgency.TURN, lambda: None)
    assert stopped.is_set()


async def test_work_that_was_given_up_before_it_said_how_is_broken_off_at_once(pool: Pool) -> None:
    begun, go_on = threading.Event(), threading.Event()
    stops: list[str] = []

    def work() -> None:
        begun.set()
        assert go_on.wait(10)
        with interruptible(lambda: stops.append("in the block")):
            pass

    task = asyncio.ensure_future(pool.run(Urgency.TURN, work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.wait([task])
    go_on.set()
    await pool.run(Urgency.TURN, lambda: None)
    assert stops == ["in the block"]


async def test_what_comes_after_the_part_that_can_be_broken_off_is_left_alone(pool: Pool) -> None:
    begun, go_on = threading.Event(), threading.Event()
    stops: list[str] = []

    def work() -> None:
        with interruptible(lambda: stops.append("after the block")):
            pass
        begun.set()
        assert go_on.wait(10)

    task = asyncio.ensure_future(pool.run(Urgency.TURN, work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.wait([task])
    go_on.set()
    await pool.run(Urgency.TURN, lambda: None)
    assert stops == []


async def test_its_threads_give_way_to_the_one_that_asks(pool: Pool) -> None:
    def politeness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id() if sys.platform == "linux" else 0)

    # Other systems do not tell the threads of a process apart.
    nicer = 8 if sys.platform == "linux" else 0
    assert await pool.run(Urgency.FINAL, politeness) == min(19, politeness() + nicer)
