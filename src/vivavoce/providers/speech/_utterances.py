"""An ear that hears what was said only as a whole: a stretch of sound is sent away, its words come back.

    speech    ____/^^^^^^^^^^^\\__/^^^^^^\\_______
    finals                      x        *         at each pause; one that is talked over is dropped and done as a whole

Where a stretch begins and ends is told by our voice activity. A final is begun at the first pause, when nobody knows
yet whether the turn is over; somebody who talks on and on gets finals on the way. What fails is tried again, because
the sound is still there; after some attempts the ear is broken.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.ports.outbound import OutboundFailed
from vivavoce.ports.speech import AtWork, EarBroke, EarWishes, Language, Understood, Words
from vivavoce.providers.far import Trouble, Vendor
from vivavoce.providers.speech._heard import Heard

LEAD_SECONDS = 0.3
TAIL_SECONDS = 0.2
LONGEST_SECONDS = 25.0


@frozen
class Understanding:
    """What was said, and in which language if that was told."""

    text: str
    language: str = ""


class Transcriber(Protocol):
    """Whoever turns sound into words."""

    @property
    def vendor(self) -> Vendor:
        """Whose it is."""
        ...

    async def transcribe(self, pcm: bytes, wishes: EarWishes, said_before: str) -> Understanding:
        """The words of a stretch. `Trouble` or `OutboundFailed` if there are none to be had."""
        ...


@frozen
class Endurance:
    """How long is waited for an answer, and how often it is tried again."""

    answer_seconds: float = 10.0
    retry_seconds: tuple[float, ...] = (0.0, 0.5)


@frozen
class UtteranceEar:
    """The ear (`ports.speech.Ear`)."""

    transcriber: Transcriber
    endurance: Endurance = Endurance()
    sample_rate_hz: int = 16_000
    gives_interims: bool = False

    @asynccontextmanager
    async def listen(self, wishes: EarWishes) -> AsyncGenerator["UtteranceListening"]:
        """Begin to listen to a call."""
        listening = UtteranceListening(self, wishes)
        try:
            yield listening
        finally:
            listening.close()


class UtteranceListening:
    """One call's ear."""

    def __init__(self, ear: UtteranceEar, wishes: EarWishes) -> None:
        self._ear = ear
        self._wishes = wishes
        self._heard = Heard(ear.sample_rate_hz)
        self._understood: asyncio.Queue[Understood | EarBroke] = asyncio.Queue()
        self._begun: int | None = None
        """The mark where the stretch began that is not written down yet; None while there is none."""
        self._speaking = False
        self._final: asyncio.Task[None] | None = None
        self._said = ""

    # What comes in

    def hear(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio."""
        self._heard.add(at_seconds, pcm)
        if self._speaking and self._begun is not None:
            here = self._heard.end
            if here - self._begun > LONGEST_SECONDS * self._ear.sample_rate_hz:
                self._write_down(self._begun, self._heard.until)
                self._begun = here

    def speech_started(self, at_seconds: float) -> None:
        """A stretch begins, or the one whose final is not there yet goes on."""
        self._speaking = True
        if self._begun is None:
            self._begun = self._heard.mark(at_seconds - LEAD_SECONDS)
        elif self._final is not None:
            self._final.cancel()

    def speech_stopped(self, at_seconds: float) -> None:
        """A pause: what was said so far is written down."""
        self._speaking = False
        if self._begun is not None:
            self._write_down(self._begun, at_seconds)

    def retune(self, wishes: EarWishes) -> None:
        """Listen for another language from here on."""
        self._wishes = wishes

    def hear_again(self, since_seconds: float) -> None:
        """Write down once more what was heard since then."""
        self._write_down(self._heard.mark(since_seconds), self._heard.until)

    async def __aiter__(self) -> AsyncIterator[Understood]:
        """What was understood."""
        while True:
            understood = await self._understood.get()
            if isinstance(understood, EarBroke):
                raise understood
            yield understood

    def close(self) -> None:
        """Understand nothing more."""
        if self._final is not None:
            self._final.cancel()

    # Writing down

    def _write_down(self, begin: int, until: float) -> None:
        end = self._heard.mark(until + TAIL_SECONDS)
        self._understood.put_nowait(AtWork(until))
        self._final = asyncio.create_task(self._final_of(begin, end, until, self._final), name="final")

    async def _final_of(self, begin: int, end: int, until: float, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            understanding = await self._transcribed(begin, end)
        except Trouble as trouble:
            self._understood.put_nowait(EarBroke(trouble.message, denied=trouble.denied))
            return
        if self._begun == begin:
            self._begun = end if self._speaking else None
        spoken = understanding.language.partition("-")[0]
        if spoken and spoken != self._wishes.language.partition("-")[0]:
            self._understood.put_nowait(Language(understanding.language, until))
        self._said = understanding.text
        self._understood.put_nowait(Words(understanding.text, until))

    async def _transcribed(self, begin: int, end: int) -> Understanding:
        ear, attempts = self._ear, (*self._ear.endurance.retry_seconds, None)
        for wait in attempts:
            try:
                async with asyncio.timeout(ear.endurance.answer_seconds):
                    return await ear.transcriber.transcribe(self._heard.between(begin, end), self._wishes, self._said)
            except TimeoutError:
                trouble = Trouble(f"{ear.transcriber.vendor.name} did not answer in time.")
            except OutboundFailed as failure:
                trouble = ear.transcriber.vendor.trouble(failure)
            except Trouble as failure:
                trouble = failure
            if trouble.hopeless or wait is None:
                raise trouble
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")
