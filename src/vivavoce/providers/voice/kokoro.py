"""The better voice on this machine: Kokoro, with many speakers.

It takes about half as long to make as to hear, on a core of its own, so it suits a few calls at a time. It speaks
clause by clause; text in a language that it or this machine cannot pronounce is said as if it were the speaker's own.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import Field

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, Speech, StockVoice, VoiceBroke
from vivavoce.providers.local.breaths import portions
from vivavoce.providers.local.kokoro import (
    ESPEAK_VOICES,
    KIND,
    ORIGINS,
    SAMPLE_RATE_HZ,
    VOICES,
    Kokoro,
    Sound,
    Spell,
    speaks_other_languages,
)
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.speakable import speakable
from vivavoce.providers.registry import Options, Outside, Provider

_log = logging.getLogger(__name__)

R = TypeVar("R")

MODEL = "kokoro"
PREFIX = "kokoro_"
_ENGLISH = "en"


class KokoroOptions(Options):
    """How voice ids lead to speakers."""

    voices: Mapping[str, str] = Field(
        default_factory=dict, description="Voice ids and the speaker each gets, such as af_heart or bm_george."
    )
    default: str = Field(
        default="af_heart", description="The speaker for agents that name no voice, or one that nobody has."
    )


@dataclass(frozen=True, slots=True)
class KokoroVoice:
    """The voice (`ports.voice.Voice`)."""

    model: Computing[Kokoro]
    options: KokoroOptions
    other_languages: bool = False
    """Whether this machine can pronounce more than English."""
    sample_rate_hz: int = SAMPLE_RATE_HZ

    async def warm(self) -> None:
        """Load the model, and say a word to nobody."""
        for phonemes in await self.model.run(Urgency.BACKGROUND, Spell("Hello.", _ENGLISH)):
            await self.model.run(Urgency.BACKGROUND, Sound(phonemes, self.speaker(VoiceChoice(voice_id=""))))

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["KokoroUtterance"]:
        """Begin an utterance."""
        yield KokoroUtterance(self, manner)

    async def stock(self) -> Sequence[StockVoice]:
        """Its speakers of the languages that can be pronounced here, the preferred one first."""
        found = [name for name in VOICES if self._pronounces(ORIGINS[name[0]][0])]
        return [
            replace(_stock(name), speaks_only_these=not self.other_languages)
            for name in sorted(found, key=lambda name: name != self.options.default)
        ]

    def speaker(self, choice: VoiceChoice) -> str:
        """Who speaks. A speaker's own name is a voice id too."""
        named = self.options.voices.get(choice.voice_id, choice.voice_id).removeprefix(PREFIX)
        return next((name for name in (named, self.options.default) if name in VOICES), VOICES[0])

    def language(self, speaker: str, asked: str) -> str:
        """The language in which a text is pronounced: its own, else the speaker's, else English."""
        code, own = asked.partition("-")[0], ORIGINS[speaker[0]][0]
        return next((each for each in (code, own) if self._pronounces(each)), _ENGLISH)

    def _pronounces(self, language: str) -> bool:
        return language == _ENGLISH or (self.other_languages and language in ESPEAK_VOICES)


def _stock(name: str) -> StockVoice:
    language, accent = ORIGINS[name[0]]
    gender = "female" if name[1] == "f" else "male"
    return StockVoice(PREFIX + name, name[3:].capitalize(), (language,), gender, accent, use_case="conversational")


@dataclass(frozen=True, slots=True)
class _Piece:
    number: int
    text: str
    voice: VoiceChoice
    language: str


class KokoroUtterance:
    """One reply being spoken."""

    def __init__(self, voice: KokoroVoice, manner: Manner) -> None:
        self._voice = voice
        self._manner = manner
        self._pieces: asyncio.Queue[_Piece | None] = asyncio.Queue()
        self._urgency = Urgency.FIRST_AUDIO if manner.is_live else Urgency.AUDIO

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        self._pieces.put_nowait(_Piece(piece, text, voice, language))

    def finish(self) -> None:
        """No more text will come."""
        self._pieces.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Each clause as soon as it is made."""
        while (piece := await self._pieces.get()) is not None:
            speaker = self._voice.speaker(piece.voice)
            language = self._voice.language(speaker, piece.language)
            for portion in portions(speakable(piece.text, language, self._manner.normalisation)):
                for phonemes in await self._computed(Spell(portion, language, speaker.startswith("b"))):
                    pcm = await self._computed(Sound(phonemes, speaker, piece.voice.speed or 1.0))
                    yield Speech(piece.number, pcm)
                    self._urgency = Urgency.AUDIO
            yield Speech(piece.number, b"", last=True)

    async def _computed(self, work: Callable[[Kokoro], R]) -> R:
        try:
            return await self._voice.model.run(self._urgency, work)
        except Exception as error:
            _log.exception("Kokoro broke.")
            raise VoiceBroke("The local voice failed.") from error


def make(options: KokoroOptions, outside: Outside) -> KokoroVoice:
    """The voice, if its model is on this machine."""
    place = outside.model_place(MODEL)
    assert place is not None, "whoever makes it has asked what it lacks"
    return KokoroVoice(outside.models.model(KIND, place), options, speaks_other_languages())


def lacks(options: KokoroOptions, outside: Outside) -> str:
    """Its model."""
    _ = options
    return (
        "" if outside.model_place(MODEL) else f"The better local voice has no model here: vivavoce models pull {MODEL}"
    )


def needs(options: KokoroOptions) -> Sequence[str]:
    """Its model."""
    _ = options
    return [MODEL]


PROVIDER = Provider(
    "voice",
    "Kokoro on this machine: many speakers, English and, with espeak-ng, five more languages.",
    KokoroOptions,
    make,
    lacks,
    needs,
)
