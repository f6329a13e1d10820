"""Voice activity: one network for all calls, in batches, in a thread; each call gets its own opinions, in order."""

import asyncio
import threading
from array import array
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from tests.support.voices import said, silence

from vivavoce.engine.events import SpeechStarted, SpeechStopped
from vivavoce.live.hearing import ActivityEdges, Smoothing
from vivavoce.ports.speech import Activity
from vivavoce.providers.speech._silero.model import WINDOW_SAMPLES, Batch
from vivavoce.providers.speech.silero import SileroActivity, SileroStream

pytestmark = pytest.mark.anyio

WINDOW_SECONDS = WINDOW_SAMPLES / 16_000


@dataclass
class FirstSample:
    """A network that answers with the first sample of a window, so that nobody can get another's opinion unnoticed."""

    batches: list[Batch] = field(default_factory=list[Batch])
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    breaks: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    def probabilities(self, batch: Batch) -> list[float]:
        self.begun.set()
        self.gate.wait(5)
        self.batches.append(batch)
        if self.breaks:
            raise RuntimeError("no")
        return [float(array("h", batch.pcm)[place * WINDOW_SAMPLES]) for place in range(len(batch.rows))]


class Ears:
    """A call that keeps what it is told."""

    def __init__(self, activity: SileroActivity) -> None:
        self.heard: list[Activity] = []
        self._changed = asyncio.Event()
        self.stream: SileroStream = activity.open(self)

    def __call__(self, activity: Activity) -> None:
        self.heard.append(activity)
        self._changed.set()

    async def opinions(self, count: int) -> list[Activity]:
        while len(self.heard) < count:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 5)
        return self.heard


def windows(*values: int) -> bytes:
    return b"".join(array("h", [value] * WINDOW_SAMPLES).tobytes() for value in values)


@asynccontextmanager
async def watching(network: FirstSample) -> AsyncGenerator[SileroActivity]:
    activity = SileroActivity(0.004, lambda: network)
    try:
        yield activity
    finally:
        await activity.close()


def values(heard: Sequence[Activity]) -> list[float]:
    return [each.probability for each in heard]


def untils(heard: Sequence[Activity]) -> list[float]:
    return [round(each.until_seconds, 3) for each in heard]


async def test_windows_are_cut_from_frames_of_any_length_and_know_where_they_end() -> None:
    async with watching(FirstSample()) as activity:
        ears = Ears(activity)
        pcm, at = windows(1, 2, 3), 5.0
        for start in range(0, len(pcm), 640):
            ears.stream.add(at, pcm[start : start + 640])
            at += 0.02
        heard = await ears.opinions(3)
    assert values(heard) == [1, 2, 3]
    assert untils(heard) == [5.032, 5.064, 5.096]


async def test_calls_share_a_batch_and_keep_their_own_opinions() -> None:
    network = FirstSample()
    async with watching(network) as activity:
        calls = [Ears(activity) for _ in range(5)]
        for place, ears in enumerate(calls):
            ears.stream.add(0.0, windows(10 * place, 10 * place + 1))
        assert [values(await ears.opinions(2)) for ears in calls] == [[10 * n, 10 * n + 1] for n in range(5)]
    assert [batch.rows for batch in network.batches] == [[0, 1, 2, 3, 4]] * 2
    assert [batch.fresh for batch in network.batches] == [[0, 1, 2, 3, 4], []]


async def test_a_burst_does_not_hold_up_the_others() -> None:
    network = FirstSample()
    async with watching(network) as activity:
        burst, calm = Ears(activity), Ears(activity)
        burst.stream.add(0.0, windows(*range(100)))
        calm.stream.add(0.0, windows(7))
        await calm.opinions(1)
        assert len(burst.heard) <= 16
        assert values(await burst.opinions(100)) == list(range(100))


async def test_windows_gather_while_a_batch_is_under_way() -> None:
    network = FirstSample()
    network.gate.clear()
    async with watching(network) as activity:
        calls = [Ears(activity) for _ in range(3)]
        calls[0].stream.add(0.0, windows(1))
        await asyncio.to_thread(network.begun.wait, 5)
        for ears in calls:
            ears.stream.add(WINDOW_SECONDS, windows(2))
        network.gate.set()
        for ears in calls:
            await ears.opinions(1)
        await calls[0].opinions(2)
    assert [len(batch.rows) for batch in network.batches] == [1, 3]


async def test_a_call_that_is_over_hears_nothing_and_its_place_is_clean_for_the_next() -> None:
    network = FirstSample()
    network.gate.clear()
    async with watching(network) as activity:
        gone, other = Ears(activity), Ears(activity)
        gone.stream.add(0.0, windows(1, 2))
        other.stream.add(0.0, windows(3))
        await asyncio.to_thread(network.begun.wait, 5)
        gone.stream.close()
        assert Ears(activity).stream.row == 2  # its place is still in use
        network.gate.set()
        await other.opinions(1)
        assert gone.heard == []
        gone.stream.add(1.0, windows(9))
        gone.stream.close()
        heir = Ears(activity)
        assert heir.stream.row == gone.stream.row
        heir.stream.add(0.0, windows(4))
        assert values(await heir.opinions(1)) == [4]
        assert network.batches[-1].fresh == [heir.stream.row]


