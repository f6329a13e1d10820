"""The runner: one call from its first event to its record's last line.

    link, hearing, thinking, ...  --report(event)-->  inbox  -->  engine.handle  -->  commands, carried out in order

It holds the shell's side of the engine's contract:

- One event at a time. `report` only notes an event; the inbox is worked off on the loop, in order, and all commands of
  one event are carried out before the next is looked at. Nothing is reported from within a command.
- The engine is woken at the deadline it gives, by one timer. A timer that is already armed for an earlier moment
  stays, and is set anew when it fires: deadlines move on with almost every event, and few of them ever fall due.
- Everything that runs for the call runs in its task group; when the call is over, all of it ends. Who does not within
  `LEAVING_SECONDS` (a provider that is stuck) is left behind: neither the record nor the line waits for it.
- A line whose record is still being made lets the call get ready meanwhile (`run(at_once=False)`): the first words go
  to the voice, and whatever comes of that waits for `go_on`. So nothing counts as heard that nobody was sent.
- The journal gets every event with the digest of what it caused. The record is finished whatever happens.

What is hot does not come by here: frames go from the link straight to `hearing`, audio from the mouth to the link.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import (
    CallTool,
    CancelTool,
    Command,
    Ending,
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
    Trouble,
)
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import Connected, Elapsed, Event, HangUpAsked
from vivavoce.engine.journal import encode_entry, encode_header
from vivavoce.engine.plan import Plan
from vivavoce.engine.states import State
from vivavoce.engine.transcript import StandIn
from vivavoce.engine.usage import Usage
from vivavoce.live.clock import CallClock
from vivavoce.live.hearing import Hearing, Senses
from vivavoce.live.mouth import Mouth
from vivavoce.live.speaking import Speaking
from vivavoce.live.thinking import Thinking
from vivavoce.live.tooling import Tooling
from vivavoce.live.within import Within
from vivavoce.ports.conversion import Conversion
from vivavoce.ports.language import Minds
from vivavoce.ports.link import Link
from vivavoce.ports.recorder import Recorder, Recording
from vivavoce.ports.records import Record
from vivavoce.ports.speech import Ear, gives_interims
from vivavoce.ports.standing_in import about_error
from vivavoce.ports.tools import Tools
from vivavoce.ports.voice import Voices

_log = logging.getLogger(__name__)

LEAVING_SECONDS = 5.0

BROKEN = Ending("hang_up_asked", "The call broke off because of an error in the server.", 1011, "internal_error")


async def _nothing_to_load() -> None:
    return


@frozen
class Organs:
    """What a process's calls think, speak, hear and act with."""

    minds: Minds
    voices: Voices
    senses: Senses
    tools: Tools
    recorder: Recorder
    conversion: Conversion
    version: str = ""
    warm: Callable[[], Awaitable[None]] = _nothing_to_load
    """Loads what a voice call needs, where that was not done ahead of time; awaited before such a call begins."""


