"""A conversation is there before its first word, kept turn by turn, and closed once, whatever happens."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.features.conversations.talks import (
    ANSWER,
    BROKEN,
    HELLO,
    HUNG_UP,
    QUESTION,
    WHISPER,
    WORKSPACE,
    plan_of,
)

from vivavoce.base.errors import Conflict, NotFound, Unavailable
from vivavoce.engine.commands import Ending
from vivavoce.engine.transcript import StandIn
from vivavoce.engine.usage import Usage
from vivavoce.features.conversations import records as records_module
from vivavoce.features.conversations.orphans import GRACE_SECONDS, Orphans
from vivavoce.features.conversations.records import Circumstances, ConversationRecords, journal_path
from vivavoce.features.conversations.render import conversation_body
from vivavoce.features.conversations.store import Change, Conversation, ConversationStore
from vivavoce.features.conversations.transcript import read_entry
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.leases import MemoryLeases

pytestmark = pytest.mark.anyio


async def read(store: ConversationStore, id: str) -> Conversation:
    return await store.get(WORKSPACE, id)


async def messages(store: ConversationStore, conversation: Conversation) -> list[str]:
    return [entry["message"] for entry in await store.entries(conversation.number)]


async def test_it_is_there_before_the_first_word(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    await records.begin(WORKSPACE, plan)
    kept = await read(store, plan.conversation_id)
    assert (kept.status, kept.ended_at, kept.agent_id, kept.source) == ("in-progress", None, "agent_1", "python_sdk")
    with pytest.raises(NotFound):
        await store.get("ws_b", plan.conversation_id)


async def test_an_id_is_used_once(records: ConversationRecords, clock: ManualClock):
    plan = plan_of(clock)
    results = await asyncio.gather(*(records.begin(WORKSPACE, plan) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 3


async def test_what_happens_before_it_is_made_is_written_after(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    made, never = plan_of(clock), plan_of(clock)
    async with records.running():
        record, void = records.open(WORKSPACE, made, Circumstances()), records.open(WORKSPACE, never, Circumstances())
        for each in (record, void):
            each.journal(b"one\n")
            each.turn(HELLO)
            await records.flush()
        await record.begin()
        void.finish(Ending("caller_hung_up", "They left."), Usage(), 0.0)
        await void.written()
        await records.flush()
    kept = await read(store, made.conversation_id)
    assert await messages(store, kept) == ["Hello."]
    assert await store.journal(kept.number) == "one\n"
    with pytest.raises(NotFound):
        await store.get(WORKSPACE, never.conversation_id)


async def test_who_leaves_while_it_is_made_leaves_a_record_that_is_closed(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    plan, is_there, may_return = plan_of(clock), asyncio.Event(), asyncio.Event()
    insert = store.insert

    async def inserted(*row: Any) -> int:
        number = await insert(*row)
        is_there.set()
        await may_return.wait()
        return number

    monkeypatch.setattr(store, "insert", inserted)
    async with records.running():
        record = records.open(WORKSPACE, plan, Circumstances())
        beginning = asyncio.create_task(record.begin())
        await is_there.wait()
        beginning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await beginning
        record.finish(HUNG_UP, Usage(), 0.0)
        closing = asyncio.create_task(record.written())
        await asyncio.sleep(0)
        may_return.set()
        await closing
        assert (await read(store, plan.conversation_id)).status == "done"


async def test_a_record_that_cannot_be_made_is_no_trouble_afterwards(records: ConversationRecords, clock: ManualClock):
    plan = plan_of(clock)
    await records.begin(WORKSPACE, plan)
    again = records.open(WORKSPACE, plan, Circumstances())
    with pytest.raises(Conflict):
        await again.begin()
    again.finish(HUNG_UP, Usage(), 0.0)
    await again.written()


async def test_what_was_at_once_before_it_is_made_is_at_once_after(
    records: ConversationRecords, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    due: list[float] = []
    record = records.open(WORKSPACE, plan_of(clock), Circumstances())
    record.finish(HUNG_UP, Usage(), 0.0)
    record.feedback(1, "like")
    monkeypatch.setattr(records, "changed", lambda _, within_seconds: due.append(within_seconds))
    await record.begin()
    assert due == [0.0]


async def test_turns_and_journal_are_written_together(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    record.journal(b"one\n")
    record.turn(HELLO)
    record.journal(b"two\n")
    await records.flush()
    record.turn(QUESTION)
    record.turn(replace(HELLO, text="Hel", original_text="Hello.", interrupted=True))
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert await messages(store, kept) == ["Hel", "Where is my order?"]
    assert await store.journal(kept.number) == "one\ntwo\n"
    assert (kept.user_messages, kept.agent_messages) == (1, 1)


async def test_a_character_that_no_column_holds_spoils_nothing(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    plan = replace(plan, caller=replace(plan.caller, user_id="u\0", source="s\0"), variables={"a\0": "b\0"})
    record = await records.begin(WORKSPACE, plan)
    record.turn(replace(QUESTION, text="Where\0?"))
    record.finish(replace(HUNG_UP, reason="Gone\0."), Usage(), 1.0)
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert await messages(store, kept) == ["Where\0?"]
    assert (kept.user_id, kept.termination_reason) == ("u", "Gone.")


async def test_the_writer_needs_nobody_to_push_it(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    async with records.running():
        record = await records.begin(WORKSPACE, plan)
        record.turn(HELLO)
        record.finish(HUNG_UP, Usage(), 3.2)
        await record.written()
        kept = await read(store, plan.conversation_id)
    assert (kept.status, kept.duration_seconds, kept.termination_reason) == ("done", 4, "The caller hung up.")
    assert await messages(store, kept) == ["Hello."]


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})])
async def test_calls_that_end_in_the_same_moment_are_all_written(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plans = [plan_of(clock) for _ in range(3)]
    async with records.running():
        ending = [await records.begin(WORKSPACE, plan) for plan in plans]
        for record in ending:
            record.finish(HUNG_UP, Usage(), 1.0)
    assert {(await read(store, plan.conversation_id)).status for plan in plans} == {"done"}


async def test_a_call_that_has_time_is_left_alone(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(records_module, "JOURNAL_SECONDS", 86_400.0)  # on the grid it could be time at this very moment
    hurried, patient = plan_of(clock), plan_of(clock)
    async with records.running():
        one, other = await records.begin(WORKSPACE, hurried), await records.begin(WORKSPACE, patient)
        other.journal(b"said\n")
        one.turn(HELLO)
        await one.written()
        assert await messages(store, await read(store, hurried.conversation_id)) == ["Hello."]
        assert await store.journal((await read(store, patient.conversation_id)).number) == ""
        await other.written()
        assert await store.journal((await read(store, patient.conversation_id)).number) == "said\n"


async def test_the_end_of_the_process_waits_for_the_last_line(
    records: ConversationRecords, store: ConversationStore, blobs: MemoryBlobs, clock: ManualClock
):
    plan = plan_of(clock)
    async with records.running():
        record = await records.begin(WORKSPACE, plan)
        record.journal(b"all of it\n")
        record.turn(HELLO)
        record.finish(BROKEN, Usage(input_tokens=3), 1.0)
    kept = await read(store, plan.conversation_id)
    assert kept.status == "failed"
    assert kept.body["error"] == {"code": 1002, "reason": "llm_timeout"}
    assert await blobs.get(WORKSPACE, journal_path(plan.conversation_id)) == b"all of it\n"
    assert await store.journal(kept.number) == ""


async def test_a_journal_is_sealed_when_its_last_line_is_written(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    """The call ends while something of it is being written."""
    sealed: list[str] = []

    async def seal(number: int, _: str, __: str) -> None:
        sealed.append(await store.journal(number))

    async def ends_meanwhile(changes: list[Change]) -> None:
        if not record.is_finished:
            record.journal(b"the end\n")
            record.finish(HUNG_UP, Usage(), 1.0)
        await write(changes)

    write = store.write
    monkeypatch.setattr(records, "seal", seal)
    monkeypatch.setattr(store, "write", ends_meanwhile)
    async with records.running():
        record = await records.begin(WORKSPACE, plan_of(clock))
        record.journal(b"the beginning\n")
        await records.flush()
    assert sealed == ["the beginning\nthe end\n"]


async def test_nothing_is_lost_while_the_database_is_away(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    record.turn(HELLO)
    record.journal(b"one\n")
    record.feedback(1, "like")
    write = store.write

    async def away(changes: list[Change]) -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(store, "write", away)
    with suppress(Unavailable):
        await records.flush()
    record.journal(b"two\n")
    monkeypatch.setattr(store, "write", write)
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert await messages(store, kept) == ["Hello."]
    assert await store.journal(kept.number) == "one\ntwo\n"
    assert kept.feedback["replies"] == {"1": {"score": "like", "time_in_call_secs": 0}}


async def test_what_cannot_be_kept_costs_nobody_else_anything(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    plans = [plan_of(clock) for _ in range(3)]
    first, poisoned, last = [await records.begin(WORKSPACE, plan) for plan in plans]
    first.turn(HELLO)
    endless = replace(ANSWER, calls=(replace(ANSWER.calls[0], arguments={"number": 2**80}),))
    poisoned.turn(endless)
    poisoned.turn(QUESTION)
    last.turn(HELLO)
    write = store.write

    async def refusing(changes: list[Change]) -> None:
        if any(entry.turn == QUESTION.index for change in changes for entry in change.entries):
            raise ValueError("no database takes this")
        await write(changes)

    monkeypatch.setattr(store, "write", refusing)
    await records.flush()
    for record in (first, poisoned, last):
        record.finish(HUNG_UP, Usage(), 2.0)
    await records.flush()
    kept = [await read(store, plan.conversation_id) for plan in plans]
    assert [each.status for each in kept] == ["done"] * 3
    assert [await messages(store, each) for each in kept] == [["Hello."], [], ["Hello."]]


async def test_odd_texts_are_kept_in_every_database(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock, variables={"n\0ame" * 90: "va\0lue" * 90})
    record = await records.begin(WORKSPACE, plan)
    record.turn(replace(QUESTION, text="Wh\0at? 🦉"))
    record.turn(replace(ANSWER, calls=(replace(ANSWER.calls[0], name="to\0ol" * 99),)))
    record.finish(replace(HUNG_UP, reason="B\0ye."), Usage(), 1.0)
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert (await messages(store, kept))[0] == "Wh\0at? 🦉"
    assert kept.termination_reason == "Bye."


async def test_what_a_turn_looks_like_afterwards(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    for turn in (HELLO, QUESTION, ANSWER, WHISPER):
        record.turn(turn)
    await records.flush()
    kept = await read(store, plan.conversation_id)
    _, question, answer, whisper = [read_entry(body) for body in await store.entries(kept.number)]
    assert (question["role"], question["source_medium"], question["time_in_call_secs"]) == ("user", "text", 2)
    assert (answer["message"], answer["original_message"], answer["interrupted"]) == ("On its", "On its way.", True)
    assert answer["tool_calls"][0]["params_as_json"] == '{"number":7}'
    assert answer["tool_results"][0]["tool_latency_secs"] == 0.5
    metrics = answer["conversation_turn_metrics"]["metrics"]
    assert metrics["convai_llm_service_ttfb"] == {"elapsed_time": 0.25}
    assert answer["llm_usage"]["model_usage"]["scripted"]["input"] == {"tokens": 40, "price": 0.0}
    assert whisper["contextual_update_info"] == {"context_id": "page", "is_superseded": False}
    assert (kept.user_messages, kept.agent_messages) == (1, 2)


async def test_an_agent_without_retention_leaves_the_row_alone(
    records: ConversationRecords, store: ConversationStore, blobs: MemoryBlobs, clock: ManualClock
):
    plan = plan_of(clock, variables={"name": "Ada"})
    async with records.running():
        record = await records.begin(WORKSPACE, plan, Circumstances(initiation={"user_id": "x"}, keeps_content=False))
        record.journal(b"private\n")
        record.turn(QUESTION)
        record.finish(HUNG_UP, Usage(), 1.0)
    kept = await read(store, plan.conversation_id)
    assert (kept.status, kept.user_messages, kept.body["initiation"]) == ("done", 1, {})
    assert await store.entries(kept.number) == []
    with pytest.raises(NotFound):
        await blobs.get(WORKSPACE, journal_path(plan.conversation_id))


@pytest.fixture
def leases(clock: ManualClock) -> MemoryLeases:
    return MemoryLeases(clock)


@pytest.fixture
def orphans(
    store: ConversationStore, records: ConversationRecords, leases: MemoryLeases, clock: ManualClock
) -> Orphans:
    return Orphans(store, records, leases, clock, "process_2")


async def test_an_orphan_is_closed_with_its_transcript_up_to_the_last_turn(
    orphans: Orphans,
    records: ConversationRecords,
    store: ConversationStore,
    blobs: MemoryBlobs,
    leases: MemoryLeases,
    clock: ManualClock,
):
    plan = plan_of(clock)
    await leases.register(WORKSPACE, plan.conversation_id, "process_1")
    record = await records.begin(WORKSPACE, plan)
    record.turn(HELLO)
    record.journal(b"up to here\n")
    clock.advance(7)
    await records.flush()
    clock.advance(GRACE_SECONDS + 1)
    assert await orphans.close() == 0, "its process still beats"
    clock.advance(15)
    assert await orphans.close() == 1
    kept = await read(store, plan.conversation_id)
    assert (kept.status, kept.duration_seconds) == ("failed", 7)
    assert kept.ended_at == plan.started_at_micros + 7_000_000
    assert kept.termination_reason == "The server stopped while the call ran."
    assert await messages(store, kept) == ["Hello."]
    assert await blobs.get(WORKSPACE, journal_path(plan.conversation_id)) == b"up to here\n"
    assert await leases.lookup(WORKSPACE, plan.conversation_id) is None
    assert await orphans.close() == 0


async def test_who_was_closed_as_an_orphan_changes_nothing_any_more(
    orphans: Orphans, records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    clock.advance(GRACE_SECONDS + 1)
    assert await orphans.close() == 1
    record.turn(HELLO)
    record.finish(HUNG_UP, Usage(), 60.0)
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert (kept.status, kept.duration_seconds) == ("failed", 0)
    assert await messages(store, kept) == []


async def test_who_stepped_in_is_in_the_record_while_the_call_runs_and_afterwards(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan, Circumstances(warnings=("Nobody has this model.",)))
    record.stand_in(StandIn(role="ear", failed="far", instead="near", reason="It hung up.", at=3.7))
    await records.flush()
    shown = conversation_body(await read(store, plan.conversation_id), [])["metadata"]
    assert shown["warnings"] == [
        "Nobody has this model.",
        "The ear far failed after 3 s, and near went on in its place: It hung up.",
    ]
    record.stand_in(StandIn(role="voice", failed="a", instead="b", reason="", at=5.0))
    record.finish(HUNG_UP, Usage(), 9.0)
    await records.flush()
    shown = conversation_body(await read(store, plan.conversation_id), [])["metadata"]
    assert [(each["role"], each["failed"], each["instead"]) for each in shown["vivavoce_stand_ins"]] == [
        ("ear", "far", "near"),
        ("voice", "a", "b"),
    ]
    assert shown["warnings"][-1] == "The voice a failed after 5 s, and b went on in its place."
    assert shown["termination_reason"] == "The caller hung up."


async def test_without_retention_nothing_that_a_provider_said_is_kept(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan, Circumstances(keeps_content=False))
    record.stand_in(StandIn(role="mind", failed="a", instead="b", reason="Cannot answer 'my PIN is 1234'.", at=3.7))
    await records.flush()
    kept = await read(store, plan.conversation_id)
    assert kept.body["stand_ins"][0]["reason"] == ""


async def test_what_steps_in_without_end_does_not_fill_the_record(
    records: ConversationRecords, store: ConversationStore, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    for number in range(200):
        record.stand_in(StandIn(role="ear", failed=f"ear{number}", instead="near", reason="", at=1.0))
    await records.flush()
    assert len((await read(store, plan.conversation_id)).body["stand_ins"]) == records_module.MOST_STAND_INS
