"""A call in virtual time: a caller script, scripted ears, mind, voice, tools and line around the real engine.

Nothing here sleeps or reads a clock: the simulation keeps a queue of things that will happen, takes the earliest
(or the engine's deadline, if that is earlier), and gives it to the engine. A ten-minute call takes milliseconds.

    call = Simulation(plan(), [hears_agent_finish(), says("where is my order"), hears_agent_finish(), hangs_up()],
                      mind=[answer("It is on its way.")])
    call.run()
    assert call.transcript() == ["agent: Hello.", "user: where is my order", "agent: It is on its way."]

The doubles behave like real ones: the voice detector notices late, the ear gives interims and then a final, the
mind writes token by token, the voice makes audio faster than it is played, and the line plays in real time and knows
to the millisecond what the caller has heard. That is the ground truth the ledger of the engine is compared with.
"""

from __future__ import annotations

import heapq
import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tests.scenarios.invariants import Invariants

from vivavoce.engine.commands import (
    CallTool,
    CancelTool,
    ClientEvent,
    Command,
    FinishSaying,
    HangUp,
    HearAgain,
    Hush,
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
)
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import (
    Alignment,
    Connected,
    EarAtWork,
    Elapsed,
    Event,
    Heard,
    LineDropped,
    Played,
    SpeechStarted,
    SpeechStopped,
    Thought,
    ThoughtEnded,
    ThoughtFailed,
    Tokens,
    ToolFailed,
    ToolReturned,
    TurnLikelyOver,
    Typed,
    Voiced,
    VoiceFailed,
    WantsTool,
)
from vivavoce.engine.journal import Journal, decode, encode_entry, encode_header
from vivavoce.engine.plan import (
    Line,
    MindSettings,
    ModelChoice,
    Opening,
    Plan,
    TurnSettings,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.engine.states import Closing, Speaking, Thinking
from vivavoce.engine.transcript import AgentTurn, ContextTurn, Turn, UserTurn

# ---------------------------------------------------------------------------------------------------------------
# The plan


def plan(*, first_message: str = "Hello.", interruptible: bool = True, **changes: object) -> Plan:
    """A plan with everything a scenario does not care about."""
    base = Plan(
        conversation_id="conv_1",
        agent_id="agent_1",
        started_at_micros=1_790_000_000_000_000,
        mind=MindSettings(model=ModelChoice(model="first")),
        voice=VoiceSettings(voice=VoiceChoice(voice_id="ada")),
        opening=Opening(text=first_message, interruptible=interruptible),
        client_events=ALL_EVENTS,
    )
    return replace(base, **changes)


def turn(**changes: object) -> TurnSettings:
    """Turn settings, the rest as usual."""
    return TurnSettings(**changes)


ALL_EVENTS = (
    "audio",
    "interruption",
    "user_transcript",
    "tentative_user_transcript",
    "agent_response",
    "agent_response_correction",
    "agent_response_complete",
    "agent_chat_response_part",
    "agent_tool_request",
    "agent_tool_response",
    "internal_turn_probability",
    "external_agent_connected",
    "external_agent_disconnected",
)
PHONE = Line(medium="phone", pauses_silently=True)


# ---------------------------------------------------------------------------------------------------------------
# The caller's script


@dataclass(frozen=True)
class Act:
    """One step of the script: what to wait for, then what to do."""

    after: Callable[[Simulation], bool] | None = None
    """A condition; None goes on at once."""
    pause: float = 0.0
    do: Callable[[Simulation], float] | None = None
    """Does it, and says how long it takes."""


def waits(seconds: float) -> Act:
    """Does nothing for a while."""
    return Act(pause=seconds)


def hears_agent_start() -> Act:
    """Waits until something sounds (or is shown)."""
    return Act(after=lambda sim: sim.line.is_playing or sim.shown_since_mark())


def hears_agent_finish() -> Act:
    """Waits until the agent has spoken and is done."""
    return Act(after=lambda sim: sim.agent_has_finished())


def sees(kind: type, count: int = 1) -> Act:
    """Waits for a command of this kind."""
    return Act(after=lambda sim: len(sim.all(kind)) >= count)


def says(text: str, *, seconds: float | None = None, interims: bool | None = None, **ear: object) -> Act:
    """Speaks, at about fifteen characters a second."""
    length = seconds if seconds is not None else max(0.4, len(text) / 15)

    def do(sim: Simulation) -> float:
        ears = replace(sim.ears, **ear)
        ears.hear(sim, text, length, ears.interims if interims is None else interims)
        return length

    return Act(do=do)


def coughs(seconds: float = 0.25) -> Act:
    """Makes a sound that has no words."""

    def do(sim: Simulation) -> float:
        sim.ears.hear_noise(sim, seconds)
        return seconds

    return Act(do=do)


def types(text: str, *files: str) -> Act:
    """Writes a message."""
    return happens(Typed(text, files))


def hangs_up() -> Act:
    """Ends the call from the caller's side."""
    return happens(LineDropped())


def happens(*events: Event) -> Act:
    """Anything else the shell may report."""

    def do(sim: Simulation) -> float:
        for event in events:
            sim.at(0.0, event)
        return 0.0

    return Act(do=do)


def reports(make: Callable[[float], Event]) -> Act:
    """An event that needs the time."""

    def do(sim: Simulation) -> float:
        sim.at(0.0, make(sim.now))
        return 0.0

    return Act(do=do)


# ---------------------------------------------------------------------------------------------------------------
# The doubles


@dataclass(frozen=True)
class Ears:
    """A voice detector, an ear and, if `probability` is set, a turn model."""

    start_delay: float = 0.06
    stop_delay: float = 0.10
    interims: bool = True
    interim_every: float = 0.3
    final_delay: float = 0.15
    finals: bool = True
    probability: float | None = None
    detector: bool = True
    final_text: str | None = None
    last_interim: bool = False
    """Another interim, of all the words, just after the end."""
    tells_its_work: bool = False
    """It says when it begins to write down."""
    says_nothing_heard: bool = False
    """Noise is answered with an empty final."""

    def hear(self, sim: Simulation, text: str, seconds: float, interims: bool) -> None:
        start, stop = sim.now, sim.now + seconds
        if self.detector:
            sim.at(self.start_delay, SpeechStarted(start))
            sim.at(seconds + self.stop_delay, SpeechStopped(stop))
        if self.tells_its_work:
            sim.at(seconds + self.stop_delay, EarAtWork(stop))
        if interims:
            self._interims(sim, text, seconds)
        if self.finals:
            final = self.final_text if self.final_text is not None else text
            sim.at(seconds + self.final_delay, Heard(final, stop + self.final_delay))
        if self.probability is not None:
            sim.at(seconds + self.stop_delay + 0.01, TurnLikelyOver(self.probability, stop))

    def _interims(self, sim: Simulation, text: str, seconds: float) -> None:
        words = text.split()
        after = self.interim_every
        while after < seconds:
            said = " ".join(words[: max(1, int(len(words) * after / seconds))])
            sim.at(after + 0.05, Heard(said, sim.now + after, final=False))
            after += self.interim_every
        if self.last_interim:
            sim.at(seconds + 0.02, Heard(text, sim.now + seconds + 0.02, final=False))

    def hear_noise(self, sim: Simulation, seconds: float) -> None:
        start, stop = sim.now, sim.now + seconds
        sim.at(self.start_delay, SpeechStarted(start))
        sim.at(seconds + self.stop_delay, SpeechStopped(stop))
        if self.says_nothing_heard:
            sim.at(seconds + self.final_delay, Heard("", stop + self.final_delay))


@dataclass(frozen=True)
class Answer:
    """What the mind does with one request."""

    text: str = ""
    tools: tuple[tuple[str, Mapping[str, object]], ...] = ()
    first_token: float = 0.2
    per_token: float = 0.01
    fails_after: int | None = None
    """Tokens, then a failure."""
    stalls_after: int | None = None
    """Tokens, then nothing any more."""
    tokens: tuple[str, ...] | None = None
    call_ids: tuple[str, ...] = ()


def answer(text: str = "", **how: object) -> Answer:
    """The mind answers."""
    return Answer(text, **how)


def calls(name: str, text: str = "", /, *, arguments: Mapping[str, object] | None = None, **how: object) -> Answer:
    """The mind says something, perhaps, and calls a tool."""
    return Answer(text, tools=((name, arguments or {}),), **how)


def never() -> Answer:
    """The mind does not answer."""
    return Answer(stalls_after=0)


def fails(after: int = 0, text: str = "") -> Answer:
    """The mind breaks off."""
    return Answer(text, fails_after=after)


@dataclass(frozen=True)
class Voice:
    """A voice with a delay, faster than real time, in chunks."""

    first_byte: float = 0.1
    per_character: float = 0.06
    speed: float = 5.0
    chunk: float = 0.5
    alignment: str = "characters"
    """`characters`, `words` or `none`."""
    fails_on: tuple[int, ...] = ()
    """The how-manieth pieces of the call it fails on, after the first chunk."""
    silent_on: tuple[int, ...] = ()
    """Pieces it never delivers."""


@dataclass(frozen=True)
class Tool:
    """A tool that answers after a while, fails, or never answers."""

    delay: float = 0.5
    result: str | None = "done"
    fails: bool = False
    variables: Mapping[str, object] = field(default_factory=dict)


# ---------------------------------------------------------------------------------------------------------------
# The line


@dataclass
class _Span:
    run: int
    start: float
    end: float


class SimulatedLine:
    """Plays what it is given in real time, and knows exactly what was heard."""

    SENT_AHEAD = 0.3

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._queue: list[_Span] = []
        self._since = 0.0
        self._serial = 0
        self._released: dict[int, float] = {}
        self.reports = True
        self.heard: list[tuple[int, float, float]] = []
        """Every stretch of every run that was heard: (run, from, to)."""
        self.silences: list[tuple[float, float]] = []
        """(speech onset is up to the test) when a pause or hush took effect, and how much was still queued."""
        self.play_started: list[float] = []

    @property
    def is_playing(self) -> bool:
        return bool(self._queue)

    def play(self, command: Play) -> None:
        self._released[command.run] = command.end_seconds
        self._queue.append(_Span(command.run, command.start_seconds, command.end_seconds))
        if len(self._queue) == 1:
            self._start()

    def pause(self, run: int) -> None:
        position = self._stop(run)
        if position is not None:
            self._report(run, position)

    def resume(self, command: Resume) -> None:
        self._queue = [span for span in self._queue if span.run != command.run]
        end = self._released.get(command.run, 0.0)
        if end > command.start_seconds:
            self._queue.insert(0, _Span(command.run, command.start_seconds, end))
            self._start()

    def hush(self, command: Hush) -> None:
        if command.flush or not self._queue or self._queue[0].run != command.run:
            self._stop(command.run)
            self._queue = [span for span in self._queue if span.run != command.run]
            if self._queue:
                self._start()
        else:
            head, position = self._queue[0], self._position()
            rest = [span for span in self._queue[1:] if span.run != command.run]
            self._note(head.run, head.start, position)
            self._queue = [_Span(head.run, position, min(head.end, position + self.SENT_AHEAD)), *rest]
            self._start()

    def hang_up(self) -> None:
        if self._queue:
            self._note(self._queue[0].run, self._queue[0].start, self._position())
        self._queue.clear()
        self._serial += 1

    def _start(self) -> None:
        self._since = self._sim.now
        self._serial += 1
        serial, span = self._serial, self._queue[0]
        self.play_started.append(self._sim.now)
        self._sim.call_at(span.end - span.start, lambda: self._span_ended(serial))

    def _span_ended(self, serial: int) -> None:
        if serial != self._serial:
            return
        span = self._queue.pop(0)
        self._note(span.run, span.start, span.end)
        if self._queue:
            self._start()
        if not self._queue or self._queue[0].run != span.run:
            self._report(span.run, span.end)

    def _position(self) -> float:
        span = self._queue[0]
        return min(span.end, span.start + self._sim.now - self._since)

    def _stop(self, run: int) -> float | None:
        if not self._queue or self._queue[0].run != run:
            return None
        span, position = self._queue[0], self._position()
        self._note(run, span.start, position)
        left = sum(one.end - one.start for one in self._queue if one.run == run) - (position - span.start)
        self.silences.append((self._sim.now, left))
        self._queue = [one for one in self._queue if one.run != run]
        self._serial += 1
        return position

    def _note(self, run: int, start: float, end: float) -> None:
        if end > start:
            self.heard.append((run, start, end))

    def _report(self, run: int, position: float) -> None:
        if self.reports:
            self._sim.at(0.0, Played(run, position, self._sim.now))


# ---------------------------------------------------------------------------------------------------------------
# The simulation


class Simulation:
    """One call."""

    def __init__(
        self,
        plan_: Plan | None = None,
        script: Iterable[Act] = (),
        *,
        mind: Iterable[Answer] = (),
        fillers: Iterable[Answer] = (),
        ears: Ears | None = None,
        voice: Voice | None = None,
        tools: Mapping[str, Tool] | None = None,
        checks: bool = True,
        marked: bool = False,
    ) -> None:
        self.plan = plan_ or plan()
        self.now = 0.0
        self.ears = ears or Ears()
        self.voice = voice or Voice()
        self.tools = dict(tools or {})
        self.line = SimulatedLine(self)
        self.log: list[tuple[float, Event, tuple[Command, ...]]] = []
        self.conversation = Conversation(self.plan, 0.0)
        self.texts: dict[tuple[int, int], str] = {}
        """What each (run, piece) of the voice says."""
        self.seconds: dict[tuple[int, int], float] = {}
        self._invariants = Invariants(self.plan) if checks else None
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._mind = list(mind)
        self._fillers = list(fillers)
        self._stopped: set[int] = set()
        self._pieces = 0
        self._voice_free: dict[int, float] = {}
        self._call_ids = itertools.count(1)
        self._cancelled: set[str] = set()
        self._script = list(script)
        self._mark = 0
        self._was_busy = False
        self._finishes = 0
        self._finishes_used = 0
        self._marked = marked
        """Every answer begins with a word that names its run, so that a trace of it can be found."""
        self.ended = False

    # Time

    def at(self, delay: float, event: Event) -> None:
        """Report an event after a delay."""
        self.call_at(delay, lambda: self.report(event))

    def call_at(self, delay: float, what: Callable[[], None]) -> None:
        """Do something after a delay."""
        heapq.heappush(self._queue, (self.now + delay, next(self._order), what))

    def run(self, until: float = 3600.0) -> Simulation:
        """Let the call happen."""
        self.at(0.0, Connected())
        self._next_act()
        while not self.ended and self.now < until:
            deadline = self.conversation.deadline()
            due = self._queue[0][0] if self._queue else None
            if deadline is not None and (due is None or deadline.at < due):
                if deadline.at > until:
                    break
                self.now = max(self.now, deadline.at)
                self.report(Elapsed())
            elif due is not None:
                if due > until:
                    break
                self.now, _, what = heapq.heappop(self._queue)
                what()
            else:
                break
        return self

    def report(self, event: Event) -> None:
        """Give an event to the engine, and do what it says."""
        if self.ended:
            return
        commands = tuple(self.conversation.handle(event, self.now))
        self.log.append((self.now, event, commands))
        if self._invariants is not None:
            self._invariants.check(event, self.now, commands, self.conversation)
        for command in commands:
            self._apply(command)
        self._notice_finish(commands)

    # Doing what the engine says

    def _apply(self, command: Command) -> None:
        match command:
            case Think():
                self._think(command)
            case StopThinking(run):
                self._stopped.add(run)
            case Say():
                self._say(command)
            case Play():
                self.line.play(command)
            case Pause(run):
                self.line.pause(run)
            case Resume():
                self.line.resume(command)
            case Hush(run):
                self._stopped.add(run)
                self.line.hush(command)
            case CallTool():
                self._call_tool(command)
            case CancelTool(call_id):
                self._cancelled.add(call_id)
            case HangUp():
                self.line.hang_up()
                self.ended = True
            case FinishSaying() | Retune() | HearAgain() | Tell() | Remember() | RememberStandIn() | Note():
                pass

    def _think(self, command: Think) -> None:
        script = self._fillers if command.purpose == "filler" else self._mind
        what = script.pop(0) if script else never()
        words = what.tokens or tuple(f"{' ' if index else ''}{word}" for index, word in enumerate(what.text.split()))
        if self._marked and words:
            words = (f"answer{command.run}x ", *words)
        when = what.first_token
        limit = min(what.fails_after if what.fails_after is not None else 10**6, _or(what.stalls_after, 10**6))
        for word in words[:limit]:
            self._if_wanted(command.run, when, Thought(command.run, word))
            when += what.per_token
        if what.stalls_after is not None:
            return
        if what.fails_after is not None:
            self._if_wanted(command.run, when, ThoughtFailed(command.run, "broken"))
            return
        for index, (name, arguments) in enumerate(what.tools):
            call_id = what.call_ids[index] if what.call_ids else f"call_{next(self._call_ids)}"
            self._if_wanted(command.run, when, WantsTool(command.run, call_id, name, arguments))
        self._if_wanted(command.run, when, ThoughtEnded(command.run, Tokens(10, len(words))))

    def _say(self, command: Say) -> None:
        number, self._pieces = self._pieces, self._pieces + 1
        if number in self.voice.silent_on:
            return
        seconds = max(0.2, len(command.text) * self.voice.per_character)
        self.texts[command.run, command.piece] = command.text
        self.seconds[command.run, command.piece] = seconds
        when = max(self.now, self._voice_free.get(command.run, 0.0)) + self.voice.first_byte
        made = 0.0
        while made < seconds - 1e-9:
            chunk = min(self.voice.chunk, seconds - made)
            when += chunk / self.voice.speed if made else 0.0
            if number in self.voice.fails_on and made:
                self._if_wanted(command.run, when - self.now, VoiceFailed(command.run, "broken"))
                return
            alignment = self._alignment(command.text, seconds, made, chunk)
            made += chunk
            last = made >= seconds - 1e-9
            event = Voiced(command.run, command.piece, chunk, last=last, alignment=alignment)
            self._if_wanted(command.run, when - self.now, event)
        self._voice_free[command.run] = when

    def _alignment(self, text: str, seconds: float, start: float, length: float) -> Alignment | None:
        if self.voice.alignment == "none":
            return None
        pace = seconds / len(text)
        first, last = (math.ceil(at / pace - 1e-9) for at in (start, start + length))
        if self.voice.alignment == "characters":
            starts = [round(index * pace - start, 3) for index in range(first, min(last, len(text)))]
            return Alignment(text[first:last], tuple(starts))
        begins = [match.start() for match in re.finditer(r"\S+", text) if first <= match.start() < last]
        words = [text[begin:].partition(" ")[0] for begin in begins]
        return Alignment.of_words(words, [begin * pace - start for begin in begins], length)

    def _call_tool(self, command: CallTool) -> None:
        tool = self.tools.get(command.name, Tool())
        if tool.fails:
            self.at(tool.delay, ToolFailed(command.call_id, "no connection"))
        elif tool.result is not None:
            self.at(tool.delay, ToolReturned(command.call_id, tool.result, dict(tool.variables)))

    def _if_wanted(self, run: int, delay: float, event: Event) -> None:
        def report() -> None:
            if run not in self._stopped:
                self.report(event)

        self.call_at(delay, report)

    # The script

    def _next_act(self) -> None:
        if not self._script or self.ended:
            return
        act = self._script[0]
        if act.after is not None and not act.after(self):
            self.call_at(0.02, self._next_act)
            return
        self._script.pop(0)
        self._mark = len(self.log)

        def go() -> None:
            took = act.do(self) if act.do is not None else 0.0
            self.call_at(took, self._next_act)

        self.call_at(act.pause, go)

    def shown_since_mark(self) -> bool:
        """A text chat: something was shown since the script's last step."""
        return self.plan.text_only and any(
            isinstance(command, Tell) and command.event.wire_name == "agent_chat_response_part"
            for _, _, commands in self.log[self._mark :]
            for command in commands
        )

    def agent_has_finished(self) -> bool:
        """The agent finished a reply that the script has not waited for yet."""
        if self._finishes > self._finishes_used:
            self._finishes_used = self._finishes
            return True
        return False

    def _notice_finish(self, commands: tuple[Command, ...]) -> None:
        busy = isinstance(self.conversation.state, Thinking | Speaking | Closing)
        was_cut = any(isinstance(command, Note) and "is cut" in command.text for command in commands)
        if self._was_busy and not busy and not was_cut:
            self._finishes += 1
        self._was_busy = busy

    # What came of it

    def all(self, kind: type) -> list:
        """Every command of a kind, or what the client was told of a kind, in order."""
        found: list[object] = []
        for _, _, commands in self.log:
            for command in commands:
                if isinstance(command, kind):
                    found.append(command)
                elif isinstance(command, Tell) and isinstance(command.event, kind):
                    found.append(command.event)
        return found

    def times(self, kind: type) -> list[float]:
        """When."""
        return [
            now
            for now, _, commands in self.log
            for command in commands
            if isinstance(command, kind) or (isinstance(command, Tell) and isinstance(command.event, kind))
        ]

    def told(self) -> list[ClientEvent]:
        """Everything the client was told."""
        return [command.event for command in self.all(Tell)]

    def turns(self) -> list[Turn]:
        """The transcript as it was stored, by index."""
        stored: dict[int, Turn] = {}
        for command in self.all(Remember):
            stored[command.turn.index] = command.turn
        return [stored[index] for index in sorted(stored)]

    def transcript(self) -> list[str]:
        """The same in short."""
        return [_in_short(one) for one in self.turns()]

    def agent_turns(self) -> list[AgentTurn]:
        """Those of the agent."""
        return [one for one in self.turns() if isinstance(one, AgentTurn)]

    def user_turns(self) -> list[UserTurn]:
        """Those of the caller."""
        return [one for one in self.turns() if isinstance(one, UserTurn)]

    def notes(self) -> list[str]:
        """Why things were decided."""
        return [note.text for note in self.all(Note)]

    @property
    def ending(self):
        """How the call ended."""
        assert self.ended, "the call has not ended"
        return self.all(HangUp)[-1].ending

    def heard_once(self, run: int) -> bool:
        """The caller heard this run without a gap and without a repetition."""
        spans = [(start, end) for number, start, end in self.line.heard if number == run]
        position = 0.0
        for start, end in spans:
            if abs(start - position) > 1e-6:
                return False
            position = end
        return True

    def heard_seconds(self, run: int) -> float:
        """How much of it."""
        return sum(end - start for number, start, end in self.line.heard if number == run)

    def heard_characters(self, run: int) -> float:
        """How much of a run's text was heard, by the truth of the line and the voice. White space does not count."""
        left, heard = self.heard_seconds(run), 0.0
        for (number, _), text in sorted(self.texts.items()):
            seconds = self.seconds[number, _]
            if number == run and left > 1e-9:
                heard += len("".join(text.split())) * min(1.0, left / seconds)
                left -= seconds
        return heard

    def journal(self) -> Journal:
        """The journal of the call, through its text form."""
        return decode(self.journal_text())

    def journal_text(self) -> str:
        """As it is stored."""
        lines = [encode_header(self.plan, "test")]
        lines += [encode_entry(now, event, commands) for now, event, commands in self.log]
        return "\n".join(lines) + "\n"


def _in_short(one: Turn) -> str:
    match one:
        case UserTurn():
            mark = " (ignored)" if one.ignored_as_backchannel else ""
            return f"user{mark}: {one.text}"
        case AgentTurn():
            return f"agent: {one.text}{' [cut]' if one.interrupted else ''}"
        case ContextTurn():
            return f"context: {one.text}"


def _or(value: int | None, other: int) -> int:
    return other if value is None else value
