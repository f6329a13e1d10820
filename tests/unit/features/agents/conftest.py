"""A house of agents in memory, with a clock that stands still until told."""

import pytest
from tests.unit.features.agents.house import House

from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents_memory import MemoryDocuments


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def house(clock: ManualClock) -> House:
    return House(MemoryDocuments(clock), clock)
