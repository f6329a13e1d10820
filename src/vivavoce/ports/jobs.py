"""Durable jobs: work that happens later, in another process, at least once.

A job is a name, a JSON payload and a workspace. It is leased by one worker at a time; a worker that dies loses its
lease and the job runs again, so handlers are idempotent. A failed job is retried with growing pauses until its
attempts are used up, and is then kept as failed for people to see.

    waiting --claimed--> running --done--> done
       ^                  |  |  `--lease ran out--> running, in another worker
       `--retry, given back--'  `--attempts used up--> failed

Rules
- `concurrency_key` lets one job of that key (of a workspace) run at a time; the others wait their turn.
- `unique_key` makes a second enqueue of the same work (name, workspace, key) a no-op while the first one waits,
  except that the earlier of the two times counts. Work that is already running may have read old data, so then a
  new job is made.
- Periodic jobs are declared with their handlers and are enqueued once per period, however many workers there are,
  and not again while the last one still waits. They belong to no workspace (`SYSTEM`), and never overlap themselves.
- An attempt counts when it begins, so a job that kills its worker ends as failed too. What a stopping worker gives
  back does not count.
- Jobs run in the order of `run_at`. Nothing polls: a worker wakes when something is enqueued and when something
  falls due.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.ports.clock import SECOND, Clock

JobState = Literal["waiting", "running", "done", "failed"]

SYSTEM = ""  # the workspace of jobs that belong to none

_FIRST_RETRY_SECONDS = 2.0
_LONGEST_RETRY_SECONDS = 3600.0
_LONGEST_ERROR = 2000


@frozen
class Job:
    """Work to be done. `run_at` in microseconds UTC; None is now."""

    name: str
    workspace_id: str
    payload: Mapping[str, Json] = field(default_factory=dict[str, Json])
    run_at: int | None = None
    concurrency_key: str | None = None
    unique_key: str | None = None
    max_attempts: int = 10


@frozen
class RunningJob:
    """What a handler is given: the job, its id and which attempt this is (from 1)."""

    id: str
    name: str
    workspace_id: str
    payload: Body
    attempt: int


JobHandler = Callable[[RunningJob], Awaitable[None]]


@frozen
class Handler:
    """How jobs of one name are done; `every_seconds` makes it periodic too."""

    name: str
    run: JobHandler
    every_seconds: float | None = None
    timeout_seconds: float = 300.0


@frozen
class JobStatus:
    """Where a job stands."""

    id: str
    name: str
    workspace_id: str
    state: JobState
    attempts: int
    run_at: int
    last_error: str | None = None


class Jobs(Protocol):
    """The queue as its users see it."""

    async def enqueue(self, job: Job) -> str:
        """Have a job done. Returns its id (that of the waiting one if `unique_key` met it)."""
        ...

    async def status(self, workspace_id: str, id: str) -> JobStatus | None:
        """Where a job stands, or None if nobody knows it."""
        ...

    async def waiting(self) -> int:
        """How many jobs are due and not yet done; what a supervisor asks before it starts a worker."""
        ...

    async def next_due(self) -> int | None:
        """When the next job or period falls due, in microseconds UTC; None if nothing is planned."""
        ...

    async def failed(self, workspace_id: str, *, limit: int = 100) -> Sequence[JobStatus]:
        """The jobs that nobody will try again, newest first."""
        ...

    async def retry(self, workspace_id: str, id: str) -> bool:
        """Give a failed job all its attempts back; False if there is no such failed job."""
        ...


class JobWorker(Protocol):
    """The other side: doing jobs."""

    async def run(self, handlers: Sequence[Handler], *, leave_after_seconds: float | None = None) -> None:
        """Do jobs until cancelled, or until there was nothing to do for a while.

        What is running when it is cancelled is finished within a short while, or given back.
        """
        ...

    async def run_due(self, handlers: Sequence[Handler]) -> int:
        """Do what is due now, and what that makes due, and return how many attempts that were."""
        ...


def retry_delay(attempt: int, entropy: bytes) -> int:
    """Microseconds to wait after a failed attempt: twice as long each time, a quarter more or less by chance."""
    seconds = min(_FIRST_RETRY_SECONDS * 2 ** min(attempt - 1, 30), _LONGEST_RETRY_SECONDS)
    chance = int.from_bytes(entropy[:2], "big") / 0xFFFF
    return round(seconds * (0.75 + 0.5 * chance) * SECOND)


def next_period(now: int, every_seconds: float) -> int:
    """When the next period begins. Periods are counted from 1970, so that every worker means the same ones."""
    every = round(every_seconds * SECOND)
    return now - now % every + every


def periodic_job(handler: Handler) -> Job:
    """The job that a periodic handler is enqueued as."""
    return Job(handler.name, SYSTEM, concurrency_key=f"periodic:{handler.name}", unique_key="periodic")


def error_text(error: BaseException) -> str:
    """What is kept of a failure: its type and its words, bounded, without what databases refuse."""
    words = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
    return words.encode(errors="replace").decode().replace("\0", "\ufffd")


async def attempt(handler: Handler, job: RunningJob) -> str | None:
    """Run a handler within its time. None if it succeeded, else what is kept of the failure."""
    limit = asyncio.timeout(handler.timeout_seconds)
    try:
        async with limit:
            await handler.run(job)
    except TimeoutError as error:
        if limit.expired():
            return f"Took longer than its {handler.timeout_seconds:g} s."
        return error_text(error)
    except Exception as error:
        return error_text(error)
    return None


@dataclass
class _Kept:
    job: Job
    status: JobStatus


class MemoryJobs:
    """The double, queue and worker in one: the same rules for one process that never dies."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._periods: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def enqueue(self, job: Job) -> str:
        """Have a job done."""
        return self.enqueue_as(self.id_for(job), job)

    def id_for(self, job: Job) -> str:
        """The id that a job would get now: that of the waiting one that its unique key meets, or a new one."""
        twin = self._waiting_twin(job)
        return twin.status.id if twin else self._clock.new_id("job")

    def enqueue_as(self, id: str, job: Job) -> str:
        """Have a job done, under the id that was given out for it unless its unique key meets a waiting one."""
        run_at = self._clock.now() if job.run_at is None else job.run_at
        if twin := self._waiting_twin(job):
            twin.status = replace(twin.status, run_at=min(run_at, twin.status.run_at))
            self._changed.set()
            return twin.status.id
        self._kept[id] = _Kept(job, JobStatus(id, job.name, job.workspace_id, "waiting", 0, run_at))
        self._changed.set()
        return id

    async def status(self, workspace_id: str, id: str) -> JobStatus | None:
        """Where a job stands."""
        kept = self._kept.get(id)
        return kept.status if kept and kept.status.workspace_id == workspace_id else None

    async def waiting(self) -> int:
        """How many jobs are due."""
        now = self._clock.now()
        periods = sum(at <= now for at in self._periods.values())
        return periods + sum(kept.status.run_at <= now for kept in self._in("waiting"))

    async def next_due(self) -> int | None:
        """When the next job or period falls due."""
        return self._next_due_of({*self._periods, *(kept.job.name for kept in self._in("waiting"))})

    async def failed(self, workspace_id: str, *, limit: int = 100) -> Sequence[JobStatus]:
        """The jobs that nobody will try again."""
        found = [kept.status for kept in self._in("failed") if kept.status.workspace_id == workspace_id]
        return found[: -limit - 1 : -1]

    async def retry(self, workspace_id: str, id: str) -> bool:
        """Give a failed job all its attempts back."""
        kept = self._kept.get(id)
        if not kept or kept.status.workspace_id != workspace_id or kept.status.state != "failed":
            return False
        self._wait_again(kept, run_at=self._clock.now(), attempts=0)
        return True

    async def run(self, handlers: Sequence[Handler], *, leave_after_seconds: float | None = None) -> None:
        """Do jobs until cancelled, or until there was nothing to do for a while."""
        names = {handler.name for handler in handlers}
        while True:
            self._changed.clear()
            await self.run_due(handlers)
            due = self._next_due_of(names)
            seconds = math.inf if due is None else max(0.0, (due - self._clock.now()) / SECOND)
            leaves = leave_after_seconds is not None and seconds > leave_after_seconds
            try:
                async with asyncio.timeout(leave_after_seconds if leaves else min(seconds, _LONGEST_RETRY_SECONDS)):
                    await self._changed.wait()
            except TimeoutError:
                if leaves:
                    return

    async def run_due(self, handlers: Sequence[Handler]) -> int:
        """Do what is due, one after the other."""
        by_name = {handler.name: handler for handler in handlers}
        count = 0
        while True:
            await self._enqueue_periodic(handlers)
            due = self._next_to_run(by_name)
            if due is None:
                return count
            await self._run_one(by_name[due.job.name], due)
            count += 1

    def _next_due_of(self, names: Set[str]) -> int | None:
        jobs = [kept.status.run_at for kept in self._in("waiting") if kept.job.name in names]
        return min([*jobs, *(at for name, at in self._periods.items() if name in names)], default=None)

    async def _enqueue_periodic(self, handlers: Sequence[Handler]) -> None:
        now = self._clock.now()
        for handler in handlers:
            if handler.every_seconds is not None and self._periods.get(handler.name, now) <= now:
                self._periods[handler.name] = next_period(now, handler.every_seconds)
                await self.enqueue(periodic_job(handler))

    def _next_to_run(self, by_name: Mapping[str, Handler]) -> _Kept | None:
        now = self._clock.now()
        due = [kept for kept in self._in("waiting") if kept.status.run_at <= now and kept.job.name in by_name]
        return min(due, key=lambda kept: (kept.status.run_at, kept.status.id), default=None)

    async def _run_one(self, handler: Handler, kept: _Kept) -> None:
        before = kept.status
        kept.status = replace(before, state="running", attempts=before.attempts + 1)
        running = RunningJob(before.id, before.name, before.workspace_id, dict(kept.job.payload), before.attempts + 1)
        try:
            error = await attempt(handler, running)
        except asyncio.CancelledError:
            self._wait_again(kept, run_at=before.run_at, attempts=before.attempts)
            raise
        if error is None:
            kept.status = replace(kept.status, state="done", last_error=None)
        elif running.attempt >= kept.job.max_attempts:
            kept.status = replace(kept.status, state="failed", last_error=error)
        else:
            later = self._clock.now() + retry_delay(running.attempt, self._clock.entropy(2))
            self._wait_again(kept, run_at=later, attempts=running.attempt, error=error)

    def _wait_again(self, kept: _Kept, *, run_at: int, attempts: int, error: str | None = None) -> None:
        # While it ran, the same work may have been enqueued again: both are done, but only one holds the key.
        if self._waiting_twin(kept.job):
            kept.job = replace(kept.job, unique_key=None)
        kept.status = replace(kept.status, state="waiting", run_at=run_at, attempts=attempts, last_error=error)
        self._changed.set()

    def _waiting_twin(self, job: Job) -> _Kept | None:
        key = (job.name, job.workspace_id, job.unique_key)
        twins = (k for k in self._in("waiting") if (k.job.name, k.job.workspace_id, k.job.unique_key) == key)
        return None if job.unique_key is None else next(twins, None)

    def _in(self, state: JobState) -> list[_Kept]:
        return [kept for kept in self._kept.values() if kept.status.state == state]
