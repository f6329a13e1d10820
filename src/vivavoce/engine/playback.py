"""The spoken-prefix ledger: which text lies beside which audio, and how much of it the caller has heard.

One `Utterance` is one run of the voice: numbered pieces of text go in, audio comes back piece by piece, and is
released to the line in the order of the pieces. Positions are seconds of audio since the start of the run:

        pieces    | Well,  | it is sunny.          | And warm.
        voiced    |========|===================....|              made by the voice so far
        released  |========|===================|                  the line may send it
        heard     |========|=====                                 the caller has heard it

- What is heard is counted, not guessed, as far as the line reports it (`Played`, at the end of each stretch and at a
  pause). Between reports the engine's own clock runs on: audio plays in real time from the moment it is released,
  and stands still where there is none.
- A text is heard up to the last word whose audio is over. Where the voice gives an alignment it says where that is;
  elsewhere characters are taken to be spoken at an even pace.
- Pause, then decide: `hold` silences at once and keeps everything; `resume` goes on where it stopped; `hush` ends
  the run. A held run releases nothing, so a reply can also be held before its first sound.
- An `Interruption` is told only where the line needs it to be silent, once, and everything that follows has a
  higher id.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from unicodedata import category

from vivavoce.engine.commands import FinishSaying, Hush, Pause, Play, Resume, Say
from vivavoce.engine.events import Alignment, Voiced
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.phrasing import has_words, speakable
from vivavoce.engine.plan import VoiceChoice

TOLERANCE_SECONDS = 0.02
"""Audio shorter than this does not make a difference to what was heard."""
REPORT_GRACE_SECONDS = 0.5
"""So long a line may be late with its report before the engine's own clock is believed."""
EVEN_PACE = 15.0
"""Characters a second, for a piece whose length is not yet known."""


@dataclass(slots=True)
class Piece:
    """A piece of text and the audio that carries it."""

    number: int
    step: int
    """Which step of the reply wrote it."""
    text: str
    label: str | None
    seconds: float = 0.0
    sounds_at: float | None = None
    """When its first sound is due at the caller, in seconds since the call began; None before it is released."""
    complete: bool = False
    aligned: bool = True
    spoken: str = ""
    """The text the voice says it speaks, as far as it has audio."""
    starts_seconds: list[float] = field(default_factory=list[float])

    def add(self, seconds: float, alignment: Alignment | None, *, last: bool) -> None:
        """The next chunk of audio."""
        if alignment is None:
            self.aligned = False
        else:
            self.spoken += alignment.text
            self.starts_seconds += [self.seconds + start for start in alignment.starts_seconds]
        self.seconds += seconds
        self.complete = self.complete or last

    def heard_text(self, seconds: float) -> str:
        """The text whose audio is over after so many seconds of this piece."""
        if self.complete and seconds >= self.seconds - TOLERANCE_SECONDS:
            return self.text
        if seconds <= 0:
            return ""
        by_alignment = self.aligned and self.spoken
        return whole_words(self.text, self._aligned(seconds) if by_alignment else self._even(seconds))

    def made_text(self) -> str:
        """The text that has its whole audio, of a piece that the voice broke off in."""
        if not (self.aligned and self.spoken):
            return self.heard_text(self.seconds)
        begun = bisect_right(self.starts_seconds, self.seconds - TOLERANCE_SECONDS)
        lead = len(self.text) - len(self.text.lstrip())
        return whole_words(self.text, lead + len(self.spoken[:begun].lstrip()))

    def _aligned(self, seconds: float) -> int:
        begun = bisect_right(self.starts_seconds, seconds + TOLERANCE_SECONDS)
        lead = len(self.text) - len(self.text.lstrip())
        return lead + len(self.spoken[: max(begun - 1, 0)].lstrip())

    def _even(self, seconds: float) -> int:
        length = len(self.text)
        total = self.seconds if self.complete else max(self.seconds, length / EVEN_PACE)
        return int(length * seconds / total) if total else 0


def whole_words(text: str, length: int) -> str:
    """The first characters of a text, without the word that is cut in two."""
    if length >= len(text):
        return text
    head = text[:length]
    if _ends_a_word(text, length) or _is_written_without_spaces(text):
        return head
    return head[: len(head) - len(head.split(" ")[-1])].rstrip()


def _ends_a_word(text: str, length: int) -> bool:
    """A space follows, or a mark behind which no word goes on, as in `so, then` and not in `3.5` or `don't`."""
    after, then = text[length], text[length + 1 : length + 2]
    return after.isspace() or (not after.isalnum() and after not in "'’-_" and not then.isalnum())


def _is_written_without_spaces(text: str) -> bool:
    """Chinese, Japanese, Thai: any character may be the last."""
    return " " not in text.strip() and any(category(character) == "Lo" for character in text)


