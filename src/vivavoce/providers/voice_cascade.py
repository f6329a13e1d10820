"""Several voices, one after the other: when one breaks in the middle of a sentence, the next speaks the rest of it.

    said by the first   "Your order will arrive on Thu-
    said by the next                                Thursday. Anything else?"

How far the first one came is told by its alignment, or else by how long it sounded at its own pace; only the word that
was cut is said again. Where there is an alignment nobody hears that word twice: what has come of a word waits for its
end while somebody stands behind (`_Piece.cut`), but for the first word of a reply, which is awaited. The sound of all
is converted to the rate of the one that the voice belongs to, so nobody notices but by the voice. Who has failed again
and again rests for a while (`health`), and is then asked last.
"""

import asyncio
import logging
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from vivavoce.base.frozen import frozen
from vivavoce.engine.events import Alignment, SteppedIn
from vivavoce.engine.plan import VoiceChoice
from vivavoce.engine.playback import EVEN_PACE, whole_words
from vivavoce.ports.conversion import Conversion, Converter, Unchanged
from vivavoce.ports.standing_in import about_error, as_told
from vivavoce.ports.voice import Manner, Speech, StockVoice, Utterance, Voice, VoiceBroke, takes_sounds
from vivavoce.providers.health import Board

_log = logging.getLogger(__name__)

SILENT_SECONDS = 3.5
"""Less than the engine waits for a voice: it knows nothing of those behind."""
_SAMPLE_BYTES = 2
_TINY_SECONDS = 1e-3
_MOST_HELD_SECONDS = 0.7
"""A word takes no longer. What does is a pause, or an alignment that is not to be trusted."""
_SILENT = " \t\n.,;:!?…"
"""What a reply does not begin with, and nobody hears at the end of a word."""


@frozen
class Backup:
    """A voice by its name here, and how it understands a choice that was meant for another one."""

    name: str
    voice: Voice
    translated: Callable[[VoiceChoice], VoiceChoice]


@frozen
class VoiceCascade:
    """A voice with others behind it (`ports.voice.Voice`)."""

    voices: Sequence[Backup]
    """The one whose voice it is first."""
    conversion: Conversion
    board: Board

    @property
    def sample_rate_hz(self) -> int:
        """The first one's; the others' sound is converted."""
        return self.voices[0].voice.sample_rate_hz

    @property
    def takes_sounds(self) -> bool:
        """Whether the first one does."""
        return takes_sounds(self.voices[0].voice)

    @asynccontextmanager
    async def speak(self, manner: Manner) -> AsyncGenerator["CascadeUtterance"]:
        """Begin an utterance."""
        async with AsyncExitStack() as stack:
            yield CascadeUtterance(self, manner, stack)

    async def stock(self) -> Sequence[StockVoice]:
        """The first one's."""
        return await self.voices[0].voice.stock()

    def order(self) -> Sequence[Backup]:
        """Who is asked first: those that rest come last."""
        now = asyncio.get_running_loop().time()
        return sorted(self.voices, key=lambda each: self.board.of("voice", each.name).rests_for(now) > 0)


@dataclass(slots=True, eq=False)
class _Piece:
    """A piece that is not over, and how far it was spoken."""

    number: int
    text: str
    voice: VoiceChoice
    language: str
    seconds: float = 0.0
    starts: list[float] | None = field(default_factory=list[float])
    """Where each of its first characters begins, by the voice's own account; None where it gives none."""
    repeated: int = 0
    """How many of its characters have had their place already, in the word that was cut."""
    skipped: str = ""
    """What stands before it and is not spoken again."""

    def heard(self, speech: Speech, seconds: float) -> None:
        """Some of its sound."""
        if speech.alignment is None:
            self.starts = None
        elif self.starts is not None:
            self.starts += [self.seconds + start for start in speech.alignment.starts_seconds]
        self.seconds += seconds

    def cut(self, speech: Speech, rate_hz: int, *, may_hold_all: bool) -> tuple[Speech | None, Speech | None]:
        """What can be heard now, and what of a word that is not over yet."""
        alignment = speech.alignment
        if self.starts is None or alignment is None or speech.last:
            return speech, None
        seconds = _seconds(speech, rate_hz)
        starts = [*self.starts, *(self.seconds + start for start in alignment.starts_seconds)]
        over = len(whole_words(self.text, _spoken(starts, self.seconds + seconds)))
        begin = len(self.text) - len(self.text[over:].lstrip(_SILENT)) - len(self.starts)
        if not 0 <= begin < len(alignment.text):
            return speech, None
        start = alignment.starts_seconds[begin]
        # Where a whole word has one beginning, the space before it may have the same.
        begin = bisect_left(alignment.starts_seconds, start)
        can_wait = 0.0 <= start < seconds <= start + _MOST_HELD_SECONDS
        if not can_wait or (not begin and not may_hold_all):
            return speech, None
        return _parted(speech, begin, start, round(start * rate_hz) * _SAMPLE_BYTES)

    def rest(self, pace: float) -> "_Piece":
        """What is still to be spoken, where a voice without an alignment speaks so many characters a second."""
        if not self.seconds:
            return self
        spoken = int(self.seconds * pace) if self.starts is None else _spoken(self.starts, self.seconds)
        placed = spoken if self.starts is None else len(self.starts)
        tail = self.text[len(whole_words(self.text, spoken)) :]
        rest = tail.lstrip(_SILENT)
        begin = len(self.text) - len(rest)
        return replace(
            self,
            text=rest,
            seconds=0.0,
            starts=[],
            repeated=max(0, placed - begin) + self.repeated,
            skipped=self.text[placed:begin],
        )

    def placed(self, alignment: Alignment | None) -> Alignment | None:
        """An alignment that goes on where the last voice's ended, so that each character has one place."""
        if alignment is None or not (alignment.text and (self.repeated or self.skipped)):
            return alignment
        dropped = min(self.repeated, len(alignment.text))
        text, starts = alignment.text[dropped:], alignment.starts_seconds[dropped:]
        lead, self.repeated, self.skipped = self.skipped, self.repeated - dropped, ""
        return Alignment(lead + text, (alignment.starts_seconds[0],) * len(lead) + starts)


