"""Text to speech beside calls: a text is taken apart into pieces, spoken in order, and encoded as it comes.

    wanted -> which voice, how, which format -> pieces -> the provider -> PCM -> the format's rate -> encoded

What computes (resampling, encoding) goes to the threads of the local models, behind what calls wait for. Leaving the
block of `say` stops everything; nothing is made for a client that is gone.

Where a provider says when each character sounds, that is passed on. Where it does not, the characters of a piece are
spread over its sound, each as long as the next: good enough to highlight words, no more.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from vivavoce.base.errors import Invalid, Malformed, TooMany, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.engine.events import Alignment
from vivavoce.engine.phrasing import Phrasing
from vivavoce.engine.plan import VoiceChoice
from vivavoce.features.voices.catalogue import Catalogue
from vivavoce.features.voices.dictionaries import Dictionaries
from vivavoce.features.voices.encoding import OutputFormat, encoder
from vivavoce.features.voices.models import LONGEST_TEXT
from vivavoce.features.voices.pronounced import PronouncedVoice
from vivavoce.ports.conversion import Conversion
from vivavoce.ports.standing_in import ToldOfStandIns, tell_nobody
from vivavoce.ports.voice import FoundVoice, ListedVoices, Manner, Normalisation, Speech, Utterance, VoiceBroke

_log = logging.getLogger(__name__)

SAMPLE_BYTES = 2
SILENT_SECONDS = 30.0
"""A provider that gives nothing for so long gives nothing any more."""
MOST_AT_ONCE = 32
SLICE_SECONDS = 0.25

T = TypeVar("T")


class Compute(Protocol):
    """Where work is done that would hold up the loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        """The work's result, when it is its turn."""
        ...


@frozen(kw_only=True)
class Wanted:
    """How something is to be said."""

    workspace_id: str
    voice_id: str
    format: OutputFormat
    model_id: str = ""
    language: str = ""
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    locators: Sequence[Body] = ()
    normalisation: Normalisation = "auto"
    stepped_in: ToldOfStandIns = field(default=tell_nobody, compare=False, repr=False)
    aligned: bool = False
    """Each chunk comes with its characters."""


@frozen
class Chunk:
    """Some of the sound, as it goes out."""

    data: bytes
    alignment: Alignment | None
    seconds: float
    is_flushed: bool = False
    """All that was added before the last flush is out with this."""


