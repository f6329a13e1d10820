"""A voice on this machine: Hibari, quick and English, in five shapes.

It speaks a sentence at a time, thirty times faster than anybody listens. Each shape is a stock voice with a bird's
name.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.voice import Manner, StockVoice
from vivavoce.providers.local.hibari import KIND, SAMPLE_RATE_HZ, SHAPES, Hibari, Shape, Sound, Spell, parts
from vivavoce.providers.local.letters import in_letters
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.voice._lines import Piece
from vivavoce.providers.voice._local import LocalUtterance, Portion, Rest, texts_of, trial

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


@frozen
class HibariVoice:
    """The voice (`ports.voice.Voice`)."""

    model: Computing[Hibari]
    options: HibariOptions
    sample_rate_hz: int = SAMPLE_RATE_HZ
    takes_sounds: bool = True

    async def warm(self) -> None:
        """Load the model, and say a word to nobody."""
        for phonemes in await self.model.run(Urgency.BACKGROUND, Spell(await trial())):
            await self.model.run(Urgency.BACKGROUND, Sound(phonemes))

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator[LocalUtterance[Hibari]]:
        """Begin an utterance."""
        yield LocalUtterance(self, manner)

    async def stock(self) -> Sequence[StockVoice]:
        """Its shapes, the preferred one first."""
        return sorted(STOCK.values(), key=lambda each: _SHAPE_OF[each.voice_id] != self.options.default)

    def shape(self, voice: VoiceChoice) -> Shape:
        """How a voice sounds here. A shape's own name is a voice id too."""
        named = self.options.voices.get(voice.voice_id, voice.voice_id)
        named = _SHAPE_OF.get(named, named)
        return SHAPES.get(named, SHAPES.get(self.options.default, SHAPES[_PREFERRED]))

    def portions_of(self, piece: Piece) -> Iterator[Portion[Hibari] | Rest]:
        """Sentences, in the shape that is asked for."""
        shape, speed = self.shape(piece.voice), piece.voice.speed or 1.0
        sound = partial(Sound, pitch=shape.pitch, size=shape.size, speed=speed)

        def first(spelled: str) -> Sequence[Sound]:
            return parts(sound(spelled))

        for text in texts_of(piece, piece.language, in_letters):
            yield text if isinstance(text, Rest) else Portion(Spell(text), sound, first)


def make(options: HibariOptions, outside: Outside) -> HibariVoice:
    """The voice."""
    return HibariVoice(outside.models.model(KIND, Path("/")), options)


PROVIDER = Provider("voice", "Hibari on this machine: quick, English, five shapes.", HibariOptions, make)
