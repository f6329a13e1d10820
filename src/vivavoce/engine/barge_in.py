"""What the caller's sound does to a reply: whether it may cut it, and whether it does.

`interruption.judge` knows sounds and words; this knows the call around them: who may not be interrupted, what the
caller has just heard, and that a sound which was judged once stays judged until it has words.
"""

from __future__ import annotations

from vivavoce.engine.call import Call
from vivavoce.engine.floor import Floor
from vivavoce.engine.interruption import Surroundings, Verdict, Wait, judge
from vivavoce.engine.reply import Reply
from vivavoce.engine.words import words_of

ECHO_MEMORY_WORDS = 40
"""An echo is looked for in so many of the agent's latest words."""


class BargeIn:
    """The caller against the reply, in one call."""

    def __init__(self, call: Call, floor: Floor) -> None:
        self._call = call
        self._floor = floor

    def is_allowed(self, reply: Reply) -> bool:
        """The caller may cut this reply, at this moment."""
        return reply.interruptible and not self._call.tools.blocks_interruptions()

    def is_deaf(self, reply: Reply | None) -> bool:
        """What the caller says now is dropped."""
        if reply is None or self._call.plan.turn.transcribes_when_uninterruptible:
            return False
        return not self.is_allowed(reply)

    def verdict(self, reply: Reply, now: float) -> Verdict | None:
        """What the caller's sound is; None if there is none, or it does not matter."""
        turn = self._floor.turn
        if turn.began_at is None or not self.is_allowed(reply):
            return None
        if self._floor.is_ignored and not turn.text:
            return None
        return judge(turn, now, self._surroundings(reply, now))

    def verdict_due_at(self, reply: Reply, now: float) -> float | None:
        """When it is decided, if nothing more is heard; None if there is nothing to decide."""
        verdict = self.verdict(reply, now)
        return verdict.until if isinstance(verdict, Wait) else None

    def _surroundings(self, reply: Reply, now: float) -> Surroundings:
        plan = self._call.plan
        lately = words_of(reply.words_lately(now))[-ECHO_MEMORY_WORDS:] if self._floor.turn.text else ()
        return Surroundings(plan.turn, self._call.language, lately, plan.line.gives_interims)
