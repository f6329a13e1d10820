"""One store of documents of every make: the tests of this folder run on each."""

from collections.abc import AsyncIterator

import pytest

from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Documents
from vivavoce.ports.documents_memory import MemoryDocuments


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["memory"])
async def documents(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Documents]:
    yield MemoryDocuments(clock)
