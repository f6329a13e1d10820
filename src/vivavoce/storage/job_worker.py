"""Doing jobs from the database: a worker takes what is due, keeps its lease while it runs, and says how it ended.

Rules
- Taking happens in one short transaction, one worker at a time, so that keys and order hold over all workers.
- A lease lasts `lease_seconds` and is extended at a third of that. Whoever was cut off for longer than its lease may
  find the job taken by another: its handler is broken off, and what it says of the job counts no more, because a
  job is settled by (id, worker, attempt).
- What a worker itself still runs it never takes again, however late its own heartbeat is.
- A worker sleeps until something is enqueued or finished anywhere (the bus says so), or until the next job, period
  or foreign lease falls due. It also wakes once a minute, for what the bus may have lost.
- Told to stop, it lets what runs finish for `grace_seconds`, then breaks it off and gives it back, uncounted.
- A database that is away is waited for, also to say how a job ended.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import orjson
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.ports.bus import Bus, News
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.jobs import Handler, RunningJob, attempt, next_period, periodic_job, retry_delay
from vivavoce.storage import jobs_statements as statements
from vivavoce.storage.database import Database, Row
from vivavoce.storage.database_errors import is_unique_violation
from vivavoce.storage.jobs import CHANNEL, FREED, insert_job

_log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
GRACE_SECONDS = 10.0
CONCURRENCY = 4
LONGEST_SLEEP_SECONDS = 60.0
DATABASE_PAUSE_SECONDS = 1.0
POSTPONE_SECONDS = 3600.0


@frozen
class _Taken:
    """A job that this worker holds."""

    job: RunningJob
    max_attempts: int
    run_at: int
    has_key: bool


class SqlJobWorker:
    """Does the jobs of a database; several may, in any number of processes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        *,
        concurrency: int = CONCURRENCY,
        lease_seconds: float = LEASE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        self._grace_seconds = grace_seconds

    async def run(self, handlers: Sequence[Handler], *, leave_after_seconds: float | None = None) -> None:
        """Do jobs until cancelled, or until there was nothing to do for a while."""
        async with AsyncExitStack() as stack:
            news = await stack.enter_async_context(self._bus.subscribe(CHANNEL, FREED, buffer=1))
            shift = self._shift(handlers)
            helpers = [asyncio.ensure_future(shift.listen(news)), asyncio.ensure_future(shift.keep_leases())]
            try:
                await shift.tidy()
                await shift.work(leave_after_seconds)
            finally:
                await shift.end(self._grace_seconds)
                for task in helpers:
                    task.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)

    async def run_due(self, handlers: Sequence[Handler]) -> int:
        """Do what is due now, and what that makes due."""
        shift = self._shift(handlers)
        leases = asyncio.ensure_future(shift.keep_leases())
        try:
            while await shift.take():
                await shift.all_done()
            return shift.count
        finally:
            await shift.end(0)
            leases.cancel()
            await asyncio.gather(leases, return_exceptions=True)

    def _shift(self, handlers: Sequence[Handler]) -> "_Shift":
        return _Shift(
            self._database,
            self._clock,
            self._bus,
            handlers,
            concurrency=self._concurrency,
            lease_seconds=self._lease_seconds,
        )