def _spoken(starts: Sequence[float], seconds: float) -> int:
    """How many characters have sounded. A voice may tell of words whose sound is still to come, and where a whole
    word has one beginning, that it has begun does not mean that it is over.
    """
    begun = bisect_left(starts, seconds - _TINY_SECONDS)
    last = bisect_left(starts, starts[begun - 1]) if begun else 0
    is_word = begun - last > 1
    sounded = seconds - starts[last] if begun else 0.0
    is_over = begun == len(starts) and sounded >= (begun - last) / EVEN_PACE
    return last if is_word and not is_over else begun


def _seconds(speech: Speech, rate_hz: int) -> float:
    return len(speech.pcm) / _SAMPLE_BYTES / rate_hz


def _parted(speech: Speech, characters: int, seconds: float, size_bytes: int) -> tuple[Speech | None, Speech]:
    """Speech with an alignment, in two; the first is nothing where it would be empty."""
    alignment = speech.alignment
    assert alignment is not None
    text, starts = alignment.text, alignment.starts_seconds
    before = replace(speech, pcm=speech.pcm[:size_bytes], alignment=Alignment(text[:characters], starts[:characters]))
    shifted = tuple(start - seconds for start in starts[characters:])
    after = replace(speech, pcm=speech.pcm[size_bytes:], alignment=Alignment(text[characters:], shifted))
    return (before if before.pcm or characters else None), after


def _joined(before: Speech, after: Speech, rate_hz: int) -> Speech:
    """Speech of one piece, one after the other, both with an alignment."""
    first, then, seconds = before.alignment, after.alignment, _seconds(before, rate_hz)
    assert first is not None
    assert then is not None
    starts = (*first.starts_seconds, *(seconds + start for start in then.starts_seconds))
    return replace(after, pcm=before.pcm + after.pcm, alignment=Alignment(first.text + then.text, starts))


