"""A simulated call: a script's caller against an agent's plan, in virtual time, through the real shell and engine.

    outcome = simulate(plan, parse(text), otherwise=a mind for what the script does not answer)
    outcome.journal       as every call has one: for the timeline, for a test
    outcome.checks        what was expected, and whether it was so

The caller speaks in frames of 20 ms, at fifteen characters a second; the ear hears each word of it, the voice takes as
long as a real one, and nothing of it waits: ten minutes are an instant. Only minds, voices, ears and tools are played;
what is tested is everything between them.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import assert_never

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Ending
from vivavoce.engine.events import ContextGiven, LineDropped, Typed
from vivavoce.engine.plan import Plan
from vivavoce.engine.reply import Reply
from vivavoce.engine.states import Closing, Ended, Speaking, Thinking
from vivavoce.engine.transcript import AgentTurn, UserTurn
from vivavoce.live.hearing import Senses
from vivavoce.live.props import RATE_HZ, PlayedEar, PlayedLine, PlayedMind, PlayedTools, speech_seconds
from vivavoce.live.runner import Call, Organs
from vivavoce.live.script import Context, Cough, Expect, HangUp, Listen, Say, Script, Step, Type, Wait
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.conversion import equal_rates
from vivavoce.ports.language import Language, OneMind
from vivavoce.ports.recorder import NoRecorder
from vivavoce.ports.records import KeptRecord
from vivavoce.ports.speech import LoudnessActivity
from vivavoce.ports.voice import ScriptedVoice

WORKSPACE = "simulated"
PATIENCE_SECONDS = 60.0
"""So long the caller waits for an agent that does not come."""
FRAME_SECONDS = 0.02

_QUIET = bytes(round(RATE_HZ * FRAME_SECONDS) * 2)
_LOUD = b"\x00\x10" * (len(_QUIET) // 2)


@frozen
class Check:
    """Something that was expected."""

    step: Step
    at: float
    holds: bool
    found: str
    """What was there instead, or what fulfilled it."""


@frozen
class Outcome:
    """What came of a simulated call."""

    journal: str
    checks: Sequence[Check]
    ending: Ending
    stuck: str | None = None
    """Why the script could not be played to its end."""

    @property
    def holds(self) -> bool:
        """Everything was as expected."""
        return self.stuck is None and all(check.holds for check in self.checks)


def simulate(plan: Plan, script: Script, *, otherwise: Language, version: str = "") -> Outcome:
    """Hold the call. `otherwise` answers what the script has no answer for."""
    return run_virtually(_simulate(plan, script, otherwise, version))


async def _simulate(plan: Plan, script: Script, otherwise: Language, version: str) -> Outcome:
    ear, record, line = PlayedEar(), KeptRecord(plan), PlayedLine(tools=script.tools)
    organs = Organs(
        minds=OneMind(PlayedMind(script.answers, otherwise)),
        voices=ScriptedVoice(),
        senses=Senses(LoudnessActivity(), ear),
        tools=PlayedTools(script.tools),
        recorder=NoRecorder(),
        conversion=equal_rates,
        version=version,
    )
    call = Call(plan, WORKSPACE, line, organs, record)
    line.call = call
    caller = _Caller(call, record, ear)
    playing = asyncio.ensure_future(caller.play(script.steps))
    playing.add_done_callback(lambda _: call.report(LineDropped()))
    ending = await call.run()
    stuck: str | None = None
    try:
        await playing
    except _Stuck as reason:
        stuck = str(reason)
    return Outcome(record.lines.decode(), caller.checks, ending, stuck)


# ---------------------------------------------------------------------------------------------------------------
# The caller


class _Stuck(Exception):
    """The script cannot go on."""


class _Caller:
    """Somebody who does what the script says, in frames, and watches the agent meanwhile."""

    def __init__(self, call: Call, record: KeptRecord, ear: PlayedEar) -> None:
        self.checks: list[Check] = []
        self._call = call
        self._record = record
        self._ear = ear
        self._reply: Reply | None = None
        self._replies_heard = 0
        """Replies that came to their end, and were not cut."""
        self._replies_awaited = 0
        self._seen: set[int] = set()
        self._spoken_seconds = 0.0
        """So long the agent has been speaking, in this reply."""

    async def play(self, steps: Sequence[Step]) -> None:
        """Do it all."""
        for step in steps:
            try:
                await self._do(step)
            except _Stuck as reason:
                raise _Stuck(f"Line {step.line} of the script, {step.text!r}: {reason}") from None

    async def _do(self, step: Step) -> None:
        match step.act:
            case Say(text):
                self._needs_voice()
                self._replies_awaited = self._replies_heard
                await self._sound(text, speech_seconds(text))
            case Cough(seconds):
                self._needs_voice()
                await self._sound("", seconds)
            case Type(text):
                self._needs_call()
                self._replies_awaited = self._replies_heard
                self._call.report(Typed(text))
                await self._frame()
            case Context(text):
                self._needs_call()
                self._call.report(ContextGiven(text))
                await self._frame()
            case Wait(seconds):
                await self._frames(seconds)
            case Listen(seconds):
                await self._listen(seconds)
            case HangUp():
                self._call.report(LineDropped())
                await self._frame()
            case Expect():
                await self._expect(step, step.act)
            case _:
                assert_never(step.act)

    def _needs_call(self) -> None:
        if self._is_over:
            raise _Stuck("The call was over by then.")

    def _needs_voice(self) -> None:
        self._needs_call()
        if self._call.plan.text_only:
            raise _Stuck("This agent is text-only; nobody speaks. Use `type` and `listen`.")

    async def _listen(self, seconds: float | None) -> None:
        if seconds is None:
            await self._until(lambda: self._replies_heard > self._replies_awaited, "The agent did not finish")
            self._replies_awaited = self._replies_heard
        else:
            self._needs_voice()
            await self._until(lambda: self._spoken_seconds >= seconds, f"The agent did not speak for {seconds:g} s")

    # Sound and time

    async def _sound(self, text: str, seconds: float) -> None:
        self._ear.will_hear(text, self._call.clock.now())
        await self._frames(seconds, _LOUD)

    async def _frames(self, seconds: float, frame: bytes = _QUIET) -> None:
        for _ in range(max(1, round(seconds / FRAME_SECONDS))):
            await self._frame(frame)

    async def _frame(self, frame: bytes = _QUIET) -> None:
        await pass_time(FRAME_SECONDS)
        if not self._is_over:
            self._call.hear(frame)
        self._watch()

    async def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait for the agent. A call that is over is waited for no longer."""
        for _ in range(round(PATIENCE_SECONDS / FRAME_SECONDS)):
            if condition() or self._is_over:
                return
            await self._frame()
        raise _Stuck(f"{otherwise} within {PATIENCE_SECONDS:g} s.")

    # Watching the agent

    @property
    def _is_over(self) -> bool:
        return isinstance(self._call.state, Ended)

    def _watch(self) -> None:
        state = self._call.state
        reply = state.reply if isinstance(state, Thinking | Speaking | Closing) else None
        if reply is not self._reply:
            self._spoken_seconds = 0.0
        self._reply = reply
        new = [turn for index, turn in self._record.turns.items() if index not in self._seen]
        self._seen.update(turn.index for turn in new)
        steps = [turn for turn in new if isinstance(turn, AgentTurn)]
        if steps and not any(step.interrupted for step in steps):
            self._replies_heard += 1
        if isinstance(state, Speaking | Closing):
            self._spoken_seconds += FRAME_SECONDS

    def _last_reply(self) -> list[AgentTurn]:
        """The steps of the last reply that is over."""
        steps: list[AgentTurn] = []
        for _, turn in sorted(self._record.turns.items(), reverse=True):
            if isinstance(turn, AgentTurn):
                steps.insert(0, turn)
            elif isinstance(turn, UserTurn) and not turn.ignored_as_backchannel and steps:
                break
        return steps

    # What is expected

    async def _expect(self, step: Step, expected: Expect) -> None:
        if expected.what == "end":
            await self._until(lambda: False, "The call did not end")
        holds, found = self._found(expected)
        self.checks.append(Check(step, self._call.clock.now(), holds, found))

    def _found(self, expected: Expect) -> tuple[bool, str]:
        """Whether it is so, and what was found."""
        steps = self._last_reply()
        match expected.what:
            case "agent":
                said = " ".join(step.text for step in steps)
                return _holds(expected.value, said), f"The caller heard {said!r}."
            case "caller":
                turns = [turn.text for turn in self._record.turns.values() if isinstance(turn, UserTurn)]
                said = turns[-1] if turns else ""
                return _holds(expected.value, said), f"The caller's last turn is {said!r}."
            case "cut" | "uncut":
                is_cut = self._reply is None and any(step.interrupted for step in steps)
                return is_cut == (expected.what == "cut"), f"The agent was {'' if is_cut else 'not '}cut."
            case "within":
                waits = [step.waterfall.voice_to_voice_seconds for step in steps]
                waited = next((one for one in waits if one is not None), None)
                found = "No reply to something that was said." if waited is None else f"It came after {waited:.2f} s."
                return waited is not None and waited <= float(expected.value), found
            case "tool":
                turns = [turn for turn in self._record.turns.values() if isinstance(turn, AgentTurn)]
                called = [call.name for turn in turns for call in turn.calls]
                return expected.value in called, f"Called were: {', '.join(called) or 'none'}."
            case _:
                ending = self._call.state.ending if isinstance(self._call.state, Ended) else None
                cause = ending.cause if ending else "none"
                return expected.value in ("", cause), f"It ended with {cause}: {ending.reason if ending else ''}"


def _holds(wanted: str, said: str) -> bool:
    return wanted.casefold() in said.casefold()