class Saying:
    """Says things."""

    def __init__(
        self,
        voices: Callable[[], ListedVoices],
        catalogue: Catalogue,
        dictionaries: Dictionaries,
        conversion: Conversion,
        compute: Compute,
    ) -> None:
        self._voices = voices
        self._catalogue = catalogue
        self._dictionaries = dictionaries
        self._conversion = conversion
        self._compute = compute
        self._running = 0

    async def find(self, wanted: Wanted) -> FoundVoice:
        """Who speaks, and how. A voice that nobody has leads to another one, with a warning."""
        known = await self._catalogue.find(wanted.workspace_id, wanted.voice_id)
        kept: Mapping[str, Json] = {} if known is None else known.settings
        settings = {**kept, **{name: value for name, value in wanted.settings.items() if value is not None}}
        choice = VoiceChoice(
            voice_id=wanted.voice_id if known is None else known.stock.voice_id,
            model_id=wanted.model_id,
            language=wanted.language or None,
            stability=settings.get("stability"),
            similarity_boost=settings.get("similarity_boost"),
            speed=settings.get("speed"),
        )
        found = self._voices().find(choice)
        if wanted.language and not found.speaks(wanted.language):
            raise Invalid(
                ("body", "language_code"),
                f"This voice speaks {', '.join(found.languages)}. Leave language_code out, or choose a voice_id that "
                "speaks it: GET /v1/voices tells which do.",
                type="unsupported_language",
            )
        return await self._pronounced(wanted, found)

    async def _pronounced(self, wanted: Wanted, found: FoundVoice) -> FoundVoice:
        """The same behind the wanted dictionaries; `NotFound` if one of them is not there."""
        if not wanted.locators:
            return found
        for locator in wanted.locators:
            id, version = locator["pronunciation_dictionary_id"], locator.get("version_id")
            await self._dictionaries.rules(wanted.workspace_id, id, version)
        located = await self._dictionaries.locate(wanted.workspace_id, wanted.locators)
        lost = located.lexicon.lost_on(found.voice, wanted.voice_id)
        warning = " ".join(filter(None, (found.warning, *located.warnings, lost)))
        return replace(found, voice=PronouncedVoice(found.voice, located.lexicon), warning=warning)

    @asynccontextmanager
    async def say(self, wanted: Wanted, found: FoundVoice) -> AsyncGenerator["Speaking"]:
        """Begin to speak; within the block text can be added and sound be taken."""
        if self._running >= MOST_AT_ONCE:
            raise TooMany(
                f"This server speaks {MOST_AT_ONCE} texts at a time, and is doing so.",
                retry_after_seconds=1,
                status="too_many_concurrent_requests",
            )
        self._running += 1
        try:
            manner = Manner(
                wanted.normalisation, workspace_id=wanted.workspace_id, is_live=False, stepped_in=wanted.stepped_in
            )
            async with found.voice.speak(manner) as utterance:
                converter = _Converting(wanted, found, self._conversion, self._compute)
                yield Speaking(wanted, found, utterance, converter)
        finally:
            self._running -= 1

    async def whole(self, wanted: Wanted, found: FoundVoice, text: str) -> "Said":
        """A text as PCM of the wanted rate, to its end."""
        plain = replace(wanted, format=OutputFormat("pcm", "pcm", wanted.format.rate_hz))
        said = Said(bytearray(), [], [])
        async with self.say(plain, found) as speaking:
            speaking.add(text)
            speaking.finish()
            async for chunk in speaking:
                said.take(chunk, plain.format.rate_hz)
        return said

    @property
    def compute(self) -> Compute:
        """Where encoding is done."""
        return self._compute


@dataclass(slots=True)
class Said:
    """A whole text that was spoken."""

    pcm: bytearray
    characters: list[str]
    starts_seconds: list[float]

    def take(self, chunk: Chunk, rate_hz: int) -> None:
        """The next of it."""
        begin = len(self.pcm) / SAMPLE_BYTES / rate_hz
        if chunk.alignment is not None:
            self.characters.extend(chunk.alignment.text)
            self.starts_seconds.extend(begin + start for start in chunk.alignment.starts_seconds)
        self.pcm.extend(chunk.data)


class Speaking:
    """One text that is being spoken. Text that is added comes out when a piece of it is whole."""

    def __init__(self, wanted: Wanted, found: FoundVoice, utterance: Utterance, converting: "_Converting") -> None:
        self._language = wanted.language or "en"
        self._choice = found.choice
        self._utterance = utterance
        self._converting = converting
        self._phrasing = Phrasing()
        self._pieces = 0
        self._characters = 0
        self._patience: asyncio.Timeout | None = None

    def add(self, text: str) -> None:
        """Say this too."""
        self._characters += len(text)
        if self._characters > LONGEST_TEXT:
            raise Malformed(
                f"A text may have {LONGEST_TEXT:,} characters at most. Send it in several requests.",
                status="max_character_limit_exceeded",
            )
        for phrase in self._phrasing.push(text):
            self._say(phrase.text)

    def add_space(self) -> None:
        """A pause between words; at the very beginning nothing."""
        if self._characters:
            self.add(" ")

    def flush(self) -> None:
        """Say what there is, although no piece of it is whole."""
        for phrase in self._phrasing.finish():
            self._say(phrase.text)
        self._phrasing = Phrasing()
        if self._pieces:
            self._converting.flushes_after(self._pieces - 1)

    def finish(self) -> None:
        """No more text will come."""
        self.flush()
        self._utterance.finish()

    def _say(self, text: str) -> None:
        self._converting.texts[self._pieces] = text
        self._utterance.add(self._pieces, text, self._choice, self._language)
        self._pieces += 1
        if self._patience is not None and self._patience.when() is None:
            self._patience.reschedule(asyncio.get_running_loop().time() + SILENT_SECONDS)

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        """What is spoken, until it is finished and all is out. `Unavailable` if the provider cannot go on."""
        speeches = aiter(self._utterance)
        while (speech := await self._next(speeches)) is not None:
            async for chunk in self._converting.chunks(speech):
                yield chunk

    async def _next(self, speeches: AsyncIterator[Speech]) -> Speech | None:
        """The provider's patience is measured only while it has something to say."""
        try:
            async with asyncio.timeout(SILENT_SECONDS if self._converting.texts else None) as self._patience:
                return await anext(speeches, None)
        except VoiceBroke as failure:
            _log.warning("A voice broke: %s", failure)
            raise Unavailable("The voice failed. Another voice_id may do.", status="voice_failed") from None
        except TimeoutError:
            raise Unavailable("The voice gave no sound in time.", status="voice_failed") from None


