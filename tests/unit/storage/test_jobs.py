"""Jobs keep their promises on the double, SQLite and PostgreSQL; and what only several workers can break, on both."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.databases import FreshDatabases
from tests.support.schema import migrated
from tests.unit.storage.conftest import opened

from vivavoce import storage
from vivavoce.base.errors import Unavailable
from vivavoce.ports.bus import LocalBus
from vivavoce.ports.clock import SECOND, Clock, ManualClock, SystemClock
from vivavoce.ports.jobs import SYSTEM, Handler, Job, Jobs, JobWorker, MemoryJobs, RunningJob, retry_delay
from vivavoce.storage import job_worker
from vivavoce.storage.bus import hub_path, open_bus
from vivavoce.storage.bus_hub import open_hub
from vivavoce.storage.database import Database
from vivavoce.storage.job_worker import SqlJobWorker
from vivavoce.storage.jobs import SqlJobs, prune_jobs

pytestmark = pytest.mark.anyio

WS = "workspace_1"
SOURCES = str(Path(storage.__file__).parents[2])


@dataclass
class Queue:
    """A queue, a worker for it, and the clock both look at."""

    jobs: Jobs
    worker: JobWorker
    clock: ManualClock


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def queue(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[Queue]:
    clock = ManualClock()
    if request.param == "memory":
        memory = MemoryJobs(clock)
        yield Queue(memory, memory, clock)
        return
    async with opened(migrated(fresh_database, request.param)) as database:
        bus = LocalBus()
        yield Queue(SqlJobs(database, clock, bus), SqlJobWorker(database, clock, bus), clock)


@dataclass
class Work:
    """A handler that writes down what it was given, and fails as often as it is told to."""

    name: str = "work"
    failures: int = 0
    every_seconds: float | None = None
    seen: list[RunningJob] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, job: RunningJob) -> None:
        self.seen.append(job)
        self.changed.set()
        if self.failures:
            self.failures -= 1
            raise ValueError("not this time")

    @property
    def handler(self) -> Handler:
        return Handler(self.name, self, every_seconds=self.every_seconds)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.seen) < count:
                self.changed.clear()
                await self.changed.wait()


async def state(queue: Queue, id: str) -> str:
    status = await queue.jobs.status(WS, id)
    assert status is not None
    return status.state


async def test_a_job_is_done_once(queue: Queue) -> None:
    work = Work()
    id = await queue.jobs.enqueue(Job("work", WS, {"text": "grüße", "n": [1, None]}))
    assert (await state(queue, id), await queue.jobs.waiting()) == ("waiting", 1)
    assert await queue.worker.run_due([work.handler]) == 1
    assert work.seen == [RunningJob(id, "work", WS, {"text": "grüße", "n": [1, None]}, 1)]
    assert (await state(queue, id), await queue.jobs.waiting()) == ("done", 0)
    assert await queue.worker.run_due([work.handler]) == 0


async def test_jobs_run_in_the_order_of_their_time(queue: Queue) -> None:
    work, now = Work(), queue.clock.now()
    for minutes in (0, -2, -1, 5):
        await queue.jobs.enqueue(
            Job("work", WS, {"m": minutes}, run_at=now + minutes * 60 * SECOND, concurrency_key="k")
        )
    await queue.worker.run_due([work.handler])
    assert [job.payload["m"] for job in work.seen] == [-2, -1, 0]
    assert await queue.jobs.next_due() == now + 5 * 60 * SECOND
    queue.clock.advance(300)
    assert await queue.worker.run_due([work.handler]) == 1


async def test_a_failed_job_is_retried_later_and_later_and_then_kept(queue: Queue) -> None:
    work = Work(failures=10)
    id = await queue.jobs.enqueue(Job("work", WS, max_attempts=3))
    pauses: list[float] = []
    for attempt in (1, 2, 3):
        assert await queue.worker.run_due([work.handler]) == 1
        status = await queue.jobs.status(WS, id)
        assert status is not None
        assert (status.attempts, status.last_error) == (attempt, "ValueError: not this time")
        pauses.append((status.run_at - queue.clock.now()) / SECOND)
        queue.clock.advance(pauses[-1])
    assert 1.5 <= pauses[0] <= 2.5 < 3 <= pauses[1] <= 5
    assert await state(queue, id) == "failed"
    assert await queue.worker.run_due([work.handler]) == 0
    assert [status.id for status in await queue.jobs.failed(WS)] == [id]
    assert await queue.jobs.failed("workspace_2") == []


async def test_any_error_at_all_can_be_kept(queue: Queue) -> None:
    async def breaks(_: RunningJob) -> None:
        raise ValueError("\0\ud800 grüße " + "x" * 10_000)

    id = await queue.jobs.enqueue(Job("breaks", WS, max_attempts=1))
    await queue.worker.run_due([Handler("breaks", breaks)])
    status = await queue.jobs.status(WS, id)
    assert status is not None
    assert status.state == "failed"
    assert (status.last_error or "").startswith("ValueError: \ufffd? grüße xxx")


async def test_a_failed_job_can_be_given_another_chance(queue: Queue) -> None:
    work = Work(failures=1)
    id = await queue.jobs.enqueue(Job("work", WS, max_attempts=1))
    await queue.worker.run_due([work.handler])
    assert not await queue.jobs.retry("workspace_2", id)
    assert await queue.jobs.retry(WS, id)
    assert not await queue.jobs.retry(WS, id)
    await queue.worker.run_due([work.handler])
    assert await state(queue, id) == "done"
    assert [job.attempt for job in work.seen] == [1, 1]


async def test_one_job_does_not_hold_up_another(queue: Queue) -> None:
    fails, works = Work("fails", failures=1), Work("works")
    await queue.jobs.enqueue(Job("fails", WS))
    await queue.jobs.enqueue(Job("works", WS))
    assert await queue.worker.run_due([fails.handler, works.handler]) == 2
    assert len(works.seen) == 1


async def test_the_same_work_waits_only_once_and_the_earlier_time_counts(queue: Queue) -> None:
    now = queue.clock.now()
    first = await queue.jobs.enqueue(Job("work", WS, {"n": 1}, unique_key="k", run_at=now + 60 * SECOND))
    assert await queue.jobs.enqueue(Job("work", WS, {"n": 2}, unique_key="k")) == first
    assert await queue.jobs.enqueue(Job("work", WS, {"n": 3}, unique_key="k", run_at=now + 90 * SECOND)) == first
    others = [
        Job("other", WS, unique_key="k"),
        Job("work", "workspace_2", unique_key="k"),
        Job("work", WS, unique_key="l"),
    ]
    assert len({first, *[await queue.jobs.enqueue(job) for job in others]}) == 4
    work = Work()
    await queue.worker.run_due([work.handler])
    assert [job.payload for job in work.seen if job.id == first] == [{"n": 1}]
    assert await queue.jobs.enqueue(Job("work", WS, unique_key="k")) != first


async def test_work_enqueued_again_while_it_runs_is_done_again_even_if_the_first_fails(queue: Queue) -> None:
    ids: list[str] = []

    async def enqueue_again(job: RunningJob) -> None:
        if len(ids) == 1:
            ids.append(await queue.jobs.enqueue(Job("work", WS, unique_key="k")))
            raise ValueError("and fail")

    ids.append(await queue.jobs.enqueue(Job("work", WS, unique_key="k")))
    await queue.worker.run_due([Handler("work", enqueue_again)])
    queue.clock.advance(10)
    await queue.worker.run_due([Handler("work", enqueue_again)])
    assert [await state(queue, id) for id in ids] == ["done", "done"]


async def test_a_failed_job_whose_twin_waits_can_still_be_retried(queue: Queue) -> None:
    first = await queue.jobs.enqueue(Job("work", WS, unique_key="k", max_attempts=1))
    await queue.worker.run_due([Work(failures=1).handler])
    twin = await queue.jobs.enqueue(Job("work", WS, unique_key="k"))
    assert await queue.jobs.retry(WS, first)
    assert await queue.jobs.enqueue(Job("work", WS, unique_key="k")) == twin
    assert await queue.worker.run_due([Work().handler]) == 2


async def test_a_handler_that_takes_too_long_is_broken_off(queue: Queue) -> None:
    async def hangs(_: RunningJob) -> None:
        await asyncio.Event().wait()

    id = await queue.jobs.enqueue(Job("hangs", WS, max_attempts=1))
    await queue.worker.run_due([Handler("hangs", hangs, timeout_seconds=0.01)])
    status = await queue.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.last_error) == ("failed", "Took longer than its 0.01 s.")


async def test_a_periodic_job_comes_once_a_period(queue: Queue) -> None:
    work = Work(every_seconds=60)
    queue.clock.advance(30)
    counts: list[int] = []
    for _ in range(5):
        counts.append(await queue.worker.run_due([work.handler]))
        queue.clock.advance(20)
    assert counts == [1, 0, 1, 0, 0] or sum(counts) == 2
    assert {job.workspace_id for job in work.seen} == {SYSTEM}
    queue.clock.advance(600)  # nobody was here for ten periods
    assert await queue.jobs.waiting() == 1
    assert await queue.worker.run_due([work.handler]) == 1


async def test_the_next_period_is_known_to_who_starts_workers(queue: Queue) -> None:
    assert await queue.jobs.next_due() is None
    await queue.worker.run_due([Work(every_seconds=60).handler])
    due = await queue.jobs.next_due()
    assert due is not None
    assert 0 < due - queue.clock.now() <= 60 * SECOND
    assert due % (60 * SECOND) == 0


async def test_what_nobody_knows_how_to_do_waits(queue: Queue) -> None:
    id = await queue.jobs.enqueue(Job("unheard", WS))
    assert await queue.worker.run_due([Work().handler]) == 0
    assert await queue.worker.run_due([]) == 0
    assert await state(queue, id) == "waiting"


async def test_another_workspace_knows_nothing_of_a_job(queue: Queue) -> None:
    id = await queue.jobs.enqueue(Job("work", WS))
    assert await queue.jobs.status("workspace_2", id) is None
    assert await queue.jobs.status(WS, "job_none") is None


async def test_a_running_worker_wakes_at_once_and_gives_back_what_it_did_not_finish(queue: Queue) -> None:
    begun = asyncio.Event()

    async def hangs(_: RunningJob) -> None:
        begun.set()
        await asyncio.Event().wait()

    worker = queue.worker
    if isinstance(worker, SqlJobWorker):
        worker._grace_seconds = 0
    work = Work()
    async with running(worker, [work.handler, Handler("hangs", hangs)]):
        await queue.jobs.enqueue(Job("work", WS))
        await work.until(1)
        id = await queue.jobs.enqueue(Job("hangs", WS))
        await begun.wait()
        assert await state(queue, id) == "running"
    status = await queue.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts, status.run_at) == ("waiting", 0, queue.clock.now())


async def test_a_worker_with_nothing_to_do_leaves(queue: Queue) -> None:
    await queue.jobs.enqueue(Job("work", WS, run_at=queue.clock.now() + 3600 * SECOND))
    async with asyncio.timeout(20):
        await queue.worker.run([Work().handler], leave_after_seconds=0.01)


async def test_chance_spreads_retries_within_a_quarter() -> None:
    assert retry_delay(1, b"\0\0") == 1.5 * SECOND
    assert retry_delay(1, b"\xff\xff") == 2.5 * SECOND
    assert retry_delay(3, b"\0\0") == 6 * SECOND
    assert retry_delay(1000, b"\xff\xff") == 4500 * SECOND


@asynccontextmanager
async def running(worker: JobWorker, handlers: list[Handler]) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run(handlers))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# Several workers on one database


@dataclass
class Shop:
    """A database, and as many workers as a test wants."""

    database: Database
    url: str
    clock: ManualClock = field(default_factory=ManualClock)
    bus: LocalBus = field(default_factory=LocalBus)

    @property
    def jobs(self) -> SqlJobs:
        return SqlJobs(self.database, self.clock, self.bus)

    def worker(self, clock: Clock | None = None, **options: float) -> SqlJobWorker:
        return SqlJobWorker(self.database, clock or self.clock, self.bus, **options)  # type: ignore[arg-type]


@pytest.fixture
async def shop(database_kind: str, fresh_database: FreshDatabases) -> AsyncIterator[Shop]:
    url = migrated(fresh_database, database_kind)  # type: ignore[arg-type]
    async with opened(url) as database:
        yield Shop(database, url)


@dataclass
class Gate:
    """A handler that counts who is inside, and lets nobody out before it is opened."""

    inside: int = 0
    most: int = 0
    entered: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[RunningJob] = field(default_factory=list)

    async def __call__(self, job: RunningJob) -> None:
        self.seen.append(job)
        self.inside += 1
        self.entered += 1
        self.most = max(self.most, self.inside)
        async with self.changed:
            self.changed.notify_all()
        try:
            await self.open.wait()
        finally:
            self.inside -= 1

    async def until_entered(self, count: int) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: self.entered >= count)


async def test_many_workers_do_each_job_once(shop: Shop) -> None:
    done: list[str] = []

    async def work(job: RunningJob) -> None:
        done.append(job.id)

    ids = [await shop.jobs.enqueue(Job("work", WS)) for _ in range(40)]
    counts = await asyncio.gather(*(shop.worker().run_due([Handler("work", work)]) for _ in range(4)))
    assert sorted(done) == sorted(ids)
    assert sum(counts) == 40


async def test_one_job_of_a_key_runs_at_a_time_and_other_keys_do_not_wait(shop: Shop) -> None:
    gate = Gate()
    for _ in range(6):
        await shop.jobs.enqueue(Job("gate", WS, {"key": "same"}, concurrency_key="same"))
    for workspace_id, key in (("workspace_2", "same"), (WS, "else"), (WS, None)):
        await shop.jobs.enqueue(Job("gate", workspace_id, {"key": "other"}, concurrency_key=key))
    handlers = [Handler("gate", gate)]
    async with running(shop.worker(concurrency=8), handlers), running(shop.worker(), handlers):
        await gate.until_entered(4)
        assert sorted(job.payload["key"] for job in gate.seen) == ["other", "other", "other", "same"]
        gate.open.set()
        await gate.until_entered(9)
    assert gate.most == 4


async def test_a_job_of_a_dead_worker_is_taken_up_when_its_lease_is_over(shop: Shop) -> None:
    gate, work = Gate(), Work("gate")
    id = await shop.jobs.enqueue(Job("gate", WS, concurrency_key="k"))
    later = await shop.jobs.enqueue(Job("gate", WS, concurrency_key="k"))
    frozen = asyncio.create_task(shop.worker(lease_seconds=30).run_due([Handler("gate", gate)]))
    await gate.until_entered(1)
    shop.clock.advance(29)
    assert await shop.worker().run_due([work.handler]) == 0
    assert await shop.jobs.waiting() == 1
    shop.clock.advance(2)
    assert await shop.jobs.waiting() == 2
    assert await shop.worker().run_due([work.handler]) == 2
    assert [(job.id, job.attempt) for job in work.seen] == [(id, 2), (later, 1)]
    gate.open.set()  # it was not dead, and what it says now no longer counts
    await frozen
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts) == ("done", 2)


async def test_a_worker_does_not_take_again_what_it_runs_itself(shop: Shop) -> None:
    gate = Gate()
    await shop.jobs.enqueue(Job("gate", WS, max_attempts=1))
    async with running(shop.worker(lease_seconds=3600), [Handler("gate", gate)]):
        await gate.until_entered(1)
        shop.clock.advance(3601)  # its heartbeat is late
        await shop.jobs.enqueue(Job("gate", WS))
        await gate.until_entered(2)
        gate.open.set()
    assert [job.attempt for job in gate.seen] == [1, 1]
    assert await shop.jobs.failed(WS) == []


async def test_how_a_job_ended_is_said_when_the_database_is_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_worker, "DATABASE_PAUSE_SECONDS", 0.01)
    gate, seen_by_worker = Gate(), Dying(shop.database)
    id = await shop.jobs.enqueue(Job("gate", WS))
    worker = SqlJobWorker(seen_by_worker, shop.clock, shop.bus)  # type: ignore[arg-type]
    doing = asyncio.create_task(worker.run_due([Handler("gate", gate)]))
    await gate.until_entered(1)
    seen_by_worker.is_dead = True
    gate.open.set()
    async with asyncio.timeout(20):
        await seen_by_worker.refused.wait()
        seen_by_worker.is_dead = False
        await doing
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts) == ("done", 1)


async def test_who_lost_its_lease_settles_nothing_while_another_works(shop: Shop) -> None:
    frozen, working = Gate(), Gate()
    id = await shop.jobs.enqueue(Job("gate", WS))
    first = asyncio.create_task(shop.worker().run_due([Handler("gate", frozen)]))
    await frozen.until_entered(1)
    shop.clock.advance(31)
    second = asyncio.create_task(shop.worker().run_due([Handler("gate", working)]))
    await working.until_entered(1)
    frozen.open.set()
    await first
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts) == ("running", 2)
    working.open.set()
    await second


async def test_who_lost_its_lease_is_broken_off(shop: Shop) -> None:
    gate = Gate()
    id = await shop.jobs.enqueue(Job("gate", WS))
    slow = asyncio.create_task(shop.worker(lease_seconds=0.3).run_due([Handler("gate", gate)]))
    await gate.until_entered(1)
    shop.clock.advance(1)
    assert await shop.worker().run_due([Work("gate").handler]) == 1
    async with asyncio.timeout(20):
        await slow
    assert gate.inside == 0
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts) == ("done", 2)


async def test_a_lease_is_kept_as_long_as_the_job_runs(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, extended = Gate(), asyncio.Event()
    await shop.jobs.enqueue(Job("gate", WS))
    worker = shop.worker(lease_seconds=0.3)
    extend = job_worker._Shift._extend

    async def extend_and_tell(shift: job_worker._Shift) -> None:
        await extend(shift)
        extended.set()

    monkeypatch.setattr(job_worker._Shift, "_extend", extend_and_tell)
    task = asyncio.create_task(worker.run_due([Handler("gate", gate)]))
    await gate.until_entered(1)
    for _ in range(3):
        shop.clock.advance(0.2)
        extended.clear()
        await extended.wait()
        assert await shop.worker().run_due([Work("gate").handler]) == 0
    gate.open.set()
    assert await task == 1


class Dying:
    """A database as a process that is killed sees it: from then on, nothing it does arrives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_dead = False
        self.refused = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        if self.is_dead:
            self.refused.set()
            raise Unavailable("dead")
        return getattr(self._database, name)


