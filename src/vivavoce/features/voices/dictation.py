"""Speech to text beside calls: a stream of sound is written down by the ear that also hears callers.

    sound -> voice activity -> where speech begins and ends -> the ear -> stretches: a text, from when to when

Positions count the sound that was given, not the time it took. Two ways lead in:

    hear_live      somebody speaks now: what voice activity says reaches the ear at once. A pause that proves to be
                   none makes its stretch longer.
    hear_at_once   a recording: each stretch is written down before the ear is told of the next one. Where somebody
                   talks on for longer than ears keep sound, a stretch ends at the softest moment there is.

Ears say what was said, few say when each word was. The words of a stretch are spread over it by their length.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import field, replace

from vivavoce.base.errors import TooMany, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.engine.events import SpeechStarted, SpeechStopped
from vivavoce.live.hearing import ActivityEdges, Senses, Smoothing
from vivavoce.ports.conversion import Conversion
from vivavoce.ports.speech import Activity, AtWork, EarBroke, EarWishes, Language, Listening, Understood, Words

SAMPLE_BYTES = 2
FINAL_SECONDS = 60.0
"""An ear that has not written down a stretch by then will not do so."""
SENSED_SECONDS = 10.0
SOFT_AFTER_SECONDS, LONGEST_SECONDS = 15.0, 22.0
SOFT_PROBABILITY = 0.5
CHUNK_SECONDS = 0.1
AHEAD_SECONDS = 0.5
LATE_SECONDS = 20.0
SETTLING_SECONDS = 0.5
MOST_AT_ONCE = 16


@frozen
class Stretch:
    """What was said without a pause."""

    text: str
    begin_seconds: float
    end_seconds: float


@frozen
class Partial:
    """What is being said, as far as it is understood."""

    text: str


Edge = SpeechStarted | SpeechStopped
Tell = Callable[[Stretch | Partial], None]


Smoothed = Callable[[Smoothing], Smoothing]


def _as_usual(smoothing: Smoothing) -> Smoothing:
    return smoothing


def _nobody(_: Stretch | Partial) -> None:
    return


class Dictations:
    """Writes down streams."""

    def __init__(self, senses: Callable[[], Senses], lacks: Callable[[], str], conversion: Conversion) -> None:
        self._senses = senses
        self._lacks = lacks
        self._conversion = conversion
        self._running = 0

    @asynccontextmanager
    async def open(
        self, wishes: EarWishes, rate_hz: int, tell: Tell = _nobody, smoothed: Smoothed = _as_usual
    ) -> AsyncGenerator["Dictation"]:
        """Begin to write down; leaving the block breaks off what is not written yet. `smoothed` may decide otherwise
        when a voice begins and ends."""
        if lacks := self._lacks():
            raise Unavailable(lacks, status="no_ear")
        if self._running >= MOST_AT_ONCE:
            raise TooMany(
                f"This server writes down {MOST_AT_ONCE} recordings at a time, and is doing so.",
                retry_after_seconds=5,
                status="too_many_concurrent_requests",
            )
        self._running += 1
        senses = self._senses()
        senses = replace(senses, smoothing=smoothed(senses.smoothing))
        try:
            async with senses.ear.listen(wishes) as listening:
                dictation = Dictation(senses, listening, self._conversion, rate_hz, language=wishes.language, tell=tell)
                reading = asyncio.create_task(dictation.listen(), name="dictation")
                try:
                    yield dictation
                finally:
                    dictation.close()
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        except EarBroke:
            raise Unavailable("The ear failed.", status="ear_failed") from None
        finally:
            self._running -= 1


class Dictation:
    """One stream that is being written down."""

    def __init__(
        self,
        senses: Senses,
        listening: Listening,
        conversion: Conversion,
        rate_hz: int,
        *,
        language: str,
        tell: Tell,
    ) -> None:
        self.stretches: list[Stretch] = []
        self.language = language
        self.until_seconds = 0.0
        self.silent_since: float | None = 0.0
        """Where the last speech ended; None while somebody speaks."""
        self._listening = listening
        self._tell = tell
        self._rate_hz = rate_hz
        self._for_ear = conversion(rate_hz, senses.ear.sample_rate_hz)
        self._for_activity = conversion(rate_hz, senses.activity.sample_rate_hz)
        self._edges = ActivityEdges(senses.smoothing)
        self._stream = senses.activity.open(self._sensed)
        self._sensed_until = 0.0
        self._begun: float | None = None
        self._voice_since: float | None = None
        self._one_by_one = False
        self._due: deque[Edge] = deque()
        self._pending: list[tuple[float, float]] = []
        self._changed = asyncio.Event()
        self._failure: EarBroke | None = None

    def hear(self, pcm: bytes) -> None:
        """The next sound, at the rate that was said. Never waits."""
        at = self.until_seconds
        self.until_seconds += len(pcm) / SAMPLE_BYTES / self._rate_hz
        self._listening.hear(at, self._for_ear.convert(pcm))
        self._stream.add(at, self._for_activity.convert(pcm))

    async def hear_live(self, pcm: bytes) -> None:
        """Sound that is being spoken now, or that somebody sends as if it were; only who is far ahead has to wait."""
        self.hear(pcm)
        await self._wait(lambda: self._sensed_until >= self.until_seconds - LATE_SECONDS, SENSED_SECONDS)

    async def hear_at_once(self, pcm: bytes) -> None:
        """Sound that is not being spoken now: as fast as it can be written down, and no faster."""
        self._one_by_one = True
        step = round(CHUNK_SECONDS * self._rate_hz) * SAMPLE_BYTES
        for begin in range(0, len(pcm), step):
            self.hear(pcm[begin : begin + step])
            await self._wait(lambda: self._sensed_until >= self.until_seconds - AHEAD_SECONDS, SENSED_SECONDS)
            await self._work_off()

    async def _work_off(self) -> None:
        while self._due:
            self._take(self._due.popleft())
            await self.written()

    async def settle(self) -> None:
        """Write down what was said so far, though nobody paused; returns when it is written."""
        # Ears and voice activity hold a little back; silence brings it out.
        self.hear(bytes(round(SETTLING_SECONDS * self._rate_hz) * SAMPLE_BYTES))
        end = self.until_seconds - CHUNK_SECONDS
        await self._wait(lambda: self._sensed_until >= end, SENSED_SECONDS)
        await self._work_off()
        if self._begun is not None:
            self._stop(self.until_seconds)
        await self.written()

    async def written(self) -> None:
        """Wait until every stretch that has ended is written down."""
        if not await self._wait(lambda: not self._pending, FINAL_SECONDS):
            raise Unavailable("The ear did not write down what it heard in time.", status="ear_failed")

    async def silence(self, seconds: float, after_seconds: float) -> float:
        """Wait for a silence of some length that began after a position, and until all before it is written; returns
        where it began.
        """

        def is_there() -> bool:
            since = self.silent_since
            return since is not None and since > after_seconds and self._sensed_until - since >= seconds

        await self._wait(is_there, None)
        begun = self.silent_since or 0.0
        await self.written()
        return begun

    async def _wait(self, holds: Callable[[], bool], seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    if self._failure is not None:
                        raise self._failure
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Hear nothing any more."""
        self._stream.close()

    # Voice activity

    def _sensed(self, activity: Activity) -> None:
        self._sensed_until = activity.until_seconds
        edge = self._edges.add(activity)
        match edge:
            case SpeechStarted(at):
                self._voice_since = at
            case SpeechStopped():
                self._voice_since = None
            case None:
                pass
        edges = self._split(activity) if edge is None else (edge,)
        for each in edges:
            if self._one_by_one:
                self._due.append(each)
            else:
                self._take(each)
        self._changed.set()

    def _split(self, activity: Activity) -> Sequence[Edge]:
        """An end and a new beginning, where a recording talks on for long."""
        if not self._one_by_one or self._voice_since is None:
            return ()
        here = activity.until_seconds
        seconds = here - self._voice_since
        if seconds < SOFT_AFTER_SECONDS or (seconds < LONGEST_SECONDS and activity.probability >= SOFT_PROBABILITY):
            return ()
        self._voice_since = here
        return SpeechStopped(here), SpeechStarted(here)

    def _take(self, edge: Edge) -> None:
        match edge:
            case SpeechStarted(at):
                # Ears go on with a stretch that was not written down yet.
                self._begun = self._pending.pop()[0] if self._pending else at
                self.silent_since = None
                self._listening.speech_started(at)
            case SpeechStopped(at):
                self._stop(at)

    def _stop(self, at: float) -> None:
        begun, self._begun = self._begun, None
        if begun is not None:
            self._pending.append((begun, max(at, begun)))
            self.silent_since = at
            self._listening.speech_stopped(at)

    # The ear

    async def listen(self) -> None:
        """Take what the ear understands."""
        try:
            async for understood in self._listening:
                self._understood(understood)
                self._changed.set()
        except EarBroke as failure:
            self._failure = failure
            self._changed.set()

    def _understood(self, understood: Understood) -> None:
        match understood:
            case Language(code):
                self.language = code
            case Words(text, _, False):
                self._tell(Partial(text))
            case Words(text, until, _):
                begin, end = self._pending.pop(0) if self._pending else self._so_far(until)
                if text.strip():
                    stretch = Stretch(text.strip(), min(begin, end), end)
                    self.stretches.append(stretch)
                    self._tell(stretch)
            case AtWork():
                pass

    def _so_far(self, until: float) -> tuple[float, float]:
        """A stretch that the ear ended by itself, while somebody goes on speaking."""
        begun = until if self._begun is None else self._begun
        if self._begun is not None:
            self._begun = max(begun, until)
        return begun, until