async def test_where_nothing_is_sent_there_is_half_a_second_of_silence() -> None:
    async with watching(FirstSample()) as activity:
        ears = Ears(activity)
        ears.stream.add(0.0, windows(1))
        ears.stream.add(10.0, windows(2))
        heard = await ears.opinions(17)
    assert values(heard) == [1, *[0] * 15, 2]
    assert untils(heard)[:3] == [0.032, 0.064, 0.096]
    assert untils(heard)[-2:] == [0.512, 10.032]


async def test_a_short_gap_is_filled_exactly() -> None:
    async with watching(FirstSample()) as activity:
        ears = Ears(activity)
        ears.stream.add(0.0, windows(1))
        ears.stream.add(0.064, windows(2))
        assert untils(await ears.opinions(3)) == [0.032, 0.064, 0.096]
        assert values(ears.heard) == [1, 0, 2]


async def test_what_breaks_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    network = FirstSample(breaks=True)
    async with watching(network) as activity:
        ears = Ears(activity)
        ears.stream.add(0.0, windows(1))
        await asyncio.to_thread(network.begun.wait, 5)
        while not caplog.text:
            await asyncio.to_thread(network.gate.wait, 5)
        network.breaks = False
        ears.stream.add(WINDOW_SECONDS, windows(2))
        assert values(await ears.opinions(1)) == [2]
    assert "cannot be computed" in caplog.text


async def test_closing_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    async with watching(FirstSample()) as activity:
        ears = Ears(activity)
        ears.stream.add(0.0, windows(1))
        await ears.opinions(1)
        [thread] = [each for each in set(threading.enumerate()) - before if each.name.startswith("voice-activity")]
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


# The network itself

PUBLISHED = [
    0.0017, 0.0069, 0.0089, 0.0079, 0.0059, 0.006, 0.1451, 0.8671, 0.9837, 0.9932, 0.9942, 0.9861, 0.9824, 0.976,
    0.9627, 0.9955, 0.998, 0.9995, 0.9973, 0.9992, 0.9996, 0.9997, 0.9996, 0.9956, 0.985, 0.9767, 0.9163, 0.8684,
    0.9678, 0.9907, 0.9974, 0.9503, 0.5613, 0.3534, 0.0804, 0.0225, 0.0111, 0.0062, 0.0048, 0.0046,
]  # fmt: skip
"""What the network as its authors publish it says of 0.2 s of silence, 0.8 s of `said` and 0.3 s of silence."""


async def opinions_on(*pcm: bytes) -> list[list[Activity]]:
    activity = SileroActivity(0.004)
    await activity.warm()
    calls = [Ears(activity) for _ in pcm]
    for ears, each in zip(calls, pcm, strict=True):
        ears.stream.add(0.0, each)
    heard = [await ears.opinions(len(each) // 2 // WINDOW_SAMPLES) for ears, each in zip(calls, pcm, strict=True)]
    await activity.close()
    return heard


def edges(heard: Sequence[Activity]) -> list[SpeechStarted | SpeechStopped]:
    smoothed = ActivityEdges(Smoothing())
    return [edge for each in heard if (edge := smoothed.add(each)) is not None]


async def test_a_voice_starts_and_stops_where_it_does() -> None:
    [heard] = await opinions_on(silence(1.0) + said(1.5) + silence(1.0))
    start, stop = edges(heard)
    assert isinstance(start, SpeechStarted)
    assert start.at == pytest.approx(1.0, abs=0.12)
    assert isinstance(stop, SpeechStopped)
    assert stop.at == pytest.approx(2.5, abs=0.15)


async def test_it_answers_as_the_published_one_does() -> None:
    [heard] = await opinions_on(silence(0.2) + said(0.8) + silence(0.3))
    assert values(heard) == pytest.approx(PUBLISHED, abs=2e-4)


async def test_silence_and_a_hum_are_no_voice() -> None:
    hum = array("h", [1_000 if place // 133 % 2 else -1_000 for place in range(32_000)]).tobytes()
    quiet, humming = await opinions_on(silence(2.0), hum)
    assert max(values(quiet)) < 0.1
    assert edges(humming) == []


async def test_in_a_batch_everybody_hears_what_they_would_hear_alone() -> None:
    voices = [silence(0.3) + said(1.0, seed=seed) + silence(0.3) for seed in (1, 2, 3)]
    together = await opinions_on(*voices)
    alone = [(await opinions_on(each))[0] for each in voices]
    for one, other in zip(together, alone, strict=True):
        assert values(one) == pytest.approx(values(other), abs=1e-4)