async def test_a_job_that_kills_its_workers_ends_as_failed(shop: Shop) -> None:
    id = await shop.jobs.enqueue(Job("gate", WS, max_attempts=2))
    for _ in range(2):
        gate, seen_by_dying = Gate(), Dying(shop.database)
        worker = SqlJobWorker(seen_by_dying, shop.clock, shop.bus)  # type: ignore[arg-type]
        dying = asyncio.create_task(worker.run_due([Handler("gate", gate)]))
        await gate.until_entered(1)
        seen_by_dying.is_dead = True
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        shop.clock.advance(31)
    assert await shop.worker().run_due([Work("gate").handler]) == 0
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert (status.state, status.attempts) == ("failed", 2)
    assert "worker died" in (status.last_error or "")


async def test_a_period_begins_once_however_many_workers_there_are(shop: Shop) -> None:
    work = Work(every_seconds=60)
    for _ in range(3):
        await asyncio.gather(*(shop.worker().run_due([work.handler]) for _ in range(4)))
        shop.clock.advance(60)
    assert len(work.seen) == 3


async def test_a_worker_sleeps_until_the_next_job_is_due(shop: Shop) -> None:
    clock, work = SystemClock(), Work()
    jobs = SqlJobs(shop.database, clock, LocalBus())  # a bus the worker does not hear
    async with running(shop.worker(clock), [work.handler]):
        await jobs.enqueue(Job("work", WS, run_at=clock.now() + SECOND // 10))
        await SqlJobs(shop.database, clock, shop.bus).announce()
        await work.until(1)


@pytest.mark.parametrize("steps", range(4, 10))
async def test_what_falls_due_just_after_looking_is_not_overslept(shop: Shop, steps: int) -> None:
    class Stepping(ManualClock):
        """Time goes on a little between any two looks at the clock, so that something falls due between them."""

        def now(self) -> int:
            self.advance(0.02)
            return super().now()

    clock, work = Stepping(), Work()
    await shop.jobs.enqueue(Job("work", WS, run_at=clock.now() + steps * SECOND // 50))
    async with running(shop.worker(clock), [work.handler]):
        await work.until(1)


async def test_jobs_of_a_transaction_that_fails_never_were(shop: Shop) -> None:
    with pytest.raises(RuntimeError, match="undo"):
        async with shop.database.write() as connection:
            id = await shop.jobs.enqueue_on(connection, Job("work", WS))
            raise RuntimeError("undo")
    assert await shop.jobs.status(WS, id) is None


async def test_a_stopping_worker_lets_what_runs_finish(shop: Shop) -> None:
    gate = Gate()
    id = await shop.jobs.enqueue(Job("gate", WS))
    task = asyncio.create_task(shop.worker(grace_seconds=20).run([Handler("gate", gate)]))
    await gate.until_entered(1)
    task.cancel()
    gate.open.set()
    with suppress(asyncio.CancelledError):
        await task
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert status.state == "done"


async def test_what_nobody_knows_is_put_off_and_dead_periods_are_forgotten(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.worker().run_due([Work("old", every_seconds=5).handler])
    id = await shop.jobs.enqueue(Job("unheard", WS))
    await shop.worker().run([Work().handler], leave_after_seconds=0.01)
    assert await shop.jobs.waiting() == 0
    status = await shop.jobs.status(WS, id)
    assert status is not None
    assert status.run_at == await shop.jobs.next_due() == shop.clock.now() + round(job_worker.POSTPONE_SECONDS * SECOND)
    assert "unheard" in caplog.text


async def test_old_jobs_are_pruned(shop: Shop) -> None:
    done = await shop.jobs.enqueue(Job("work", WS))
    failed = await shop.jobs.enqueue(Job("fails", WS, max_attempts=1))
    await shop.worker().run_due([Work().handler, Work("fails", failures=1).handler])
    prune = prune_jobs(shop.database, shop.clock)
    found: list[list[bool]] = []
    for days in (6, 2, 90):
        shop.clock.advance(days * 86_400)
        await shop.worker().run_due([prune])
        found.append([await shop.jobs.status(WS, id) is not None for id in (done, failed)])
    assert found == [[True, True], [False, True], [False, False]]


async def test_a_twin_that_commits_while_its_job_fails_costs_neither(fresh_database: FreshDatabases) -> None:
    """On PostgreSQL the failing job cannot see the twin yet, and meets it in the index only."""
    gate, clock = Gate(), ManualClock()

    async def fails(job: RunningJob) -> None:
        await gate(job)
        raise ValueError("not this time")

    async with opened(migrated(fresh_database, "postgresql")) as database:
        jobs, worker = SqlJobs(database, clock, LocalBus()), SqlJobWorker(database, clock, LocalBus())
        first = await jobs.enqueue(Job("fails", WS, unique_key="k"))
        doing = asyncio.create_task(worker.run_due([Handler("fails", fails)]))
        await gate.until_entered(1)
        async with database.write() as connection:
            twin = await jobs.enqueue_on(connection, Job("fails", WS, unique_key="k", run_at=clock.now() + SECOND))
            gate.open.set()
            async with asyncio.timeout(20):
                while not await database.fetch(text("SELECT 1 FROM pg_locks WHERE NOT granted"), {}):
                    assert not doing.done()
        await doing
        assert [await state(Queue(jobs, worker, clock), id) for id in (first, twin)] == ["waiting", "waiting"]
        clock.advance(10)
        assert await worker.run_due([Work("fails").handler]) == 2


OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from vivavoce.ports.clock import SystemClock
from vivavoce.ports.jobs import Handler
from vivavoce.storage.bus import open_bus
from vivavoce.storage.database import database_at
from vivavoce.storage.job_worker import SqlJobWorker

async def work(job):
    print(job.id, flush=True)
    if job.payload["hang"]:
        await asyncio.Event().wait()

async def main(database_url, bus_url, data_dir):
    database = database_at(database_url)
    await database.start()
    async with open_bus(bus_url, Path(data_dir)) as bus:
        await SqlJobWorker(database, SystemClock(), bus, lease_seconds=0.5).run([Handler("work", work)])

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_worker_in_another_process_wakes_at_once_and_loses_nothing_when_killed(
    shop: Shop, tmp_path: Path
) -> None:
    clock, work = SystemClock(), Work()
    bus_url = shop.url if shop.database.kind == "postgresql" else "hub"
    async with AsyncExitStack() as stack:
        if bus_url == "hub":
            await stack.enter_async_context(open_hub(hub_path(tmp_path)))
        bus = await stack.enter_async_context(open_bus(bus_url, tmp_path))
        jobs = SqlJobs(shop.database, clock, bus)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", OTHER_PROCESS, shop.url, bus_url, str(tmp_path)),
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": SOURCES},
        )
        assert process.stdout is not None
        for hang in (False, False, True):
            id = await jobs.enqueue(Job("work", WS, {"hang": hang}))
            async with asyncio.timeout(40):
                assert (await process.stdout.readline()).decode().strip() == id
        process.kill()
        await process.wait()
        async with running(SqlJobWorker(shop.database, clock, bus), [work.handler]):
            # The kill may also have come before the worker could say that the job before was done.
            while (id, 2) not in [(job.id, job.attempt) for job in work.seen]:
                await work.until(len(work.seen) + 1)
