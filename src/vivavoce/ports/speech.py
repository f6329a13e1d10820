"""Hearing: voice activity, the ear that writes down what was said, and whether the turn is over.

All of it counts audio: positions are seconds since the call's audio began, and a provider is fed frames in order.
Frames are 16-bit little-endian mono PCM at the rate the provider names. Nothing here may block the loop: what computes
does so in its own thread or process and hands results over.
"""

import asyncio
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Words:
    """What the ear understood up to `until_seconds`. An interim is replaced by what follows it."""

    text: str
    until_seconds: float
    final: bool = True


@dataclass(frozen=True, slots=True)
class Language:
    """Which language is spoken."""

    code: str
    until_seconds: float


Understood = Words | Language


class EarBroke(Exception):
    """The ear cannot go on. The message is for logs and the record; it holds no key."""


@dataclass(frozen=True, slots=True)
class EarWishes:
    """What an ear is told at the start of a call and at a `Retune`."""

    language: str = "en"
    keywords: Sequence[str] = ()
    conversation_id: str = ""
    workspace_id: str = ""


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


@dataclass(frozen=True, slots=True)
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
    """Says how likely it is that the speaker has finished, from the last seconds of audio and the words so far."""

    async def probability(self, pcm: bytes, sample_rate_hz: int, words: str, language: str) -> float:
        """0 to 1."""
        ...


LOUD = 500
"""Samples above this are a voice to the doubles."""


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
            window = array("h", bytes(self._pending[: self._window_bytes]))
            del self._pending[: self._window_bytes]
            self._begin += self._window_seconds
            loudest = max(abs(sample) for sample in window)
            self._heard(Activity(1.0 if loudest > LOUD else 0.0, self._begin))

    def close(self) -> None:
        """The call is over."""
        self._open = False


@dataclass(frozen=True, slots=True)
class ScriptedEar:
    """The double, and an ear for measurements: it hears its script, one line for each stretch of speech.

    An interim with the line's first word comes `interim_seconds` into the speech, the final `final_seconds` after the
    voice went silent. When the script is over it hears nothing.
    """

    lines: Sequence[str]
    interim_seconds: float = 0.3
    final_seconds: float = 0.15
    sample_rate_hz: int = 16_000
    gives_interims: bool = True

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
        self._lines = list(ear.lines)
        self._understood: asyncio.Queue[Understood] = asyncio.Queue()
        self._timers: list[asyncio.TimerHandle] = []
        self._retuned: list[EarWishes] = []

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """It knows its script and needs no audio."""

    def speech_started(self, at_seconds: float) -> None:
        """The next line begins."""
        if self._lines and self._ear.gives_interims:
            first = self._lines[0].partition(" ")[0]
            until = at_seconds + self._ear.interim_seconds
            self._later(self._ear.interim_seconds, Words(first, until, final=False))

    def speech_stopped(self, at_seconds: float) -> None:
        """The line is over."""
        self.close()
        line = self._lines.pop(0) if self._lines else ""
        self._later(self._ear.final_seconds, Words(line, at_seconds))

    def retune(self, wishes: EarWishes) -> None:
        """Remember what was wished."""
        self._retuned.append(wishes)

    def hear_again(self, since_seconds: float) -> None:
        """There is never more to hear."""
        self._later(self._ear.final_seconds, Words("", since_seconds))

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            yield await self._understood.get()

    def close(self) -> None:
        """Understand nothing more of what was begun."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _later(self, seconds: float, understood: Understood) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(seconds, self._understood.put_nowait, understood))
