"""A reply that is spoken on this machine, sentence by sentence: how it is pronounced, then how that sounds.

What a sentence is made of is each voice's own; when it is computed, how urgently, and what its failure means is the
same for all of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from vivavoce.base.frozen import frozen
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.standing_in import about_error
from vivavoce.ports.voice import Manner, Speech, VoiceBroke
from vivavoce.providers.local.breaths import portions
from vivavoce.providers.local.loaded import Computing
from vivavoce.providers.local.pool import Urgency
from vivavoce.providers.local.sounds import held, sounding
from vivavoce.providers.local.speakable import speakable
from vivavoce.providers.markup import passages
from vivavoce.providers.voice._lines import Piece

_log = logging.getLogger(__name__)

_SAMPLE_BYTES = 2

M = TypeVar("M")
R = TypeVar("R")


@frozen
class Rest:
    """Nothing is said for a while."""

    seconds: float


@frozen
class Portion(Generic[M]):
    """Some of a text: work that spells it, and the work that makes sound of each thing that was spelled: one after the
    other where somebody waits for the first of it, or at once."""

    spell: Callable[[M], Sequence[str]]
    sound: Callable[[str], Callable[[M], bytes]]
    first: Callable[[str], Sequence[Callable[[M], bytes]]] | None = None


def texts_of(piece: Piece, language: str, letters: Callable[[str], str]) -> Iterator[str | Rest]:
    """What there is to spell of a piece, in portions, and the pauses between; `letters` are the voice's own for IPA."""
    for passage, pause_seconds in passages(piece.text):
        text = speakable(held(passage, with_sounds=piece.phoneme_tags), language, piece.normalisation)
        for portion in portions(text):
            yield sounding(portion, piece.soundings, letters)
        if pause_seconds:
            yield Rest(pause_seconds)


async def trial() -> str:
    """A word to nobody, so that what is made at its first use is there for the first caller."""
    return await asyncio.to_thread(speakable, "Hello.")


class LocalVoice(Protocol[M]):
    """A voice on this machine."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate of its sound."""
        ...

    @property
    def model(self) -> Computing[M]:
        """What computes it."""
        ...

    def portions_of(self, piece: Piece) -> Iterator[Portion[M] | Rest]:
        """A piece of a reply, in portions that can be computed one after the other."""
        ...


class LocalUtterance(Generic[M]):
    """One reply being spoken."""

    def __init__(self, voice: LocalVoice[M], manner: Manner) -> None:
        self._voice = voice
        self._manner = manner
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._urgency = Urgency.FIRST_AUDIO if manner.is_live else Urgency.AUDIO

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        manner = self._manner
        self._pieces.put_nowait(
            Piece(piece, text, voice, language, manner.normalisation, manner.soundings, manner.phoneme_tags)
        )

    def finish(self) -> None:
        """No more text will come."""
        self._pieces.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Each sentence as soon as it is made; of the first one, each part."""
        while (piece := await self._pieces.get()) is not None:
            for portion in self._voice.portions_of(piece):
                if isinstance(portion, Rest):
                    samples = round(portion.seconds * self._voice.sample_rate_hz)
                    yield Speech(piece.number, bytes(_SAMPLE_BYTES * samples))
                    continue
                for spelled in await self._computed(portion.spell):
                    for work in self._parts(portion, spelled):
                        yield Speech(piece.number, await self._computed(work))
                        self._urgency = max(self._urgency, Urgency.NEXT_AUDIO)
                    self._urgency = Urgency.AUDIO
            yield Speech(piece.number, b"", last=True)

    def _parts(self, portion: Portion[M], spelled: str) -> Sequence[Callable[[M], bytes]]:
        if portion.first is not None and self._urgency is Urgency.FIRST_AUDIO:
            return portion.first(spelled)
        return [portion.sound(spelled)]

    async def _computed(self, work: Callable[[M], R]) -> R:
        try:
            return await self._voice.model.run(self._urgency, work)
        except Exception as error:
            about = about_error(error, keeps_content=self._manner.keeps_content)
            _log.error("A local voice broke (%s).", type(error).__name__, extra=about)
            raise VoiceBroke("The local voice failed.") from error
