"""A voice at the far end of a line: pieces of text go out, their sound comes back on the same line.

    add    1  2        3                     finish
    sent   say 1, say 2     say 3                          never more than `open_pieces` that are not over
    told      [sound 1][sound 1][over 1][sound 2][over 2][sound 3][over 3]

Each piece is a *context*: what comes back is told apart by its name, or by its order where the vendor knows no names.
Sound of a later piece waits until the earlier one is over.

Leaving the block hushes what is still open. A line is kept for the next reply where everything on it is over or was
hushed by name; what comes late then belongs to nobody, and is thrown away. A kept line that has died meanwhile, like
any line that dies before a piece has sounded, is replaced by a fresh one, once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import Alignment
from vivavoce.engine.plan import VoiceChoice
from vivavoce.ports.outbound import Line, LineRequest, Outbound, OutboundFailed
from vivavoce.ports.voice import Manner, Normalisation, Sounding, Speech, StockVoice, VoiceBroke
from vivavoce.providers.far import Trouble, Vendor
from vivavoce.providers.markup import plain, without_sounds

NO_ALIGNMENT = Alignment("", ())


@frozen
class Piece:
    """Some text to be spoken."""

    number: int
    text: str
    voice: VoiceChoice
    language: str
    normalisation: Normalisation = "auto"
    soundings: tuple[Sounding, ...] = ()
    phoneme_tags: bool = True


@frozen
class Sound:
    """Some sound of a context, the oldest open one where it has no name."""

    pcm: bytes
    context: str = ""
    alignment: Alignment | None = None
    """Its characters, by their place in this sound."""
    words: Sequence[tuple[str, float]] = ()
    """Words, by their place in the whole context."""


@frozen
class Over:
    """A context has no more sound."""

    context: str = ""


@frozen
class Refused:
    """A context will not be spoken."""

    trouble: Trouble
    context: str = ""


Told = Sound | Over | Refused


class Dialect(Protocol):
    """How one vendor's line is spoken. It keeps no state of a reply."""

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        ...

    @property
    def aligns(self) -> bool:
        """Whether it says when each word is spoken."""
        ...

    @property
    def reads_markup(self) -> bool:
        """Whether speech markup in a text is for it."""
        ...

    @property
    def most_pieces(self) -> int:
        """How many pieces a line speaks before another one is better."""
        ...

    @property
    def most_contexts(self) -> int:
        """How many contexts a line may have open. One that is hushed is open until it says that it is over."""
        ...

    def request(self, piece: Piece) -> LineRequest:
        """The line for a piece. Pieces with equal requests share one."""
        ...

    def say(self, context: str, piece: Piece) -> Sequence[str | bytes]:
        """Speak it."""
        ...

    def hush(self, contexts: Sequence[str]) -> Sequence[str | bytes]:
        """Speak them no more."""
        ...

    def keeps_line(self) -> bool:
        """Whether a line that was hushed can be used again."""
        ...

    def read(self, message: str | bytes) -> Iterable[Told]:
        """What a message tells; `Trouble` if it tells of one."""
        ...


Stocking = Callable[[], Awaitable[Sequence[StockVoice]]]


@frozen
class Endurance:
    """How long is waited."""

    silence_seconds: float = 8.0
    """For the next sound of an open piece."""
    idle_seconds: float = 120.0
    """For the next reply, with a line kept."""
    hush_seconds: float = 0.5
    stale_seconds: float = 2.0
    """A line on which nothing came for so long, though something was due, is not kept: it may be dead."""


OPEN_PIECES = 2


