"""The sound of one reply: usually one run of the voice, more if a voice fails in the middle.

When the voice breaks off, what it made is still played; the text it did not get to is said in another run, which
waits until the first is heard out. (Who speaks there is for the shell to find: providers step in for one another.)
When that one fails too the reply is mute, and the conversation has to end.
"""

from __future__ import annotations

from vivavoce.engine.events import Voiced
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.phrasing import Phrase
from vivavoce.engine.plan import Plan, VoiceChoice
from vivavoce.engine.playback import Piece, Utterance

VOICE_TIMEOUT_SECONDS = 5.0
"""A voice that owes audio and is silent for so long has failed."""


class Speech:
    """Everything the caller hears of one reply."""

    def __init__(self, plan: Plan, out: Outbox, voice: VoiceChoice, language: str) -> None:
        self.voice = voice
        self.language = language
        self.event_id = 0
        self.mute = False
        """The voice has failed for good."""
        self._plan = plan
        self._out = out
        self._utterances: list[Utterance] = []
        self._pieces = 0
        self._has_failed = False
        self._held = False
        self._finished = False

    # Text in, audio back

    def say(self, phrase: Phrase, step: int, now: float) -> None:
        """Give the next piece of text to the voice."""
        self._utter(Piece(self._pieces, step, phrase.text, phrase.label), now)
        self._pieces += 1

    def finish(self, now: float) -> None:
        """The reply has no more text."""
        self._finished = True
        for utterance in self._utterances:
            utterance.finish_text()
        self._advance(now)

    def voiced(self, event: Voiced, now: float) -> bool:
        """Audio has come; true if it belongs to this reply."""
        utterance = self._of_run(event.run)
        if utterance is None or utterance.over:
            return False
        utterance.voiced(event, now)
        self._advance(now)
        return True

    def failed(self, run: int, reason: str, now: float) -> bool:
        """A voice broke off; true if it was this reply's present one."""
        if not self._utterances or self._utterances[-1].run != run or self._utterances[-1].over:
            return False
        self._try_again(reason, now)
        return True

    # What the caller hears

    @property
    def is_audible(self) -> bool:
        """Something of it was released to the line."""
        return bool(self._utterances) and (self._utterances[0].released > 0 or self._utterances[-1].released > 0)

    def is_sounding(self, now: float) -> bool:
        """The caller hears it at this moment."""
        for utterance in self._utterances:  # noqa: SIM110 - for each piece of audio: a generator costs more than the rest
            if utterance.is_sounding(now):
                return True
        return False

    def remaining(self, now: float) -> float:
        """Seconds released and not yet heard."""
        return sum([utterance.remaining(now) for utterance in self._utterances])

    @property
    def owes_audio(self) -> bool:
        """A voice is at work on it."""
        return any(utterance.is_being_voiced for utterance in self._utterances)

    def is_heard_so_far(self, now: float) -> bool:
        """All that was said until now has been heard."""
        return not self.owes_audio and not self._held and self.remaining(now) <= 0

    @property
    def is_over(self) -> bool:
        """The reply has no more text, and was heard to its end."""
        return self._finished and all(one.over or one.is_heard_out() for one in self._utterances)

    def played(self, run: int, seconds: float, at: float, now: float) -> None:
        """The line reports what was heard of a run."""
        utterance = self._of_run(run)
        if utterance is not None:
            utterance.played(seconds, at)
            self._advance(now)

    def hold(self, now: float) -> None:
        """Pause: be silent at once and keep everything."""
        self._held = True
        for utterance in self._utterances:
            utterance.hold(now)

    def resume(self, now: float) -> None:
        """Go on where it stopped."""
        self._held = False
        for utterance in self._utterances:
            utterance.resume(now)
        self._advance(now)

    def hush(self, now: float) -> None:
        """End it here."""
        for utterance in self._utterances:
            utterance.hush(now)

    def heard_pieces(self, now: float) -> list[tuple[Piece, str]]:
        """Each piece with what was heard of it, in order."""
        return [heard for utterance in self._utterances for heard in utterance.heard_pieces(now)]

    @property
    def has_several_voices(self) -> bool:
        """Some of it is in a voice with a label."""
        return any(piece.label for utterance in self._utterances for piece in utterance.pieces)

    def is_step_audible(self, step: int) -> bool:
        """Something of this step was released."""
        pieces = (piece for utterance in self._utterances for piece in utterance.pieces)
        return any(piece.step == step and piece.sounds_at is not None for piece in pieces)

    @property
    def voiced_seconds(self) -> float:
        """Seconds of audio that were made."""
        return sum(utterance.total for utterance in self._utterances)

    # Time

    def voice_due_at(self) -> float | None:
        """When a voice that owes audio counts as failed."""
        since = self._utterances[-1].last_progress_at if self._utterances else None
        return None if since is None else since + VOICE_TIMEOUT_SECONDS

    def voice_is_late(self, now: float) -> None:
        """The voice has not delivered in time."""
        self._utterances[-1].finish_text()
        self._try_again(f"no audio for {VOICE_TIMEOUT_SECONDS:g} s", now)

    def believed_over_at(self) -> float | None:
        """When what was released must have been heard, whatever the line reports."""
        earliest: float | None = None
        for utterance in self._utterances:
            at = utterance.believed_over_at()
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    def believe_over(self, now: float) -> None:
        """Take what was released as heard."""
        for utterance in self._utterances:
            at = utterance.believed_over_at()
            if at is not None and at <= now:
                utterance.believe()
        self._advance(now)

    # Inside

    def _utter(self, piece: Piece, now: float) -> None:
        if not self._utterances or self._utterances[-1].text_finished:
            self._begin_run(now)
        self._utterances[-1].say(piece, self._voice_for(piece.label), self.language, now)

    def _begin_run(self, now: float) -> None:
        run = self._out.next_run()
        waits = any(not utterance.over and not utterance.is_heard_out() for utterance in self._utterances)
        utterance = Utterance(run, self._out, pauses_silently=self._plan.line.pauses_silently, waits=waits)
        if self._held:
            utterance.hold(now)
        self._utterances.append(utterance)

    def _voice_for(self, label: str | None) -> VoiceChoice:
        labelled = next((one for one in self._plan.voice.labelled if one.label == label), None)
        return labelled.voice if labelled else self.voice

    def _advance(self, now: float) -> None:
        """Release what is ready; an utterance that waited goes on when the one before it is heard."""
        before: Utterance | None = None
        for utterance in self._utterances:
            if utterance.waiting and (before is None or before.over or before.is_heard_out()):
                utterance.waiting = False
            utterance.event_id = max(utterance.event_id, self.event_id)
            utterance.release(now)
            before = utterance

    def _try_again(self, reason: str, now: float) -> None:
        rest = self._utterances[-1].seal()
        if self._has_failed:
            self._out.note(f"The voice failed again ({reason}).")
            self.mute = True
            return
        self._has_failed = True
        self._out.note(f"The voice failed ({reason}); it is asked for the rest once more.")
        for piece in rest:
            self._utter(piece, now)
        if self._finished:
            self._utterances[-1].finish_text()
        self._advance(now)

    def _of_run(self, run: int) -> Utterance | None:
        for utterance in self._utterances:
            if utterance.run == run:
                return utterance
        return None