class Call:
    """One call."""

    def __init__(
        self,
        plan: Plan,
        workspace_id: str,
        link: Link,
        organs: Organs,
        record: Record,
        *,
        secrets: Mapping[str, str] | None = None,
        keeps_content: bool = True,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.plan = plan = _heard_by(organs.senses.ear, plan)
        self.workspace_id = workspace_id
        self._link = link
        self._organs = organs
        self._record = record
        self._secrets = secrets or {}
        self._keeps_content = keeps_content
        self._loop = loop
        self.clock = CallClock(loop.time)
        self._engine = Conversation(plan, now=0.0)
        self._inbox: deque[Event] = deque()
        self._is_working = False
        self._may_go_on = False
        self._is_going_on = False
        """It has begun, and what happens is worked off."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._over: asyncio.Future[HangUp] = loop.create_future()
        self._living: _Living | None = None

    @property
    def state(self) -> State:
        """Where the call stands, for those who look."""
        return self._engine.state

    # What comes in

    def report(self, event: Event) -> None:
        """Something happened. Safe from anywhere on the loop, also from within a command."""
        if self._over.done():
            return
        self._inbox.append(event)
        # What happens before the call has begun waits for its beginning.
        if self._is_going_on:
            self._wake()

    def _wake(self) -> None:
        if not self._is_working:
            self._is_working = True
            self._loop.call_soon(self._work)

    def hear(self, pcm: bytes) -> None:
        """A frame of the caller's audio."""
        if self._living is not None and self._living.hearing is not None:
            self._living.hearing.hear(pcm)

    def client_answered(self, call_id: str, result: str, *, is_error: bool) -> None:
        """The client ran its tool."""
        if self._living is not None:
            self._living.tooling.client_answered(call_id, result, is_error=is_error)

    def feedback(self, event_id: int, score: str | None) -> None:
        """What the caller thinks of a reply."""
        self._record.feedback(event_id, score)

    def hang_up(self, reason: str) -> None:
        """Somebody beside the caller wants it over."""
        self.report(HangUpAsked(reason))

    # The whole call

    async def run(self, *, at_once: bool = True) -> Ending:
        """Hold the call to its end; returns why it ended. Not `at_once`, it gets ready and waits for `go_on`."""
        self._write(encode_header(self.plan, self._organs.version))
        self._may_go_on = self._may_go_on or at_once
        last = HangUp(BROKEN, Usage())
        living = self._loop.create_task(self._live(), name="living")
        try:
            last = await self._end_of(living)
        except* Exception as group:
            kinds = ", ".join(type(each).__name__ for each in group.exceptions)
            about = {"conversation_id": self.plan.conversation_id} | about_error(
                group.exceptions[0], keeps_content=self._keeps_content
            )
            _log.error("A call broke off (%s).", kinds, extra=about)
            self._link.tell(Trouble(BROKEN.close_code, "internal_error", BROKEN.reason))
        finally:
            # Also when the process is made to stop at once: a record without an end would be a call for ever.
            self._record.finish(last.ending, last.usage, self.clock.now())
        self._link.close(last.ending)
        return last.ending

    def go_on(self) -> None:
        """What was waited for is there: work off what has happened, and what will."""
        self._may_go_on = True
        if self._living is not None:
            self._is_going_on = True
            self._wake()

    async def _end_of(self, living: "asyncio.Task[HangUp]") -> HangUp:
        """How it ended. What does not end with it is left behind."""
        try:
            await asyncio.wait({living, self._over}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            living.cancel()
            await asyncio.wait({living}, timeout=LEAVING_SECONDS)
            raise
        await asyncio.wait({living}, timeout=LEAVING_SECONDS)
        if living.done():
            return living.result()
        _log.error("Something of a call does not end.", extra={"conversation_id": self.plan.conversation_id})
        return self._over.result()

    async def _live(self) -> HangUp:
        async with asyncio.TaskGroup() as tasks:
            organs = self._grow(tasks)
            try:
                self._begin()
                return await self._over
            finally:
                self._stop(organs)

    def _begin(self) -> None:
        self._handle(Connected())
        self._arm()
        if self._may_go_on:
            self.go_on()

    def _grow(self, tasks: asyncio.TaskGroup) -> "_Living":
        """Everything that this call lives with, in its task group."""
        organs, link = self._organs, self._link
        recording = organs.recorder.open(
            self.workspace_id, self.plan.conversation_id, link.input_rate_hz, link.output_rate_hz
        )
        within = Within(
            self.workspace_id,
            self.plan,
            link,
            self.clock,
            self._loop,
            tasks,
            recording,
            self.report,
            self._secrets,
            self._keeps_content,
        )
        speaking = Speaking(within, organs.voices, organs.conversion)
        living = _Living(
            thinking=Thinking(within, organs.minds),
            speaking=speaking,
            mouth=Mouth(within, speaking),
            tooling=Tooling(within, organs.tools),
            hearing=None if self.plan.text_only else Hearing(within, organs.senses, organs.conversion),
            recording=recording,
        )
        if living.hearing is not None:
            living.ear = tasks.create_task(living.hearing.listen(), name="ear")
        self._living = living
        return living

    def _stop(self, living: "_Living") -> None:
        if self._timer is not None:
            self._timer.cancel()
        if living.hearing is not None:
            living.hearing.close()
        if living.ear is not None:
            living.ear.cancel()
        living.thinking.close()
        living.speaking.close()
        living.mouth.close()
        living.tooling.close()
        living.recording.close()

    # One event

    def _work(self) -> None:
        try:
            while self._inbox and not self._over.done():
                self._handle(self._inbox.popleft())
            self._arm()
        except Exception as error:
            if not self._over.done():
                self._over.set_exception(error)
        finally:
            self._is_working = False

    def _handle(self, event: Event) -> None:
        now = self.clock.now()
        commands = self._engine.handle(event, now)
        self._write(encode_entry(now, event, commands))
        for command in commands:
            self._carry_out(command)

    def _write(self, line: str) -> None:
        # Half a surrogate pair from a model or a client must cost a character, not the call.
        self._record.journal(f"{line}\n".encode("utf-8", "replace"))

    def _arm(self) -> None:
        deadline = self._engine.deadline()
        if deadline is None or self._over.done():
            return
        if self._timer is not None:
            if self._timer_at <= deadline.at:
                return
            self._timer.cancel()
        self._timer_at = deadline.at
        self._timer = self._loop.call_at(self.clock.loop_time(deadline.at), self._fall_due)

    def _fall_due(self) -> None:
        self._timer = None
        deadline = self._engine.deadline()
        if deadline is not None and deadline.at <= self._timer_at:
            if deadline.why == "the caller's turn is over" and self._living is not None and self._living.hearing:
                self._living.hearing.doubt_what_is_overdue()
            self.report(Elapsed())
        else:
            self._arm()

    def _carry_out(self, command: Command) -> None:  # noqa: PLR0912 - a table, one line a command
        living = self._living
        assert living is not None
        match command:
            case Think():
                living.thinking.start(command)
                if command.purpose == "answer" and living.hearing is not None:
                    living.hearing.turn_is_over()
            case StopThinking(run):
                living.thinking.stop(run)
            case Say():
                living.speaking.say(command)
            case FinishSaying(run):
                living.speaking.finish(run)
            case Play(run, start, end, event_id):
                living.mouth.play(run, start, end, event_id)
            case Pause(run):
                living.mouth.pause(run)
            case Resume(run, start, event_id):
                living.mouth.resume(run, start, event_id)
            case Hush(run, flush):
                living.mouth.hush(run, flush=flush)
                living.speaking.drop(run)
            case CallTool():
                living.tooling.call(command)
            case CancelTool(call_id):
                living.tooling.cancel(call_id)
            case Retune(language):
                if living.hearing is not None:
                    living.hearing.retune(language)
            case HearAgain(since):
                if living.hearing is not None:
                    living.hearing.hear_again(since)
            case Tell(event):
                self._link.tell(event)
            case Remember(turn):
                self._record.turn(turn)
            case RememberStandIn(stand_in):
                self._remember_stand_in(stand_in)
            case Note():
                pass
            case HangUp():
                self._over.set_result(command)
            case _:
                assert_never(command)

    def _remember_stand_in(self, stand_in: StandIn) -> None:
        self._record.stand_in(stand_in)
        # What a provider says of its failure may repeat what somebody said.
        about = {"conversation_id": self.plan.conversation_id, "pii_reason": stand_in.reason}
        _log.warning(
            "The %s %s failed in a call, and %s goes on.", stand_in.role, stand_in.failed, stand_in.instead, extra=about
        )


def _heard_by(ear: Ear, plan: Plan) -> Plan:
    """The plan with what this ear can do: who gives no words meanwhile is given more time for them."""
    return replace(plan, line=replace(plan.line, gives_interims=gives_interims(ear, plan.language)))


@dataclass(slots=True)
class _Living:
    """The organs of one call while it lives."""

    thinking: Thinking
    speaking: Speaking
    mouth: Mouth
    tooling: Tooling
    hearing: Hearing | None
    recording: Recording
    ear: asyncio.Task[None] | None = None
