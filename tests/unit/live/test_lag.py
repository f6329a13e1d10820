"""How late is too late: one pause is none, an overload is one within a second, and nothing flaps."""

import asyncio
import time
from pathlib import Path

import pytest

from vivavoce.live import lag
from vivavoce.live.lag import LATE_SECONDS, SAMPLE_SECONDS, Lag, Load
from vivavoce.live.virtual_time import VirtualLoop, pass_time, run_virtually


def after(load: Load, late_seconds: float, seconds: float, busy: float = 0.5) -> Load:
    for _ in range(round(seconds / SAMPLE_SECONDS)):
        load.add(late_seconds, busy * SAMPLE_SECONDS, SAMPLE_SECONDS)
    return load


def test_a_loop_in_time_is_not_late() -> None:
    load = after(Load(), 0.001, 60)
    assert not load.is_late
    assert load.late_seconds == pytest.approx(0.001, abs=1e-4)
    assert load.busy == pytest.approx(0.5, abs=0.01)


def test_a_single_pause_is_no_overload_but_it_is_remembered() -> None:
    load = after(Load(), 0.0, 10)
    load.add(1.5, 1.5, 1.6)
    assert not load.is_late
    assert load.worst_seconds == 1.5
    assert after(load, 0.0, 600).worst_seconds < 0.01


def test_an_overload_is_noticed_within_a_second() -> None:
    load = after(Load(), 0.0, 10)
    assert after(load, 3 * LATE_SECONDS, 1.0).is_late


def test_it_is_well_again_soon_and_does_not_flap() -> None:
    load = after(Load(), 3 * LATE_SECONDS, 5)
    verdicts = [
        after(load, LATE_SECONDS * (1.1 if number % 2 else 0.6), SAMPLE_SECONDS).is_late for number in range(99)
    ]
    assert all(verdicts)
    assert not after(load, 0.001, 3).is_late
    assert not any(after(load, LATE_SECONDS * 0.8, SAMPLE_SECONDS).is_late for _ in range(99))


def test_a_machine_that_slept_is_not_busy_for_more_than_it_was() -> None:
    load = after(Load(), 0.0, 10, busy=0.2)
    load.add(3600.0, 0.01, 3600.0)
    assert load.busy < 0.01


class SlowLoop(VirtualLoop):
    """A virtual loop on which callbacks can take time."""

    def work(self, seconds: float) -> None:
        self._jumping.now += seconds


def test_it_samples_the_loop_that_runs() -> None:
    seen: list[float] = []
    occupied = 0.0

    async def run() -> Load:
        nonlocal occupied
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SlowLoop)
        sampled = Lag(observe=seen.append, occupied_seconds=lambda: occupied)
        with sampled.sampling():
            await pass_time(1.05)
            assert max(seen) < 1e-9
            for _ in range(40):
                loop.work(0.15)
                occupied += 0.15
                await pass_time(0)
            return sampled.load

    with asyncio.Runner(loop_factory=SlowLoop) as runner:
        load = runner.run(run())
    assert max(seen) > 0.05
    assert load.is_late
    assert load.busy > 0.9


def test_nothing_is_left_when_sampling_ends() -> None:
    async def run() -> int:
        seen: list[float] = []
        with Lag(observe=seen.append).sampling():
            await pass_time(0.35)
        count = len(seen)
        await pass_time(1)
        return len(seen) - count

    assert run_virtually(run()) == 0


def test_waiting_for_a_processor_counts_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "schedstat"
    told.write_text("1 2000000000 3\n")
    monkeypatch.setattr(lag, "SCHEDULED", told)
    assert lag.occupied_seconds() >= 2.0


@pytest.mark.parametrize("text", [None, "", "no numbers here"])
def test_without_that_figure_computing_alone_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    told = tmp_path / "schedstat"
    if text is not None:
        told.write_text(text)
    monkeypatch.setattr(lag, "SCHEDULED", told)
    before = time.thread_time()
    assert before <= lag.occupied_seconds() <= time.thread_time()
