"""What nobody would call speech, and text that nobody would say: the local models stay calm, quick and quiet."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from tests.voice.sound import pink, spoken, word_errors, words

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.speech import EarWishes, Understood, Words
from vivavoce.ports.voice import Manner
from vivavoce.providers.local.features import SAMPLE_RATE_HZ, Samples, samples_of
from vivavoce.providers.local.hibari import KIND as HIBARI
from vivavoce.providers.local.hibari import SAMPLE_RATE_HZ as VOICE_RATE_HZ
from vivavoce.providers.local.hibari import Hibari
from vivavoce.providers.local.smart_turn import SmartTurn
from vivavoce.providers.local.whisper import KIND, Whisper
from vivavoce.providers.local.workplace import Here
from vivavoce.providers.speech.whisper import LONGEST_SECONDS, Models, WhisperEar, WhisperListening
from vivavoce.providers.voice.hibari import HibariOptions, HibariVoice

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

SENTENCE = "I would like to change the delivery address of my order, please."
FRAME_SECONDS = 0.1


def music(seconds: float) -> Samples:
    """A melody over chords, with overtones and a beat."""
    at = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    notes = 220.0 * 2 ** (np.array([0, 4, 7, 12, 9, 5, 2, 7])[(at * 4).astype(int) % 8] / 12)
    melody = sum(np.sin(2 * np.pi * np.cumsum(notes * part) / SAMPLE_RATE_HZ) / part for part in (1, 2, 3))
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (110.0, 138.6, 164.8))
    beat = np.exp(-8 * (at * 2 % 1))
    return (0.1 * melody + 0.05 * chord * beat).astype(np.float32)


NO_SPEECH = {
    "silence": np.zeros(5 * SAMPLE_RATE_HZ, np.float32),
    "a constant": np.full(5 * SAMPLE_RATE_HZ, 0.5, np.float32),
    "pure noise": (0.1 * pink(5 * SAMPLE_RATE_HZ) / np.abs(pink(5 * SAMPLE_RATE_HZ)).max()),
    "music": music(5.0),
    "one click": np.eye(1, 2 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ, dtype=np.float32)[0],
    "nothing at all": np.zeros(0, np.float32),
    "a moment": np.zeros(10, np.float32),
}


@pytest.mark.parametrize("what", NO_SPEECH)
def test_where_there_is_no_speech_hardly_a_word_is_made_up(ears: Whisper, judge: SmartTurn, what: str) -> None:
    heard = ears.transcribe(NO_SPEECH[what].astype(np.float32), "en", keywords="Vivavoce, Ada.")
    assert len(words(heard.text)) <= 3, heard.text
    assert 0.0 <= judge.probability(NO_SPEECH[what].astype(np.float32)) <= 1.0


def clipped(samples: Samples) -> Samples:
    return np.clip(samples * 20, -1, 1).astype(np.float32)


def in_steps(decibels: float) -> Callable[[Samples], Samples]:
    """Half a second so much quieter, half a second loud, as 16 bits hold it."""

    def stepped(samples: Samples) -> Samples:
        halves = (np.arange(len(samples)) // (SAMPLE_RATE_HZ // 2)) % 2
        loud = np.clip(samples * np.where(halves, 1.0, 10 ** (-decibels / 20)), -1, 1)
        return (np.round(loud * 32_767) / 32_768).astype(np.float32)

    return stepped


@pytest.mark.parametrize(("how", "share"), [(clipped, 0.2), (in_steps(30), 0.35)])
def test_bad_sound_is_understood_as_well_as_it_can_be(
    ears: Whisper, voice: Hibari, how: Callable[[Samples], Samples], share: float
) -> None:
    heard = ears.transcribe(how(samples_of(spoken(voice, SENTENCE, "male"))), "en")
    assert word_errors(SENTENCE, heard.text) <= share * len(words(SENTENCE)), heard.text


@pytest.mark.parametrize("decibels", [60, 100])
def test_of_steps_that_swallow_half_of_it_what_is_left_is_heard_and_little_is_made_up(
    ears: Whisper, judge: SmartTurn, voice: Hibari, decibels: float
) -> None:
    samples = in_steps(decibels)(samples_of(spoken(voice, SENTENCE, "male")))
    heard = words(ears.transcribe(samples, "en").text)
    assert set(heard) & set(words(SENTENCE)), heard
    assert len(heard) <= 1.5 * len(words(SENTENCE)), heard
    assert 0.0 <= judge.probability(samples) <= 1.0


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_wrong_rate_is_no_speech_but_no_trouble_either(ears: Whisper, voice: Hibari, factor: float) -> None:
    wrong = spoken(voice, SENTENCE, "male", round(SAMPLE_RATE_HZ * factor))
    heard = ears.transcribe(samples_of(wrong), "en")
    assert len(words(heard.text)) <= 4 * len(words(SENTENCE))


def test_keywords_are_spelled_as_they_were_wished(ears: Whisper, voice: Hibari) -> None:
    samples = samples_of(spoken(voice, "Please connect me with Katherine Muller.", "male"))
    heard = ears.transcribe(samples, "en", keywords="Katharyn Müller.")
    assert "Katharyn" in heard.text or "Müller" in heard.text, heard.text
    crowd = ", ".join(f"Keyword{number}" for number in range(500))
    assert "please" in words(ears.transcribe(samples, "en", prompt="So I said. " * 200, keywords=crowd).text)


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[tuple[WhisperListening, AsyncIterator[Understood]]]:
    async with WhisperEar(Models(Here().model(KIND, folder))).listen(EarWishes()) as ear:
        yield ear, aiter(ear)


async def test_a_monologue_of_five_minutes_is_written_down_on_the_way(models: Path, voice: Hibari) -> None:
    once = spoken(voice, f"{SENTENCE} The train was late again, so I missed my connection in Berlin.", "male")
    seconds = 300.0
    pcm = (once * (int(seconds * SAMPLE_RATE_HZ * 2) // len(once) + 1))[: int(seconds * SAMPLE_RATE_HZ) * 2]
    frame = round(FRAME_SECONDS * SAMPLE_RATE_HZ) * 2
    finals: list[Words] = []
    async with listening(models / "whisper-tiny.en") as (ear, understood):
        ear.speech_started(0.0)
        for start in range(0, len(pcm), frame):
            ear.hear(start / 2 / SAMPLE_RATE_HZ, pcm[start : start + frame])
            if start // frame % round((LONGEST_SECONDS + 1) / FRAME_SECONDS) == 0 and start:
                finals.append(await final_of(understood))
        ear.speech_stopped(seconds)
        while not finals or finals[-1].until_seconds < seconds:
            finals.append(await final_of(understood))
    assert len(finals) >= seconds // (LONGEST_SECONDS + 1)
    heard = [word for final in finals for word in words(final.text)]
    assert heard.count("berlin") >= 0.8 * seconds * SAMPLE_RATE_HZ * 2 / len(once)


async def final_of(understood: AsyncIterator[Understood]) -> Words:
    async with asyncio.timeout(120):
        async for each in understood:
            if isinstance(each, Words) and each.final:
                return each
    raise AssertionError("the ear ended")


async def seconds_spoken(text: str, language: str = "en", most_chunks: int = 3) -> float:
    """How long the first chunks of a text are; leaving is enough to end the rest."""
    voice = HibariVoice(Here().model(HIBARI, Path("/")), HibariOptions())
    made = 0
    async with voice.speak(Manner()) as utterance:
        utterance.add(0, text, VoiceChoice(voice_id=""), language)
        utterance.finish()
        async with asyncio.timeout(60):
            count = 0
            async for speech in utterance:
                made += len(speech.pcm)
                count += 1
                if speech.last or count == most_chunks:
                    break
    return made / 2 / VOICE_RATE_HZ


@pytest.mark.parametrize("text", ["😀", "…", "\u200b", "🏳️‍🌈", "", "\n\n"])
async def test_what_has_no_sound_is_over_at_once(text: str) -> None:
    assert await seconds_spoken(text) == 0.0


@pytest.mark.parametrize("text", ["word " * 10_000, "a" * 50_000, "1" * 50_000, "Hello there. " * 4_000, "é" * 25_000])
async def test_fifty_kilobytes_begin_to_be_heard_like_a_sentence(text: str) -> None:
    assert 0.0 < await seconds_spoken(text) < 240.0


@pytest.mark.parametrize("text", ["Guten Morgen, wie geht es Ihnen?", "こんにちは、元気ですか。", "مرحبا كيف حالك"])
async def test_an_unsupported_language_is_no_trouble(text: str) -> None:
    assert await seconds_spoken(text, "de") >= 0.0
