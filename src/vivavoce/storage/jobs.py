"""Jobs in the database, the same table and rules on SQLite and PostgreSQL: the queue's side.

`enqueue_on` writes a job within somebody's transaction, so that it exists if and only if that commits; whoever used
it calls `announce` afterwards, which wakes the workers over the bus. Doing jobs is `job_worker`.

Why no queue library on PostgreSQL: `docs/decisions/0006-jobs-in-one-table.md`.
"""

from collections.abc import Sequence
from typing import Protocol

import orjson
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.ports.bus import Bus
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.jobs import Handler, Job, JobStatus, RunningJob
from vivavoce.storage import jobs_statements as statements
from vivavoce.storage.database import Database, Row
from vivavoce.storage.database_errors import is_unique_violation

CHANNEL = "jobs"  # something was enqueued
FREED = "jobs.freed"  # a key is free again, or a job was given back: of interest to workers alone
DAY_SECONDS = 86_400
KEEP_DONE_SECONDS = 7 * DAY_SECONDS
KEEP_FAILED_SECONDS = 90 * DAY_SECONDS


class JobsInTransactions(Protocol):
    """The part of the queue that a transaction needs."""

    async def enqueue_on(self, connection: AsyncConnection, job: Job) -> str:
        """Write a job in this transaction. Returns its id."""
        ...

    async def announce(self) -> None:
        """Wake the workers: a transaction with new jobs was committed."""
        ...


class SqlJobs:
    """The queue in a database."""

    def __init__(self, database: Database, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus

    async def enqueue(self, job: Job) -> str:
        """Have a job done."""
        async with self._database.write() as connection:
            id = await self.enqueue_on(connection, job)
        await self.announce()
        return id

    async def enqueue_on(self, connection: AsyncConnection, job: Job) -> str:
        """Write a job in this transaction; the caller announces it after the commit."""
        return await insert_job(self._database, connection, self._clock, job)

    async def announce(self) -> None:
        """Wake the workers: there is something new."""
        await self._bus.publish(CHANNEL, None)

    async def status(self, workspace_id: str, id: str) -> JobStatus | None:
        """Where a job stands."""
        rows = await self._database.fetch(statements.STATUS, {"workspace_id": workspace_id, "id": id})
        return _status(rows[0]) if rows else None

    async def waiting(self) -> int:
        """How many jobs are due and not yet done."""
        [[count]] = await self._database.fetch(statements.WAITING, {"now": self._clock.now()})
        return int(count)

    async def next_due(self) -> int | None:
        """When the next job or period falls due."""
        [[due]] = await self._database.fetch(statements.NEXT_DUE, {})
        return due

    async def failed(self, workspace_id: str, *, limit: int = 100) -> Sequence[JobStatus]:
        """The jobs that nobody will try again, newest first."""
        parameters = {"workspace_id": workspace_id, "at_most": limit}
        return [_status(row) for row in await self._database.fetch(statements.FAILED, parameters)]

    async def retry(self, workspace_id: str, id: str) -> bool:
        """Give a failed job all its attempts back."""
        try:
            found = await self._retry(workspace_id, id, drop_key=False)
        except Exception as error:
            if not is_unique_violation(error):
                raise
            found = await self._retry(workspace_id, id, drop_key=True)
        if found:
            await self.announce()
        return found

    async def _retry(self, workspace_id: str, id: str, *, drop_key: bool) -> bool:
        parameters = {"workspace_id": workspace_id, "id": id, "now": self._clock.now(), "drop_key": int(drop_key)}
        async with self._database.write() as connection:
            return bool(await self._database.fetch_on(connection, statements.RETRY, parameters))


async def insert_job(database: Database, connection: AsyncConnection, clock: Clock, job: Job) -> str:
    """Write a job in a transaction. Returns its id, or that of the waiting one that its unique key met."""
    parameters = {
        "id": clock.new_id("job"),
        "workspace_id": job.workspace_id,
        "name": job.name,
        "payload": orjson.dumps(dict(job.payload)).decode(),
        "run_at": clock.now() if job.run_at is None else job.run_at,
        "concurrency_key": job.concurrency_key,
        "unique_key": job.unique_key,
        "max_attempts": job.max_attempts,
    }
    [[id]] = await database.fetch_on(connection, statements.ENQUEUE, parameters)
    return str(id)


def prune_jobs(database: Database, clock: Clock) -> Handler:
    """The daily job that forgets what was done a week ago and what failed three months ago."""

    async def prune(_: RunningJob) -> None:
        now = clock.now()
        parameters = {
            "done_before": now - KEEP_DONE_SECONDS * SECOND,
            "failed_before": now - KEEP_FAILED_SECONDS * SECOND,
        }
        async with database.write() as connection:
            await database.fetch_on(connection, statements.PRUNE, parameters)

    return Handler("jobs.prune", prune, every_seconds=DAY_SECONDS)


def _status(row: Row) -> JobStatus:
    return JobStatus(*row)
