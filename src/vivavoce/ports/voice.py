"""The voice: text in, speech out, as a stream of chunks with their alignment.

A voice speaks one *utterance* per reply: pieces of text are added in order while earlier ones are already being
spoken, and chunks come out in order, each naming its piece. Cancelling is leaving the block; nothing of it arrives
afterwards. Audio is 16-bit little-endian mono PCM at `sample_rate_hz` of the provider; the link converts, once.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from vivavoce.base.json import Json
from vivavoce.engine.events import Alignment
from vivavoce.engine.plan import VoiceChoice


@dataclass(frozen=True, slots=True)
class Speech:
    """Some audio of a piece. `last` marks the end of the piece and may come with no audio."""

    piece: int
    pcm: bytes
    alignment: Alignment | None = None
    last: bool = False


class VoiceBroke(Exception):
    """The voice cannot go on. The message is for logs and the record; it holds no key."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an utterance is to be spoken, beyond the voice itself."""

    normalises_text: bool = False
    pronunciation_dictionaries: tuple[Mapping[str, Json], ...] = ()
    conversation_id: str = ""
    workspace_id: str = ""


class Utterance(Protocol):
    """One reply being spoken."""

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        ...

    def finish(self) -> None:
        """No more text will come. Saying so twice is fine."""
        ...

    def __aiter__(self) -> AsyncIterator[Speech]:
        """Everything that is spoken, until it is finished and all is out."""
        ...


class Voice(Protocol):
    """A provider of voices."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate of all its audio."""
        ...

    def speak(self, manner: Manner) -> AbstractAsyncContextManager[Utterance]:
        """Begin an utterance."""
        ...


class Voices(Protocol):
    """All voices of an installation."""

    def find(self, voice: VoiceChoice) -> Voice:
        """The provider; an unknown voice leads to the fall-back, never to an error."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptedVoice:
    """The double, and a voice for measurements: a steady tone of known length with known delays.

    Text becomes `seconds_per_character` of audio a character, made `speed` times as fast as it sounds, the first of
    it after `first_byte_seconds`.
    """

    sample_rate_hz: int = 16_000
    seconds_per_character: float = 0.06
    chunk_seconds: float = 0.1
    first_byte_seconds: float = 0.1
    speed: float = 5.0

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["ScriptedUtterance"]:
        """Begin an utterance."""
        _ = manner
        yield ScriptedUtterance(self)

    def find(self, voice: VoiceChoice) -> Voice:
        """As the one voice of an installation: whoever is asked for."""
        _ = voice
        return self


class ScriptedUtterance:
    """What it makes of a reply."""

    def __init__(self, voice: ScriptedVoice) -> None:
        self._voice = voice
        self._pieces: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        _ = voice, language
        self._pieces.put_nowait((piece, text))

    def finish(self) -> None:
        """No more text will come."""
        self._pieces.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """The chunks of every piece."""
        while (item := await self._pieces.get()) is not None:
            await asyncio.sleep(self._voice.first_byte_seconds)
            async for speech in self._chunks(*item):
                yield speech

    async def _chunks(self, piece: int, text: str) -> AsyncIterator[Speech]:
        chunk_characters = max(1, round(self._voice.chunk_seconds / self._voice.seconds_per_character))
        for start in range(0, len(text), chunk_characters):
            characters = text[start : start + chunk_characters]
            starts = tuple(index * self._voice.seconds_per_character for index in range(len(characters)))
            seconds = len(characters) * self._voice.seconds_per_character
            last = start + chunk_characters >= len(text)
            yield Speech(piece, self._tone(seconds), Alignment(characters, starts), last=last)
            await asyncio.sleep(seconds / self._voice.speed)

    def _tone(self, seconds: float) -> bytes:
        return b"\x00\x10" * round(seconds * self._voice.sample_rate_hz)
