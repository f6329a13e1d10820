"""The house of workspaces on each database, and an administrator's client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.workspace.house import House
from tests.unit.storage.conftest import NoJobs, opened, prepare

from vivavoce.ports.clock import ManualClock
from vivavoce.storage.documents import SqlDocuments


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    clock = ManualClock()
    async with opened(fresh_database(request.param, template="schema", prepare=prepare)) as database:
        house = House(database, SqlDocuments(database, clock, NoJobs()), clock)
        await house.start()
        yield house
        await house.identities.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client(house.first.api_key) as client:
        yield client
