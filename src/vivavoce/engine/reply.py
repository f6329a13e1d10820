"""One reply of the agent: from the request to the mind to the last sound of the answer.

A reply has steps. Each step is one request to the mind and becomes one agent turn of the transcript: some text, and
perhaps tool calls. When the tools are done the next step begins, and the reply is over when a step asks for nothing
more and everything was heard.

        step 1   "Let me look that up." + weather(Bern)      -> spoken while the tool runs
        step 2   "It is sunny."                              -> the answer

What the reply decides itself: when a piece goes to the voice, when a tool starts, when the next step begins, what a
client is told of it. What it does not: whether to be interrupted (`interruption`, `conversation`), and what is
heard (`speech`, `playback`). In a text-only call there is no voice: text counts as heard when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from vivavoce.engine import system_tools
from vivavoce.engine.call import Call
from vivavoce.engine.commands import (
    AgentResponse,
    AgentResponseComplete,
    AgentResponseCorrection,
    AgentResponsePart,
    AgentToolRequest,
    CallTool,
    Ending,
    Remember,
    TentativeAgentResponse,
)
from vivavoce.engine.events import Thought, ThoughtEnded, ThoughtFailed, Tokens, Voiced, WantsTool
from vivavoce.engine.fillers import Fillers, shuffled
from vivavoce.engine.mind import Mind
from vivavoce.engine.phrasing import Phrase, Phrasing
from vivavoce.engine.plan import ToolSpec
from vivavoce.engine.prompt import FILLER_PROMPT
from vivavoce.engine.speech import Speech
from vivavoce.engine.system_tools.outcomes import Ends, Outcome, Refuses, Skips, Switches
from vivavoce.engine.tools import ToolRun
from vivavoce.engine.transcript import AgentTurn, CallMade, CallResult, Part
from vivavoce.engine.usage import Usage, Waterfall
from vivavoce.engine.variables import values_of

Purpose = Literal["opening", "answer", "re_engagement", "human", "farewell"]
MindEvent = Thought | WantsTool | ThoughtEnded | ThoughtFailed

STEPS_WITH_TOOLS = 8
"""After so many steps the mind is not offered tools any more: it has to answer."""


@dataclass(slots=True)
class Step:
    """One request to the mind, and what it wrote."""

    number: int
    text: str = ""
    """What was given to the voice, or shown."""
    event_id: int = 0
    """0 until there is text."""
    index: int | None = None
    """Of its agent turn, once it is part of the transcript."""
    calls: int = 0
    ended: bool = False
    response_told: bool = False
    usage: Usage = field(default_factory=Usage)
    model: str | None = None


class Reply:
    """The agent's turn, in the making."""

    def __init__(self, call: Call, purpose: Purpose, waterfall: Waterfall, *, mind: Mind | None = None) -> None:
        self.purpose: Purpose = purpose
        self.interruptible = purpose != "farewell"
        self.ending: Ending | None = None
        """The call ends when this reply is heard."""
        self.skipped = False
        """The agent chose to say nothing."""
        self.failed: str | None = None
        """Every model failed, and how."""
        self.is_held = False
        self.mind = mind or Mind(call.plan.mind, call.out, prefers=call.preferred_model)
        self.speech = Speech(call.plan, call.out, call.voice, call.language)
        self._call = call
        self._out = call.out
        self._waterfall = waterfall
        self._phrasing = Phrasing(tuple(one.label for one in call.plan.voice.labelled))
        self._steps: list[Step] = []
        self._done = False
        """There will be no more steps."""
        self._withheld: list[tuple[CallResult, str]] = []
        self._fillers = self._make_fillers()

    # Beginning

    def say(self, text: str, now: float) -> None:
        """Words that no model made: the first message, a farewell, a human's."""
        step = self._begin_step()
        for phrase in [*self._phrasing.push(text), *self._phrasing.finish()]:
            self._release(step, phrase, now)
        self._end_step(step, now)
        self._finish(now)

    def think(self, now: float, *notes: str) -> None:
        """Ask the mind for the next step."""
        step = self._begin_step()
        briefing = self._call.briefing(now, *notes)
        tools = self._call.offers() if step.number < STEPS_WITH_TOOLS else ()
        purpose = "re_engagement" if self.purpose == "re_engagement" else "answer"
        self.mind.ask(briefing.messages, tools, purpose, now)

    def adopt(self, events: Iterable[MindEvent], now: float) -> None:
        """The mind began before the turn was over, and was right: take over what it did until now."""
        self._begin_step()
        self.mind.adopt(now)
        for event in events:
            self.thinks(event, now)

    # The mind

    def thinks(self, event: MindEvent, now: float) -> None:
        """Something came from a mind; what is not from the awaited run is ignored."""
        if self._fillers_think(event, now) or event.run != self.mind.run or not self.mind.is_thinking:
            return
        match event:
            case Thought():
                self._wrote(event.text, now)
            case WantsTool():
                self._wants_tool(event, now)
            case ThoughtEnded():
                self._thought_ended(event.tokens, now)
            case ThoughtFailed():
                self._mind_failed(event.reason, now)
            case _:
                assert_never(event)

    def mind_is_late(self, now: float) -> None:
        """Nothing came within the cascade timeout."""
        self.mind.stop()
        self._mind_failed(f"silent for {self._call.plan.mind.cascade_timeout_seconds:g} s", now)

    def _wrote(self, text: str, now: float) -> None:
        if not text:
            return
        if self._waterfall.first_token is None:
            self._mark(first_token=now)
        self._fillers.disable()
        fresh = self.mind.wrote(text, now)
        if not fresh:
            return
        step = self._steps[-1]
        if self._call.plan.text_only:
            self._release(step, Phrase(fresh), now)
            return
        for phrase in self._phrasing.push(fresh):
            self._release(step, phrase, now)

    def _thought_ended(self, tokens: Tokens, now: float) -> None:
        step = self._steps[-1]
        step.usage = step.usage.with_tokens(tokens)
        if not self.mind.ended():
            self._mind_failed("empty answer", now)
            return
        self._call.preferred_model = self.mind.choice
        step.model = self.mind.model.model
        self._end_step(step, now)

    def _mind_failed(self, reason: str, now: float) -> None:
        step = self._steps[-1]
        if step.calls:
            self._out.note(f"The model failed ({reason}) after it had called a tool; going on with the result.")
            step.model = self.mind.model.model
            self.mind.stop()
            self._end_step(step, now)
            return
        self._phrasing.drop()
        if not self.mind.try_next(step.text, reason, now):
            self.failed = reason
            self._end_step(step, now)

    def _end_step(self, step: Step, now: float) -> None:
        for phrase in self._phrasing.finish():
            self._release(step, phrase, now)
        step.ended = True
        self._update_turn(step)
        self._tell_written(step)
        if step.text:
            self._out.tell(TentativeAgentResponse(step.text))

    def _tell_written(self, step: Step) -> None:
        if step.event_id:
            self._out.tell(AgentResponsePart("stop", "", step.event_id))

    # Text to the voice, or to the screen

    def _release(self, step: Step, phrase: Phrase, now: float) -> None:
        if not step.event_id:
            step.event_id = self._out.next_event_id()
            self._out.tell(AgentResponsePart("start", "", step.event_id))
        step.text += phrase.text
        self._out.tell(AgentResponsePart("delta", phrase.text, step.event_id))
        self._mark(first_sentence=now)
        if self._call.plan.text_only:
            self._show(step, now)
            return
        step.usage = replace(step.usage, voiced_characters=step.usage.voiced_characters + len(phrase.text))
        self.speech.event_id = step.event_id
        self.speech.say(phrase, step.number, now)

    def _show(self, step: Step, now: float) -> None:
        self._mark(first_played=now)
        self._put_in_transcript(step, now)

    def voiced(self, event: Voiced, now: float) -> bool:
        """Audio came; true if it was for this reply."""
        if self._fillers.voiced(event, now):
            return True
        was_audible = self.speech.is_audible
        if not self.speech.voiced(event, now):
            return False
        if self._waterfall.first_audio is None:
            self._mark(first_audio=now)
        if not was_audible and self.speech.is_audible:
            self._became_audible(now)
        return True

    def _became_audible(self, now: float) -> None:
        self._fillers.stop(now, flush=False)
        self._mark(first_played=now)

    def voice_failed(self, run: int, reason: str, now: float) -> None:
        """The voice broke off."""
        self.speech.failed(run, reason, now)

    def played(self, run: int, seconds: float, at: float, now: float) -> None:
        """The line reports what was heard."""
        if not self._fillers.played(run, seconds, at):
            self.speech.played(run, seconds, at, now)

    # Tools

    def _wants_tool(self, event: WantsTool, now: float) -> None:
        self.mind.wants_tool(now)
        step = self._steps[-1]
        if self._is_duplicate(event, step):
            self._out.note(f"{event.name} was called twice with the same arguments; once is enough.")
            return
        self._put_in_transcript(step, now)
        call_id = self._call.tools.free_id(event.call_id)
        call = CallMade(call_id=call_id, name=event.name, arguments=event.arguments, at=now)
        self._add_call(step, call)
        built_in = system_tools.find(self._call.plan, event.name)
        if built_in is not None:
            self._tell_request(call, "system")
            self._decide(system_tools.run(built_in, event.arguments, self._call.situation()), call, step, now)
            return
        spec = self._call.plan.tool(event.name)
        if spec is None:
            self._tell_request(call, "unknown")
            self._result(call, step, f"There is no tool called {event.name}.", "unknown", now, is_error=True)
            return
        self._tell_request(call, spec.kind)
        self._queue_tool(call, spec, step, now)

    def _is_duplicate(self, event: WantsTool, step: Step) -> bool:
        calls = self._call.agent_turn(step.index).calls if step.index is not None else ()
        return any(call.name == event.name and call.arguments == event.arguments for call in calls)

    def _add_call(self, step: Step, call: CallMade) -> None:
        assert step.index is not None
        step.calls += 1
        self._call.tools.know(call.call_id)
        turn = self._call.agent_turn(step.index)
        self._call.transcript.put(replace(turn, calls=(*turn.calls, call)))

    def _tell_request(self, call: CallMade, kind: str) -> None:
        self._out.tell(AgentToolRequest(call.name, call.call_id, kind, self._out.next_event_id()))

    def _queue_tool(self, call: CallMade, spec: ToolSpec, step: Step, now: float) -> None:
        assert step.index is not None
        self._flush_speech(step, now)
        run = ToolRun(call, spec, step.index)
        self._call.tools.add(run)
        if spec.execution != "after_speech":
            self._start_tool(run, now)

    def _flush_speech(self, step: Step, now: float) -> None:
        """What was said before a tool is spoken while it runs, also when it does not end like a sentence."""
        for phrase in self._phrasing.finish():
            self._release(step, phrase, now)

    def _start_tool(self, run: ToolRun, now: float) -> None:
        call, spec = run.call, run.spec
        run.due_at = now + spec.timeout_seconds
        values = values_of(spec.variables, self._call.variables, self._call.so_far(now))
        self._out.emit(CallTool(call.call_id, call.name, call.arguments, values, self._out.next_event_id()))
        if not spec.expects_response:
            self._call.tools.forget(run)
            result = CallResult(call_id=call.call_id, name=call.name, text="Done.", is_error=False, at=now)
            self._call.add_result(run.turn_index, result, spec.kind)

    def _result(self, call: CallMade, step: Step, text: str, kind: str, now: float, *, is_error: bool = False) -> None:
        assert step.index is not None
        result = CallResult(call_id=call.call_id, name=call.name, text=text, is_error=is_error, at=now)
        self._call.add_result(step.index, result, kind)

    def _decide(self, outcome: Outcome, call: CallMade, step: Step, now: float) -> None:
        match outcome:
            case Refuses(result):
                self._result(call, step, result, "system", now, is_error=True)
            case Switches(language, result):
                self._call.speak(language)
                self.speech.voice, self.speech.language = self._call.voice, language
                self._result(call, step, result, "system", now)
            case Skips(result):
                self._result(call, step, result, "system", now)
                self.skipped = True
                self._stop_here(step, now)
            case Ends():
                self._say_goodbye(outcome, call, step, now)
            case _:
                assert_never(outcome)

    def _say_goodbye(self, outcome: Ends, call: CallMade, step: Step, now: float) -> None:
        """The client hangs up when it is told of this result, so that it is told after the last sound."""
        assert step.index is not None
        result = CallResult(call_id=call.call_id, name=call.name, text=outcome.result, is_error=False, at=now)
        turn = self._call.agent_turn(step.index)
        self._call.transcript.put(replace(turn, results=(*turn.results, result)))
        self._withheld.append((result, "system"))
        self._flush_speech(step, now)
        if outcome.message and outcome.message not in step.text:
            gap = " " if step.text and not step.text[-1].isspace() else ""
            for phrase in [*self._phrasing.push(gap + outcome.message), *self._phrasing.finish()]:
                self._release(step, phrase, now)
        self.ending = Ending("agent_ended_call", outcome.reason)
        self.interruptible = False
        self._stop_here(step, now)

    def _stop_here(self, step: Step, now: float) -> None:
        step.model = self.mind.model.model
        self.mind.stop()
        self._end_step(step, now)
        self._finish(now)

    def tell_withheld(self) -> None:
        """The line is about to close: tell what could not be told before."""
        for result, kind in self._withheld:
            self._call.tell_result(result, kind)
        self._withheld.clear()

    # Going on

    def advance(self, now: float) -> None:
        """Do what has become possible: tell, start tools, begin the next step, finish."""
        self._enter_audible_steps(now)
        if self._done or self.mind.is_thinking or not self._steps:
            return
        if self.speech.is_heard_so_far(now):
            for run in self._call.tools.unstarted():
                self._start_tool(run, now)
        step = self._steps[-1]
        if step.index is not None and self._call.tools.awaited_of(step.index):
            return
        if step.calls and not self.failed:
            self.think(now)
        else:
            self._finish(now)

    def _enter_audible_steps(self, now: float) -> None:
        """A step that is heard, or shown, is part of the transcript; when it is complete the client is told it."""
        for step in self._steps:
            if step.response_told or not step.text:
                continue
            if self._call.plan.text_only or self.speech.is_step_audible(step.number):
                self._put_in_transcript(step, now)
                self._tell_response(step)

    def _tell_response(self, step: Step) -> None:
        if step.ended:
            step.response_told = True
            self._out.tell(AgentResponse(step.text, step.event_id))

    def _finish(self, now: float) -> None:
        if not self._done:
            self._done = True
            self._fillers.disable()
            self.speech.finish(now)

    @property
    def is_over(self) -> bool:
        """Nothing more will be said, and all of it was heard."""
        return self._done and not self.is_held and (self._call.plan.text_only or self.speech.is_over)

    def made(self, turn_index: int) -> bool:
        """This turn of the transcript is one of its steps."""
        return any(step.index == turn_index for step in self._steps)

    @property
    def is_mute(self) -> bool:
        """No voice works."""
        return self.speech.mute

    @property
    def is_audible(self) -> bool:
        """The caller has begun to hear (or see) it."""
        return self.speech.is_audible or any(step.text for step in self._steps if self._call.plan.text_only)

    def is_sounding(self, now: float) -> bool:
        """The caller hears something at this moment."""
        return self.speech.is_sounding(now) or self._fillers.is_sounding(now)

    def is_almost_over(self, now: float, seconds: float) -> bool:
        """All that is left is a last syllable."""
        return self._done and not self.speech.owes_audio and self.speech.remaining(now) <= seconds

    def words_lately(self, now: float) -> str:
        """What the caller has heard of it."""
        return "".join(text for _, text in self.speech.heard_pieces(now))

    # Held, cut, closed

    def hold(self, now: float) -> None:
        """The caller makes a sound: pause until it is decided what it was."""
        if not self.is_held:
            self.is_held = True
            self.speech.hold(now)
            self._fillers.hold(now)

    def resume(self, now: float) -> None:
        """It was nothing: go on."""
        if self.is_held:
            was_audible = self.speech.is_audible
            self.is_held = False
            self._fillers.resume(now)
            self.speech.resume(now)
            if self.speech.is_audible and not was_audible:
                self._became_audible(now)

    def cut(self, now: float) -> None:
        """The caller takes the floor: what was not heard is not said."""
        self.mind.stop()
        self._fillers.stop(now, flush=True)
        self.speech.hush(now)
        for run in self._call.tools.unstarted():
            self._call.tools.forget(run)
        self._close(now, interrupted=True)

    def close(self, now: float) -> None:
        """It was heard to its end."""
        self._close(now, interrupted=False)

    def _close(self, now: float, *, interrupted: bool) -> None:
        self._mark(last_played=now)
        heard = self._heard_by_step(now)
        for step in self._steps:
            if interrupted:
                self._tell_cut(step, heard[step.number])
            if step.index is not None:
                self._remember(
                    step, heard[step.number], now, interrupted=interrupted and not self._is_whole(step, heard)
                )
                if step.event_id:
                    self._out.tell(AgentResponseComplete(step.event_id))
        self._call.usage = self._call.usage.plus(self._usage())

    def _is_whole(self, step: Step, heard: dict[int, str]) -> bool:
        return step.ended and heard[step.number] == step.text and step is not self._steps[-1]

    def _tell_cut(self, step: Step, heard: str) -> None:
        if not step.ended:
            self._tell_written(step)
        if step.index is None or not step.text:
            return
        if self._call.plan.text_only:
            if not step.ended:
                self._out.tell(AgentResponse(step.text, step.event_id))
            return
        if heard == step.text:
            return
        if not step.response_told:
            self._out.tell(AgentResponse(step.text, step.event_id))
        self._out.tell(AgentResponseCorrection(step.text, heard, step.event_id))

    def _heard_by_step(self, now: float) -> dict[int, str]:
        if self._call.plan.text_only:
            return {step.number: step.text for step in self._steps}
        heard = {step.number: "" for step in self._steps}
        for piece, text in self.speech.heard_pieces(now):
            heard[piece.step] += text
        return {number: text.rstrip() if text != self._steps[number].text else text for number, text in heard.items()}

    # The transcript

    def _begin_step(self) -> Step:
        step = Step(len(self._steps))
        self._steps.append(step)
        return step

    def _put_in_transcript(self, step: Step, now: float) -> None:
        """From its first sound or its first tool call on, a step is part of the history."""
        if step.index is not None:
            return
        step.index = self._call.transcript.next_index
        self._call.transcript.append(
            AgentTurn(
                index=step.index,
                at=self._call.not_before(now),
                text=step.text.strip(),
                event_id=step.event_id,
                by_human=self.purpose == "human",
                language=self._call.language,
            )
        )

    def _update_turn(self, step: Step) -> None:
        if step.index is not None:
            turn = self._call.agent_turn(step.index)
            self._call.transcript.put(replace(turn, text=step.text.strip(), event_id=step.event_id))

    def _remember(self, step: Step, heard: str, now: float, *, interrupted: bool) -> None:
        assert step.index is not None
        turn = replace(
            self._call.agent_turn(step.index),
            text=heard.strip(),
            event_id=step.event_id,
            original_text=step.text.strip() if heard.strip() != step.text.strip() else None,
            interrupted=interrupted,
            parts=self._parts(step, now),
            fillers=tuple(self._fillers.said) if step.number == 0 else (),
            model=step.model,
            waterfall=self._waterfall if step.number == self._first_spoken() else Waterfall(),
            usage=step.usage,
        )
        self._call.transcript.put(turn)
        self._out.emit(Remember(turn))

    def _parts(self, step: Step, now: float) -> tuple[Part, ...]:
        if not self.speech.has_several_voices:
            return ()
        return self._heard_parts(step, now)

    def _heard_parts(self, step: Step, now: float) -> tuple[Part, ...]:
        """Neighbouring pieces in the same voice are one part."""
        parts: list[Part] = []
        for piece, heard in self.speech.heard_pieces(now):
            if piece.step != step.number or not heard:
                continue
            if parts and parts[-1].voice_label == piece.label:
                parts[-1] = replace(parts[-1], text=parts[-1].text + heard)
            else:
                parts.append(Part(text=heard.lstrip(), voice_label=piece.label, at=piece.sounds_at or now))
        return tuple(replace(part, text=part.text.rstrip()) for part in parts)

    def _first_spoken(self) -> int:
        return next((step.number for step in self._steps if step.text), 0)

    def _usage(self) -> Usage:
        total = Usage(voiced_seconds=self.speech.voiced_seconds)
        for step in self._steps:
            total = total.plus(step.usage)
        return total

    def _mark(self, **times: float) -> None:
        missing = {name: at for name, at in times.items() if getattr(self._waterfall, name) is None}
        if missing:
            self._waterfall = replace(self._waterfall, **missing)

    # Fillers and time

    def _make_fillers(self) -> Fillers:
        call = self._call
        preset = call.plan.preset(call.language)
        messages = (preset.soft_timeout_messages if preset else ()) or call.plan.soft_timeout.messages
        if call.plan.soft_timeout.randomised:
            messages = shuffled(messages, call.plan.seed, call.transcript.next_index)
        too_early = call.plan.soft_timeout.waits_for_first_caller_turn and not call.transcript.user_turns
        enabled = self.purpose == "answer" and not call.plan.text_only and not too_early
        return Fillers(call.plan, call.out, messages, enabled=enabled)

    def filler_due_at(self) -> float | None:
        """When the pause wants filling."""
        if not self.mind.is_silent or self.is_held or self.speech.owes_audio:
            return None
        return self._fillers.due_at(self.mind.asked_at)

    def fill(self, now: float) -> None:
        """The mind is slow."""
        prompt = self._call.plan.soft_timeout.mind_prompt or FILLER_PROMPT
        self._fillers.fire(self.speech, self._call.briefing(now, prompt).messages, now)

    def _fillers_think(self, event: MindEvent, now: float) -> bool:
        match event:
            case Thought():
                return self._fillers.wrote(event.run, event.text)
            case ThoughtEnded() | ThoughtFailed():
                return self._fillers.ended(event.run, self.speech, now)
            case WantsTool():
                return False
