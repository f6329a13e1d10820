"""The house of workspaces on each database, and an administrator's client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.house import House
from tests.unit.storage.conftest import NoJobs, opened, prepare

from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.storage.documents import SqlDocuments


@asynccontextmanager
async def open_house(kind: str, fresh_database: FreshDatabases, *, started: bool = True) -> AsyncIterator[House]:
    """A house on SQLite or PostgreSQL, or with its documents in memory."""
    clock = ManualClock()
    database_kind = "sqlite" if kind == "memory" else kind
    async with opened(fresh_database(database_kind, template="schema", prepare=prepare)) as database:
        documents = MemoryDocuments(clock) if kind == "memory" else SqlDocuments(database, clock, NoJobs())
        house = House(database, documents, clock)
        if started:
            await house.start()
        yield house
        await house.identities.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    async with open_house(request.param, fresh_database) as house:
        yield house


@pytest.fixture(params=["sqlite", "postgresql"])
async def new_house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    """A house whose first start is yet to come."""
    async with open_house(request.param, fresh_database, started=False) as house:
        yield house


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(house.first.api_key) as client:
        yield client


@pytest.fixture
async def quick_house(fresh_database: FreshDatabases) -> AsyncIterator[House]:
    """One house only, for what is decided before any database is asked."""
    async with open_house("memory", fresh_database) as house:
        yield house


@pytest.fixture
async def quick(quick_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's client of it."""
    async with quick_house.client(quick_house.first.api_key) as client:
        yield client
