"""One store of documents of every make: the tests of this folder run on each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.support.databases import FreshDatabases

from vivavoce.ports.bus import LocalBus
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Documents
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.jobs import Job, Jobs, MemoryJobs
from vivavoce.storage.database import Database, database_at
from vivavoce.storage.documents import SqlDocuments
from vivavoce.storage.jobs import SqlJobs
from vivavoce.storage.migrate import migrate


class NoJobs:
    """A queue for tests that enqueue nothing."""

    async def enqueue_on(self, connection: AsyncConnection, job: Job) -> str:
        raise AssertionError(job)

    async def announce(self) -> None:
        raise AssertionError


@dataclass(frozen=True)
class Stores:
    """Documents and the queue that their transactions write to."""

    documents: Documents
    jobs: Jobs


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database between `start` and `close`."""
    database = database_at(url)
    try:
        await database.start()
        yield database
    finally:
        await database.close()


def prepare(url: str) -> None:
    """Fills a template with the tables."""

    async def make_tables() -> None:
        async with opened(url) as database:
            await migrate(database)

    asyncio.run(make_tables())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_kind: str, fresh_database: FreshDatabases) -> AsyncIterator[Database]:
    """An open database with all tables, of each kind in turn."""
    async with opened(fresh_database(database_kind, template="schema", prepare=prepare)) as database:
        yield database


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def stores(
    request: pytest.FixtureRequest, clock: ManualClock, fresh_database: FreshDatabases
) -> AsyncIterator[Stores]:
    """Stores of each make in turn."""
    if request.param == "memory":
        jobs = MemoryJobs(clock)
        yield Stores(MemoryDocuments(clock, jobs), jobs)
        return
    async with opened(fresh_database(request.param, template="schema", prepare=prepare)) as database:
        queue = SqlJobs(database, clock, LocalBus())
        yield Stores(SqlDocuments(database, clock, queue), queue)


@pytest.fixture
def documents(stores: Stores) -> Documents:
    """A store of documents of each make in turn."""
    return stores.documents


@pytest.fixture
def jobs(stores: Stores) -> Jobs:
    """The queue that goes with the documents."""
    return stores.jobs
