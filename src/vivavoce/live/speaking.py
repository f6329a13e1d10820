"""Speaking: runs of voices, and what they have made so far.

A run is the speech of one reply. Pieces of text go to the provider of their voice in order (`say`); what comes out is
converted to the line's rate at once, kept whole, and reported. Nothing sounds before the engine says `Play`: that is
the mouth's business (`mouth.py`), which reads from here.
"""

import asyncio
import logging
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field

from vivavoce.engine.commands import Say
from vivavoce.engine.events import Alignment, Voiced, VoiceFailed
from vivavoce.live.telling import Telling
from vivavoce.live.within import Within
from vivavoce.ports.conversion import Conversion, Converter
from vivavoce.ports.voice import Manner, Speech, Utterance, Voice, VoiceBroke, Voices

_log = logging.getLogger(__name__)

SAMPLE_BYTES = 2
# Positions are floats that were added up; a tenth of a millisecond is nobody's sample.
TINY_SECONDS = 1e-4


@dataclass(slots=True)
class Made:
    """The audio of a run so far, at the line's rate, and where its characters are spoken (seconds of the run)."""

    pcm: bytearray = field(default_factory=bytearray)
    characters: list[str] = field(default_factory=list[str])
    starts: list[float] = field(default_factory=list[float])


class Speaking:
    """The voices of one call."""

    def __init__(self, within: Within, voices: Voices, conversion: Conversion) -> None:
        self._within = within
        self._voices = voices
        self._conversion = conversion
        self._runs: dict[int, _Run] = {}

    def say(self, command: Say) -> None:
        """Make the audio of a piece."""
        run = self._runs.get(command.run)
        if run is None:
            run = self._begin(command.run)
        run.say(command)

    def _begin(self, number: int) -> "_Run":
        run = _Run(number, self._within, self._voices, self._conversion)
        run.task = self._within.tasks.create_task(run.speak(), name=f"voice {number}")
        run.task.add_done_callback(lambda _: self._forget_if_over(number))
        self._runs[number] = run
        return run

    def finish(self, run: int) -> None:
        """No more text for this run."""
        if run in self._runs:
            self._runs[run].finish()

    def made(self, run: int) -> Made | None:
        """What a run has made, or None if it is over or unknown."""
        found = self._runs.get(run)
        return found.made if found else None

    def heard(self, run: int, until: float) -> None:
        """The caller has heard a run up to there; one that was heard to its end is forgotten."""
        found = self._runs.get(run)
        if found is not None:
            found.heard_until = until
            self._forget_if_over(run)

    def _forget_if_over(self, number: int) -> None:
        run = self._runs.get(number)
        if run is not None and run.is_over:
            del self._runs[number]

    def drop(self, run: int) -> None:
        """Make no more, and forget what was made."""
        found = self._runs.pop(run, None)
        if found is not None and found.task is not None:
            found.task.cancel()

    def close(self) -> None:
        """Stop all voices."""
        for run in list(self._runs):
            self.drop(run)


class _Run:
    """One reply. Pieces of one provider share an utterance; a voice of another provider begins the next one."""

    def __init__(self, number: int, within: Within, voices: Voices, conversion: Conversion) -> None:
        self.made = Made()
        self.heard_until = 0.0
        self.task: asyncio.Task[None] | None = None
        self._number = number
        self._voices = voices
        self._conversion = conversion
        self._rate_hz = within.link.output_rate_hz
        self._manner = _manner(within)
        self._report = within.report
        self._within = within
        self._telling = Telling(within.clock, within.loop, within.report)
        self._waiting: deque[Say] = deque()
        self._wake = asyncio.Event()
        self._finished = False
        self._provider: Voice | None = None
        self._utterance: Utterance | None = None

    def say(self, command: Say) -> None:
        self._waiting.append(command)
        self._feed()

    def finish(self) -> None:
        self._finished = True
        self._feed()

    @property
    def is_over(self) -> bool:
        """Whether all of it was made, and all that was made was heard."""
        if self.task is None or not self.task.done():
            return False
        return len(self.made.pcm) / SAMPLE_BYTES / self._rate_hz - self.heard_until < TINY_SECONDS

    async def speak(self) -> None:
        """Speak until everything is said."""
        try:
            while await self._more():
                self._provider = self._voices.find(self._waiting[0].voice).voice
                async with self._provider.speak(self._manner) as utterance:
                    self._utterance = utterance
                    self._feed()
                    await self._take(utterance, self._conversion(self._provider.sample_rate_hz, self._rate_hz))
                self._utterance = None
        except VoiceBroke as failure:
            self._failed(self._within.as_told(str(failure), denied=failure.denied))
        except Exception as error:
            self._within.log_broken(_log, "A voice broke.", error)
            self._failed(f"The voice failed ({type(error).__name__}).")
        finally:
            self._telling.drop_timer()

    def _failed(self, reason: str) -> None:
        self._telling.tell()
        self._report(VoiceFailed(self._number, reason))

    async def _more(self) -> bool:
        while not self._waiting:
            if self._finished:
                return False
            self._wake.clear()
            await self._wake.wait()
        return True

    def _feed(self) -> None:
        """Hand over what the open utterance can say, and end it where another provider goes on."""
        utterance = self._utterance
        if utterance is None:
            self._wake.set()
            return
        while self._waiting:
            found = self._voices.find(self._waiting[0].voice)
            if found.voice is not self._provider:
                break
            command = self._waiting.popleft()
            utterance.add(command.piece, command.text, found.choice, command.language)
        if self._waiting or self._finished:
            utterance.finish()

    async def _take(self, utterance: Utterance, converter: Converter) -> None:
        async for speech in utterance:
            pcm = converter.convert(speech.pcm, last=speech.last)
            start = len(self.made.pcm) / SAMPLE_BYTES / self._rate_hz
            self.made.pcm.extend(pcm)
            self._place(speech, start)
            seconds = len(pcm) / SAMPLE_BYTES / self._rate_hz
            self._telling.add(Voiced(self._number, speech.piece, seconds, speech.last, speech.alignment))
        self._telling.tell()

    def _place(self, speech: Speech, start: float) -> None:
        if speech.alignment is None:
            return
        self.made.characters.extend(speech.alignment.text)
        self.made.starts.extend(start + each for each in speech.alignment.starts_seconds)


def _manner(within: Within) -> Manner:
    voice = within.plan.voice
    return Manner(
        "on" if voice.normalises_text else "auto",
        voice.pronunciation_dictionaries,
        phoneme_tags=voice.phoneme_tags,
        conversation_id=within.conversation_id,
        workspace_id=within.workspace_id,
        keeps_content=within.keeps_content,
        stepped_in=within.report,
    )


def cut_alignment(made: Made, start: float, end: float) -> Alignment | None:
    """The characters spoken in a stretch of a run, with their starts relative to it."""
    first, last = bisect_left(made.starts, start), bisect_left(made.starts, end)
    if first == last:
        return None
    return Alignment("".join(made.characters[first:last]), tuple(at - start for at in made.starts[first:last]))
