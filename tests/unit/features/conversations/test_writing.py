"""When records are written: turns soon, journals once a second, and what belongs together in one transaction."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tests.scenarios.simulation import plan

from vivavoce.base.errors import Unavailable
from vivavoce.engine.commands import Ending
from vivavoce.engine.transcript import UserTurn
from vivavoce.engine.usage import Usage
from vivavoce.features.conversations.records import ConversationRecords, LiveRecord
from vivavoce.features.conversations.store import Change, ConversationStore
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import ManualClock


@dataclass
class Store:
    """Remembers what was written together, and when."""

    written: list[tuple[float, list[int]]] = field(default_factory=list[tuple[float, list[int]]])
    journals: dict[int, str] = field(default_factory=dict[int, str])
    fails: int = 0
    cannot_hold: int = 0
    """The number of a conversation whose turns are more than the database can take."""
    count: int = 0

    async def insert(self, *_: Any) -> int:
        self.count += 1
        return self.count

    async def write(self, changes: Sequence[Change]) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("The database is away.")
        if any(change.number == self.cannot_hold and change.entries for change in changes):
            raise ValueError("This cannot be stored.")
        now = asyncio.get_running_loop().time()
        self.written.append((round(now, 2), sorted(change.number for change in changes)))
        for change in changes:
            self.journals[change.number] = self.journals.get(change.number, "") + change.journal

    async def journal(self, number: int) -> str:
        return ""


Script = Callable[[Store, list[LiveRecord]], Coroutine[Any, Any, None]]


def written(script: Script, calls: int = 20) -> Store:
    store = Store()

    async def run() -> None:
        clock = ManualClock()
        records = ConversationRecords(cast(ConversationStore, store), MemoryBlobs(clock), clock)
        async with records.running():
            made = [await records.begin("ws_1", replace(plan(), conversation_id=f"conv_{n}")) for n in range(calls)]
            await script(store, made)

    run_virtually(run())
    return store


def turn(index: int) -> UserTurn:
    return UserTurn(index=index, at=0.0, text="Hello.", medium="text", event_id=1)


def test_the_journals_of_all_calls_are_written_together_once_a_second() -> None:
    async def script(store: Store, records: list[LiveRecord]) -> None:
        await pass_time(0.005)
        for _ in range(300):
            for record in records:
                record.journal(b"{}\n")
            await pass_time(0.01)

    store = written(script)
    assert [at for at, _ in store.written][:3] == [1.0, 2.0, 3.0]
    assert all(len(numbers) == 20 for _, numbers in store.written)
    assert all(text == "{}\n" * 300 for text in store.journals.values())


def test_a_turn_is_written_soon_and_takes_no_other_call_along() -> None:
    async def script(store: Store, records: list[LiveRecord]) -> None:
        await pass_time(0.005)
        for record in records:
            record.journal(b"{}\n")
        await pass_time(0.295)
        records[3].turn(turn(1))
        await pass_time(0.05)
        records[4].turn(turn(1))
        await pass_time(0.4)

    store = written(script)
    assert store.written[:2] == [(0.4, [4]), (0.45, [5])]


def test_who_waits_for_its_record_waits_for_no_other() -> None:
    async def script(store: Store, records: list[LiveRecord]) -> None:
        for record in records:
            record.journal(b"{}\n")
        records[0].finish(Ending("caller_hung_up", "The caller hung up."), Usage(), 1.0)
        await records[0].written()
        assert [numbers for _, numbers in store.written] == [[1]]

    written(script)


def test_what_could_not_be_written_is_written_later_and_once() -> None:
    async def script(store: Store, records: list[LiveRecord]) -> None:
        store.fails = 2
        for record in records:
            record.journal(b"1\n")
        await pass_time(1.5)
        for record in records:
            record.journal(b"2\n")
        await pass_time(6)

    store = written(script)
    assert set(store.journals.values()) == {"1\n2\n"}


def test_what_cannot_be_kept_of_one_call_harms_no_other_and_does_not_stop_the_writer() -> None:
    async def script(store: Store, records: list[LiveRecord]) -> None:
        store.cannot_hold = 2
        for record in records:
            record.turn(turn(0))
        await pass_time(0.1)
        assert sorted(number for _, numbers in store.written for number in numbers) == [1, 2, 3]
        records[1].finish(Ending("caller_hung_up", "The caller hung up."), Usage(), 1.0)
        records[2].turn(turn(1))
        await pass_time(0.1)

    store = written(script, calls=3)
    assert sorted(number for _, numbers in store.written[3:] for number in numbers) == [2, 3]
