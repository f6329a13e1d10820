"""What was said can be found again: by who talked, how it went, what happened in it, what people think of it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.features.conversations.talks import ANSWER, HELLO, QUESTION, WORKSPACE, plan_of

from vivavoce.base.errors import Conflict, Invalid, NotFound
from vivavoce.features.conversations.filters import Comparison, Filters, Wanted, Words, read_comparison
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.records import ConversationRecords
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.features.workspace.service import Actor, AuditLog
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import SECOND, ManualClock
from vivavoce.ports.documents_memory import MemoryDocuments

pytestmark = pytest.mark.anyio


@pytest.fixture
def history(store: ConversationStore, blobs: MemoryBlobs, clock: ManualClock) -> Conversations:
    return Conversations(store, blobs, AuditLog(MemoryDocuments(clock)))


async def found(history: Conversations, **filters: object) -> list[str]:
    wanted = Wanted(Filters(**filters), 100, None, True)
    page = await history.page(WORKSPACE, wanted, asks_for={})
    return [row["conversation_id"] for row in page.items]


async def test_a_list_goes_on_where_its_page_ended(history: Conversations, keep):
    ids = [await keep() for _ in range(5)]
    await keep(workspace="ws_b")
    for descending, expected in ((True, ids[::-1]), (False, ids)):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await history.page(WORKSPACE, Wanted(Filters(), 2, cursor, descending), asks_for={})
            seen += [row["conversation_id"] for row in page.items]
            cursor = page.next_cursor
            if not page.has_more:
                break
        assert seen == expected
    with pytest.raises(Invalid):
        page = await history.page(WORKSPACE, Wanted(Filters(), 2, None, True), asks_for={})
        await history.page(WORKSPACE, Wanted(Filters(), 2, page.next_cursor, False), asks_for={})


async def test_a_long_transcript_can_be_read_from_its_beginning(history: Conversations, keep):
    id = await keep(HELLO, QUESTION, ANSWER)
    whole = await history.get(WORKSPACE, id)
    assert len(whole["transcript"]) == 3
    begun = await history.get(WORKSPACE, id, first_turns=2)
    assert begun == whole | {"transcript": whole["transcript"][:2]}
    assert await history.get(WORKSPACE, id, first_turns=3) == whole


async def test_filters_hold_together(history: Conversations, keep, clock: ManualClock):
    short = await keep(HELLO, seconds=3, language="de")
    long = await keep(HELLO, QUESTION, ANSWER, seconds=90, agent_id="agent_2", text_only=True)
    last = await keep(HELLO, version_id="agtvrsn_2")
    assert await found(history) == [last, long, short]
    assert await found(history, agent_id="agent_2") == [long]
    assert await found(history, version_id="agtvrsn_2") == [last]
    assert await found(history, user_id="user_7", text_only=False) == [last, short]
    assert await found(history, shortest_seconds=3, longest_seconds=10) == [last, short]
    assert await found(history, search="where IS MY") == [long]
    assert await found(history, search="where%") == []
    assert await found(history, termination_reasons=["The caller hung up."]) == [last, long, short]
    assert await found(history, excluded_statuses=["done"]) == []
    assert await found(history, call_successful="success") == []
    assert await found(history, call_successful="unknown", source="python_sdk") == [last, long, short]
    assert await found(history, started_after=clock.now()) == [last]
    assert await found(history, started_before=clock.now()) == [long, short]
    assert await found(history, words=[Words(["agent"], ["agent_2", "agent_3"])]) == [long]


async def test_conversations_are_found_by_the_tools_they_called(history: Conversations, keep):
    worked = await keep(HELLO, QUESTION, ANSWER)
    [result] = ANSWER.results
    failed = await keep(HELLO, QUESTION, replace(ANSWER, results=(replace(result, is_error=True),)))
    assert await found(history, words=[Words(["tool"], ["find_order"])]) == [failed, worked]
    assert await found(history, words=[Words(["tool_successful"], ["find_order"])]) == [worked]
    assert await found(history, words=[Words(["tool_errored"], ["find_order"])]) == [failed]
    page = await history.page(WORKSPACE, Wanted(Filters(), 1, None, True), asks_for={})
    assert page.items[0]["tool_names"] == ["find_order"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age:eq:41", 1),
        ("age:gt:40", 1),
        ("age:gte:41", 1),
        ("age:lt:41", 1),
        ("age:lte:41", 2),
        ("name:eq:Ada", 1),
        ("plan:missing:", 2),
        ("name:missing:", 1),
    ],
)
async def test_conversations_are_found_by_their_variables(history: Conversations, keep, text: str, expected: int):
    await keep(variables={"age": 41, "name": "Ada"})
    await keep(variables={"age": 7.5})
    comparison = read_comparison("dynamic_variable_params", "variable", text)
    assert len(await found(history, comparisons=[comparison])) == expected


@pytest.mark.parametrize("text", ["age", "age:like:4", "age:gt:old", ":eq:1", "age:gt:nan", "age:lt:inf"])
def test_a_comparison_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(Invalid):
        read_comparison("dynamic_variable_params", "variable", text)


def test_a_value_may_have_colons():
    assert read_comparison("p", "variable", "at:eq:12:30") == Comparison("variable:at", "eq", "12:30")


async def test_ratings_are_kept_changed_and_taken_back(history: Conversations, keep):
    rated = await keep(HELLO)
    await keep(HELLO)
    await history.rate(WORKSPACE, rated, {"rating": 4, "comment": "Quick."})
    await history.rate(WORKSPACE, rated, {"overall": "like"})
    feedback = (await history.get(WORKSPACE, rated))["metadata"]["feedback"]
    assert (feedback["rating"], feedback["comment"], feedback["overall_score"]) == (4, "Quick.", "like")
    assert await found(history, lowest_rating=4, has_comment=True) == [rated]
    assert await found(history, lowest_rating=5) == []
    await history.rate(WORKSPACE, rated, {"overall": None, "rating": None})
    feedback = (await history.get(WORKSPACE, rated))["metadata"]["feedback"]
    assert (feedback["rating"], feedback["overall_score"]) == (None, None)


async def test_a_reply_is_rated_by_the_sound_of_it_that_was_heard_last(
    history: Conversations, records: ConversationRecords, clock: ManualClock
):
    plan = plan_of(clock)
    record = await records.begin(WORKSPACE, plan)
    for turn in (HELLO, QUESTION, replace(ANSWER, event_id=3)):
        record.turn(turn)
    record.feedback(0, "dislike")
    record.feedback(2, "like")  # some sound of the greeting that went on after a cough
    record.feedback(3, "like")
    record.feedback(5, "dislike")
    record.feedback(5, None)
    await records.flush()
    transcript = (await history.get(WORKSPACE, plan.conversation_id))["transcript"]
    assert [entry["feedback"] and entry["feedback"]["score"] for entry in transcript] == ["like", None, "like"]


async def test_what_is_deleted_is_gone(
    history: Conversations, keep, records: ConversationRecords, clock: ManualClock, blobs: MemoryBlobs
):
    id = await keep(HELLO)
    assert await history.journal(WORKSPACE, id) == b"line\n"
    await records.seal((await history.row(WORKSPACE, id)).number, WORKSPACE, id)
    assert await history.journal(WORKSPACE, id) == b"line\n"
    with pytest.raises(NotFound):
        await history.delete(Actor("ws_b"), id)
    await history.delete(Actor(WORKSPACE), id)
    with pytest.raises(NotFound):
        await history.get(WORKSPACE, id)
    assert [blob async for blob in blobs.list(WORKSPACE)] == []


async def test_what_runs_cannot_be_deleted(history: Conversations, records: ConversationRecords, clock: ManualClock):
    plan = plan_of(clock)
    await records.begin(WORKSPACE, plan)
    with pytest.raises(Conflict):
        await history.delete(Actor(WORKSPACE), plan.conversation_id)


async def test_agents_know_when_they_were_called_last(history: Conversations, keep, clock: ManualClock):
    await keep()
    await keep()
    calls: Sequence[str] = ["agent_1", "agent_9"]
    assert await history.last_calls(WORKSPACE, calls) == {"agent_1": clock.now()}
    assert await history.last_calls("ws_b", calls) == {}
    assert clock.now() % SECOND == 0
