"""An ear at the far end of a line: it is sent every frame and says what it understands while it listens.

    speech    ____/^^^^^^^^^^^\\__/^^^^^^\\_______
    sent      ..........................................      everything, in pieces of `chunk_seconds`
    asked                       ?         ?                    at each pause: the rest of your words, please
    interims         *    *         *                          as they come, with what is settled in front
    finals                       x         x                   one for each pause, if only an empty one

When words are final is decided here, by our voice activity, and not by the vendor's: a pause asks, the answer is the
final. What a vendor settles by itself in the middle of a sentence is kept until then.

The last audio of the call is kept (`Heard`), and so is the mark up to which it has become words. Whatever ends a line,
the next one is sent what is not words yet, and is asked again what was asked: a call hears nothing of it but a final
that comes later. The same way serves `retune` and `hear_again`. A long stretch of speech to which a line says nothing
is sent once more on a fresh one. After some attempts without a word in between the ear is broken.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.ports.outbound import Line, LineRequest, Outbound, OutboundFailed
from vivavoce.ports.speech import EarBroke, EarWishes, Language, Understood, Words
from vivavoce.providers.far import Trouble, Vendor
from vivavoce.providers.speech._heard import Heard

LEAD_SECONDS = 0.3
"""What voice activity takes for the begin of speech is a little late, and soft consonants come before it."""
SHORT_SECONDS = 0.7
"""Nobody wonders when an ear has no word for so little."""
HEALTHY_SECONDS = 20.0
"""A line that lasted so long is not one attempt of several, even if nobody said a word on it."""
_LARGEST_CHUNK_SECONDS = 0.5
_STALE_SECONDS = 3.0
_FRESH_SECONDS = 0.5
_COVERED_SECONDS = 0.15
_JUST_SETTLED_SECONDS = 0.5
_NOTHING_TO_ADD_SECONDS = 0.4
_SAMPLE_BYTES = 2
_UNSPACED = frozenset({"ja", "zh", "th", "lo", "km", "my"})


@frozen
class Partial:
    """What it understands of what is not settled yet; replaced by what follows."""

    text: str


@frozen
class Settled:
    """Words that will not change any more."""

    text: str
    answers: bool = False
    """Whether this can be the answer to having been asked."""
    until_seconds: float | None = None
    """Up to where, in the audio that this line was sent."""


@frozen
class Spoken:
    """The language that it hears."""

    code: str


Told = Partial | Settled | Spoken


class Dialect(Protocol):
    """How one vendor's line is spoken. It keeps no state of a call."""

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        ...

    @property
    def always_answers(self) -> bool:
        """Whether it answers when it is asked, even where it has no words."""
        ...

    @property
    def least_asked_seconds(self) -> float:
        """How much sound it wants from one time that it is asked to the next; with less it refuses, and hangs up."""
        ...

    def request(self, wishes: EarWishes) -> LineRequest:
        """The line to open."""
        ...

    def audio(self, pcm: bytes) -> str | bytes:
        """Some audio."""
        ...

    def ask(self) -> str | bytes:
        """The rest of your words, please."""
        ...

    def keep_alive(self) -> str | bytes:
        """Nothing to say, still here."""
        ...

    def goodbye(self) -> str | bytes | None:
        """That was all."""
        ...

    def read(self, message: str | bytes) -> Iterable[Told]:
        """What a message tells; `Trouble` if it tells of one."""
        ...


@frozen
class Endurance:
    """How long is waited, and how often it is tried again."""

    answer_seconds: float = 1.5
    keep_alive_seconds: float = 4.0
    chunk_seconds: float = 0.06
    retry_seconds: tuple[float, ...] = (0.0, 0.25, 1.0)
    """Before each new attempt; after the last one the ear is broken."""


@frozen
class StreamingEar:
    """The ear (`ports.speech.Ear`)."""

    dialect: Dialect
    outbound: Outbound
    endurance: Endurance = Endurance()
    sample_rate_hz: int = 16_000
    gives_interims: bool = True

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["StreamingListening"]:
        """Begin to listen to a call."""
        listening = StreamingListening(self, wishes)
        running = asyncio.create_task(listening.run(), name="ear line")
        try:
            yield listening
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@dataclass(slots=True, eq=False)
class _Ask:
    """A pause: a final is owed for everything up to there."""

    mark: int
    until_seconds: float
    speech_seconds: float
    sent_samples: int | None = None
    """How much this line had been sent when it was asked."""
    deadline: float = 0.0
    is_repeated: bool = False


