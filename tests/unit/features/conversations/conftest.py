"""Conversations in a database of each kind."""

from collections.abc import AsyncIterator

import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.conversations.talks import HUNG_UP, WORKSPACE, plan_of
from tests.unit.storage.conftest import opened, prepare

from vivavoce.engine.plan import Plan
from vivavoce.engine.transcript import Turn
from vivavoce.engine.usage import Usage
from vivavoce.features.conversations.records import ConversationRecords
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import ManualClock
from vivavoce.storage.database import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def database(database_kind: str, fresh_database: FreshDatabases) -> AsyncIterator[Database]:
    async with opened(fresh_database(database_kind, template="schema", prepare=prepare)) as database:
        yield database


@pytest.fixture
def store(database: Database) -> ConversationStore:
    return ConversationStore(database)


@pytest.fixture
def blobs(clock: ManualClock) -> MemoryBlobs:
    return MemoryBlobs(clock)


@pytest.fixture
def records(store: ConversationStore, blobs: MemoryBlobs, clock: ManualClock) -> ConversationRecords:
    return ConversationRecords(store, blobs, clock)


@pytest.fixture
def keep(records: ConversationRecords, clock: ManualClock):
    """Keep a conversation that is over; its id."""

    async def keep_one(*turns: Turn, seconds: float = 10.0, workspace: str = WORKSPACE, **changes: object) -> str:
        clock.advance(60)
        plan: Plan = plan_of(clock, **changes)
        record = await records.begin(workspace, plan)
        record.journal(b"line\n")
        for turn in turns:
            record.turn(turn)
        record.finish(HUNG_UP, Usage(), seconds)
        await records.flush()
        return plan.conversation_id

    return keep_one
