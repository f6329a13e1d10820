"""The better voice on this machine: Kokoro, with many speakers.

It takes about half as long to make as to hear, on a core of its own, so it suits a few calls at a time. It speaks
clause by clause; text in a language that it or this machine cannot pronounce is said as if it were the speaker's own.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, StockVoice
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
from vivavoce.providers.local.letters import in_letters
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._local import LocalUtterance, Portion, Rest, texts_of, trial

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


@frozen
class KokoroVoice:
    """The voice (`ports.voice.Voice`)."""

    model: Computing[Kokoro]
    options: KokoroOptions
    other_languages: bool = False
    """Whether this machine can pronounce more than English."""
    sample_rate_hz: int = SAMPLE_RATE_HZ
    takes_sounds: bool = True

    async def warm(self) -> None:
        """Load the model, and say a word to nobody."""
        for phonemes in await self.model.run(Urgency.BACKGROUND, Spell(await trial(), _ENGLISH)):
            await self.model.run(Urgency.BACKGROUND, Sound(phonemes, self.speaker(VoiceChoice(voice_id=""))))

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator[LocalUtterance[Kokoro]]:
        """Begin an utterance."""
        yield LocalUtterance(self, manner)

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

    def portions_of(self, piece: Piece) -> Iterator[Portion[Kokoro] | Rest]:
        """Clauses, by the speaker and in the language that are asked for."""
        speaker = self.speaker(piece.voice)
        language = self.language(speaker, piece.language)
        sound = partial(Sound, voice=speaker, speed=piece.voice.speed or 1.0)
        is_british = speaker.startswith("b")
        for text in texts_of(piece, language, partial(in_letters, language=language, british=is_british)):
            yield text if isinstance(text, Rest) else Portion(Spell(text, language, is_british), sound)

    def _pronounces(self, language: str) -> bool:
        return language == _ENGLISH or (self.other_languages and language in ESPEAK_VOICES)


def _stock(name: str) -> StockVoice:
    language, accent = ORIGINS[name[0]]
    gender = "female" if name[1] == "f" else "male"
    return StockVoice(PREFIX + name, name[3:].capitalize(), (language,), gender, accent, use_case="conversational")


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
