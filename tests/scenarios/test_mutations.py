"""Does each invariant bite? For each a bug is planted, and the check has to find it.

A `Mutant` replaces one function of the engine by a wrong one. The gauntlet is a handful of calls that together come
by every invariant. With the engine as it is all of them pass; with a mutant at least one must break, and must say
which invariant it was.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.scenarios.invariants import InvariantBroken
from tests.scenarios.simulation import (
    Simulation,
    Tool,
    answer,
    calls,
    coughs,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    sees,
    turn,
    types,
    waits,
)

from vivavoce.engine import conversation
from vivavoce.engine.call import Call
from vivavoce.engine.commands import CallTool, Hush, Note, Play, Resume, Say, Tell, UserTranscript
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import Thought
from vivavoce.engine.journal import first_divergence, replay
from vivavoce.engine.outbox import Outbox
from vivavoce.engine.plan import Limits, SoftTimeout, ToolSpec
from vivavoce.engine.playback import Piece, Utterance
from vivavoce.engine.states import Deadline, Listening
from vivavoce.engine.tools import ToolRuns

REPLY = "Of course I can help you with that. Your order left this morning. It should arrive tomorrow."
LIMITS = Limits(maximum_duration_seconds=60.0)

# ---------------------------------------------------------------------------------------------------------------
# The gauntlet


def barge_in() -> Simulation:
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(1.0), coughs(), waits(1.5)]
    script += [says("stop it please"), hears_agent_finish(), hangs_up()]
    return Simulation(plan(limits=LIMITS), script, mind=[answer(REPLY), answer("Yes?")], marked=True)


def cough() -> Simulation:
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(1.0), coughs()]
    return Simulation(plan(limits=LIMITS), [*script, hears_agent_finish(), hangs_up()], mind=[answer(REPLY)])


def overlapping_turns() -> Simulation:
    """The caller begins a moment before the agent does; the detector notices a moment after."""
    script = [hears_agent_finish(), says("hello"), sees(Say, 2), waits(0.06), says("wait a bit")]
    return Simulation(plan(limits=LIMITS), [*script, hears_agent_finish(), hangs_up()], mind=[answer(REPLY)] * 2)


def tools() -> Simulation:
    specs = (ToolSpec(name="quick"), ToolSpec(name="late", timeout_seconds=1.0), ToolSpec(name="endless"))
    script = [hears_agent_finish(), says("do it all"), sees(CallTool, 3), waits(2.0), types("stop"), waits(1.0)]
    return Simulation(
        plan(tools=specs, limits=LIMITS),
        [*script, hangs_up()],
        mind=[
            answer("Let me see.", tools=(("quick", {}), ("late", {}), ("endless", {}), ("quick", {"again": 1}))),
            calls("quick", call_ids=("call_1",)),
            answer("Fine."),
        ],
        tools={"quick": Tool(0.1), "late": Tool(1.5), "endless": Tool(result=None)},
    )


def guesses() -> Simulation:
    misheard = says("where is my border", last_interim=True, final_delay=0.4, final_text="where is my order")
    script = [hears_agent_finish(), says("I want"), waits(0.35), says("to go home"), hears_agent_finish()]
    return Simulation(
        plan(turn=turn(speculative=True), limits=LIMITS),
        [*script, says("fine"), hears_agent_finish(), misheard, hears_agent_finish(), hangs_up()],
        mind=[answer("What?", first_token=0.05), *[answer("Then go home.", first_token=0.05)] * 5],
        marked=True,
    )


def silence() -> Simulation:
    settings = turn(turn_timeout_seconds=2.0, silence_end_call_seconds=8.0)
    return Simulation(plan(turn=settings, limits=LIMITS), mind=[answer("Hello?")] * 9)


def fillers() -> Simulation:
    soft = SoftTimeout(timeout_seconds=0.5, messages=("One.", "Two.", "Three."), randomised=True, maximum_per_turn=3)
    script = [hears_agent_finish(), says("where is my order"), hears_agent_finish(), hangs_up()]
    return Simulation(plan(soft_timeout=soft, limits=LIMITS), script, mind=[answer(REPLY, first_token=3.0)])


GAUNTLET = (barge_in, cough, overlapping_turns, tools, guesses, silence, fillers)


def run_gauntlet() -> None:
    """All calls, each with all checks."""
    for make in GAUNTLET:
        call = make().run(until=100.0)
        if not call.ended:
            raise InvariantBroken(f"5: {make.__name__} did not end")
        for run in {play.run for play in call.all(Play)} - {hush.run for hush in call.all(Hush)}:
            if not call.heard_once(run):
                raise InvariantBroken(f"2: run {run} was not heard exactly once")
        step = first_divergence(replay(call.journal()))
        if step is not None:
            raise InvariantBroken(f"6: {make.__name__} diverges at event {step.number}")


def test_the_engine_as_it_is_passes():
    run_gauntlet()


# ---------------------------------------------------------------------------------------------------------------
# The mutants


@dataclass(frozen=True)
class Mutant:
    """A planted bug, and the invariant that has to find it."""

    invariant: int
    what: str
    owner: object
    attribute: str
    make: Callable[[Callable], object]
    """The wrong function, given the right one."""


_leak = itertools.count(1)


def plays_when_held(right):
    def release(self: Utterance, now: float) -> bool:
        self.held, held = False, self.held
        released = right(self, now)
        self.held = held
        return released

    return release


def hushes_and_plays_on(right):
    def hush(self: Utterance, now: float, *, flush: bool = True) -> None:
        right(self, now, flush=flush)
        self._out.emit(Play(self.run, self.released, self.released + 0.1, self.event_id))

    return hush


def resumes_too_late(right):
    def resume(self: Utterance, now: float) -> None:
        self._heard = min(self.released, self._heard + 0.3)
        right(self, now)

    return resume


def resumes_from_the_start(right):
    def resume(self: Utterance, now: float) -> None:
        if self.held and not self.over:
            self._heard = 0.0
        right(self, now)

    return resume


def resumes_under_the_old_id(right):
    def resume(self: Utterance, now: float) -> None:
        if self.held and not self.over and self._silenced:
            self.held = self._silenced = False
            self._heard_at = now
            self._out.emit(Resume(self.run, self._heard, self.event_id))

    return resume


def stays_due(right):
    def settle(self: Conversation, now: float) -> None:
        right(self, now)
        if isinstance(self.state, Listening) and self._deadline is not None:
            self._deadline = Deadline(now, self._deadline.why)

    return settle


def says_it_after_hanging_up(right):
    def end(self: Conversation, ending, now: float) -> None:
        right(self, ending, now)
        self._out.tell(UserTranscript("one more thing", 999))

    return end


def hangs_up_twice(right):
    def end(self: Conversation, ending, now: float) -> None:
        right(self, ending, now)
        right(self, ending, now)

    return end


def forgets_to_hang_up(right):
    def end(self: Conversation, ending, now: float) -> None:
        right(self, ending, now)
        self._out.take()

    return end


def shows_guesses(right):
    def thinks(self: Conversation, event, now: float) -> None:
        if isinstance(self.state, Listening) and self.state.guess is not None and isinstance(event, Thought):
            self._out.emit(Tell(UserTranscript(event.text, 999)))
        right(self, event, now)

    return thinks


def keeps_what_it_dropped(right):
    def drop(self: Conversation) -> None:
        if isinstance(self.state, Listening) and self.state.guess is not None:
            self._call.variables["guess"] = "".join(e.text for e in self.state.guess.events if isinstance(e, Thought))
        right(self)
        if "guess" in self._call.variables:
            self._out.tell(UserTranscript(str(self._call.variables.pop("guess")), 999))

    return drop


MUTANTS = (
    Mutant(1, "a tool that stays late", ToolRuns, "overdue", lambda right: lambda self, now: []),
    Mutant(1, "a deadline that has passed", Conversation, "_settle", stays_due),
    Mutant(2, "a hushed run releases audio", Utterance, "hush", hushes_and_plays_on),
    Mutant(2, "audio is released while it is held", Utterance, "release", plays_when_held),
    Mutant(2, "audio goes on under a silenced id", Outbox, "audio_id", lambda right: lambda self, wanted: wanted),
    Mutant(2, "a resumed run keeps the old id", Utterance, "resume", resumes_under_the_old_id),
    Mutant(2, "a resumed run skips audio", Utterance, "resume", resumes_too_late),
    Mutant(2, "a resumed run repeats audio", Utterance, "resume", resumes_from_the_start),
    Mutant(3, "heard text that was not said", Piece, "heard_text", lambda right: lambda self, s: right(self, s) + "!"),
    Mutant(3, "heard text from the end", Piece, "heard_text", lambda right: lambda self, s: self.text[::-1]),
    Mutant(3, "turns out of order", Call, "not_before", lambda right: lambda self, at: at),
    Mutant(4, "an answer does not close the call", ToolRuns, "take", lambda right: lambda self, i: self._runs.get(i)),
    Mutant(4, "the end forgets what runs", ToolRuns, "started", lambda right: lambda self: []),
    Mutant(4, "a call is made again", ToolRuns, "is_known", lambda right: lambda self, call_id: False),
    Mutant(5, "something after the end", Conversation, "_end", says_it_after_hanging_up),
    Mutant(5, "two ends", Conversation, "_end", hangs_up_twice),
    Mutant(5, "no end", Conversation, "_end", forgets_to_hang_up),
    Mutant(6, "numbers from outside", Outbox, "next_run", lambda right: lambda self: next(_leak)),
    Mutant(6, "an id from outside", Outbox, "next_event_id", lambda right: lambda self: next(_leak)),
    Mutant(7, "a guess is shown", Conversation, "_thinks", shows_guesses),
    Mutant(7, "a wrong guess is adopted", conversation, "is_equivalent", lambda right: lambda one, other: True),
    Mutant(7, "a dropped guess is told", Conversation, "_drop_guess", keeps_what_it_dropped),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.invariant}: {mutant.what}")
def test_a_planted_bug_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    right = getattr(mutant.owner, mutant.attribute)
    monkeypatch.setattr(mutant.owner, mutant.attribute, mutant.make(right))
    with pytest.raises(InvariantBroken, match=f"^{mutant.invariant}:"):
        run_gauntlet()


def test_every_invariant_has_a_mutant():
    assert {mutant.invariant for mutant in MUTANTS} == {1, 2, 3, 4, 5, 6, 7}


def test_the_gauntlet_comes_by_every_decision():
    """What the mutants rely on."""
    notes = [note.text for make in GAUNTLET for note in make().run(until=100.0).all(Note)]
    for part in ("is cut", "goes on", "guess was right", "guess is dropped"):
        assert any(part in note for note in notes), part