class Utterance:
    """One run of the voice, from its first text to its last sound."""

    def __init__(self, run: int, out: Outbox, *, pauses_silently: bool, waits: bool = False) -> None:
        self.run = run
        self.pieces: list[Piece] = []
        self.event_id = 0
        self.released = 0.0
        self.over = False
        """Hushed, or heard to its end."""
        self.waiting = waits
        """Another utterance has to be heard first."""
        self.held = False
        self.text_finished = False
        self.last_progress_at: float | None = None
        """When the voice last did something; None while nothing is due from it."""
        self._out = out
        self._pauses_silently = pauses_silently
        self._silenced = False
        """The line was told to be silent while held."""
        self._heard = 0.0
        self._heard_at = 0.0

    # Text in, audio back

    def say(self, piece: Piece, voice: VoiceChoice, language: str, now: float) -> None:
        """Give the voice a piece of text. A piece without words has no audio."""
        self.pieces.append(piece)
        text = speakable(piece.text)
        if not has_words(text):
            piece.complete = True
            return
        if self.last_progress_at is None:
            self.last_progress_at = now
        self._out.emit(Say(self.run, piece.number, text, voice, language))

    def finish_text(self) -> None:
        """There is no more text."""
        if not self.text_finished:
            self.text_finished = True
            self._out.emit(FinishSaying(self.run))

    def voiced(self, event: Voiced, now: float) -> None:
        """The voice made a chunk."""
        for piece in self.pieces:
            if piece.number == event.piece and not piece.complete:
                piece.add(event.seconds, event.alignment, last=event.last)
                self.last_progress_at = now if self.is_being_voiced else None

    @property
    def is_being_voiced(self) -> bool:
        """The voice still owes audio."""
        pieces = self.pieces
        return bool(pieces) and not (pieces[-1].complete and all(piece.complete for piece in pieces))

    @property
    def ready(self) -> float:
        """Seconds of audio that can be played without a gap."""
        seconds = 0.0
        for piece in self.pieces:
            seconds += piece.seconds
            if not piece.complete:
                break
        return seconds

    @property
    def total(self) -> float:
        """Seconds of audio so far."""
        return sum(piece.seconds for piece in self.pieces)

    # Audio out

    def release(self, now: float) -> bool:
        """Let the line play what is ready; true if there was something."""
        if self.held or self.waiting or self.over:
            return False
        ready = self.ready
        if ready <= self.released:
            return False
        if not self.is_sounding(now):
            self._heard, self._heard_at = self.released, now
        self.event_id = self._out.audio_id(self.event_id)
        self._out.emit(Play(self.run, self.released, ready, self.event_id))
        self.released = ready
        self._note_times(now)
        return True

    def _note_times(self, now: float) -> None:
        start = 0.0
        for piece in self.pieces:
            if piece.sounds_at is None and start < self.released:
                piece.sounds_at = now + max(0.0, start - self.position(now))
            start += piece.seconds

    def position(self, now: float) -> float:
        """Seconds of audio the caller has heard."""
        if self.held or self.over:
            return self._heard
        since = now - self._heard_at
        heard = self._heard + since if since > 0 else self._heard
        return heard if heard < self.released else self.released

    def is_sounding(self, now: float) -> bool:
        """The caller hears it at this moment."""
        return not self.held and not self.over and self.position(now) < self.released

    def played(self, seconds: float, at: float) -> None:
        """The line reports what was heard."""
        if not self.over:
            self._heard, self._heard_at = min(seconds, self.released), at

    def remaining(self, now: float) -> float:
        """Seconds released and not yet heard."""
        return self.released - self.position(now)

    # Pause, resume, hush

    def hold(self, now: float) -> None:
        """Be silent at once, and keep everything."""
        if self.held or self.over:
            return
        sounding = self.is_sounding(now)
        self._heard = self.position(now)
        self.held = True
        if sounding:
            self._silenced = True
            self._out.emit(Pause(self.run))
            if not self._pauses_silently:
                self._out.interrupt()

    def resume(self, now: float) -> None:
        """Go on where it stopped."""
        if not self.held or self.over:
            return
        self.held = False
        self._heard_at = now
        if self._silenced:
            self._silenced = False
            self.event_id = self._out.audio_id(self.event_id)
            self._out.emit(Resume(self.run, self._heard, self.event_id))
        self.release(now)

    def hush(self, now: float, *, flush: bool = True) -> None:
        """End the run here."""
        if self.over:
            return
        sounding = self.is_sounding(now)
        self._heard = self.position(now)
        self.over = True
        self._out.emit(Hush(self.run, flush))
        told_already = self._silenced and not self._pauses_silently
        if flush and (sounding or self._silenced) and not told_already:
            self._out.interrupt()

    # The end

    def is_heard_out(self) -> bool:
        """Everything was voiced, and heard to its end by the line's report."""
        complete = self.text_finished and not self.is_being_voiced
        return complete and not self.held and self._heard >= self.total - TOLERANCE_SECONDS

    def believed_over_at(self) -> float | None:
        """When all of it must have been heard even if the line does not report it; None while that is open."""
        if self.held or self.waiting or self.over or self.is_being_voiced or self._heard >= self.released:
            return None
        return self._heard_at + (self.released - self._heard) + REPORT_GRACE_SECONDS

    def believe(self) -> None:
        """Take all that was released as heard."""
        self._heard = self.released

    def seal(self) -> list[Piece]:
        """The voice is gone: cut off what it did not make, and give it back as pieces for another run.

        Pieces behind the one it broke off in were not released, so they go back whole, also where they had audio.
        """
        self.text_finished = True
        self.last_progress_at = None
        broken = next((index for index, piece in enumerate(self.pieces) if not piece.complete), len(self.pieces))
        kept, rest = self.pieces[:broken], self.pieces[broken:]
        if rest:
            kept.append(self._made_of(rest[0]))
        self.pieces = kept
        made = len(kept[-1].text) if rest else 0
        return [
            Piece(piece.number, piece.step, piece.text[made if piece is rest[0] else 0 :], piece.label)
            for piece in rest
        ]

    def _made_of(self, piece: Piece) -> Piece:
        """The part of a piece that has audio, as a piece that is complete."""
        text = piece.made_text()
        return replace(piece, text=text, complete=True)

    def heard_pieces(self, now: float) -> list[tuple[Piece, str]]:
        """Each piece with what was heard of it."""
        position = self.position(now)
        heard: list[tuple[Piece, str]] = []
        for piece in self.pieces:
            heard.append((piece, piece.heard_text(position)))
            position -= piece.seconds
        return heard
