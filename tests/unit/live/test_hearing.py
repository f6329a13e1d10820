"""What the senses are given: audio at the rate each of them wants, and to the judge of turns the last seconds of it."""

import asyncio
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from tests.scenarios.simulation import plan
from tests.unit.live.calls import Scene
from tests.unit.live.sockets import KeptSocket, organs_of

from vivavoce.engine.events import TurnLikelyOver
from vivavoce.engine.journal import decode
from vivavoce.live.formats import format_named
from vivavoce.live.hearing import TURN_WINDOW_SECONDS, Recent
from vivavoce.live.links.memory import no_waiting
from vivavoce.live.links.websocket import WebSocketLink
from vivavoce.live.resampling import resampling
from vivavoce.live.runner import Call
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.records import KeptRecord


@dataclass
class Judge:
    """A judge of turns that remembers what it was asked."""

    sample_rate_hz: int = 16_000
    limit: float = 1.0
    open_words: tuple[str, ...] = ()
    """If there are any, the limit holds after these alone."""
    asked: list[bytes] = field(default_factory=list[bytes])
    words: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    is_slow: bool = False
    """It never comes to an end."""
    dropped_after_seconds: float | None = None

    async def probability(self, pcm: bytes) -> float:
        self.asked.append(pcm)
        if self.is_slow:
            await self._think_for_ever()
        return 0.9

    async def _think_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            await asyncio.Event().wait()
        finally:
            self.dropped_after_seconds = loop.time() - begun

    def at_most(self, words: str, language: str) -> float:
        self.words.append((words, language))
        leaves_open = words in self.open_words if self.open_words else bool(words)
        return self.limit if leaves_open else 1.0


@pytest.mark.parametrize("rate_hz", [16_000, 8_000])
def test_the_judge_hears_the_last_seconds_at_its_own_rate(rate_hz: int) -> None:
    judge = Judge(rate_hz)
    speak_a_second_to(judge)
    [pcm] = judge.asked
    assert len(pcm) / 2 / rate_hz == pytest.approx(TURN_WINDOW_SECONDS, abs=0.05)
    samples = np.frombuffer(pcm, "<i2")
    assert np.mean(np.abs(samples) > 4000) == pytest.approx(1 / TURN_WINDOW_SECONDS, abs=0.02)


@pytest.mark.parametrize(("limit", "judged"), [(1.0, [0.9]), (0.1, [0.9, 0.1])])
def test_words_that_come_after_the_sound_was_judged_may_say_that_more_follows(
    limit: float, judged: list[float]
) -> None:
    judge = Judge(limit=limit)
    record = speak_a_second_to(judge)
    assert judge.words[-1] == ("where is my order", "en")
    assert opinions(record) == judged


def test_words_that_the_caller_has_overtaken_say_nothing_about_how_they_ended() -> None:
    judge = Judge(limit=0.1, open_words=("where",))
    assert opinions(speak_a_second_to(judge)) == [0.9]


def test_a_judge_who_comes_too_late_is_not_waited_for_and_need_not_go_on() -> None:
    judge = Judge(is_slow=True)
    assert opinions(speak_a_second_to(judge)) == []
    assert judge.dropped_after_seconds is not None
    assert judge.dropped_after_seconds < 1.5, "the silence decided, long before the call was over"


def opinions(record: KeptRecord) -> list[float]:
    """What the engine was told of the ends of turns."""
    events = [entry.event for entry in decode(bytes(record.lines).decode()).entries]
    return [event.probability for event in events if isinstance(event, TurnLikelyOver)]


def speak_a_second_to(judge: Judge) -> KeptRecord:
    """A call in which somebody is silent, speaks for a second, and is silent again."""
    record = KeptRecord(plan())

    async def run() -> None:
        scene = Scene(lines=["where is my order"])
        organs = organs_of(scene, resampling)
        organs = replace(organs, senses=replace(organs.senses, turn_model=judge))
        line = format_named("pcm_24000")
        link = WebSocketLink(KeptSocket(), "conv_1", line, format_named("pcm_16000"))
        call = Call(plan(), "ws_1", link, organs, record)
        serving = asyncio.ensure_future(link.serve(call, no_waiting))
        await pass_time(0)
        for loud in (False, True, False):
            frame = (b"\x00\x20" if loud else b"\x00\x00") * (line.rate_hz // 50)
            for _ in range(500 if not loud else 50):
                await pass_time(0.02)
                call.hear(frame)
        call.hang_up("That was all.")
        await serving

    run_virtually(run())
    return record


def test_the_recent_past_has_an_end() -> None:
    recent = Recent(16_000)
    for number in range(1000):
        recent.add(number.to_bytes(2, "little") * 320)
    pcm = recent.pcm()
    assert len(pcm) == pytest.approx(8 * 32_000, abs=640)
    assert pcm.endswith((999).to_bytes(2, "little"))
