"""Hearing: voice activity, the ear that writes down what was said, and whether the turn is over.

All of it counts audio: positions are seconds since the call's audio began, and a provider is fed frames in order.
Frames are 16-bit little-endian mono PCM at the rate the provider names. Nothing here may block the loop: what computes
does so in its own thread or process and hands results over.
"""

import asyncio
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import field
from typing import Protocol, runtime_checkable

from vivavoce.base.frozen import frozen
from vivavoce.ports.standing_in import ToldOfStandIns, tell_nobody


@frozen
class Words:
    """What the ear understood up to `until_seconds`. An interim is replaced by what follows it."""

    text: str
    until_seconds: float
    final: bool = True


@frozen
class Language:
    """Which language is spoken."""

    code: str
    until_seconds: float


@frozen
class AtWork:
    """What was heard up to there is being written down: a final follows, or `EarBroke`.

    An ear that says so is waited for; one that never does is given a moment, and then what it had is taken.
    """

    until_seconds: float


Understood = Words | Language | AtWork


class EarBroke(Exception):
    """The ear cannot go on. The message is for logs and the record; it holds no key. `denied` says that
    nobody will be served for now: the key is refused, or has run out."""

    def __init__(self, message: str = "", *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied


@frozen
class EarWishes:
    """What an ear is told at the start of a call and at a `Retune`."""

    language: str = "en"
    keywords: Sequence[str] = ()
    conversation_id: str = ""
    workspace_id: str = ""
    is_live: bool = True
    """Somebody is on the line. A recording has time: it needs no interims, and gives way to who has not."""
    keeps_content: bool = True
    """Whether what is said may be kept. Where not, no log has a provider's words: they may repeat somebody's."""
    stepped_in: ToldOfStandIns = field(default=tell_nobody, compare=False, repr=False)
    """Told when another ear goes on where one failed."""


class Listening(Protocol):
    """One call's ear. `hear` never waits: what comes too fast is the provider's problem."""

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio, and where it begins. There are gaps where a client sent nothing."""
        ...

    def speech_started(self, at_seconds: float) -> None:
        """Voice activity says that somebody speaks, from there on."""
        ...

    def speech_stopped(self, at_seconds: float) -> None:
        """Voice activity says that the voice went silent there: a good moment for a final."""
        ...

    def retune(self, wishes: EarWishes) -> None:
        """Listen for another language from here on."""
        ...

    def hear_again(self, since_seconds: float) -> None:
        """Transcribe what was heard since then once more; a final follows, if only an empty one."""
        ...

    def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood, as it comes."""
        ...


class Ear(Protocol):
    """A provider of ears."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate it wants."""
        ...

    @property
    def gives_interims(self) -> bool:
        """Whether words arrive while they are spoken."""
        ...

    def listen(self, wishes: EarWishes) -> AbstractAsyncContextManager[Listening]:
        """Begin to listen to a call."""
        ...


@runtime_checkable
class KnowsLanguages(Protocol):
    """An ear that listens along in some languages only."""

    def gives_interims_in(self, language: str) -> bool:
        """Whether words arrive while they are spoken."""
        ...


def gives_interims(ear: Ear, language: str) -> bool:
    """Whether words of this language arrive while they are spoken."""
    return ear.gives_interims_in(language) if isinstance(ear, KnowsLanguages) else ear.gives_interims


@frozen
class Activity:
    """The detector's opinion of one window: `probability` that it holds a voice, and where the window ends."""

    probability: float
    until_seconds: float


class VoiceActivity(Protocol):
    """Voice activity for all calls of a process, computed in batches.

    `add` is called with every frame and returns at once; opinions arrive at the call's own `heard`, in order.
    """

    @property
    def sample_rate_hz(self) -> int:
        """The rate it wants."""
        ...

    def open(self, heard: "HeardActivity") -> "ActivityStream":
        """Watch another call."""
        ...


class HeardActivity(Protocol):
    """Where opinions arrive; called on the loop."""

    def __call__(self, activity: Activity) -> None:
        """One window's opinion."""
        ...


class ActivityStream(Protocol):
    """One call's audio on its way into the batch."""

    def add(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio, and where it begins."""
        ...

    def close(self) -> None:
        """The call is over."""
        ...


class TurnModel(Protocol):
    """Says how likely it is that the speaker has finished: by the sound of the last seconds, and by the words.

    The two are asked apart, because the sound is there at the pause and the words come when the ear has them.
    """

    @property
    def sample_rate_hz(self) -> int:
        """The rate it wants."""
        ...

    async def probability(self, pcm: bytes) -> float:
        """0 to 1, by the sound alone."""
        ...

    def at_most(self, words: str, language: str) -> float:
        """How likely it can be at most after these words. 1 where they say nothing; quick, and asked on the loop."""
        ...


LOUD = 500
"""Samples above this are a voice to the doubles."""


def is_loud(pcm: bytes) -> bool:
    """Whether any sample is a voice to the doubles."""
    samples = array("h", pcm)
    return bool(samples) and (max(samples) > LOUD or min(samples) < -LOUD)


class LoudnessActivity:
    """The double of voice activity: whatever is loud is a voice. Windows of 32 ms, opinions at once."""

    sample_rate_hz = 16_000
    window_seconds = 0.032

    def open(self, heard: HeardActivity) -> "LoudnessStream":
        """Watch another call."""
        return LoudnessStream(heard, self.sample_rate_hz, self.window_seconds)


class LoudnessStream:
    """One call's audio, window by window."""

    def __init__(self, heard: HeardActivity, rate_hz: int, window_seconds: float) -> None:
        self._heard = heard
        self._window_seconds = window_seconds
        self._window_bytes = round(rate_hz * window_seconds) * 2
        self._pending = bytearray()
        self._begin = 0.0
        self._open = True

    def add(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio."""
        if not self._pending:
            self._begin = at_seconds
        self._pending.extend(pcm)
        while len(self._pending) >= self._window_bytes and self._open:
            window = bytes(self._pending[: self._window_bytes])
            del self._pending[: self._window_bytes]
            self._begin += self._window_seconds
            self._heard(Activity(1.0 if is_loud(window) else 0.0, self._begin))

    def close(self) -> None:
        """The call is over."""
        self._open = False


@frozen
class ScriptedEar:
    """The double, and an ear for measurements: it hears its script, one line for each stretch of speech.

    It counts audio, as real ears do: an interim with the line's first word comes with the first sound after
    `interim_seconds` of the speech, the final `final_seconds` after the voice went silent. Speech shorter than
    `minimum_speech_seconds` is a cough: its final is empty. When the script is over it begins again (`repeats`) or
    hears nothing.
    """

    lines: Sequence[str]
    interim_seconds: float = 0.3
    final_seconds: float = 0.15
    minimum_speech_seconds: float = 0.0
    sample_rate_hz: int = 16_000
    gives_interims: bool = True
    repeats: bool = False

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["ScriptedListening"]:
        """Begin to listen to a call."""
        _ = wishes
        listening = ScriptedListening(self)
        try:
            yield listening
        finally:
            listening.close()


class ScriptedListening:
    """One call's ear."""

    def __init__(self, ear: ScriptedEar) -> None:
        self._ear = ear
        self._next = 0
        self._heard_until = 0.0
        self._started_at = 0.0
        self._interim_at: float | None = None
        self._understood: asyncio.Queue[Understood] = asyncio.Queue()
        self._timers: list[asyncio.TimerHandle] = []
        self._retuned: list[EarWishes] = []

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """It knows its script, and needs only to know how far the audio is, and whether there still is a voice."""
        self._heard_until = at_seconds + len(pcm) / 2 / self._ear.sample_rate_hz
        if self._interim_at is not None and self._heard_until >= self._interim_at and is_loud(pcm):
            self._understood.put_nowait(Words(self._line().partition(" ")[0], self._interim_at, final=False))
            self._interim_at = None

    def speech_started(self, at_seconds: float) -> None:
        """The next line begins."""
        self._started_at = at_seconds
        if self._line() and self._ear.gives_interims:
            self._interim_at = at_seconds + self._ear.interim_seconds

    def speech_stopped(self, at_seconds: float) -> None:
        """The line is over."""
        self.close()
        line = ""
        if at_seconds - self._started_at >= self._ear.minimum_speech_seconds:
            line = self._line()
            self._next += 1
        self._when_heard(at_seconds + self._ear.final_seconds, Words(line, at_seconds))

    def retune(self, wishes: EarWishes) -> None:
        """Remember what was wished."""
        self._retuned.append(wishes)

    def hear_again(self, since_seconds: float) -> None:
        """There is never more to hear."""
        self._when_heard(self._heard_until + self._ear.final_seconds, Words("", since_seconds))

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            yield await self._understood.get()

    def close(self) -> None:
        """Understand nothing more of what was begun."""
        self._interim_at = None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _line(self) -> str:
        lines = self._ear.lines
        if not lines or (self._next >= len(lines) and not self._ear.repeats):
            return ""
        return lines[self._next % len(lines)]

    def _when_heard(self, at_seconds: float, understood: Understood) -> None:
        """Hand over when the audio has come so far; it comes as time passes."""
        loop = asyncio.get_running_loop()
        wait = max(0.0, at_seconds - self._heard_until)
        self._timers.append(loop.call_later(wait, self._understood.put_nowait, understood))