class _Converting:
    """From the provider's speech to what goes out."""

    def __init__(self, wanted: Wanted, found: FoundVoice, conversion: Conversion, compute: Compute) -> None:
        self.texts: dict[int, str] = {}
        self._format = wanted.format
        self._aligned = wanted.aligned
        self._compute = compute
        self._resample = conversion(found.voice.sample_rate_hz, wanted.format.rate_hz)
        self._source_hz = found.voice.sample_rate_hz
        self._encoder = encoder(wanted.format)
        self._flushes_after = -1
        self._held: list[Speech] = []

    def flushes_after(self, piece: int) -> None:
        """With this piece all that was said so far has to be out."""
        self._flushes_after = piece

    async def chunks(self, speech: Speech) -> AsyncIterator[Chunk]:
        """What goes out for some speech; for a piece without alignment all of it at its end."""
        if self._aligned and speech.alignment is None and not speech.last:
            self._held.append(speech)
            return
        pcm = b"".join([*(each.pcm for each in self._held), speech.pcm])
        self._held.clear()
        text = self.texts.pop(speech.piece, "") if speech.last else ""
        seconds = len(pcm) / SAMPLE_BYTES / self._source_hz
        alignment = speech.alignment if self._aligned else None
        if self._aligned and alignment is None and text:
            alignment = spread(text, seconds)
        ends = speech.last and speech.piece == self._flushes_after
        *begun, rest = [pcm] if self._aligned else _slices(pcm, self._source_hz)
        for part in begun:
            if data := await self._compute(partial(self._made, part, last=False, ends=False)):
                yield Chunk(data, None, len(part) / SAMPLE_BYTES / self._source_hz)
        data = await self._compute(partial(self._made, rest, last=speech.last, ends=ends))
        if ends:
            self._encoder = encoder(self._format)
        if data or ends or alignment is not None:
            yield Chunk(data, alignment, len(rest) / SAMPLE_BYTES / self._source_hz, ends)

    def _made(self, pcm: bytes, *, last: bool, ends: bool) -> bytes:
        made = self._encoder.add(self._resample.convert(pcm, last=last))
        return made + self._encoder.finish() if ends else made


def _slices(pcm: bytes, rate_hz: int) -> list[bytes]:
    """Sound in parts that are encoded quickly, so that the first goes out while the next is worked on."""
    step = round(SLICE_SECONDS * rate_hz) * SAMPLE_BYTES
    return [pcm[begin : begin + step] for begin in range(0, len(pcm), step)] or [b""]


def spread(text: str, seconds: float) -> Alignment:
    """The characters of a text, each as long as the next."""
    each = seconds / max(1, len(text))
    return Alignment(text, tuple(each * place for place in range(len(text))))
