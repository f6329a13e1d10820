"""One store of documents of every make: the tests of this folder run on each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.support.databases import FreshDatabases

from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Documents
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.jobs import Job
from vivavoce.storage.database import Database, database_at
from vivavoce.storage.documents import SqlDocuments
from vivavoce.storage.migrate import migrate


class NoJobs:
    """A queue for tests that enqueue nothing."""

    async def enqueue_on(self, connection: AsyncConnection, job: Job) -> str:
        raise AssertionError(job)

    async def announce(self) -> None:
        raise AssertionError


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
async def documents(
    request: pytest.FixtureRequest, clock: ManualClock, fresh_database: FreshDatabases
) -> AsyncIterator[Documents]:
    """A store of each make in turn."""
    if request.param == "memory":
        yield MemoryDocuments(clock)
        return
    async with opened(fresh_database(request.param, template="schema", prepare=prepare)) as database:
        yield SqlDocuments(database, clock, NoJobs())
