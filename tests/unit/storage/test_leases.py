"""Leases hold on the double, SQLite and PostgreSQL, and lapse by themselves; over real processes, on both databases."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.databases import DatabaseKind, FreshDatabases
from tests.support.schema import migrated
from tests.unit.storage.conftest import opened

from vivavoce import storage
from vivavoce.base.errors import Conflict, NotFound, Unavailable
from vivavoce.ports.clock import ManualClock, SystemClock
from vivavoce.ports.leases import Full, Held, Lease, Leases, MemoryLeases, Slot
from vivavoce.storage.bus import hub_path, open_bus
from vivavoce.storage.bus_hub import open_hub
from vivavoce.storage.database import Database
from vivavoce.storage.leases import SqlLeases, keep_alive

pytestmark = pytest.mark.anyio

WS = "workspace_1"
SOURCES = str(Path(storage.__file__).parents[2])


@dataclass
class House:
    leases: Leases
    clock: ManualClock


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[House]:
    clock = ManualClock()
    if request.param == "memory":
        yield House(MemoryLeases(clock), clock)
        return
    async with opened(migrated(fresh_database, request.param)) as database:
        yield House(SqlLeases(database, clock), clock)


async def taken(leases: Leases, owner: str, *slots: Slot) -> Lease:
    lease = await leases.acquire(slots, owner)
    assert isinstance(lease, Lease)
    return lease


async def test_places_are_taken_up_to_the_limit_and_given_back(house: House) -> None:
    agent = Slot("agent:a", 2)
    first = await taken(house.leases, "p1", agent)
    await taken(house.leases, "p2", agent)
    assert await house.leases.acquire([agent], "p3") == Full("agent:a", 2)
    assert await house.leases.count("agent:a") == 2
    await house.leases.release(first.id)
    await house.leases.release(first.id)
    await taken(house.leases, "p3", agent)


async def test_all_places_or_none(house: House) -> None:
    agent, workspace, machine = Slot("agent:a", 1), Slot("workspace:w", 5), Slot("machine:m", 9)
    lease = await taken(house.leases, "p1", workspace, agent, machine)
    assert lease.names == ("workspace:w", "agent:a", "machine:m")
    assert await house.leases.acquire([workspace, agent, machine], "p1") == Full("agent:a", 1)
    assert [await house.leases.count(name) for name in lease.names] == [1, 1, 1]
    await house.leases.release(lease.id)
    assert [await house.leases.count(name) for name in lease.names] == [0, 0, 0]


async def test_a_limit_of_nothing_lets_nobody_in_and_no_limit_everybody(house: House) -> None:
    assert await house.leases.acquire([Slot("agent:a", 0)], "p1") == Full("agent:a", 0)
    await taken(house.leases, "p1")


async def test_a_lowered_limit_counts_for_the_next(house: House) -> None:
    for _ in range(3):
        await taken(house.leases, "p1", Slot("agent:a", 3))
    assert await house.leases.acquire([Slot("agent:a", 2)], "p1") == Full("agent:a", 2)


async def test_what_a_dead_owner_held_lapses_and_what_a_living_one_holds_stays(house: House) -> None:
    agent = Slot("agent:a", 2)
    await taken(house.leases, "dead", agent)
    lease = await taken(house.leases, "alive", agent)
    await house.leases.register(WS, "conv_1", "dead")
    await house.leases.register(WS, "conv_2", "alive")
    for _ in range(3):
        house.clock.advance(5)
        held = await house.leases.heartbeat("alive")
    assert held == Held(frozenset({lease.id}), frozenset({"conv_2"}))
    assert await house.leases.count("agent:a") == 1
    assert await house.leases.lookup(WS, "conv_1") is None
    assert [found.id for found in await house.leases.registered(WS)] == ["conv_2"]
    await taken(house.leases, "p3", agent)
    assert isinstance(await house.leases.acquire([agent], "p4"), Full)


async def test_a_late_heartbeat_brings_nothing_back(house: House) -> None:
    await taken(house.leases, "slow", Slot("agent:a", 1))
    await house.leases.register(WS, "conv_1", "slow")
    house.clock.advance(15)
    assert await house.leases.heartbeat("slow") == Held(frozenset(), frozenset())
    await taken(house.leases, "quick", Slot("agent:a", 1))
    assert await house.leases.heartbeat("slow") == Held(frozenset(), frozenset())
    assert await house.leases.count("agent:a") == 1


async def test_a_registration_says_where_a_thing_lives(house: House) -> None:
    made = await house.leases.register(WS, "conv_1", "p1", metadata={"agent_id": "agent_1", "text": "grüße"})
    assert await house.leases.lookup(WS, "conv_1") == made
    assert (made.owner, made.metadata, made.registered_at) == (
        "p1",
        {"agent_id": "agent_1", "text": "grüße"},
        house.clock.now(),
    )
    assert await house.leases.lookup("workspace_2", "conv_1") is None
    assert await house.leases.registered("workspace_2") == []
    again = await house.leases.register(WS, "conv_1", "p1", metadata={"state": "new"})
    assert await house.leases.lookup(WS, "conv_1") == again


async def test_a_thing_lives_in_one_process(house: House) -> None:
    await house.leases.register(WS, "conv_1", "p1")
    with pytest.raises(Conflict, match="conv_1"):
        await house.leases.register(WS, "conv_1", "p2")
    house.clock.advance(20)
    with pytest.raises(Conflict):  # first somebody has to clean up after p1
        await house.leases.register(WS, "conv_1", "p2")
    await house.leases.unregister(WS, "conv_1", "p2")
    await house.leases.unregister("workspace_2", "conv_1", "p1")
    [orphan] = await house.leases.adopt_orphans("p2")
    await house.leases.unregister(WS, orphan.id, "p2")
    await house.leases.register(WS, "conv_1", "p3")


async def test_orphans_are_adopted_once_and_again_if_the_adopter_dies(house: House) -> None:
    for number in range(3):
        await house.leases.register(WS, f"conv_{number}", "dead", metadata={"n": number})
    assert await house.leases.adopt_orphans("p1") == []
    house.clock.advance(15)
    first = await house.leases.adopt_orphans("p1", limit=2)
    second = await house.leases.adopt_orphans("p2")
    assert sorted((o.id, o.owner, o.metadata["n"]) for o in [*first, *second])[0][0] == "conv_0"
    assert {o.id for o in first} | {o.id for o in second} == {"conv_0", "conv_1", "conv_2"}
    assert (len(first), len(second), {o.owner for o in first}) == (2, 1, {"p1"})
    for orphan in first:
        await house.leases.unregister(WS, orphan.id, "p1")
    house.clock.advance(15)
    assert [o.id for o in await house.leases.adopt_orphans("p3")] == [o.id for o in second]


async def test_an_orderly_end_gives_everything_back_at_once(house: House) -> None:
    await taken(house.leases, "p1", Slot("agent:a", 1))
    await house.leases.register(WS, "conv_1", "p1")
    await house.leases.register(WS, "conv_2", "p2")
    await house.leases.release_all("p1")
    assert await house.leases.count("agent:a") == 0
    assert [found.id for found in await house.leases.registered(WS)] == ["conv_2"]


async def test_a_keeper_beats_and_tells_what_is_held(house: House) -> None:
    told: asyncio.Queue[Held] = asyncio.Queue()
    await house.leases.register(WS, "conv_1", "p1")
    keeper = asyncio.create_task(keep_alive(house.leases, "p1", told.put_nowait, every_seconds=0.001))
    for _ in range(3):
        house.clock.advance(10)
        async with asyncio.timeout(10):
            while not told.empty():
                told.get_nowait()
            for _ in range(2):  # the first may have been on its way before
                await told.get()
    keeper.cancel()
    assert await house.leases.lookup(WS, "conv_1")


async def test_a_keeper_outlives_a_database_that_is_away() -> None:
    class Away(MemoryLeases):
        calls = 0

        async def heartbeat(self, owner: str, *, ttl_seconds: float = 15.0) -> Held:
            self.calls += 1
            if self.calls == 1:
                raise Unavailable("away")
            return await super().heartbeat(owner)

    told: asyncio.Queue[Held] = asyncio.Queue()
    keeper = asyncio.create_task(keep_alive(Away(ManualClock()), "p1", told.put_nowait, every_seconds=0.001))
    async with asyncio.timeout(10):
        assert await told.get() == Held(frozenset(), frozenset())
    keeper.cancel()


async def test_a_race_gets_no_more_places_than_there_are(database: Database) -> None:
    leases = SqlLeases(database, SystemClock())
    slots = [Slot("workspace:w", 5), Slot("machine:m", 50)]
    got = await asyncio.gather(*(leases.acquire(slots, f"p{number}") for number in range(20)))
    assert sum(isinstance(one, Lease) for one in got) == 5
    assert await leases.count("machine:m") == 5


# Two processes


WORKER = """
import asyncio, sys
from pathlib import Path
from vivavoce.base.errors import NotFound
from vivavoce.ports.clock import SystemClock
from vivavoce.storage.bus import open_bus
from vivavoce.storage.database import database_at
from vivavoce.storage.leases import SqlLeases

