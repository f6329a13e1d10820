"""Whole calls with sound that nobody would call speech, or hardly: the call goes on, and who speaks is heard.

Voice activity is the real one, computed on the spot; the ear follows a script, one line for each stretch of speech, so
what is seen here is what the call makes of the sound.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from tests.scenarios.simulation import plan
from tests.unit.live.calls import LOUD_FRAME, RATE_HZ, Caller, Held, Scene, answer, assert_whole

from vivavoce.engine.plan import Limits
from vivavoce.live.virtual_time import pass_time
from vivavoce.ports.speech import Activity, EarWishes, HeardActivity
from vivavoce.providers.far import Vendor
from vivavoce.providers.local.hibari import SAMPLE_RATE_HZ as VOICE_RATE_HZ
from vivavoce.providers.local.hibari import Hibari, Shape
from vivavoce.providers.speech._silero.model import WINDOW_SAMPLES, Batch, Silero
from vivavoce.providers.speech._utterances import Understanding, UtteranceEar

Sound = npt.NDArray[np.float32]
SECONDS = 4
COUNT = SECONDS * RATE_HZ
AT = np.arange(COUNT) / RATE_HZ


@cache
def network() -> Silero:
    return Silero()


class OnTheSpot:
    """The real network, which answers before the frame's sender goes on: time is not real here."""

    sample_rate_hz = RATE_HZ

    def open(self, heard: HeardActivity) -> "Windows":
        return Windows(heard)


@dataclass
class Windows:
    heard: HeardActivity
    pending: bytearray = field(default_factory=bytearray)
    is_fresh: bool = True

    def add(self, at_seconds: float, pcm: bytes) -> None:
        self.pending += pcm
        until = at_seconds + len(pcm) / 2 / RATE_HZ
        while len(self.pending) >= 2 * WINDOW_SAMPLES:
            window = bytes(self.pending[: 2 * WINDOW_SAMPLES])
            del self.pending[: 2 * WINDOW_SAMPLES]
            [probability] = network().probabilities(Batch([0], [0] if self.is_fresh else [], window))
            self.is_fresh = False
            self.heard(Activity(probability, until - len(self.pending) / 2 / RATE_HZ))

    def close(self) -> None:
        self.pending.clear()