class CascadeUtterance:
    """One reply being spoken, by one voice after the other if need be."""

    def __init__(self, cascade: VoiceCascade, manner: Manner, stack: AsyncExitStack) -> None:
        self._cascade = cascade
        self._manner = manner
        self._stack = stack
        self._unsaid: deque[_Piece] = deque()
        self._finished = False
        self._speaker: Backup | None = None
        self._utterance: Utterance | None = None
        self._patience: asyncio.Timeout | None = None
        self._may_stall = False
        self._held: Speech | None = None
        """What has come of a word that is not over."""
        self._has_sounded = False
        self._spoken_characters = 0
        """Of pieces that this speaker spoke to their end."""
        self._spoken_seconds = 0.0

    def add(self, piece: int, text: str, voice: VoiceChoice, language: str) -> None:
        """Say this too."""
        self._unsaid.append(_Piece(piece, text, voice, language))
        self._say(self._unsaid[-1])
        self._grow_impatient()

    def finish(self) -> None:
        """No more text will come."""
        self._finished = True
        if self._utterance is not None:
            self._utterance.finish()

    def _say(self, piece: _Piece) -> None:
        if self._utterance is not None and self._speaker is not None:
            choice = self._speaker.translated(piece.voice)
            self._utterance.add(piece.number, piece.text, choice, piece.language)

    async def __aiter__(self) -> AsyncIterator[Speech]:
        """Everything that is spoken."""
        remaining = deque(self._cascade.order())
        before = self._cascade.voices[0].name
        while True:
            speaker = remaining.popleft()
            health, loop = self._cascade.board.of("voice", speaker.name), asyncio.get_running_loop()
            self._tell_who(speaker.name, before)
            before = speaker.name
            health.begun()
            begun, sounds = loop.time(), False
            try:
                await self._begin(speaker)
                assert self._utterance is not None
                converter = self._converter(speaker.voice)
                speeches = aiter(self._utterance)
                while (speech := await self._next(speeches, may_stall=not remaining)) is not None:
                    if not sounds:
                        sounds = True
                        health.answered(loop.time() - begun)
                    converted = replace(speech, pcm=converter.convert(speech.pcm, last=speech.last))
                    for heard in self._whole(converted, may_hold=bool(remaining)):
                        yield self._taken(heard)
                for heard in self._released():
                    yield self._taken(heard)
                return
            except Exception as failure:
                # Whatever kind of failure it is: the next one can speak all the same.
                is_told = isinstance(failure, VoiceBroke)
                keeps_content, denied = self._manner.keeps_content, is_told and failure.denied
                why = str(failure) if is_told else f"It failed ({type(failure).__name__})."
                why = as_told(why, keeps_content=keeps_content, denied=denied)
                health.broke(why, loop.time(), hopeless=denied)
                about = {"pii_reason": why} if is_told else about_error(failure, keeps_content=keeps_content)
                _log.warning("The voice %s broke.", speaker.name, extra=about)
                if not remaining:
                    raise VoiceBroke(why, denied=denied) from None
            finally:
                health.ended()
            await self._leave()
            for speech in self._given_up():
                yield speech

    async def _next(self, speeches: AsyncIterator[Speech], *, may_stall: bool) -> Speech | None:
        """The next of its sound. Whoever has something to say and is silent is waited for as long as there is time to
        ask another one; who comes last has no one behind."""
        self._may_stall = may_stall
        try:
            async with asyncio.timeout(SILENT_SECONDS if self._unsaid and not may_stall else None) as self._patience:
                return await anext(speeches, None)
        except TimeoutError:
            raise VoiceBroke(f"It gave no sound for {SILENT_SECONDS:g} s.") from None
        finally:
            self._patience = None

    def _grow_impatient(self) -> None:
        """From now on there is something to say."""
        patience = self._patience
        if patience is not None and patience.when() is None and not self._may_stall:
            patience.reschedule(asyncio.get_running_loop().time() + SILENT_SECONDS)

    def _tell_who(self, name: str, before: str) -> None:
        """Whoever speaks now, where that is somebody else than before."""
        if name != before:
            reason = self._cascade.board.of("voice", before).last_failure
            self._manner.stepped_in(SteppedIn("voice", before, name, reason))

    async def _leave(self) -> None:
        """Let whoever broke go. What goes wrong with that is not the next one's fault."""
        self._utterance = None
        try:
            await self._stack.aclose()
        except Exception:
            _log.exception("A voice that broke cannot be left.")

    async def _begin(self, speaker: Backup) -> None:
        self._speaker = speaker
        self._spoken_characters, self._spoken_seconds = 0, 0.0
        self._utterance = await self._stack.enter_async_context(speaker.voice.speak(self._manner))
        for piece in self._unsaid:
            self._say(piece)
        if self._finished:
            self._utterance.finish()

    def _converter(self, voice: Voice) -> Converter:
        here, there = voice.sample_rate_hz, self._cascade.sample_rate_hz
        return Unchanged() if here == there else self._cascade.conversion(here, there)

    def _whole(self, speech: Speech, *, may_hold: bool) -> Iterator[Speech]:
        """What can be heard of it: whole words, where somebody else may have to say the next one."""
        rate_hz = self._cascade.sample_rate_hz
        if speech.alignment is None or speech.last:
            yield from self._released()
        elif self._held is not None:
            speech, self._held = _joined(self._held, speech, rate_hz), None
        heard = speech
        if may_hold:
            heard, self._held = self._unsaid[0].cut(speech, rate_hz, may_hold_all=self._has_sounded)
        if heard is not None:
            yield heard

    def _released(self) -> Iterator[Speech]:
        if self._held is not None:
            held, self._held = self._held, None
            yield held

    def _taken(self, speech: Speech) -> Speech:
        self._has_sounded = self._has_sounded or bool(speech.pcm)
        piece = self._unsaid[0]
        piece.heard(speech, _seconds(speech, self._cascade.sample_rate_hz))
        if speech.last:
            self._unsaid.popleft()
            self._spoken_characters += len(piece.text)
            self._spoken_seconds += piece.seconds
        return replace(speech, alignment=piece.placed(speech.alignment))

    def _given_up(self) -> Sequence[Speech]:
        """Whoever spoke does so no more: what is left of the piece is for the next one."""
        self._held = None
        if not self._unsaid:
            return ()
        rest = self._unsaid[0].rest(self._pace())
        if any(character.isalnum() for character in rest.text):
            self._unsaid[0] = rest
            return ()
        self._unsaid.popleft()
        return (Speech(rest.number, b"", last=True),)

    def _pace(self) -> float:
        """Characters a second, as the one who broke spoke so far."""
        return self._spoken_characters / self._spoken_seconds if self._spoken_seconds else EVEN_PACE
