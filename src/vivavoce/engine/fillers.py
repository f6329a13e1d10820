"""Fillers: what is said while the mind is slow ("soft timeout").

A filler is a voice run of its own, beside the reply. It is no part of the answer: it is not in the history, and it
ends as soon as the answer has sound. It fires `timeout_seconds` after the mind was asked, and again after each
further interval, at most `maximum_per_turn` times, as long as not a word has come. The wording is canned (the last
message repeats, shuffled once per turn if asked), or comes from the mind, with the canned one as the fallback.
"""

from __future__ import annotations

from collections.abc import Sequence

from vivavoce.engine.commands import StopThinking, Think
from vivavoce.engine.events import Voiced
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.phrasing import Phrase
from vivavoce.engine.plan import Plan, SoftTimeout
from vivavoce.engine.playback import Piece, Utterance
from vivavoce.engine.prompt import Compose
from vivavoce.engine.speech import Speech


class Fillers:
    """The fillers of one reply."""

    def __init__(self, plan: Plan, out: Outbox, messages: Sequence[str], *, enabled: bool) -> None:
        self.said: list[str] = []
        self._plan = plan
        self._out = out
        self._settings: SoftTimeout = plan.soft_timeout
        self._messages = messages
        self._enabled = enabled and bool(messages) and plan.soft_timeout.timeout_seconds is not None
        self._fired = 0
        self._utterance: Utterance | None = None
        self._run_of_mind = 0
        self._wording = ""

    def due_at(self, asked_at: float) -> float | None:
        """When the next one is due, if the mind stays silent."""
        if not self._enabled or self._fired >= self._settings.maximum_per_turn:
            return None
        return asked_at + (self._settings.timeout_seconds or 0.0) * (self._fired + 1)

    def fire(self, speech: Speech, compose: Compose, now: float) -> None:
        """The mind is slow: fill the pause."""
        self._fired += 1
        if self._settings.asks_the_mind and not self._run_of_mind:
            self._ask(compose)
        elif not self._run_of_mind or not self._wording.strip():
            self._say(self._canned(), speech, now)

    def wrote(self, run: int, text: str) -> bool:
        """The mind words a filler; true if this run is one."""
        if run != self._run_of_mind or not run:
            return False
        self._wording += text
        return True

    def ended(self, run: int, speech: Speech, now: float) -> bool:
        """The wording is complete, or failed."""
        if run != self._run_of_mind or not run:
            return False
        self._run_of_mind = 0
        if self._enabled:
            self._say(self._wording.strip() or self._canned(), speech, now)
        self._wording = ""
        return True

    def voiced(self, event: Voiced, now: float) -> bool:
        """Audio has come; true if it belongs to a filler."""
        if self._utterance is None or self._utterance.run != event.run:
            return False
        self._utterance.voiced(event, now)
        self._utterance.release(now)
        return True

    def is_sounding(self, now: float) -> bool:
        """The caller hears one at this moment."""
        return self._utterance is not None and self._utterance.is_sounding(now)

    def played(self, run: int, seconds: float, at: float) -> bool:
        """The line reports what was heard; true if it was a filler."""
        if self._utterance is None or self._utterance.run != run:
            return False
        self._utterance.played(seconds, at)
        return True

    def hold(self, now: float) -> None:
        """The caller makes a sound."""
        if self._utterance is not None:
            self._utterance.hold(now)

    def resume(self, now: float) -> None:
        """It was nothing."""
        if self._utterance is not None:
            self._utterance.resume(now)

    def disable(self) -> None:
        """No more of them."""
        self._enabled = False

    def stop(self, now: float, *, flush: bool) -> None:
        """The answer is here (what was sent may sound out), or the caller took the floor (`flush`)."""
        self.disable()
        if self._run_of_mind:
            self._out.emit(StopThinking(self._run_of_mind))
            self._run_of_mind = 0
        if self._utterance is not None:
            self._utterance.hush(now, flush=flush)

    def _ask(self, compose: Compose) -> None:
        self._run_of_mind = self._out.next_run()
        self._out.emit(Think(self._run_of_mind, self._plan.mind.model, compose(""), (), "filler"))

    def _canned(self) -> str:
        return self._messages[min(self._fired - 1, len(self._messages) - 1)]

    def _say(self, text: str, speech: Speech, now: float) -> None:
        self.stop_previous(now)
        self.said.append(text)
        self._utterance = Utterance(self._out.next_run(), self._out, pauses_silently=self._plan.line.pauses_silently)
        self._utterance.event_id = self._out.next_event_id()
        piece = Piece(0, 0, Phrase(text).text, None)
        self._utterance.say(piece, speech.voice, speech.language, now)
        self._utterance.finish_text()

    def stop_previous(self, now: float) -> None:
        """A filler that is still sounding ends where what was sent of it ends."""
        if self._utterance is not None and self._utterance.is_sounding(now):
            self._utterance.hush(now, flush=False)


def shuffled(messages: Sequence[str], seed: int, turn: int) -> tuple[str, ...]:
    """The messages in an order that depends on nothing but the seed and the turn (Fisher-Yates, splitmix64)."""
    order = list(messages)
    state = (seed * 0x9E3779B97F4A7C15 + turn * 0xBF58476D1CE4E5B9) & _MASK
    for last in range(len(order) - 1, 0, -1):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        pick = _mixed(state) % (last + 1)
        order[last], order[pick] = order[pick], order[last]
    return tuple(order)


_MASK = (1 << 64) - 1


def _mixed(state: int) -> int:
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)