class StreamingListening:
    """One call's ear."""

    def __init__(self, ear: StreamingEar, wishes: EarWishes) -> None:
        self._ear = ear
        self._dialect = ear.dialect
        self._wishes = wishes
        self._heard = Heard(ear.sample_rate_hz)
        self._understood: asyncio.Queue[Understood | EarBroke] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._restart = asyncio.Event()
        self._speaking = False
        self._begun: int | None = None
        """The mark where the stretch began that is not words yet; None while there is none."""
        self._asks: deque[_Ask] = deque()
        self._settled: list[str] = []
        self._partial = ""
        self._sent = 0
        self._sent_samples = 0
        self._asked_samples = 0
        """How much this line had been sent when it was last asked."""
        self._chunk = self._samples(ear.endurance.chunk_seconds)
        self._settled_until = 0.0
        """Up to where of the audio that this line was sent words are settled."""
        self._failures = 0
        self._unanswered = 0

    # What comes in

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio."""
        self._heard.add(at_seconds, pcm)
        if self._heard.end - self._sent >= self._chunk:
            self._wake.set()

    def speech_started(self, at_seconds: float) -> None:
        """A stretch begins, or goes on."""
        self._speaking = True
        if self._begun is None:
            self._begun = self._heard.mark(at_seconds - LEAD_SECONDS)

    def speech_stopped(self, at_seconds: float) -> None:
        """A pause: the words so far are wanted."""
        self._speaking = False
        begun = self._begun if self._begun is not None else self._heard.mark(at_seconds - LEAD_SECONDS)
        self._begun = begun
        seconds = (self._heard.mark(at_seconds) - begun) / self._ear.sample_rate_hz - LEAD_SECONDS
        self._asks.append(_Ask(self._heard.end, at_seconds, seconds))
        self._wake.set()

    def retune(self, wishes: EarWishes) -> None:
        """Listen for another language: that takes another line."""
        self._wishes = wishes
        self._restart.set()

    def hear_again(self, since_seconds: float) -> None:
        """A line that has heard nothing yet hears it all."""
        self._begun = self._heard.mark(since_seconds)
        self._asks.clear()
        self._asks.append(_Ask(self._heard.end, self._heard.until, 0.0))
        self._restart.set()

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            understood = await self._understood.get()
            if isinstance(understood, EarBroke):
                raise understood
            yield understood

    # Lines, one after the other

    async def run(self) -> None:
        """Keep a line open until that has failed for good."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._one_line()
                continue
            except OutboundFailed as failure:
                trouble = self._dialect.vendor.trouble(failure)
            except Trouble as failure:
                trouble = failure
            if loop.time() - begun > HEALTHY_SECONDS:
                self._failures = 0
            waits = self._ear.endurance.retry_seconds
            if trouble.hopeless or self._failures >= len(waits):
                self._understood.put_nowait(EarBroke(trouble.message, denied=trouble.denied))
                return
            await asyncio.sleep(waits[self._failures])
            self._failures += 1

    async def _one_line(self) -> None:
        """Listen through one line until another one is wanted."""
        self._restart.clear()
        async with self._ear.outbound.connect(self._dialect.request(self._wishes)) as line:
            self._begin_line()
            await _first_of(self._send(line), self._receive(line), self._restart.wait())
            with suppress(OutboundFailed):
                if (goodbye := self._dialect.goodbye()) is not None:
                    await line.send(goodbye)

    def _begin_line(self) -> None:
        self._settled.clear()
        self._partial = ""
        self._sent = self._heard.end if self._begun is None else self._begun
        self._sent_samples = self._asked_samples = 0
        self._settled_until = 0.0
        for ask in self._asks:
            ask.sent_samples = None

    # What is sent

    async def _send(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        endurance = self._ear.endurance
        alive_until = loop.time() + endurance.keep_alive_seconds
        while True:
            self._wake.clear()
            if await self._send_due(line):
                alive_until = loop.time() + endurance.keep_alive_seconds
            waiting = next((ask for ask in self._asks if ask.sent_samples is not None), None)
            try:
                async with asyncio.timeout_at(alive_until if waiting is None else min(alive_until, waiting.deadline)):
                    await self._wake.wait()
            except TimeoutError:
                if waiting is not None and loop.time() >= waiting.deadline:
                    self._not_answered(waiting)
                else:
                    await line.send(self._dialect.keep_alive())
                    alive_until = loop.time() + endurance.keep_alive_seconds

    async def _send_due(self, line: Line) -> bool:
        """Send what is due; whether there was something."""
        before = self._sent_samples
        needed = self._heard.end if self._begun is None else self._begun
        if needed - self._sent > self._samples(_STALE_SECONDS):
            # A silence of which the client sent nothing is not worth sending after it.
            self._sent = needed - self._samples(_FRESH_SECONDS)
        for ask in [ask for ask in self._asks if ask.sent_samples is None]:
            await self._send_audio(line, ask.mark, whole=True)
            await self._send_silence(line)
            await line.send(self._dialect.ask())
            ask.sent_samples = self._asked_samples = self._sent_samples
            ask.deadline = asyncio.get_running_loop().time() + self._answer_seconds()
        await self._send_audio(line, self._heard.end, whole=False)
        return self._sent_samples != before

    def _answer_seconds(self) -> float:
        """Somebody who has just settled everything may have nothing to add, and may not say so."""
        settled_ago = self._sent_samples / self._ear.sample_rate_hz - self._settled_until
        has_all = bool(self._settled) and not self._partial and settled_ago < _JUST_SETTLED_SECONDS
        whole = self._ear.endurance.answer_seconds
        return min(whole, _NOTHING_TO_ADD_SECONDS) if has_all else whole

    async def _send_audio(self, line: Line, until: int, *, whole: bool) -> None:
        while (left := until - self._sent) > 0 and (whole or left >= self._chunk):
            end = min(until, self._sent + self._samples(_LARGEST_CHUNK_SECONDS))
            pcm = self._heard.between(self._sent, end)
            # Some vendors refuse pieces that are too small.
            pcm += bytes(max(0, self._chunk * _SAMPLE_BYTES - len(pcm)))
            self._sent = end
            self._sent_samples += len(pcm) // _SAMPLE_BYTES
            await line.send(self._dialect.audio(pcm))

    async def _send_silence(self, line: Line) -> None:
        """Fill up what is sent since the last time, where that is too little to ask about."""
        missing = self._asked_samples + self._samples(self._dialect.least_asked_seconds) - self._sent_samples
        if missing > 0:
            self._sent_samples += missing
            await line.send(self._dialect.audio(bytes(missing * _SAMPLE_BYTES)))

    def _samples(self, seconds: float) -> int:
        return round(seconds * self._ear.sample_rate_hz)

    def _not_answered(self, ask: _Ask) -> None:
        """What is known will do. A long stretch to which nothing at all was said is sent once more, on a fresh line."""
        if self._settled or self._partial or ask.speech_seconds < SHORT_SECONDS:
            self._deliver()
            return
        if not ask.is_repeated:
            ask.is_repeated, ask.deadline = True, math.inf
            self._restart.set()
            return
        self._unanswered += 1
        if self._dialect.always_answers or self._unanswered > 1:
            raise Trouble(f"{self._dialect.vendor.name} went silent.", hopeless=True)
        self._deliver()

    # What is told

    async def _receive(self, line: Line) -> None:
        while (message := await line.receive()) is not None:
            for told in self._dialect.read(message):
                self._take(told)
        farewell = line.farewell
        said = f"{farewell.code} {farewell.reason}".strip() if farewell is not None else "no reason"
        raise self._dialect.vendor.complaint(f"it ended the line ({said})")

    def _take(self, told: Told) -> None:
        match told:
            case Partial(text):
                self._partial = text
                if text:
                    self._unanswered = 0
                    self._understood.put_nowait(Words(self._words(), self._heard.until, final=False))
            case Settled():
                self._settle(told)
            case Spoken(code):
                if code.partition("-")[0] != self._wishes.language.partition("-")[0]:
                    self._understood.put_nowait(Language(code, self._heard.until))

    def _settle(self, told: Settled) -> None:
        self._partial = ""
        self._settled_until = told.until_seconds or self._settled_until
        if told.text:
            self._settled.append(told.text)
        if self._answers(told):
            self._deliver()
            self._progressed()
        elif told.text and not self._asks and not self._speaking:
            # Words where we noticed no voice: they were said all the same.
            self._progressed()
            self._understood.put_nowait(Words(self._words(), self._heard.until))
            self._settled.clear()
        elif told.text and not self._asks:
            self._understood.put_nowait(Words(self._words(), self._heard.until, final=False))

    def _answers(self, told: Settled) -> bool:
        if not self._asks or self._asks[0].sent_samples is None:
            return False
        if told.until_seconds is None or told.answers:
            return told.answers
        return told.until_seconds + _COVERED_SECONDS >= self._asks[0].sent_samples / self._ear.sample_rate_hz

    def _deliver(self) -> None:
        """The final that is owed for the oldest pause."""
        ask = self._asks.popleft()
        self._understood.put_nowait(Words(self._words(), ask.until_seconds))
        self._settled.clear()
        self._partial = ""
        self._begun = ask.mark if self._speaking or self._asks else None

    def _words(self) -> str:
        space = "" if self._wishes.language.partition("-")[0] in _UNSPACED else " "
        return space.join([*self._settled, self._partial] if self._partial else self._settled).strip()

    def _progressed(self) -> None:
        # Not by interims: a line that breaks whenever it is asked gives them each time.
        self._failures = 0
        self._unanswered = 0


async def _first_of(*doing: Coroutine[Any, Any, Any]) -> None:
    """Until the first is over or fails; the others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in doing]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
