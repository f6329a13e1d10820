"""The measurement of the dashboard: many conversations are made of one, and a run is judged beside its floor."""

import json
from pathlib import Path
from typing import Any

import pytest
from bench.page import figures, seed
from bench.page.verdicts import is_valid, verdicts

from vivavoce.features.conversations.store import Change, Conversation, ConversationStore
from vivavoce.features.conversations.transcript import Entry
from vivavoce.storage.database import database_at
from vivavoce.storage.migrate import migrate

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000_000_000
ROW = {"p50": 20.0, "worst": 30.0, "processor_p50": 10.0}
SCROLL = {
    "dropped_percent": 1.0,
    "longest_gap_ms": 33.0,
    "long_tasks": 0,
    "longest_task_ms": 0.0,
    "frames": 360,
    "nodes": 600,
}
GOOD: dict[str, Any] = {
    "day": "2026-01-01",
    "commit": "abc",
    "machine": {"processor": "some", "cores": 2},
    "browser": "1",
    "conversations": 100_000,
    "database": "SQLite",
    "first_load_ms": {
        side: {"painted": ROW, "interactive": ROW, "scriptBytes": {"p50": 1.0, "worst": 1.0}}
        for side in ("ours", "talk", "floor")
    },
    "pages_ms": {"floor": ROW, "agents": ROW},
    "scrolls": {"floor": SCROLL, "conversations": SCROLL, "floor again": SCROLL},
    "whole": {"turns": 2000, "found": True},
}


def conversation() -> Conversation:
    return Conversation(
        workspace_id="ws",
        id="conv_model",
        agent_id="agent_a",
        branch_id=None,
        version_id=None,
        user_id=None,
        status="done",
        started_at=NOW,
        seen_at=NOW,
        text_only=True,
        source="js_sdk",
        language="en",
        body={"agent_name": "Front desk"},
    )


async def test_one_conversation_becomes_many_and_a_long_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vivavoce.db"
    database = database_at(url)
    await database.start()
    await migrate(database)
    store = ConversationStore(database)
    number = await store.insert(conversation())
    said = [Entry(turn, {"role": role, "message": "Hello."}) for turn, role in enumerate(("agent", "user"))]
    change = Change(
        number=number, seen_at=NOW, duration_seconds=4, user_messages=1, agent_messages=1, language="en", entries=said
    )
    await store.write([change])
    await seed.grow(url, "conv_model", 50)
    await seed.lengthen(url, "conv_model", 30)
    copies = [await store.get("ws", f"conv_modelcopy{copy}") for copy in (1, 49)]
    assert [each.started_at for each in copies] == [NOW - seed.APART_MICROS, NOW - 49 * seed.APART_MICROS]
    assert len(await store.entries(copies[0].number)) == 2
    long = await store.entries(number)
    assert [entry["role"] for entry in long[:3]] == ["agent", "user", "agent"] and len(long) == 30
    assert long[29]["message"].startswith("29: ")
    await database.close()


def test_a_good_run_meets_everything_and_makes_a_page() -> None:
    met = verdicts(GOOD)
    assert is_valid(GOOD) and all(each.met for each in met)
    section = figures.section(GOOD, met)
    assert "| agents | 20 / 30 | 10 |" in section and "not met" not in section


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("first_load_ms", "ours", "interactive", "p50"), 1_001),
        (("first_load_ms", "ours", "scriptBytes", "worst"), 200_001),
        (("pages_ms", "agents", "p50"), 201),
        (("scrolls", "conversations", "dropped_percent"), 3.1),
        (("scrolls", "conversations", "longest_task_ms"), 101),
        (("whole", "found"), False),
    ],
)
def test_what_is_not_as_expected_is_not_met(path: tuple[str, ...], value: float) -> None:
    run = changed(path, value)
    assert is_valid(run)
    assert sum(not each.met for each in verdicts(run)) == 1


def test_a_run_on_a_machine_that_had_no_time_is_not_valid() -> None:
    assert not is_valid(changed(("scrolls", "floor again", "dropped_percent"), 40))
    assert not is_valid(changed(("pages_ms", "floor", "p50"), 80))


def changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(json.dumps(GOOD))
    *way, last = path
    place = run
    for name in way:
        place = place[name]
    place[last] = value
    return run
