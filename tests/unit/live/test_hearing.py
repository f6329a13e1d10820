"""What the senses are given: audio at the rate each of them wants, and to the judge of turns the last seconds of it."""

import asyncio
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from tests.scenarios.simulation import plan, turn
from tests.unit.live.calls import FRAME_SECONDS, LOUD_FRAME, Caller, Held, Scene
from tests.unit.live.sockets import KeptSocket, organs_of

from vivavoce.engine.events import TurnLikelyOver
from vivavoce.engine.journal import decode
from vivavoce.engine.plan import Endpointing
from vivavoce.engine.transcript import AgentTurn
from vivavoce.live.formats import format_named
from vivavoce.live.hearing import HELD_UP_SECONDS, TURN_WINDOW_SECONDS, Recent
from vivavoce.live.links.memory import no_waiting
from vivavoce.live.links.websocket import WebSocketLink
from vivavoce.live.resampling import resampling
from vivavoce.live.runner import Call
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import ScriptedEar


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


# Silence that is not certain

SURE_SECONDS = 0.4
ENDPOINTING = Endpointing(sure_seconds=SURE_SECONDS, unknown_seconds=SURE_SECONDS, unsure_seconds=SURE_SECONDS)
BY_THE_CLOCK, BY_THE_WORDS = 0.15, SURE_SECONDS
"""When the ear has words: before the silence is long enough, or just then."""


def held(*silences: float, words_after: float, held_up: float = 0.0) -> Held:
    """A call in which somebody says a thing after each silence. After the first one of them audio may be held up."""

    async def script(caller: Caller) -> None:
        await caller.is_quiet(2.0)
        await caller.speaks(1.0)
        for silence in silences:
            await caller.is_quiet(silence)
            await pass_time(held_up)
            for _ in range(round(held_up / FRAME_SECONDS)):
                caller.call.hear(LOUD_FRAME)
            await caller.speaks(1.0)
        await caller.is_quiet(0.3)
        # Many clients send nothing while nobody speaks.
        await pass_time(3.0)

    ear = ScriptedEar(["I have", "a question"], final_seconds=words_after)
    return Scene(ear=ear, plan=plan(turn=turn(endpointing=ENDPOINTING))).hold(script)


def users(call: Held) -> list[str]:
    return [words for words in call.words if words.startswith("user: ")]


def decided_after(call: Held) -> list[float]:
    """Seconds from the last sound to each decision that the turn is over."""
    turns = [made for made in call.record.turns.values() if isinstance(made, AgentTurn)]
    told = [(made.waterfall.speech_ended, made.waterfall.turn_ended) for made in turns]
    return [decided - ended for ended, decided in told if ended is not None and decided is not None]


@pytest.mark.parametrize("words_after", [BY_THE_CLOCK, BY_THE_WORDS])
def test_who_begins_again_is_not_answered_while_the_detector_makes_sure(words_after: float) -> None:
    """A first window of their voice is there, the second one is not, and the silence has lasted long enough."""
    assert users(held(0.34, words_after=words_after)) == ["user: I have a question"]


@pytest.mark.parametrize("words_after", [BY_THE_CLOCK, BY_THE_WORDS])
def test_who_begins_again_in_audio_that_is_held_up_is_not_answered(words_after: float) -> None:
    assert users(held(0.26, words_after=words_after, held_up=0.2)) == ["user: I have a question"]


@pytest.mark.parametrize("words_after", [BY_THE_CLOCK, BY_THE_WORDS])
def test_a_pause_that_lasts_is_an_end(words_after: float) -> None:
    call = held(0.8, words_after=words_after)
    assert users(call) == ["user: I have", "user: a question"]
    assert decided_after(call)[0] == pytest.approx(SURE_SECONDS, abs=0.03)


def test_who_sends_nothing_while_they_are_silent_is_not_waited_for_long() -> None:
    [waited] = decided_after(held(words_after=BY_THE_CLOCK))
    assert SURE_SECONDS < waited < SURE_SECONDS + HELD_UP_SECONDS


def test_a_crackle_in_the_silence_holds_the_answer_up_for_a_moment() -> None:
    """A window that sounds like a voice, just before the decision, and none after it."""

    async def script(caller: Caller) -> None:
        await caller.is_quiet(2.0)
        await caller.speaks(1.0)
        await caller.is_quiet(0.34)
        await caller.speaks(FRAME_SECONDS)
        await caller.is_quiet(2.0)

    sure = SURE_SECONDS - FRAME_SECONDS
    endpointing = Endpointing(sure_seconds=sure, unknown_seconds=sure, unsure_seconds=sure)
    ear = ScriptedEar(["I have a question"])
    [waited] = decided_after(Scene(ear=ear, plan=plan(turn=turn(endpointing=endpointing))).hold(script))
    assert sure < waited < sure + 0.05