class _Shift:
    """One call of `run` or `run_due`: what it runs right now, under a worker's id of its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        handlers: Sequence[Handler],
        *,
        concurrency: int,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._handlers = {handler.name: handler for handler in handlers}
        self._names = statements.names(list(self._handlers))
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        self._worker_id = clock.new_id("worker")
        self._attempts: dict[str, tuple[_Taken, asyncio.Task[str | None]]] = {}
        self._doing: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._periods_known = False
        self._looked_at = 0
        self._ending = False
        self.count = 0

    # The loop

    async def work(self, leave_after_seconds: float | None) -> None:
        """Take and do, sleep, and again."""
        while self._handlers:
            self._woken.clear()
            try:
                took = await self.take()
                seconds = math.inf if self._is_full() else await self._seconds_to_next()
            except Unavailable:
                _log.warning("The database is away; jobs wait for it.")
                took, seconds = 0, DATABASE_PAUSE_SECONDS
            if took and not self._is_full():
                continue
            if leave_after_seconds is None or self._doing or seconds <= leave_after_seconds:
                await self._sleep(min(seconds, LONGEST_SLEEP_SECONDS))
            elif not await self._sleep(leave_after_seconds):
                return

    async def _sleep(self, seconds: float) -> bool:
        """Wait for news, at most so long; whether there was any."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    async def _seconds_to_next(self) -> float:
        # After the time at which was looked for work, or what falls due between then and now would be overslept.
        parameters = {"now": self._looked_at, "worker_id": self._worker_id, **self._names}
        [[due]] = await self._database.fetch(statements.next_event(len(self._names)), parameters)
        return math.inf if due is None else max(0.0, (due - self._clock.now()) / SECOND)

    async def listen(self, news: AsyncIterator[News]) -> None:
        """Wake up at every piece of news, also at lost ones."""
        async for _ in news:
            self._woken.set()

    # Taking

    async def take(self) -> int:
        """Take what is due, as much as there is room for, and start it; how many that were."""
        if self._is_full() or not self._handlers:
            return 0
        room = self._concurrency - len(self._doing)
        async with self._database.write() as connection:
            if self._database.kind == "postgresql":
                await self._database.fetch_on(connection, statements.TAKE_TURNS, {})
            await self._begin_periods(connection)
            taken = await self._take_on(connection, room)
        self._periods_known = True
        for one in taken:
            self._start(one)
        return len(taken)

    def _is_full(self) -> bool:
        return len(self._doing) >= self._concurrency

    async def _take_on(self, connection: AsyncConnection, room: int) -> list[_Taken]:
        now = self._looked_at = self._clock.now()
        mine = {"now": now, "worker_id": self._worker_id}
        await self._database.fetch_on(connection, statements.BURY, mine)
        parameters = {"at_most": room, **mine, **self._names}
        found = await self._database.fetch_on(connection, statements.candidates(len(self._names)), parameters)
        lease = {"lease_until": self._lease_until(), **mine}
        taken: list[_Taken] = []
        for row in _first_of_each_key(found):
            rows = await self._database.fetch_on(connection, statements.TAKE, {"id": row[0], **lease})
            taken.extend(_taken(row) for row in rows)
        return taken

    async def _begin_periods(self, connection: AsyncConnection) -> None:
        now = self._clock.now()
        for handler in self._handlers.values():
            if handler.every_seconds is None:
                continue
            period = {"name": handler.name, "now": now, "next_at": next_period(now, handler.every_seconds)}
            if not self._periods_known:
                await self._database.fetch_on(connection, statements.DECLARE, period)
            if await self._database.fetch_on(connection, statements.BEGIN_PERIOD, period):
                await insert_job(self._database, connection, self._clock, periodic_job(handler))

    async def tidy(self) -> None:
        """Put off what nobody here knows, and forget the periods of handlers that are no more.

        Otherwise both would stay due for ever, and a supervisor would start worker after worker for them.
        """
        now = self._clock.now()
        later = now + round(POSTPONE_SECONDS * SECOND)
        count = len(self._names)
        if not count:
            return
        async with self._database.write() as connection:
            parameters = {"now": now, "later": later, **self._names}
            unknown = await self._database.fetch_on(connection, statements.postpone_unknown(count), parameters)
            await self._database.fetch_on(connection, statements.forget_periods(count), self._names)
        for name in {row[0] for row in unknown}:
            _log.warning("Nobody here knows how to do jobs named %r; they are put off for an hour.", name)

    # Doing

    def _start(self, taken: _Taken) -> None:
        self.count += 1
        handler = self._handlers[taken.job.name]
        trying = asyncio.ensure_future(attempt(handler, taken.job))
        self._attempts[taken.job.id] = (taken, trying)
        doing = asyncio.ensure_future(self._do(taken, trying))
        self._doing.add(doing)
        doing.add_done_callback(self._done)

    def _done(self, doing: asyncio.Task[None]) -> None:
        self._doing.discard(doing)
        self._woken.set()
        if not doing.cancelled() and (error := doing.exception()):
            _log.error("A job could not be settled; it will run again when its lease is over.", exc_info=error)

    async def _do(self, taken: _Taken, trying: "asyncio.Task[str | None]") -> None:
        await asyncio.wait({trying})
        del self._attempts[taken.job.id]
        broken_off = trying.cancelling() > 0
        if trying.cancelled() and broken_off:
            await self._wait_again(taken, taken.run_at, attempts=taken.job.attempt - 1, error=None)
        elif (error := _outcome(trying)) is None:
            await self._settle(statements.FINISH, taken, state="done", last_error=None, now=self._clock.now())
        elif taken.job.attempt >= taken.max_attempts:
            _log.error("Job %s (%s) failed for good: %s", taken.job.id, taken.job.name, error.split(":", 1)[0])
            await self._settle(statements.FINISH, taken, state="failed", last_error=error, now=self._clock.now())
        else:
            later = self._clock.now() + retry_delay(taken.job.attempt, self._clock.entropy(2))
            await self._wait_again(taken, later, attempts=taken.job.attempt, error=error)
        if taken.has_key or broken_off:
            await self._bus.publish(FREED, None)

    async def _wait_again(self, taken: _Taken, run_at: int, *, attempts: int, error: str | None) -> None:
        change = {"run_at": run_at, "attempts": attempts, "last_error": error}
        try:
            await self._settle(statements.WAIT_AGAIN, taken, **change, drop_key=0)
        except Exception as broken:
            if not is_unique_violation(broken):
                raise
            await self._settle(statements.WAIT_AGAIN, taken, **change, drop_key=1)

    async def _settle(self, statement: statements.TextClause, taken: _Taken, **change: object) -> None:
        """Say how a job ended, for as long as it takes: nobody else knows, and the job would be done again."""
        held = {"id": taken.job.id, "worker_id": self._worker_id, "attempt": taken.job.attempt}
        while True:
            try:
                async with self._database.write() as connection:
                    await self._database.fetch_on(connection, statement, held | change)
            except Unavailable:
                if self._ending:
                    raise
                _log.warning("The database is away; how job %s ended is said when it is back.", taken.job.id)
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)
            else:
                return

    async def all_done(self) -> None:
        """Wait for everything that runs."""
        while self._doing:
            await asyncio.wait(self._doing)

    async def end(self, grace_seconds: float) -> None:
        """Let what runs finish for a while, then give it back."""
        try:
            if self._doing:
                await asyncio.wait(self._doing, timeout=grace_seconds)
        finally:
            self._ending = True
            for _, trying in self._attempts.values():
                trying.cancel()
            while self._doing:
                await asyncio.gather(*self._doing, return_exceptions=True)

    # Leases

    async def keep_leases(self) -> None:
        """Extend what is held, again and again; break off what somebody else has taken."""
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            try:
                await self._extend()
            except Unavailable:
                _log.warning("The database is away; the leases of running jobs could not be extended.")

    async def _extend(self) -> None:
        held = list(self._attempts.values())
        if not held:
            return
        lease = {"worker_id": self._worker_id, "lease_until": self._lease_until()}
        lost: list[asyncio.Task[str | None]] = []
        async with self._database.write() as connection:
            for taken, trying in held:
                parameters = {"id": taken.job.id, "attempt": taken.job.attempt, **lease}
                if not await self._database.fetch_on(connection, statements.EXTEND, parameters):
                    lost.append(trying)
        for trying in lost:
            trying.cancel()

    def _lease_until(self) -> int:
        return self._clock.now() + round(self._lease_seconds * SECOND)


def _first_of_each_key(rows: Sequence[Row]) -> list[Row]:
    """One job of each concurrency key of a workspace; the next one's turn comes after it."""
    chosen: dict[object, Row] = {}
    for row in rows:
        id, workspace_id, key = row
        chosen.setdefault(id if key is None else (workspace_id, key), row)
    return list(chosen.values())


def _outcome(trying: "asyncio.Task[str | None]") -> str | None:
    return "CancelledError: the handler cancelled itself" if trying.cancelled() else trying.result()


def _taken(row: Row) -> _Taken:
    id, name, workspace_id, payload, attempts, max_attempts, run_at, concurrency_key = row
    job = RunningJob(id, name, workspace_id, orjson.loads(payload), attempts)
    return _Taken(job, max_attempts, run_at, concurrency_key is not None)