class KeptLines:
    """Open lines that wait for the next reply."""

    def __init__(self, outbound: Outbound, idle_seconds: float) -> None:
        self._outbound = outbound
        self._idle_seconds = idle_seconds
        self._kept: dict[str, list[OpenLine]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def take(self, request: LineRequest, *, fresh: bool) -> "OpenLine":
        """A line, a kept one if there is any."""
        while not fresh and (kept := self._kept.get(request.url)):
            line = kept.pop()
            line.expiry.cancel()
            if not line.is_dead:
                return line
            await line.close()
        return await OpenLine.opened(self._outbound, request)

    def give_back(self, line: "OpenLine", listener: "Callable[[Arrived], None]") -> None:
        """Keep it for a while. What comes late goes to the listener."""
        line.listener = listener
        line.expiry = asyncio.get_running_loop().call_later(self._idle_seconds, self._expire, line)
        self._kept.setdefault(line.request.url, []).append(line)

    def drop(self, line: "OpenLine") -> None:
        """Close it; nobody has to wait for that."""
        line.listener = None
        task = asyncio.get_running_loop().create_task(line.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _expire(self, line: "OpenLine") -> None:
        kept = self._kept.get(line.request.url, [])
        if line in kept:
            kept.remove(line)
            self.drop(line)

    async def close(self) -> None:
        """Close all that is kept."""
        for line in [line for lines in self._kept.values() for line in lines]:
            line.expiry.cancel()
            self.drop(line)
        self._kept.clear()
        if self._closing:
            await asyncio.wait(self._closing)


@frozen
class Nudge:
    """There is something to do."""


Arrived = str | bytes | OutboundFailed | Nudge | None


class OpenLine:
    """A line, read all the time, so that a kept one notices that it is over."""

    def __init__(self, request: LineRequest, line: Line, stack: AsyncExitStack) -> None:
        self.request = request
        self.line = line
        self.pieces = 0
        self.lingering: set[str] = set()
        """Contexts that were hushed and have not said that they are over."""
        self.active_at = asyncio.get_running_loop().time()
        """When something was last said on it, by either side."""
        self.listener: Callable[[Arrived], None] | None = None
        self.expiry: asyncio.TimerHandle = asyncio.get_running_loop().call_later(0, lambda: None)
        self.is_dead = False
        self._stack = stack
        self._reading = asyncio.create_task(self._read(), name="voice line")

    @classmethod
    async def opened(cls, outbound: Outbound, request: LineRequest) -> "OpenLine":
        """Open it."""
        stack = AsyncExitStack()
        return cls(request, await stack.enter_async_context(outbound.connect(request)), stack)

    async def _read(self) -> None:
        try:
            while (message := await self.line.receive()) is not None:
                self._tell(message)
            self._tell(None)
        except OutboundFailed as failure:
            self._tell(failure)

    def _tell(self, arrived: Arrived) -> None:
        self.active_at = asyncio.get_running_loop().time()
        self.is_dead = self.is_dead or not isinstance(arrived, str | bytes)
        if self.listener is not None:
            self.listener(arrived)

    async def close(self) -> None:
        """Hang up."""
        self.listener = None
        self._reading.cancel()
        with suppress(asyncio.CancelledError):
            await self._reading
        await self._stack.aclose()


@frozen
class LineVoice:
    """The voice (`ports.voice.Voice`)."""

    dialect: Dialect
    lines: KeptLines
    stocking: Stocking
    sample_rate_hz: int
    endurance: Endurance = Endurance()

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["LineUtterance"]:
        """Begin an utterance."""
        utterance = LineUtterance(self, manner)
        try:
            yield utterance
        finally:
            await utterance.leave()

    async def stock(self) -> Sequence[StockVoice]:
        """The voices it has by itself."""
        try:
            return await self.stocking()
        except OutboundFailed as failure:
            raise VoiceBroke(self.dialect.vendor.trouble(failure).message) from None
        except Trouble as trouble:
            raise VoiceBroke(trouble.message) from None

    async def close(self) -> None:
        """Close what was kept open."""
        await self.lines.close()


@dataclass(slots=True, eq=False)
class _Spoken:
    """A piece that was sent, and what came of it."""

    piece: Piece
    context: str
    waiting: deque[Told] = field(default_factory=deque[Told])
    sample_bytes: int = 0
    position: int = 0
    """How many of its characters were aligned."""
    rest: bytes = b""
    """Half a sample."""


class LineUtterance:
    """One reply being spoken."""

    def __init__(self, voice: LineVoice, manner: Manner) -> None:
        self._voice = voice
        self._manner = manner
        self._dialect = voice.dialect
        self._waiting: deque[Piece] = deque()
        self._open: deque[_Spoken] = deque()
        self._finished = False
        self._arrived: asyncio.Queue[Arrived] = asyncio.Queue()
        self._line: OpenLine | None = None
        self._replaced = False

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        if not self._dialect.reads_markup:
            text = plain(text)
        elif not self._manner.phoneme_tags:
            text = without_sounds(text)
        self._waiting.append(Piece(piece, text, voice, language, self._manner.normalisation))
        self._nudge()

    def finish(self) -> None:
        """No more text will come."""
        self._finished = True
        self._nudge()

    def _nudge(self) -> None:
        self._arrived.put_nowait(Nudge())

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Everything that is spoken."""
        while True:
            try:
                await self._send_due()
                if not self._open and self._finished and not self._waiting:
                    return
                for told in await self._next():
                    for speech in self._heard(told):
                        yield speech
            except OutboundFailed as failure:
                self._lost(self._dialect.vendor.trouble(failure))
            except Trouble as trouble:
                self._lost(trouble)

    async def leave(self) -> None:
        """Hush what is open, and let the line go."""
        line, self._line = self._line, None
        if line is None:
            return
        line.listener = None
        keeps = not self._open and line.pieces < self._dialect.most_pieces
        if self._open and not line.is_dead:
            line.lingering |= {each.context for each in self._open}
            keeps = self._dialect.keeps_line() and self._is_good_for_more(line)
            try:
                async with asyncio.timeout(self._voice.endurance.hush_seconds):
                    for message in self._dialect.hush([each.context for each in self._open]):
                        await line.line.send(message)
            except (OutboundFailed, TimeoutError):
                keeps = False
        if keeps and not line.is_dead:
            self._voice.lines.give_back(line, _forgetting(line, self._dialect))
        else:
            self._voice.lines.drop(line)

    def _is_good_for_more(self, line: OpenLine) -> bool:
        """Whether another reply can be spoken on it."""
        dialect = self._dialect
        is_silent = asyncio.get_running_loop().time() - line.active_at > self._voice.endurance.stale_seconds
        has_room = len(line.lingering) + OPEN_PIECES <= dialect.most_contexts
        return line.pieces < dialect.most_pieces and has_room and not is_silent

    # What is sent

    async def _send_due(self) -> None:
        while self._waiting and len(self._open) < OPEN_PIECES:
            piece = self._waiting[0]
            line = await self._line_for(self._dialect.request(piece))
            if line is None:
                return
            self._waiting.popleft()
            spoken = _Spoken(piece, uuid4().hex)
            self._open.append(spoken)
            line.pieces += 1
            await self._say(line, spoken)

    async def _say(self, line: OpenLine, spoken: _Spoken) -> None:
        if not spoken.piece.text.strip():
            spoken.waiting.append(Over(spoken.context))
            self._nudge()
            return
        line.active_at = asyncio.get_running_loop().time()
        for message in self._dialect.say(spoken.context, spoken.piece):
            await line.line.send(message)

    async def _line_for(self, request: LineRequest) -> OpenLine | None:
        """The line for what comes next. None while another one has still something to say."""
        line = self._line
        if line is not None and line.request == request and line.pieces < self._dialect.most_pieces:
            return line
        if line is not None and self._open:
            return None
        await self.leave()
        return await self._connect(request, fresh=False)

    async def _connect(self, request: LineRequest, *, fresh: bool) -> OpenLine:
        line = await self._voice.lines.take(request, fresh=fresh)
        line.listener = self._arrived.put_nowait
        self._line = line
        return line

    def _lost(self, trouble: Trouble) -> None:
        """The line is over: begin anew what has not sounded yet, once; all else is for whoever speaks next."""
        if self._line is not None:
            self._voice.lines.drop(self._line)
            self._line = None
        sounded = bool(self._open) and self._open[0].sample_bytes > 0
        if trouble.hopeless or self._replaced or sounded:
            raise VoiceBroke(trouble.message, denied=trouble.denied) from None
        self._replaced = True
        self._arrived = asyncio.Queue()
        self._waiting.extendleft(spoken.piece for spoken in reversed(self._open))
        self._open.clear()

    # What comes back

    async def _next(self) -> Sequence[Told]:
        """What can be told now of the oldest open piece."""
        if self._open and self._open[0].waiting:
            return [self._open[0].waiting.popleft()]
        try:
            async with asyncio.timeout(self._voice.endurance.silence_seconds if self._open else None):
                arrived = await self._arrived.get()
        except TimeoutError:
            raise Trouble(f"{self._dialect.vendor.name} went silent in the middle of a reply.") from None
        match arrived:
            case Nudge():
                return ()
            case None | OutboundFailed() if not self._open:
                self._forget_line()
                return ()
            case None:
                raise self._dialect.vendor.complaint(f"it ended the line ({self._farewell()})")
            case OutboundFailed():
                raise arrived
            case _:
                return self._sorted(self._dialect.read(arrived))

    def _farewell(self) -> str:
        farewell = self._line.line.farewell if self._line is not None else None
        return f"{farewell.code} {farewell.reason}".strip() if farewell is not None else "without a reason"

    def _forget_line(self) -> None:
        """It died between two pieces, which is its good right."""
        if self._line is not None:
            self._voice.lines.drop(self._line)
            self._line = None

    def _sorted(self, told: Iterable[Told]) -> Sequence[Told]:
        """What the oldest open piece is told; the others keep theirs, and what nobody is open for is thrown away."""
        now: list[Told] = []
        for each in told:
            spoken = next((spoken for spoken in self._open if each.context in {"", spoken.context}), None)
            if isinstance(each, Refused) and not each.context:
                raise each.trouble
            if self._line is not None and not isinstance(each, Sound):
                self._line.lingering.discard(each.context)
            if spoken is not None and spoken is self._open[0] and not spoken.waiting:
                now.append(each)
            elif spoken is not None:
                spoken.waiting.append(each)
        return now

    def _heard(self, told: Told) -> Iterable[Speech]:
        if not self._open:
            return
        spoken = self._open[0]
        match told:
            case Refused(trouble):
                raise trouble
            case Over():
                self._open.popleft()
                yield Speech(spoken.piece.number, b"", NO_ALIGNMENT if self._dialect.aligns else None, last=True)
            case Sound():
                pcm = spoken.rest + told.pcm
                whole = len(pcm) // 2 * 2
                spoken.rest = pcm[whole:]
                alignment = self._aligned(spoken, told) if self._dialect.aligns else None
                spoken.sample_bytes += whole
                if whole or alignment:
                    yield Speech(spoken.piece.number, pcm[:whole], alignment)

    def _aligned(self, spoken: _Spoken, sound: Sound) -> Alignment:
        if sound.alignment is not None:
            return fitted(sound.alignment, spoken)
        begun = spoken.sample_bytes / 2 / self._voice.sample_rate_hz
        return by_words([(word, start - begun) for word, start in sound.words], spoken)


def _forgetting(line: OpenLine, dialect: Dialect) -> Callable[[Arrived], None]:
    """What comes late belongs to nobody, but for the news that a context is over."""

    def listen(arrived: Arrived) -> None:
        if not line.lingering or not isinstance(arrived, str | bytes):
            return
        with suppress(Trouble):
            line.lingering -= {each.context for each in dialect.read(arrived) if not isinstance(each, Sound)}

    return listen


def fitted(alignment: Alignment, spoken: _Spoken) -> Alignment:
    """Without the spaces that are added around a piece on its way."""
    text, characters, starts = spoken.piece.text, list[str](), list[float]()
    for character, start in zip(alignment.text, alignment.starts_seconds, strict=False):
        expected = text[spoken.position : spoken.position + 1]
        if character.isspace() and not expected.isspace():
            continue
        spoken.position += 1
        characters.append(character)
        starts.append(start)
    return Alignment("".join(characters), tuple(starts))


def by_words(words: Sequence[tuple[str, float]], spoken: _Spoken) -> Alignment:
    """The text up to each word's end begins where the word does."""
    text, characters, starts = spoken.piece.text, list[str](), list[float]()
    for word, start in words:
        found = text.find(word, spoken.position)
        end = (found if found >= 0 else spoken.position) + len(word)
        passage = text[spoken.position : end]
        characters.append(passage)
        starts += [start] * len(passage)
        spoken.position = min(end, len(text))
    return Alignment("".join(characters), tuple(starts))
