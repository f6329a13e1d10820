"""What may be due, in each state: the one place where deadlines come together.

Each part of the engine knows its own times (`CallerTurn`, `Silence`, `Mind`, `Speech`, `Fillers`, `ToolRuns`). Here
they are listed with their reasons, and the earliest is what the shell is asked to wake the engine for.
"""

from __future__ import annotations

from vivavoce.engine.floor import Floor
from vivavoce.engine.plan import TurnSettings
from vivavoce.engine.reply import Reply
from vivavoce.engine.silence import Silence
from vivavoce.engine.states import Deadline, Time, Times, Why


def earliest(times: Times) -> Deadline | None:
    """What is due first; of two at one time, the one that is listed first."""
    first: float | None = None
    reason: Why = "nobody speaks"
    for at, why in times:
        if at is not None and (first is None or at < first):
            first, reason = at, why
    return None if first is None else Deadline(first, reason)


def while_the_caller_speaks(floor: Floor, silence: Silence, settings: TurnSettings) -> Times:
    """There is a sound or words, and their end is awaited."""
    turn = floor.turn
    return (
        (turn.is_over_at(settings), "the caller's turn is over"),
        (turn.is_noise_at(), "the sound was noise"),
        (turn.is_stuck_at(), "the voice detector is stuck"),
        longest(silence),
    )


def while_nobody_speaks(silence: Silence, *, hearing_again_until: float | None, by_human: bool) -> Times:
    """The line is quiet. A human decides for themselves when to speak up."""
    ends: Time = (silence.silence_ends_at(), "silence ends the call")
    if hearing_again_until is not None:
        return longest(silence), ends, (hearing_again_until, "nothing new was heard")
    if by_human:
        return longest(silence), ends
    return longest(silence), ends, (silence.turn_timeout_at(), "nobody speaks")


def of_a_reply(reply: Reply) -> Times:
    """The mind, the voice and the line have their limits; none of them may hang a call."""
    return (
        (reply.mind.too_slow_at(), "the mind is late"),
        (reply.filler_due_at(), "fill the pause"),
        (reply.speech.voice_due_at(), "the voice is late"),
        (reply.speech.believed_over_at(), "all must have been heard"),
    )


def around_a_reply(reply: Reply, floor: Floor, silence: Silence, verdict_due_at: float | None) -> Times:
    """What can end or cut a reply. Speaking up to somebody who is gone does not keep a call alive."""
    nobody_asked = reply.purpose == "re_engagement" and not reply.is_audible and not floor.turn.has_begun
    return (
        (verdict_due_at, "decide on the caller's sound"),
        longest(silence),
        (silence.silence_ends_at() if nobody_asked else None, "silence ends the call"),
    )


def longest(silence: Silence) -> Time:
    """No call lasts longer."""
    return silence.longest_until(), "the call has lasted as long as it may"