def pcm_of(sound: Sound) -> bytes:
    return (np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes()


@cache
def sentence() -> Sound:
    """Somebody says something, at the rate of the line."""
    voice = Hibari()
    pcm = b"".join(voice.speak("I would like to change the delivery address of my order, please.", Shape()))
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
    places = np.arange(0, len(samples), VOICE_RATE_HZ / RATE_HZ)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def noise() -> Sound:
    return np.random.default_rng(1).standard_normal(COUNT).astype(np.float32)


def music() -> Sound:
    """A melody over chords, with overtones and a beat."""
    notes = 220.0 * 2 ** (np.array([0, 4, 7, 12, 9, 5, 2, 7])[(AT * 4).astype(int) % 8] / 12)
    melody = sum(np.sin(2 * np.pi * np.cumsum(notes * part) / RATE_HZ) / part for part in (1, 2, 3))
    chord = sum(np.sin(2 * np.pi * hertz * AT) for hertz in (110.0, 138.6, 164.8))
    return (0.1 * melody + 0.05 * chord * np.exp(-8 * (AT * 2 % 1))).astype(np.float32)


def in_steps(sound: Sound, decibels: float) -> Sound:
    """Half a second loud, half a second so much quieter."""
    quiet = 10 ** (-decibels / 20)
    return (sound * np.where((np.arange(len(sound)) // (RATE_HZ // 2)) % 2, quiet, 1.0)).astype(np.float32)


NO_SPEECH: dict[str, Callable[[], Sound]] = {
    "silence": lambda: np.zeros(COUNT, np.float32),
    "a constant": lambda: np.full(COUNT, 0.9, np.float32),
    "noise": lambda: 0.1 * noise(),
    "noise at full scale": lambda: 3.0 * noise(),
    "noise in steps of 100 dB": lambda: in_steps(noise(), 100),
    "music": music,
    "music that clips": lambda: 50 * music(),
    "clicks": lambda: (np.arange(COUNT) % RATE_HZ == 0).astype(np.float32),
    "a square wave": lambda: np.sign(np.sin(2 * np.pi * 50 * AT)).astype(np.float32),
}


def hold(sound: Sound, **scene: object) -> Held:
    """A call in which somebody's microphone gives this while the agent says hello, and is quiet afterwards."""

    async def script(caller: Caller) -> None:
        await caller.sends(pcm_of(sound))
        await caller.is_quiet(2.5)

    return Scene(activity=OnTheSpot(), **scene).hold(script)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("what", NO_SPEECH)
def test_what_is_no_speech_is_no_turn_and_takes_nobodys_words_away(what: str) -> None:
    held = hold(NO_SPEECH[what]())
    assert held.words == ["agent: Hello."]
    assert held.ending.cause == "caller_hung_up"
    assert_whole(held)


SPEECH: dict[str, Callable[[Sound], Sound]] = {
    "as it was said": lambda sound: sound,
    "clipped": lambda sound: np.clip(sound * 20, -1, 1).astype(np.float32),
    "very quiet": lambda sound: sound * 0.01,
    "half of it 30 dB quieter": lambda sound: in_steps(sound, 30),
    "half of it 100 dB quieter": lambda sound: in_steps(sound, 100),
    "after a bang": lambda sound: np.concatenate([np.ones(800, np.float32), sound]),
    "on a constant": lambda sound: (0.3 + 0.5 * sound).astype(np.float32),
    "as if it had half the rate": lambda sound: np.repeat(sound, 2),
    "as if it had twice the rate": lambda sound: sound[::2],
}


@pytest.mark.parametrize("how", SPEECH)
def test_speech_is_a_turn_however_badly_it_sounds(how: str) -> None:
    quiet = np.zeros(RATE_HZ, np.float32)
    lines = ["my order", "please", "please", "please"]
    held = hold(np.concatenate([quiet, SPEECH[how](sentence())]), lines=lines, answers=[answer("Of course.")])
    assert held.words[1].startswith("user: my order")
    assert held.words[-1] == "agent: Of course."
    assert_whole(held)


MONOLOGUE_SECONDS = 290


class Counting:
    """Writes down each stretch as its number (`_utterances.Transcriber`)."""

    vendor = Vendor("The counting ear")

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def transcribe(self, pcm: bytes, wishes: EarWishes, said_before: str) -> Understanding:
        _ = wishes, said_before
        self.seconds.append(len(pcm) / 2 / RATE_HZ)
        await pass_time(0.5)
        return Understanding(f"part {len(self.seconds)}")


def test_a_monologue_of_five_minutes_is_one_turn_with_all_of_its_words() -> None:
    transcriber = Counting()

    async def script(caller: Caller) -> None:
        await caller.is_quiet(2)
        for _ in range(round(MONOLOGUE_SECONDS / 0.1)):
            await pass_time(0.1)
            caller.call.hear(LOUD_FRAME * 5)
        await caller.is_quiet(6)

    scene = Scene(
        ear=UtteranceEar(transcriber),
        answers=[answer("That was long.")],
        plan=plan(limits=Limits(maximum_duration_seconds=900)),
    )
    held = scene.hold(script)
    parts = " ".join(f"part {number}" for number in range(1, len(transcriber.seconds) + 1))
    assert held.words == ["agent: Hello.", f"user: {parts}", "agent: That was long."]
    assert len(transcriber.seconds) == 12
    assert max(transcriber.seconds) < 30
    assert sum(transcriber.seconds) == pytest.approx(MONOLOGUE_SECONDS, abs=15)
    assert_whole(held)


def test_who_interrupts_with_a_long_sentence_is_heard_though_the_ear_gives_no_words_meanwhile() -> None:
    transcriber = Counting()

    async def script(caller: Caller) -> None:
        await caller.is_quiet(1)
        await caller.speaks(4)
        await caller.is_quiet(4)

    first = "This is a very long first message, which somebody will not want to hear to its end, as it goes on and on."
    scene = Scene(ear=UtteranceEar(transcriber), plan=plan(first_message=first), answers=[answer("I see.")])
    held = scene.hold(script)
    assert held.words[1:] == ["user: part 1", "agent: I see."]
    # It does not go on in the middle of the caller's sentence.
    assert held.heard_seconds < 2.5
    assert_whole(held)
