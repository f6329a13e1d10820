"""The records of running calls: taken down in memory, written to the database in groups.

    call --turn, journal, finish--> LiveRecord --wake--> one writer task --one transaction--> database

Rules
- `begin` returns when the conversation is durable: it exists before its first word. A call may already get ready to
  speak by then, and its record takes that down.
- Nothing else waits. The end of a turn is written within a tenth of a second, together with what other calls of the
  process have to write by then; what only the journal has is written once a second, for all calls at once.
- One transaction holds turns and journal up to the same moment, so what survives a crash fits together.
- A record is finished once, by whoever closes it first. `LiveRecord.written` waits until all of it is in the database,
  or until it is clear that it will not get there soon; a record that was not is closed as an orphan later.
- A journal lies in pieces in the database while the call runs, and is sealed into one blob afterwards.
- An agent without retention (`zero_retention_mode`) leaves the row alone: no words, no journal, no variables.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import field, replace

import orjson

from vivavoce.base.errors import Problem
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.engine.commands import Ending
from vivavoce.engine.plan import Plan, VariableValue
from vivavoce.engine.transcript import AgentTurn, StandIn, Turn
from vivavoce.engine.usage import Usage
from vivavoce.features.conversations.store import Change, Closing, Conversation, ConversationStore
from vivavoce.features.conversations.transcript import Entry, Word, entry_of, model_usage, word_of
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.records import Milestone

_log = logging.getLogger(__name__)

IN_PROGRESS = "in-progress"
DONE = "done"
FAILED = "failed"

TURN_SECONDS = 0.1
JOURNAL_SECONDS = 1.0
SLACK_SECONDS = 0.01
JOURNAL_BYTES = 64 * 1024
RETRY_SECONDS = 1.0
WRITTEN_SECONDS = 10.0
NO_ERROR = 1000
MOST_STAND_INS = 50


@frozen(kw_only=True)
class Circumstances:
    """What the plan does not say about how a conversation came about."""

    agent_name: str | None = None
    authorization_method: str = "public"
    initiation: Body = field(default_factory=dict[str, object])
    """What the client sent, without secrets."""
    keeps_content: bool = True
    is_monitored: bool = False
    """Whether supervisors may watch it."""
    warnings: Sequence[str] = ()
    """What its operator should know."""


_UNKNOWN = Circumstances()


class ConversationRecords:
    """The records of this process's calls."""

    def __init__(self, store: ConversationStore, blobs: Blobs, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._dirty: dict[int, LiveRecord] = {}
        self._due_at: dict[int, float] = {}
        self._writing = asyncio.Lock()
        self._due = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = 0.0  # not every loop's timers tell it
        self._unsealed: asyncio.Queue[tuple[int, str, str]] = asyncio.Queue()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """The writer is at work within the block; at its end everything is written."""
        tasks = [asyncio.create_task(self._keep_writing(), name="records"), asyncio.create_task(self._keep_sealing())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._write_the_rest()

    async def begin(self, workspace_id: str, plan: Plan, circumstances: Circumstances = _UNKNOWN) -> "LiveRecord":
        """Make the record of a call; `Conflict` if its id was used before."""
        record = self.open(workspace_id, plan, circumstances)
        await record.begin()
        return record

    def open(self, workspace_id: str, plan: Plan, circumstances: Circumstances) -> "LiveRecord":
        """The record of a call that came about like this: it takes everything down, and exists once it has begun."""
        body = _body(plan, circumstances)
        return LiveRecord(self, workspace_id, plan, body, keeps_content=circumstances.keeps_content)

    async def insert(self, record: "LiveRecord", body: Body, *, keeps_content: bool) -> int:
        """Make a record durable; its number. `Conflict` if its id was used before."""
        words = _words(record.plan, keeps_content=keeps_content)
        return await self._store.insert(_row(record.workspace_id, record.plan, body, self._clock.now()), words)

    async def refuse(
        self, workspace_id: str, plan: Plan, circumstances: Circumstances, code: int, problem: Problem
    ) -> None:
        """Keep that somebody who was let in could not start a call, and why."""
        row = _row(workspace_id, plan, _body(plan, circumstances), self._clock.now())
        error = {"code": code, "reason": problem.status}
        await self._store.insert(
            replace(
                row,
                status=FAILED,
                ended_at=row.started_at,
                termination_reason=problem.message,
                body={**row.body, "cause": "refused", "error": error},
            ),
            _words(plan, keeps_content=False),
        )

    def changed(self, record: "LiveRecord", within_seconds: float) -> None:
        """A record has something to write."""
        loop = asyncio.get_running_loop()
        at = loop.time() + within_seconds
        if within_seconds >= JOURNAL_SECONDS:
            # On a grid, so that those who have time go together.
            at = math.floor(at / JOURNAL_SECONDS) * JOURNAL_SECONDS
        if self._due_at.get(record.number, math.inf) <= at:
            return
        self._dirty[record.number] = record
        self._due_at[record.number] = at
        self._wake_at(at)

    def _wake_at(self, at: float) -> None:
        if self._timer is not None:
            if self._wakes_at <= at:
                return
            self._timer.cancel()
        self._wakes_at = at
        self._timer = asyncio.get_running_loop().call_at(at, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._due.set()

    async def flush(self) -> None:
        """Write everything that was handed over up to now."""
        await self._write_until(math.inf)

    async def _write_until(self, due_by: float) -> None:
        """Write all records that are due by then, in one transaction."""
        async with self._writing:
            numbers = [number for number, at in self._due_at.items() if at <= due_by]
            taken = [self._dirty.pop(number) for number in numbers]
            for number in numbers:
                del self._due_at[number]
            if taken:
                await self._write(taken)

    async def _write(self, taken: Sequence["LiveRecord"]) -> None:
        changes = [record.take(self._clock.now()) for record in taken]
        try:
            await self._store.write(changes)
        except (Problem, asyncio.CancelledError):
            self._put_back(taken)
            raise
        except Exception:
            # One of them cannot be written. That is no reason why the others should not be.
            await self._write_singly(taken, changes)
        # A record may have been finished while it was written: what was taken then is not all of it.
        for record, change in zip(taken, changes, strict=True):
            if change.closing is not None:
                self._unsealed.put_nowait((record.number, record.workspace_id, record.plan.conversation_id))

    async def _write_singly(self, taken: Sequence["LiveRecord"], changes: Sequence[Change]) -> None:
        for place, change in enumerate(changes):
            try:
                await self._write_what_can_be(change)
            except BaseException:
                self._put_back(taken[place:])
                raise

    async def _write_what_can_be(self, change: Change) -> None:
        """Write a change; if the database refuses what it holds, at least that the call goes on or is over."""
        for part in (change, replace(change, entries=(), marks=(), journal="")):
            try:
                await self._store.write([part])
            except Problem:
                raise
            except Exception:
                _log.exception("A part of a conversation cannot be kept.", extra={"number": change.number})
            else:
                return

    def _put_back(self, taken: Sequence["LiveRecord"]) -> None:
        for record in taken:
            record.take_back()
            self._dirty[record.number] = record
            self._due_at[record.number] = 0.0

    async def written(self, record: "LiveRecord") -> None:
        """Wait until a record is in the database, for as long as that makes sense."""
        try:
            async with asyncio.timeout(WRITTEN_SECONDS):
                while record.number in self._dirty or self._writing.locked():
                    await self._write_or_wait(self._due_at.get(record.number, 0.0))
        except TimeoutError:
            _log.error("A conversation's record could not be written.", extra={"id": record.plan.conversation_id})

    async def _write_or_wait(self, due_by: float) -> None:
        try:
            await self._write_until(due_by)
        except Problem as problem:
            _log.warning("Records wait: %s", problem.message)
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            # The writer serves all calls of the process: whatever one of them did, it goes on.
            _log.exception("Records wait.")
            await asyncio.sleep(RETRY_SECONDS)

    async def _keep_writing(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._due.wait()
            self._due.clear()
            await self._write_or_wait(loop.time() + SLACK_SECONDS)
            if self._due_at:
                self._wake_at(min(self._due_at.values()))

    async def _write_the_rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            async with asyncio.timeout(WRITTEN_SECONDS):
                while self._dirty:
                    await self._write_or_wait(math.inf)
                while not self._unsealed.empty():
                    await self.seal(*self._unsealed.get_nowait())
        except TimeoutError:
            _log.error("Some records could not be written before the end; they will be closed as orphans.")

    # Sealing

    async def _keep_sealing(self) -> None:
        while True:
            number, workspace_id, conversation_id = await self._unsealed.get()
            await self.seal(number, workspace_id, conversation_id)

    async def seal(self, number: int, workspace_id: str, conversation_id: str) -> None:
        """Put a journal that is complete into one blob; if that fails its pieces stay, and are looked after later."""
        try:
            await self._seal(number, workspace_id, conversation_id)
        except Problem as problem:
            _log.warning("A journal waits in pieces: %s", problem.message)
        except Exception:
            _log.exception("A journal waits in pieces.")

    async def _seal(self, number: int, workspace_id: str, conversation_id: str) -> None:
        text = await self._store.journal(number)
        if text:
            await self._blobs.put(workspace_id, journal_path(conversation_id), text.encode())
            await self._store.drop_journal(number)


class LiveRecord:
    """One conversation's record while it runs; see `ports.records.Record`."""

    def __init__(
        self,
        records: ConversationRecords,
        workspace_id: str,
        plan: Plan,
        body: Body,
        *,
        keeps_content: bool,
    ) -> None:
        self.number = 0
        """Of its row; none as long as there is no row."""
        self.workspace_id = workspace_id
        self.plan = plan
        self.is_finished = False
        self._records = records
        self._body = body
        self._keeps_content = keeps_content
        self._turns: dict[int, Turn] = {}
        self._milestones: dict[int, dict[str, float]] = {}
        self._marks: list[tuple[int, Body | None]] = []
        self._stand_ins: list[Body] = []
        self._says_more = False
        """The row's body has to be written anew."""
        self._journal = bytearray()
        self._piece = 0
        self._said: dict[str, set[int]] = {"user": set(), "agent": set()}
        self._seconds = 0.0
        self._language = plan.language
        self._closing: Closing | None = None
        self._beginning: asyncio.Future[None] | None = None
        self._waits_for_seconds: float | None = None
        """How soon after its beginning it has something to write."""
        self._taken = _Taken()

    async def begin(self) -> None:
        """Make it durable; `Conflict` if its id was used before. Who stops waiting for that stops no half of it: a row
        that is there nevertheless is known, and closed by `written`."""
        self._beginning = asyncio.ensure_future(self._insert())
        await asyncio.shield(self._beginning)

    async def _insert(self) -> None:
        self.number = await self._records.insert(self, self._body, keeps_content=self._keeps_content)
        if self._waits_for_seconds is not None:
            self._records.changed(self, self._waits_for_seconds)

    @property
    def has_begun(self) -> bool:
        """Whether it is in the database."""
        return self.number > 0

    def _changed(self, within_seconds: float) -> None:
        if self.has_begun:
            self._records.changed(self, within_seconds)
        elif self._waits_for_seconds is None or within_seconds < self._waits_for_seconds:
            self._waits_for_seconds = within_seconds

    # What the call hands over

    def turn(self, turn: Turn) -> None:
        """A turn is complete, or is corrected."""
        self._turns[turn.index] = turn
        self._seconds = max(self._seconds, turn.at)
        if isinstance(turn, AgentTurn):
            self._language = turn.language
        self._changed(TURN_SECONDS)

    def stand_in(self, stand_in: StandIn) -> None:
        """Somebody took over. What a provider said of it may repeat what somebody said."""
        if len(self._stand_ins) < MOST_STAND_INS:
            told = stand_in if self._keeps_content else replace(stand_in, reason="")
            self._stand_ins.append(stand_in_body(told))
            self._says_more = True
            self._changed(TURN_SECONDS)

    def milestone(self, milestone: Milestone) -> None:
        """When something of a turn happened; written with the turn."""
        self._milestones.setdefault(milestone.turn, {})[milestone.name] = milestone.at_seconds

    def journal(self, lines: bytes) -> None:
        """The next lines of the journal."""
        if not self._keeps_content:
            return
        self._journal += lines
        self._changed(JOURNAL_SECONDS if len(self._journal) < JOURNAL_BYTES else TURN_SECONDS)

    def feedback(self, event_id: int, score: str | None) -> None:
        """What the caller thinks of a reply."""
        mark = None if score is None else {"score": score, "time_in_call_secs": int(self._seconds)}
        self._marks.append((event_id, mark))
        self._changed(JOURNAL_SECONDS)

    def finish(self, ending: Ending, usage: Usage, duration_seconds: float) -> None:
        """The call is over."""
        self._seconds = duration_seconds
        self.is_finished = True
        has_failed = ending.close_code != NO_ERROR
        self._closing = Closing(
            ended_at=self.plan.started_at_micros + round(duration_seconds * SECOND),
            status=FAILED if has_failed else DONE,
            termination_reason=ending.reason,
            body={
                **self._body_so_far(),
                "cause": ending.cause,
                "error": {"code": ending.close_code, "reason": ending.error_type or ending.reason}
                if has_failed
                else None,
                "usage": _usage(usage, self.plan),
            },
        )
        self._changed(0.0)

    def _body_so_far(self) -> Body:
        return {**self._body, "stand_ins": list(self._stand_ins)} if self._stand_ins else self._body

    async def written(self) -> None:
        """Wait until all of it is in the database. One that never began leaves nothing there."""
        if self._beginning is not None:
            await asyncio.wait({self._beginning}, timeout=WRITTEN_SECONDS)
        if self.has_begun:
            await self._records.written(self)

    # What the writer takes

    def take(self, now: int) -> Change:
        """What is to be written now."""
        taken = self._taken = _Taken(self._turns, self._marks, bytes(self._journal), self._says_more)
        self._turns, self._marks, self._journal, self._says_more = {}, [], bytearray(), False
        entries = [entry for turn in taken.turns.values() if (entry := self._entry_of(turn)) is not None]
        for entry in entries:
            if entry.is_message:
                self._said[entry.body["role"]].add(entry.turn)
        self._piece += bool(taken.journal)
        passed = (now - self.plan.started_at_micros) / SECOND
        return Change(
            number=self.number,
            seen_at=now,
            duration_seconds=math.ceil(self._seconds if self.is_finished else max(self._seconds, passed)),
            user_messages=len(self._said["user"]),
            agent_messages=len(self._said["agent"]),
            language=self._language,
            entries=entries if self._keeps_content else (),
            marks=taken.marks,
            journal=taken.journal.decode(),
            body=self._body_so_far() if taken.says_more else None,
            piece=self._piece,
            closing=self._closing,
        )

    def _entry_of(self, turn: Turn) -> Entry | None:
        try:
            return entry_of(turn, self.plan, self._milestones.get(turn.index))
        except Exception:
            # Neither the other turns nor the other calls can help it.
            _log.exception("A turn cannot be kept.")
            return None

    def take_back(self) -> None:
        """It could not be written; it will be with what comes next."""
        taken = self._taken
        self._turns = {**taken.turns, **self._turns}
        self._marks = [*taken.marks, *self._marks]
        self._says_more = taken.says_more or self._says_more
        self._journal = bytearray(taken.journal + self._journal)
        self._piece -= bool(taken.journal)


@frozen
class _Taken:
    """What the writer has in hand."""

    turns: Mapping[int, Turn] = field(default_factory=dict[int, Turn])
    marks: list[tuple[int, Body | None]] = field(default_factory=list[tuple[int, "Body | None"]])
    journal: bytes = b""
    says_more: bool = False


# ---------------------------------------------------------------------------------------------------------------
# What a new row says


def _row(workspace_id: str, plan: Plan, body: Body, now: int) -> Conversation:
    return Conversation(
        workspace_id=workspace_id,
        id=plan.conversation_id,
        agent_id=plan.agent_id,
        branch_id=plan.branch_id,
        version_id=plan.version_id,
        user_id=plan.caller.user_id,
        status=IN_PROGRESS,
        started_at=plan.started_at_micros,
        seen_at=now,
        text_only=plan.text_only,
        source=plan.caller.source or "unknown",
        language=plan.language,
        body=body,
    )


def _body(plan: Plan, circumstances: Circumstances) -> Body:
    return {
        "agent_name": circumstances.agent_name,
        "authorization_method": circumstances.authorization_method,
        "initiation": circumstances.initiation if circumstances.keeps_content else {},
        "environment": plan.environment,
        "timezone": plan.timezone,
        "source_version": plan.caller.source_version,
        "retains": circumstances.keeps_content,
        "monitored": circumstances.is_monitored,
        "warnings": list(circumstances.warnings),
    }


def stand_in_body(stand_in: StandIn) -> Body:
    """Who took over from whom, as it is shown."""
    return {
        "role": stand_in.role,
        "failed": stand_in.failed,
        "instead": stand_in.instead,
        "reason": stand_in.reason,
        "time_in_call_secs": int(stand_in.at),
    }


def _words(plan: Plan, *, keeps_content: bool) -> list[Word]:
    words = [Word("agent", plan.agent_id)]
    if plan.branch_id is not None:
        words.append(Word("branch", plan.branch_id))
    if keeps_content:
        words += [_variable(name, value) for name, value in plan.variables.items()]
    return words


def _variable(name: str, value: VariableValue) -> Word:
    """A variable's value. What is too long to be asked for is cut."""
    amount = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return Word(word_of(f"variable:{name}"), as_word(value), amount)


def as_word(value: VariableValue) -> str:
    """A value as people write it into a filter."""
    return word_of(value if isinstance(value, str) else orjson.dumps(value).decode())


def _usage(usage: Usage, plan: Plan) -> Body:
    model = plan.mind.model.model
    return {
        "llm": model_usage(model, usage.input_tokens, usage.output_tokens, usage.cached_tokens),
        "tts": None
        if plan.text_only
        else {
            "primary_tts_model": plan.voice.voice.model_id or None,
            "total_audio_output_seconds": round(usage.voiced_seconds, 3),
            "total_characters": usage.voiced_characters,
            "per_voice_usage": [
                {"voice_id": plan.voice.voice.voice_id, "audio_output_seconds": round(usage.voiced_seconds, 3)}
            ],
        },
    }


def journal_path(conversation_id: str) -> str:
    """Where the journal of a conversation lies once it is over."""
    return f"conversations/{conversation_id}/journal.jsonl"
