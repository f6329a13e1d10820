"""A voice on this machine: Hibari, quick and English, in five shapes.

It speaks a sentence at a time, thirty times faster than anybody listens. Each shape is a stock voice with a bird's
name.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, Speech, StockVoice, VoiceBroke
from vivavoce.providers.local.breaths import portions
from vivavoce.providers.local.hibari import KIND, SAMPLE_RATE_HZ, SHAPES, Hibari, Shape, Sound, Spell
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.speakable import speakable
from vivavoce.providers.registry import Options, Outside, Provider

_log = logging.getLogger(__name__)

R = TypeVar("R")

_BIRDS: Mapping[str, tuple[str, str, str, str, str]] = {
    "heart": ("Lark", "female", "young", "Bright, clear and friendly.", "conversational"),
    "low": ("Merle", "female", "middle_aged", "Calm and warm.", "conversational"),
    "male": ("Martin", "male", "young", "Even and reliable.", "conversational"),
    "deep": ("Drake", "male", "old", "Deep and unhurried.", "narration"),
    "high": ("Wren", "female", "young", "Light and lively.", "characters"),
}


def _stock_voice(name: str, gender: str, age: str, description: str, use_case: str) -> StockVoice:
    voice_id = f"hibari_{name.lower()}"
    return StockVoice(voice_id, name, ("en",), gender, "american", age, description, use_case, speaks_only_these=True)


STOCK: Mapping[str, StockVoice] = {shape: _stock_voice(*bird) for shape, bird in _BIRDS.items()}
"""Shape -> the voice it is known as."""

_SHAPE_OF = {voice.voice_id: shape for shape, voice in STOCK.items()}
_PREFERRED = "heart"


class HibariOptions(Options):
    """How voice ids lead to shapes."""

    voices: Mapping[str, str] = Field(
        default_factory=dict, description=f"Voice ids and the shape each gets: {', '.join(SHAPES)}."
    )
    default: str = Field(
        default=_PREFERRED, description="The shape for agents that name no voice, or one that nobody has."
    )


@dataclass(frozen=True, slots=True)
class HibariVoice:
    """The voice (`ports.voice.Voice`)."""

    model: Computing[Hibari]
    options: HibariOptions
    sample_rate_hz: int = SAMPLE_RATE_HZ

    async def warm(self) -> None:
        """Load the model, and say a word to nobody."""
        for phonemes in await self.model.run(Urgency.BACKGROUND, Spell("Hello.")):
            await self.model.run(Urgency.BACKGROUND, Sound(phonemes))

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["HibariUtterance"]:
        """Begin an utterance."""
        yield HibariUtterance(self, manner)

    async def stock(self) -> Sequence[StockVoice]:
        """Its shapes, the preferred one first."""
        return sorted(STOCK.values(), key=lambda each: _SHAPE_OF[each.voice_id] != self.options.default)

    def shape(self, voice: VoiceChoice) -> Shape:
        """How a voice sounds here. A shape's own name is a voice id too."""
        named = self.options.voices.get(voice.voice_id, voice.voice_id)
        named = _SHAPE_OF.get(named, named)
        return SHAPES.get(named, SHAPES.get(self.options.default, SHAPES[_PREFERRED]))


@dataclass(frozen=True, slots=True)
class _Piece:
    number: int
    text: str
    voice: VoiceChoice
    language: str


class HibariUtterance:
    """One reply being spoken."""

    def __init__(self, voice: HibariVoice, manner: Manner) -> None:
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
        """Each sentence as soon as it is made."""
        while (piece := await self._pieces.get()) is not None:
            shape, speed = self._voice.shape(piece.voice), piece.voice.speed or 1.0
            for portion in portions(speakable(piece.text, piece.language, self._manner.normalisation)):
                for phonemes in await self._computed(Spell(portion)):
                    yield Speech(piece.number, await self._computed(Sound(phonemes, shape.pitch, shape.size, speed)))
                    self._urgency = Urgency.AUDIO
            yield Speech(piece.number, b"", last=True)

    async def _computed(self, work: Callable[[Hibari], R]) -> R:
        try:
            return await self._voice.model.run(self._urgency, work)
        except Exception as error:
            _log.exception("Hibari broke.")
            raise VoiceBroke("The local voice failed.") from error


def make(options: HibariOptions, outside: Outside) -> HibariVoice:
    """The voice."""
    return HibariVoice(outside.models.model(KIND, Path("/")), options)


PROVIDER = Provider("voice", "Hibari on this machine: quick, English, five shapes.", HibariOptions, make)
