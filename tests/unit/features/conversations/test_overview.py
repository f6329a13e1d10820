"""The figures of the last days: whose they are, which days they count, and how long callers waited."""

from dataclasses import replace

import pytest
from sqlalchemy.dialects import sqlite
from tests.unit.features.conversations.talks import ANSWER, HELLO, HUNG_UP, QUESTION, WORKSPACE, plan_of

from vivavoce.engine.usage import Waterfall
from vivavoce.features.conversations.overview import DAY_SECONDS, OVER, Overviews
from vivavoce.features.conversations.records import ConversationRecords
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.ports.clock import ManualClock

pytestmark = pytest.mark.anyio

SPOKEN = Waterfall(
    speech_ended=2.0, turn_ended=2.5, first_token=2.75, first_sentence=3.0, first_audio=3.125, first_played=3.25
)


@pytest.fixture
def overviews(store: ConversationStore, clock: ManualClock) -> Overviews:
    return Overviews(store.database, clock)


async def test_nothing_happened_yet(overviews: Overviews) -> None:
    assert await overviews.of(WORKSPACE, 7) == {"running": 0, "days": [], "agents": [], "ends": [], "waits": []}


async def test_calls_are_counted_by_day_agent_and_end(overviews: Overviews, keep, clock: ManualClock) -> None:
    await keep(seconds=10)
    await keep(seconds=20, agent_id="agent_2")
    clock.advance(DAY_SECONDS)
    await keep(seconds=30, agent_id="agent_2")
    await keep(workspace="ws_b")
    found = await overviews.of(WORKSPACE, 7)
    assert [(day["calls"], day["seconds"]) for day in found["days"]] == [(2, 30), (1, 30)]
    assert all(day["day_unix"] % DAY_SECONDS == 0 for day in found["days"])
    assert found["agents"] == [
        {"agent_id": "agent_2", "calls": 2, "seconds": 50},
        {"agent_id": "agent_1", "calls": 1, "seconds": 10},
    ]
    assert found["ends"] == [{"reason": HUNG_UP.reason, "calls": 3}]
    assert [day["calls"] for day in (await overviews.of(WORKSPACE, 1))["days"]] == [1]


async def test_calls_that_run_are_counted_whenever_they_began(
    overviews: Overviews, records: ConversationRecords, clock: ManualClock
) -> None:
    await records.begin(WORKSPACE, plan_of(clock))
    today = await overviews.of(WORKSPACE, 1)
    assert (today["running"], [day["calls"] for day in today["days"]], today["ends"]) == (1, [1], [])
    clock.advance(DAY_SECONDS * 3)
    later = await overviews.of(WORKSPACE, 1)
    assert (later["running"], later["days"]) == (1, [])


async def test_the_figures_of_the_days_come_from_the_index_alone(store: ConversationStore) -> None:
    if store.database.kind != "sqlite":
        return  # PostgreSQL reads a table as small as this one whole
    asked = OVER.params(workspace_id=WORKSPACE, first_day=0)
    text = str(asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    async with store.database.read() as connection:
        steps = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")).all()
    assert [step[-1].partition(" (")[0] for step in steps] == [
        "SEARCH conversations USING COVERING INDEX ix_conversations_days"
    ]


async def test_what_callers_waited_for_differs_between_voice_and_chat(overviews: Overviews, keep) -> None:
    await keep(HELLO, QUESTION, ANSWER)
    await keep(HELLO, QUESTION, replace(ANSWER, waterfall=SPOKEN))
    found = {wait.pop("kind"): wait for wait in (await overviews.of(WORKSPACE, 7))["waits"]}
    assert found["voice"] == {"answers": 1, "median_seconds": 1.25, "p95_seconds": 1.25}
    assert found["chat"] == {"answers": 1, "median_seconds": 0.25, "p95_seconds": 0.25}