async def main(database_url, bus_url, data_dir, owner):
    database = database_at(database_url)
    await database.start()
    leases = SqlLeases(database, SystemClock())

    async def asked(question):
        if question["do"] == "hang_up" and question["id"] != "conv_1":
            raise NotFound.of("conversation", question["id"])
        return {"done": question["do"], "by": owner}

    async with open_bus(bus_url, Path(data_dir)) as bus, bus.answer(owner, asked):
        await leases.register("workspace_1", "conv_1", owner, metadata={"agent_id": "agent_1"})
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_one_worker_reaches_into_another(
    database_kind: DatabaseKind, fresh_database: FreshDatabases, tmp_path: Path
) -> None:
    """The call is found in the database, the process that holds it over the bus, and gone when that is killed."""
    url = migrated(fresh_database, database_kind)
    bus_url = url if database_kind == "postgresql" else "hub"
    async with AsyncExitStack() as stack:
        if bus_url == "hub":
            await stack.enter_async_context(open_hub(hub_path(tmp_path)))
        database = await stack.enter_async_context(opened(url))
        bus = await stack.enter_async_context(open_bus(bus_url, tmp_path))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WORKER, url, bus_url, str(tmp_path), "process_2"),
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": SOURCES},
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"ready\n"

        found = await SqlLeases(database, SystemClock()).lookup(WS, "conv_1")
        assert found is not None
        assert found.metadata == {"agent_id": "agent_1"}
        reply = await bus.request(found.owner, {"do": "hang_up", "id": "conv_1"})
        assert reply == {"done": "hang_up", "by": "process_2"}
        with pytest.raises(NotFound, match="conv_9"):
            await bus.request(found.owner, {"do": "hang_up", "id": "conv_9"})

        process.kill()
        await process.wait()
        async with asyncio.timeout(30):
            await until_nobody_answers(bus, found.owner)
        later = ManualClock(SystemClock().now() + 15_000_000)
        leases = SqlLeases(database, later)
        assert await leases.lookup(WS, "conv_1") is None
        assert [orphan.id for orphan in await leases.adopt_orphans("process_1")] == ["conv_1"]


async def until_nobody_answers(bus: object, target: str) -> None:
    """A killed process's connection is closed by its machine; whoever holds the other end notices a moment later."""
    while True:
        try:
            await bus.request(target, {"do": "nothing"}, timeout_seconds=1)  # type: ignore[attr-defined]
        except Unavailable as refused:
            if refused.status == "nobody_answers":
                return