@frozen
class TimedWord:
    """A word, or the space between two."""

    text: str
    begin_seconds: float
    end_seconds: float
    is_space: bool = False
    characters: Sequence[tuple[str, float, float]] = field(default_factory=tuple[tuple[str, float, float], ...])


def timed_words(stretches: Sequence[Stretch]) -> list[TimedWord]:
    """The words of stretches, spread over them by their length, with the spaces between."""
    words: list[TimedWord] = []
    for stretch in stretches:
        if words:
            words.append(_timed(" ", words[-1].end_seconds, stretch.begin_seconds))
        each = (stretch.end_seconds - stretch.begin_seconds) / len(stretch.text)
        at = 0
        for place, text in enumerate(stretch.text.split(" ")):
            if place:
                begin = stretch.begin_seconds + at * each
                words.append(_timed(" ", begin, begin + each))
                at += 1
            begin = stretch.begin_seconds + at * each
            words.append(_timed(text, begin, begin + len(text) * each))
            at += len(text)
    return [word for word in words if word.text]


def _timed(text: str, begin: float, end: float) -> TimedWord:
    end = max(begin, end)
    each = (end - begin) / max(1, len(text))
    characters = tuple(
        (letter, round(begin + each * place, 3), round(begin + each * (place + 1), 3))
        for place, letter in enumerate(text)
    )
    return TimedWord(text, round(begin, 3), round(end, 3), text == " ", characters)
