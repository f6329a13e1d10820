"""The voice: text in, speech out, as a stream of chunks with their alignment.

A voice speaks one *utterance* per reply: pieces of text are added in order while earlier ones are already being
spoken, and chunks come out in order, each naming its piece. Cancelling is leaving the block; nothing of it arrives
afterwards. Audio is 16-bit little-endian mono PCM at `sample_rate_hz` of the provider; the link converts, once.
"""

import asyncio
import math
import sys
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import field
from functools import lru_cache
from typing import Literal, Protocol, runtime_checkable

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.events import Alignment
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.standing_in import ToldOfStandIns, tell_nobody


@frozen
class Speech:
    """Some audio of a piece. `last` marks the end of the piece and may come with no audio."""

    piece: int
    pcm: bytes
    alignment: Alignment | None = None
    last: bool = False


class VoiceBroke(Exception):
    """The voice cannot go on. The message is for logs and the record; it holds no key. `denied` says that
    nobody will be served for now: the key is refused, or has run out."""

    def __init__(self, message: str = "", *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


Normalisation = Literal["auto", "on", "off"]


@frozen
class Sounding:
    """How something that is written sounds, in IPA: for voices that can be told (`TakesSounds`)."""

    written: str
    ipa: str
    case_sensitive: bool = True
    word_boundaries: bool = True


@frozen
class Manner:
    """How an utterance is to be spoken, beyond the voice itself."""

    normalisation: Normalisation = "auto"
    """Whether numbers and the like are written out before they are spoken; `auto` leaves it to the voice."""
    pronunciation_dictionaries: tuple[Mapping[str, Json], ...] = ()
    """Those that are not kept here: the provider may know them."""
    soundings: tuple[Sounding, ...] = ()
    phoneme_tags: bool = True
    """Whether sounds that are given in the text itself count."""
    conversation_id: str = ""
    workspace_id: str = ""
    is_live: bool = True
    """Somebody is on the line. What is made for later gives way to what is waited for."""
    keeps_content: bool = True
    """Whether what is said may be kept. Where not, no log has a provider's words: they may repeat somebody's."""
    stepped_in: ToldOfStandIns = field(default=tell_nobody, compare=False, repr=False)
    """Told when another voice goes on where one failed."""


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


Knob = Literal["speed", "stability", "similarity"]
"""A setting of how a voice speaks."""


@frozen
class StockVoice:
    """A voice that a provider has by itself, and what it is like. What is not known of it is empty."""

    voice_id: str
    name: str
    languages: Sequence[str]
    """Language codes; none means any."""
    gender: str = ""
    accent: str = ""
    age: str = ""
    description: str = ""
    use_case: str = ""
    speaks_only_these: bool = False
    """It has these languages and no other one; elsewhere they are those that it is known for."""
    knobs: Sequence[Knob] = ("speed",)
    """Which settings it obeys; the others are kept for voices that do."""


class Voice(Protocol):
    """A provider of voices."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate of all its audio."""
        ...

    def speak(self, manner: Manner) -> AbstractAsyncContextManager[Utterance]:
        """Begin an utterance. A choice without a voice id is spoken by whatever voice it prefers."""
        ...

    async def stock(self) -> Sequence[StockVoice]:
        """The voices it has by itself, the one it prefers first. It may ask its server; `VoiceBroke` if that fails."""
        ...


@runtime_checkable
class TakesSounds(Protocol):
    """A voice that can be told how words sound; others say them as they are written."""

    @property
    def takes_sounds(self) -> bool:
        """Whether it does."""
        ...


def takes_sounds(voice: Voice) -> bool:
    """Whether a voice can be told how words sound."""
    return isinstance(voice, TakesSounds) and voice.takes_sounds


@frozen
class FoundVoice:
    """Who speaks for a choice."""

    voice: Voice
    choice: VoiceChoice
    """As this provider understands it."""
    warning: str = ""
    """A sentence for people, where it is not the voice that was asked for, or does not speak the language."""
    languages: Sequence[str] = ()
    """Codes of what it speaks; none means any."""

    def speaks(self, language: str) -> bool:
        """Whether it knows a language, of whatever region."""
        return not self.languages or _spoken(language) in map(_spoken, self.languages)


def _spoken(language: str) -> str:
    return language.partition("-")[0].lower()


class Voices(Protocol):
    """All voices of an installation."""

    def find(self, choice: VoiceChoice) -> FoundVoice:
        """Who speaks; an unknown voice leads to the default one and a warning, never to an error."""
        ...


@frozen
class OfferedVoice:
    """A stock voice and whose it is."""

    provider: str
    stock: StockVoice


class ListedVoices(Voices, Protocol):
    """All voices of an installation, and the list of them."""

    async def learn(self, *, anew: bool = False) -> None:
        """Ask the providers for their voices: those that have not answered yet, or all of them. It never fails."""
        ...

    def offered(self) -> Sequence[OfferedVoice]:
        """The stock voices that are known, the default provider's first."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether every provider has told its voices."""
        ...


@frozen
class ScriptedVoice:
    """The double, and a voice for measurements: a tone of known length with known delays.

    A piece becomes `seconds_per_character` of audio a character, or `seconds_per_piece` whatever its length, in chunks
    made `speed` times as fast as they sound, the first of them after `first_byte_seconds`. Each chunk of an utterance
    is a little higher than the one before it, so that whoever listens can tell where in the reply they are.
    """

    sample_rate_hz: int = 16_000
    seconds_per_character: float = 0.06
    chunk_seconds: float = 0.1
    first_byte_seconds: float = 0.1
    speed: float = 5.0
    seconds_per_piece: float | None = None
    amplitude: int = 4096
    rests: bool = False
    """Silent between words, so that the tone has their rhythm."""

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["ScriptedUtterance"]:
        """Begin an utterance."""
        _ = manner
        yield ScriptedUtterance(self)

    async def stock(self) -> Sequence[StockVoice]:
        """One voice, which sounds the same in every language."""
        return (StockVoice("scripted_tone", "Tone", (), description="A tone in place of words.", knobs=()),)

    def find(self, choice: VoiceChoice) -> FoundVoice:
        """As the one voice of an installation: whoever is asked for."""
        return FoundVoice(self, choice)

    def seconds_of(self, text: str) -> float:
        """How long a piece sounds."""
        if self.seconds_per_piece is not None:
            return self.seconds_per_piece
        return len(text) * self.seconds_per_character


class ScriptedUtterance:
    """What it makes of a reply."""

    def __init__(self, voice: ScriptedVoice) -> None:
        self._voice = voice
        self._chunk = 0
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
        loop = asyncio.get_running_loop()
        while (item := await self._pieces.get()) is not None:
            # Due times are absolute: what a busy loop delivers late must not make the rest later still.
            due = loop.time() + self._voice.first_byte_seconds
            for speech, seconds in self._chunks(*item):
                await asyncio.sleep(due - loop.time())
                yield speech
                due += seconds / self._voice.speed

    def _chunks(self, piece: int, text: str) -> Iterator[tuple[Speech, float]]:
        voice = self._voice
        seconds = voice.seconds_of(text)
        count = max(1, math.ceil(round(seconds / voice.chunk_seconds, 6)))
        spread = len(text) / count  # characters in a chunk
        for index in range(count):
            begin = index * voice.chunk_seconds
            length = min(voice.chunk_seconds, seconds - begin)
            characters = text[round(index * spread) : round((index + 1) * spread)]
            each = length / max(1, len(characters))
            alignment = Alignment(characters, tuple(each * place for place in range(len(characters))))
            yield Speech(piece, self._sound(characters, each, length), alignment, last=index == count - 1), length

    def _sound(self, characters: str, each: float, length: float) -> bytes:
        voice = self._voice
        if not voice.rests:
            self._chunk += 1
            return tone(voice.sample_rate_hz, voice.amplitude, length, LOWEST_HZ + STEP_HZ * (self._chunk % STEPS))
        silence = bytes(2 * round(each * voice.sample_rate_hz))
        hum = tone(voice.sample_rate_hz, voice.amplitude, each)
        return b"".join(hum if character.isalnum() else silence for character in characters)


LOWEST_HZ, STEP_HZ, STEPS = 300, 10, 120  # whole waves in every tenth of a second: chunks join without a click


@lru_cache(maxsize=256)
def tone(sample_rate_hz: int, amplitude: int, seconds: float, hz: int = 400) -> bytes:
    """A sine, as PCM."""
    step = 2 * math.pi * hz / sample_rate_hz
    samples = array(
        "h", (round(amplitude * math.sin(step * place)) for place in range(round(seconds * sample_rate_hz)))
    )
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
