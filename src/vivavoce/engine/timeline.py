"""The timeline: a journal as people read it, moment by moment, with the reason for each decision.

    for moment in timeline(journal):
        moment.at, moment.actor, moment.text       what happened
        moment.because                             which deadline had passed, if that is why anything was decided
        moment.then                                what was done about it, with the engine's own remarks

A timeline is a replay told in words, so it also knows where the engine decides otherwise today than it did in the call
(`Moment.diverges`). What only experts want to see is marked as a `detail`: tokens after the first, further audio of a
reply, what the client is told beside the words. A moment is a detail if everything about it is one.

Moments are plain data (`codec.to_text`), for a terminal, a page or a program.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, assert_never

from vivavoce.base.frozen import frozen
from vivavoce.engine import events as happened
from vivavoce.engine.commands import (
    AgentResponseCorrection,
    CallTool,
    CancelTool,
    ClientEvent,
    Command,
    Ending,
    FinishSaying,
    HangUp,
    HearAgain,
    Hush,
    Interruption,
    Note,
    Pause,
    Play,
    Remember,
    RememberStandIn,
    Resume,
    Retune,
    Say,
    StopThinking,
    Tell,
    Think,
    Trouble,
)
from vivavoce.engine.events import Event
from vivavoce.engine.journal import Journal, Step, replay
from vivavoce.engine.states import Why
from vivavoce.engine.transcript import AgentTurn, ContextTurn, Turn, UserTurn

_OfLine = (
    happened.Connected
    | happened.LineDropped
    | happened.HangUpAsked
    | happened.Draining
    | happened.ContextGiven
    | happened.UserActive
)
_OfCaller = (
    happened.SpeechStarted
    | happened.SpeechStopped
    | happened.Heard
    | happened.LanguageHeard
    | happened.EarAtWork
    | happened.TurnLikelyOver
    | happened.SilenceInDoubt
    | happened.EarFailed
    | happened.Typed
)
_OfMind = happened.Thought | happened.WantsTool | happened.ThoughtEnded | happened.ThoughtFailed
_OfVoice = happened.Voiced | happened.VoiceFailed | happened.Played

Actor = Literal["line", "caller", "mind", "voice", "tool", "human", "clock"]
"""Who made something happen."""

_ACTORS: Mapping[happened.Role, Actor] = {"ear": "caller", "mind": "mind", "voice": "voice"}


@frozen
class Sentence:
    """One thing that was done, in plain English."""

    text: str
    detail: bool = False


@frozen
class Moment:
    """One event of a call, and what followed from it."""

    number: int
    """Which event of the journal; the first is 1."""
    at: float
    """Seconds since the call began."""
    actor: Actor
    text: str
    because: str | None
    """The deadline that had passed."""
    then: tuple[Sentence, ...]
    state: str
    """Where the call stood afterwards: `Listening`, `Thinking`, ..."""
    detail: bool
    diverges: bool = False
    """The engine decides otherwise than it did in the call."""


def timeline(journal: Journal) -> Iterator[Moment]:
    """Live through a call again, and tell it."""
    narrator = _Narrator()
    for step in replay(journal):
        yield narrator.tell(step)


def ending_of(moments: list[Moment]) -> str | None:
    """How the call ended, in one sentence; None if the journal stops before its end."""
    last = moments[-1] if moments else None
    return last.then[-1].text if last is not None and last.state == "Ended" and last.then else None


def verdict(moments: Sequence[Moment]) -> str:
    """Whether the replay is the call, in one sentence."""
    first = next((moment for moment in moments if moment.diverges), None)
    if first is None:
        return f"All {len(moments)} events are decided as they were in the call."
    return f"Event {first.number} at {first.at:.3f} s is decided otherwise than in the call: {first.text}"


_PURPOSE = {
    "answer": "an answer",
    "speculation": "a guess, before the turn is over",
    "re_engagement": "something to say into the silence",
    "filler": "a few words that fill the pause",
}


class _Narrator:
    """Tells one call. It remembers when what began, so that it can say how long things took."""

    def __init__(self) -> None:
        self._asked: dict[int, float] = {}
        self._said: dict[int, float] = {}
        self._sounding: dict[int, float] = {}
        self._called: dict[str, float] = {}
        self._silent_since: float | None = None

    def tell(self, step: Step) -> Moment:
        """One event."""
        now = step.entry.now
        actor, what = self._event(step.entry.event, now)
        if isinstance(step.entry.event, happened.Elapsed) and step.why is not None:
            what = Sentence(f"It is time: {step.why}{self._after_silence(step.why, now)}.")
        elif isinstance(step.entry.event, happened.SpeechStopped):
            self._silent_since = step.entry.event.at
        then = tuple(self._command(command, now) for command in step.commands)
        detail = what.detail and all(one.detail for one in then) and not step.diverges
        return Moment(
            number=step.number,
            at=now,
            actor=actor,
            text=what.text,
            because=step.why,
            then=then,
            state=step.state,
            detail=detail,
            diverges=step.diverges,
        )

    def _after_silence(self, why: Why, now: float) -> str:
        if why != "the caller's turn is over" or self._silent_since is None:
            return ""
        return f", after {now - self._silent_since:.2f} s of silence"

    # Events

    def _event(self, event: Event, now: float) -> tuple[Actor, Sentence]:  # noqa: PLR0911 - one actor, one line
        match event:
            case (
                happened.Connected()
                | happened.LineDropped()
                | happened.HangUpAsked()
                | happened.Draining()
                | happened.ContextGiven()
                | happened.UserActive()
            ):
                return "line", _of_line(event)
            case happened.Elapsed():
                return "clock", Sentence("The clock rang, and nothing was due.", detail=True)
            case (
                happened.SpeechStarted()
                | happened.SpeechStopped()
                | happened.Heard()
                | happened.LanguageHeard()
                | happened.EarAtWork()
                | happened.TurnLikelyOver()
                | happened.SilenceInDoubt()
                | happened.EarFailed()
                | happened.Typed()
            ):
                return "caller", _of_caller(event, now)
            case happened.Thought() | happened.WantsTool() | happened.ThoughtEnded() | happened.ThoughtFailed():
                return "mind", self._of_mind(event, now)
            case happened.Voiced() | happened.VoiceFailed() | happened.Played():
                return "voice", self._of_voice(event, now)
            case happened.SteppedIn(role):
                return _ACTORS[role], _of_stand_in(event)
            case happened.ToolReturned() | happened.ToolFailed():
                return "tool", self._of_tool(event, now)
            case happened.TakenOver() | happened.HumanSaid() | happened.Released():
                return "human", _of_human(event)
            case _:
                assert_never(event)

    def _of_mind(self, event: _OfMind, now: float) -> Sentence:
        run = f"Run {event.run}"
        match event:
            case happened.Thought(number, text):
                if number in self._asked:
                    seconds = now - self._asked.pop(number)
                    return Sentence(f"{run} begins to answer after {seconds:.2f} s: {_quoted(text)}.")
                return Sentence(f"{run} goes on: {_quoted(text)}.", detail=True)
            case happened.WantsTool():
                return Sentence(f"{run} wants the tool {event.name} with {_shown(event.arguments)}.")
            case happened.ThoughtEnded(_, tokens):
                return Sentence(f"{run} is done: {tokens.input_tokens} tokens in, {tokens.output_tokens} out.")
            case happened.ThoughtFailed(_, reason):
                return Sentence(f"{run} failed: {reason}")
            case _:
                assert_never(event)

    def _of_voice(self, event: _OfVoice, now: float) -> Sentence:
        match event:
            case happened.Voiced(run, piece, seconds):
                if run in self._said:
                    took = now - self._said.pop(run)
                    return Sentence(f"The voice of run {run} gives its first audio after {took:.2f} s.")
                return Sentence(f"The voice of run {run} gives {seconds:.2f} s more of piece {piece}.", detail=True)
            case happened.VoiceFailed(run, reason):
                return Sentence(f"The voice of run {run} failed: {reason}")
            case happened.Played(run, seconds):
                return Sentence(f"The caller has heard {seconds:.2f} s of run {run}.")
            case _:
                assert_never(event)

    def _of_tool(self, event: happened.ToolReturned | happened.ToolFailed, now: float) -> Sentence:
        took = now - self._called.pop(event.call_id, now)
        match event:
            case happened.ToolReturned(_, result):
                return Sentence(f"The tool call {event.call_id} returned after {took:.2f} s: {_quoted(result)}.")
            case happened.ToolFailed(_, reason):
                return Sentence(f"The tool call {event.call_id} failed after {took:.2f} s: {reason}")
            case _:
                assert_never(event)

    # Commands

    def _command(self, command: Command, now: float) -> Sentence:  # noqa: PLR0911 - a table
        match command:
            case Think() | StopThinking() | CallTool() | CancelTool():
                return self._asking(command, now)
            case Say() | FinishSaying() | Play() | Pause() | Resume() | Hush():
                return self._speaking(command, now)
            case Retune(language):
                return Sentence(f"Listen for {language} from here on.")
            case HearAgain(since):
                return Sentence(f"Have everything since {since:.2f} s transcribed once more.")
            case Tell(event):
                return _told(event)
            case Remember(turn):
                return _kept(turn)
            case RememberStandIn():
                return Sentence("The record says so.", detail=True)
            case Note(text):
                return Sentence(text)
            case HangUp(ending):
                return Sentence(_ending(ending))
            case _:
                assert_never(command)

    def _asking(self, command: Think | StopThinking | CallTool | CancelTool, now: float) -> Sentence:
        match command:
            case Think(run, model):
                self._asked[run] = now
                return Sentence(f"Ask the model {model.model} for {_PURPOSE[command.purpose]} (run {run}).")
            case StopThinking(run):
                return Sentence(f"Run {run} is not wanted any more.")
            case CallTool(call_id, name):
                self._called[call_id] = now
                return Sentence(f"Call the tool {name} ({call_id}).")
            case CancelTool(call_id):
                return Sentence(f"The tool call {call_id} is not waited for any more.")
            case _:
                assert_never(command)

    def _speaking(self, command: Say | FinishSaying | Play | Pause | Resume | Hush, now: float) -> Sentence:
        run = command.run
        match command:
            case Say():
                self._said.setdefault(run, now)
                return Sentence(f"Voice {_quoted(command.text)} (run {run}).")
            case FinishSaying():
                return Sentence(f"Run {run} has no more text.", detail=True)
            case Play():
                is_first = run not in self._sounding
                self._sounding[run] = now
                text = f"The caller begins to hear run {run}." if is_first else f"More of run {run} may be sent."
                return Sentence(text, detail=not is_first)
            case Pause():
                return Sentence(f"Pause run {run} at once.")
            case Resume(_, start):
                return Sentence(f"Go on with run {run} where the caller stopped hearing it, at {start:.2f} s.")
            case Hush(_, flush):
                rest = "what was sent is called back" if flush else "what was sent sounds to its end"
                return Sentence(f"No more of run {run} is sent; {rest}.")
            case _:
                assert_never(command)


def _of_line(event: _OfLine) -> Sentence:
    match event:
        case happened.Connected():
            return Sentence("The line is open.")
        case happened.LineDropped(reason):
            return Sentence(f"The line is gone: {reason}")
        case happened.HangUpAsked(reason):
            return Sentence(f"Somebody wants the call over: {reason}")
        case happened.Draining(within_seconds):
            return Sentence(f"The server is being stopped; the call has {within_seconds:g} s left.")
        case happened.ContextGiven(text):
            return Sentence(f"The client lets the agent know: {_quoted(text)}.")
        case happened.UserActive():
            return Sentence("The client says that the caller is doing something.")
        case _:
            assert_never(event)


def _of_caller(event: _OfCaller, now: float) -> Sentence:  # noqa: PLR0911 - a table
    match event:
        case happened.SpeechStarted(at):
            return Sentence(f"There is a voice{_since(at, now)}.")
        case happened.SpeechStopped(at):
            return Sentence(f"The voice is silent{_since(at, now)}.")
        case happened.Heard():
            return _heard(event)
        case happened.LanguageHeard(language):
            return Sentence(f"The ear recognises the language {language}.")
        case happened.EarAtWork():
            return Sentence("The ear writes down what was said.", detail=True)
        case happened.TurnLikelyOver(probability):
            return Sentence(f"The turn model gives {probability:.0%} that the turn is over.")
        case happened.SilenceInDoubt():
            return Sentence("Whether the caller is still silent will soon be known.", detail=True)
        case happened.EarFailed(reason):
            return Sentence(f"The ear failed: {reason}")
        case happened.Typed(text, files):
            sent = f" and sends {len(files)} file{'s' * (len(files) > 1)}" if files else ""
            return Sentence(f"The caller writes {_quoted(text)}{sent}.")
        case _:
            assert_never(event)


def _of_stand_in(event: happened.SteppedIn) -> Sentence:
    return Sentence(f"The {event.role} {event.failed} failed; {event.instead} goes on in its place: {event.reason}")


def _heard(event: happened.Heard) -> Sentence:
    if not event.final:
        return Sentence(f"The ear hears so far: {_quoted(event.text)}.", detail=True)
    if not event.text:
        return Sentence("The ear listened to the end, and heard no words.")
    return Sentence(f"The ear understood: {_quoted(event.text)}.")


def _of_human(event: happened.TakenOver | happened.HumanSaid | happened.Released) -> Sentence:
    match event:
        case happened.TakenOver(by):
            return Sentence(f"{by or 'A human'} takes the agent's place.")
        case happened.HumanSaid(text):
            return Sentence(f"The human has the voice say {_quoted(text)}.")
        case happened.Released():
            return Sentence("The human gives the call back.")
        case _:
            assert_never(event)


def _told(event: ClientEvent) -> Sentence:
    match event:
        case Interruption():
            return Sentence("The client is told to be silent.")
        case AgentResponseCorrection(original, corrected):
            said = (
                f"heard {_quoted(corrected)} of {_quoted(original)}" if corrected else f"heard nothing of {original!r}"
            )
            return Sentence(f"The client is told that the caller {said}.")
        case Trouble(code, error_type, message):
            return Sentence(f"The client is told of the error {error_type} ({code}): {message}")
        case _:
            return Sentence(f"The client is told: {event.wire_name}.", detail=True)


def _kept(turn: Turn) -> Sentence:
    match turn:
        case UserTurn():
            mark = ", which does not count as a turn" if turn.ignored_as_backchannel else ""
            verb = "said" if turn.medium == "audio" else "wrote"
            return Sentence(f"Kept: the caller {verb} {_quoted(turn.text)}{mark}.")
        case AgentTurn():
            return Sentence(f"Kept: the agent {'was cut after' if turn.interrupted else 'said'} {_agent(turn)}.")
        case ContextTurn():
            return Sentence(f"Kept: the context {_quoted(turn.text)}.", detail=True)
        case _:
            assert_never(turn)


def _agent(turn: AgentTurn) -> str:
    waited = turn.waterfall.voice_to_voice_seconds
    text = _quoted(turn.text) if turn.text else "nothing"
    return text if waited is None else f"{text} ({waited:.2f} s after the caller)"


def _ending(ending: Ending) -> str:
    return f"Hang up, {ending.cause.replace('_', ' ')}: {ending.reason}"


def _since(at: float, now: float) -> str:
    return f" since {at:.2f} s" if now - at >= 0.005 else ""


def _quoted(text: str) -> str:
    return f"“{' '.join(text.split())}”"


def _shown(arguments: object) -> str:
    return json.dumps(arguments, ensure_ascii=False)
