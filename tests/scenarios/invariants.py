"""The seven things that always hold, checked after each event of a simulated call.

Six are checked here, from events and commands alone, as a client or a shell would see them. The seventh, that a
replayed journal yields the same commands, needs the whole call: `tests/scenarios/test_random.py` checks it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vivavoce.engine.commands import (
    AgentResponse,
    AgentResponseCorrection,
    CallTool,
    CancelTool,
    Command,
    HangUp,
    Hush,
    Interruption,
    Note,
    Pause,
    Play,
    Remember,
    Resume,
    Say,
    Tell,
    Think,
    UserMessage,
)
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import Event, ToolFailed, ToolReturned
from vivavoce.engine.plan import Plan
from vivavoce.engine.states import Listening
from vivavoce.engine.transcript import AgentTurn, Turn, UserTurn
from vivavoce.engine.words import words_of


class InvariantBroken(AssertionError):
    """Something that always holds did not."""


class Invariants:
    """The watcher of one call."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._hushed: set[int] = set()
        self._paused: set[int] = set()
        self._played: dict[int, float] = {}
        self._audio_id = 0
        self._silenced_until = 0
        self._last_id = 0
        self._tools_open: set[str] = set()
        self._tools_closed: set[str] = set()
        self._hang_ups = 0
        self._turns: dict[int, Turn] = {}
        self._guess = 0
        self._guessed = ""
        self._dropped: list[int] = []

    def check(self, event: Event, now: float, commands: Sequence[Command], conversation: Conversation) -> None:
        """After one event."""
        self._tools_before(event)
        for command in commands:
            if self._hang_ups:
                raise InvariantBroken(f"5: {command} after HangUp")
            self._check(command)
        self._one_deadline(now, conversation, commands)
        self._no_trace_of_guesses(event, commands, conversation)

    # 1

    def _one_deadline(self, now: float, conversation: Conversation, commands: Sequence[Command]) -> None:
        deadline = conversation.deadline()
        if deadline is not None and deadline.at <= now:
            raise InvariantBroken(f"1: {deadline} is not after {now}")
        if any(isinstance(command, Note) and "do not settle" in command.text for command in commands):
            raise InvariantBroken("1: the deadlines do not settle")
        if deadline is None and not self._hang_ups and not isinstance(conversation.state, Listening):
            raise InvariantBroken("5: no deadline, and no HangUp: the call would hang for ever")

    # 2, 3, 4, 5

    def _check(self, command: Command) -> None:
        match command:
            case Play() | Resume():
                self._plays(command)
            case Say(run):
                if run in self._hushed:
                    raise InvariantBroken(f"2: run {run} is given text after it was hushed")
            case Pause(run):
                if run in self._paused:
                    raise InvariantBroken(f"2: run {run} is paused twice")
                self._paused.add(run)
            case Hush(run):
                if run in self._hushed:
                    raise InvariantBroken(f"2: run {run} is hushed twice")
                self._hushed.add(run)
            case Tell(told):
                self._told(told)
            case CallTool(call_id):
                if call_id in self._tools_open | self._tools_closed:
                    raise InvariantBroken(f"4: {call_id} is called twice")
                self._tools_open.add(call_id)
                tool = self._plan.tool(command.name)
                if tool is not None and not tool.expects_response:
                    self._answered(call_id)
            case CancelTool(call_id):
                self._answered(call_id)
            case Remember(turn):
                self._remembers(turn)
            case HangUp():
                self._hang_ups += 1
                if self._tools_open:
                    raise InvariantBroken(f"4: {sorted(self._tools_open)} were neither answered nor cancelled")
            case _:
                pass

    def _plays(self, command: Play | Resume) -> None:
        if command.run in self._hushed:
            raise InvariantBroken(f"2: run {command.run} plays after it was hushed")
        if isinstance(command, Resume):
            self._paused.discard(command.run)
        if command.run in self._paused:
            raise InvariantBroken(f"2: run {command.run} plays while it is paused")
        if command.event_id <= self._silenced_until:
            raise InvariantBroken(f"2: audio {command.event_id} after interruption {self._silenced_until}")
        if command.event_id < self._audio_id:
            raise InvariantBroken(f"2: audio {command.event_id} after audio {self._audio_id}")
        self._audio_id = command.event_id
        released = self._played.get(command.run, 0.0)
        if isinstance(command, Play):
            if command.start_seconds != released or command.end_seconds <= released:
                raise InvariantBroken(f"2: {command} does not follow {released}")
            self._played[command.run] = command.end_seconds
        elif command.start_seconds > released:
            raise InvariantBroken(f"2: {command} skips audio after {released}")

    def _told(self, told: object) -> None:
        event_id = getattr(told, "event_id", None)
        if isinstance(told, Interruption):
            if told.event_id <= self._audio_id:
                raise InvariantBroken(f"2: interruption {told.event_id} does not cover audio {self._audio_id}")
            self._silenced_until = told.event_id
        if event_id is not None and not isinstance(told, AgentResponse | AgentResponseCorrection):
            self._last_id = max(self._last_id, event_id)
        if isinstance(told, AgentResponseCorrection) and not _is_prefix(told.corrected, told.original):
            raise InvariantBroken(f"3: {told.corrected!r} is not the beginning of {told.original!r}")

    def _remembers(self, turn: Turn) -> None:
        original = turn.original_text if isinstance(turn, AgentTurn) else None
        if original is not None and not _is_prefix(turn.text, original):
            raise InvariantBroken(f"3: {turn.text!r} is not the beginning of {original!r}")
        before = self._turns.get(turn.index)
        if before is not None and (type(before) is not type(turn) or before.at != turn.at):
            raise InvariantBroken(f"3: turn {turn.index} changed its role or time")
        self._turns[turn.index] = turn
        times = [self._turns[index].at for index in sorted(self._turns)]
        if times != sorted(times):
            raise InvariantBroken(f"3: the transcript is not in the order of time: {times}")

    def _tools_before(self, event: Event) -> None:
        if isinstance(event, ToolReturned | ToolFailed) and event.call_id in self._tools_open:
            self._answered(event.call_id)

    def _answered(self, call_id: str) -> None:
        if call_id not in self._tools_open:
            raise InvariantBroken(f"4: {call_id} is answered twice, or was never called")
        self._tools_open.discard(call_id)
        self._tools_closed.add(call_id)

    # 7

    def _no_trace_of_guesses(self, event: Event, commands: Sequence[Command], conversation: Conversation) -> None:
        """What a guess says has no effect while it is a guess, and none at all if it is dropped."""
        before, self._guess = self._guess, _guess_of(conversation)
        if before and before == self._guess and getattr(event, "run", None) == before and commands:
            raise InvariantBroken(f"7: {commands[0]} follows from a guess")
        adopted = any(isinstance(command, Note) and command.text == "The guess was right." for command in commands)
        if before and before != self._guess and not adopted:
            self._dropped.append(before)
        for command in commands:
            if isinstance(command, Think) and command.purpose == "speculation":
                self._guessed = next(one.text for one in reversed(command.messages) if isinstance(one, UserMessage))
        if adopted:
            self._was_right(commands)
        if not self._dropped:
            return
        visible = [command for command in commands if isinstance(command, Say | Tell | Remember | CallTool | Think)]
        shown = repr(visible) if visible else ""
        for run in self._dropped:
            if f"answer{run}x" in shown:
                raise InvariantBroken(f"7: guess {run} was dropped, and left a trace")

    def _was_right(self, commands: Sequence[Command]) -> None:
        turns = [command.turn for command in commands if isinstance(command, Remember)]
        said = next(turn.text for turn in turns if isinstance(turn, UserTurn))
        if words_of(said) != words_of(self._guessed):
            raise InvariantBroken(f"7: a guess on {self._guessed!r} answers {said!r}")


def _guess_of(conversation: Conversation) -> int:
    state = conversation.state
    return state.guess.mind.run if isinstance(state, Listening) and state.guess is not None else 0


def _is_prefix(heard: str, said: str) -> bool:
    return said.strip().startswith(heard.strip())
