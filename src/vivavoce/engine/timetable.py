"""What may be due, in each state: the one place where deadlines come together.

Each part of the engine knows its own times (`CallerTurn`, `Silence`, `Mind`, `Speech`, `Fillers`, `ToolRuns`). Here
they are listed with their reasons, and the earliest is what the shell is asked to wake the engine for.
"""

from __future__ import annotations

from typing import assert_never

from vivavoce.engine.barge_in import BargeIn
from vivavoce.engine.call import Call
from vivavoce.engine.floor import Floor
from vivavoce.engine.reply import Reply
from vivavoce.engine.silence import Silence
from vivavoce.engine.states import (
    Closing,
    Deadline,
    Ended,
    Listening,
    Ringing,
    Speaking,
    State,
    Thinking,
    Time,
    Times,
    Why,
)
from vivavoce.engine.turns import STUCK_SECONDS, STUCK_WITHOUT_INTERIMS_SECONDS

RINGING_SECONDS = 60.0


class Timetable:
    """The times of one call."""

    def __init__(self, call: Call, floor: Floor, silence: Silence, barge_in: BargeIn) -> None:
        self._call = call
        self._floor = floor
        self._silence = silence
        self._barge_in = barge_in

    def earliest(
        self, state: State, now: float, *, hearing_again_until: float | None, by_human: bool
    ) -> Deadline | None:
        """What is due first; None only when the call is over."""
        match state:
            case Speaking(reply) | Thinking(reply):
                times = (*_of_a_reply(reply), *self._around(reply, now))
            case Listening():
                times = self._while_listening(hearing_again_until, by_human=by_human)
            case Closing(reply, _, until):
                farewell: Time = (until, "the farewell takes too long")
                times = (*_of_a_reply(reply), farewell)
            case Ringing(since):
                return Deadline(since + RINGING_SECONDS, "never connected")
            case Ended():
                return None
            case _:
                assert_never(state)
        return _first(
            (*times, (self._call.tools.due_at(), "a tool is late"), (self._silence.drained_at(), "the process stops"))
        )

    def _while_listening(self, hearing_again_until: float | None, *, by_human: bool) -> Times:
        if self._floor.turn.has_begun:
            return self._while_the_caller_speaks()
        return self._while_nobody_speaks(hearing_again_until, by_human=by_human)

    def _while_the_caller_speaks(self) -> Times:
        """There is a sound or words, and their end is awaited."""
        turn, plan = self._floor.turn, self._call.plan
        stuck = STUCK_SECONDS if plan.line.gives_interims else STUCK_WITHOUT_INTERIMS_SECONDS
        return (
            (turn.is_over_at(plan.turn), "the caller's turn is over"),
            (turn.is_noise_at(stuck), "the sound was noise"),
            (turn.is_stuck_at(stuck), "the voice detector is stuck"),
            self._longest(),
        )

    def _while_nobody_speaks(self, hearing_again_until: float | None, *, by_human: bool) -> Times:
        """The line is quiet. A human decides for themselves when to speak up."""
        ends: Time = (self._silence.silence_ends_at(), "silence ends the call")
        if hearing_again_until is not None:
            return self._longest(), ends, (hearing_again_until, "nothing new was heard")
        if by_human:
            return self._longest(), ends
        return self._longest(), ends, (self._silence.turn_timeout_at(), "nobody speaks")

    def _around(self, reply: Reply, now: float) -> Times:
        """What can end or cut a reply. Speaking up to somebody who is gone does not keep a call alive."""
        is_quiet = self._floor.turn.began_at is None
        nobody_asked = is_quiet and reply.purpose == "re_engagement" and not reply.is_audible
        return (
            (None if is_quiet else self._barge_in.verdict_due_at(reply, now), "decide on the caller's sound"),
            self._longest(),
            (self._silence.silence_ends_at() if nobody_asked else None, "silence ends the call"),
        )

    def _longest(self) -> Time:
        return self._silence.longest_until(), "the call has lasted as long as it may"


def _of_a_reply(reply: Reply) -> Times:
    """The mind, the voice and the line have their limits; none of them may hang a call."""
    return (
        (reply.mind.too_slow_at(), "the mind is late"),
        (reply.filler_due_at(), "fill the pause"),
        (reply.speech.voice_due_at(), "the voice is late"),
        (reply.speech.believed_over_at(), "all must have been heard"),
    )


def _first(times: Times) -> Deadline | None:
    """The earliest; of two at one time, the one that is listed first."""
    first: float | None = None
    reason: Why = "nobody speaks"
    for at, why in times:
        if at is not None and (first is None or at < first):
            first, reason = at, why
    return None if first is None else Deadline(first, reason)
