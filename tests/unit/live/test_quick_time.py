"""The loop that waits less than it says: its clock jumps over what was not waited, and no work is hurried."""

import asyncio
import time

from vivavoce.live.quick_time import QuickLoop


def test_what_waits_waits_so_many_times_shorter() -> None:
    async def wait() -> tuple[float, float]:
        loop = quick(50.0)
        begun, real = loop.time(), time.monotonic()
        done = loop.create_future()
        loop.call_at(begun + 10.0, done.set_result, None)
        await done
        return loop.time() - begun, time.monotonic() - real

    passed, real = run(wait())
    assert 10.0 <= passed < 15.0
    assert 0.19 <= real < 5.0


def test_what_computes_in_a_thread_takes_as_long_as_it_takes() -> None:
    async def compute() -> tuple[float, int]:
        loop = quick(1000.0)
        ticks = 0

        def tick() -> None:
            nonlocal ticks
            ticks += 1
            loop.call_later(0.02, tick)

        tick()
        begun = loop.time()
        await loop.run_in_executor(None, sum, range(3_000_000))
        return loop.time() - begun, ticks

    began = time.monotonic()
    passed, ticks = run(compute())
    assert passed <= time.monotonic() - began
    assert ticks <= 2 + passed / 0.02


def test_its_clock_never_goes_back() -> None:
    loop = QuickLoop()
    try:
        before = loop.time()
        for speed in (20.0, 1.0, 1000.0, 1.0):
            loop.speed = speed
            now = loop.time()
            assert before <= now < before + 1.0
            before = now
    finally:
        loop.close()


def quick(speed: float) -> QuickLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QuickLoop)
    loop.speed = speed
    return loop


def run(work):
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        return runner.run(work)
