"""What `ports/documents` promises, kept by every store: the double, SQLite and PostgreSQL."""

import asyncio
import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vivavoce.base.errors import Conflict, Invalid
from vivavoce.ports.clock import SECOND, ManualClock
from vivavoce.ports.documents import Document, Documents, Kind, Query, Reference
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.jobs import Job, Jobs

pytestmark = pytest.mark.anyio

AGENTS = Kind(
    "agents",
    "agent",
    facets=lambda body: {"tag": body.get("tags", ()), "archived": [str(body.get("archived", False)).lower()]},
    references=lambda body: [Reference("tools", id) for id in body.get("tool_ids", ())],
)
SECRETS = Kind("secrets", "secret", unique=lambda body: body["name"])
TOOLS = Kind("tools", "tool")
FRESH = itertools.count()
HOME, AWAY = "workspace_home", "workspace_away"


async def insert(documents: Documents, kind: Kind, workspace: str = HOME, **body: Any) -> Document:
    async with documents.transaction() as transaction:
        return await transaction.insert(kind, workspace, body)


async def insert_all(documents: Documents, kind: Kind, bodies: list[dict[str, Any]]) -> list[Document]:
    async with documents.transaction() as transaction:
        return [await transaction.insert(kind, HOME, body) for body in bodies]


async def update(documents: Documents, kind: Kind, document: Document, **body: Any) -> Document:
    async with documents.transaction() as transaction:
        return await transaction.update(kind, document, body)


async def names(documents: Documents, query: Query, kind: Kind = AGENTS) -> list[str]:
    page = await documents.page(kind, HOME, query)
    assert await documents.count(kind, HOME, query) == len(page.items) or page.has_more or query.cursor
    return [document.body["name"] for document in page.items]


async def walk(documents: Documents, kind: Kind, query: Query) -> list[Document]:
    """All pages of a list, one after the other."""
    found: list[Document] = []
    while True:
        page = await documents.page(kind, HOME, query)
        assert len(page.items) <= query.page_size
        found += page.items
        if page.next_cursor is None:
            return found
        query = Query(**{slot: getattr(query, slot) for slot in Query.__slots__} | {"cursor": page.next_cursor})


# One document


async def test_a_document_reads_back_as_it_was_sent(documents: Documents, clock: ManualClock) -> None:
    body = {"z": 1, "name": "Ada", "a": None, "list": [3, 1, 2, {"y": 1.0, "x": []}], "unknown": {"": "\0 \u2028 🙂"}}
    stored = await insert(documents, AGENTS, **body)
    read = await documents.get(AGENTS, HOME, stored.id)
    assert read == stored
    assert read.body == body
    assert list(read.body) == list(body)
    assert (read.workspace_id, read.parent_id, read.revision) == (HOME, None, 1)
    assert read.created_at == read.updated_at == clock.now()
    assert read.id.startswith("agent_")


async def test_what_a_caller_does_to_a_body_later_does_not_reach_the_store(documents: Documents) -> None:
    body: dict[str, Any] = {"name": "Ada", "tags": ["a"]}
    stored = await insert(documents, AGENTS, **body)
    body["tags"].append("b")
    stored.body["tags"].append("c")
    read = await documents.get(AGENTS, HOME, stored.id)
    assert read is not None
    read.body["tags"].append("d")
    again = await documents.get(AGENTS, HOME, stored.id)
    assert again is not None
    assert again.body["tags"] == ["a"]


async def test_an_unknown_id_is_nothing(documents: Documents) -> None:
    for id in ("agent_unknown", "", "nul\0", "\ud800", "%", "x" * 5000):
        assert await documents.get(AGENTS, HOME, id) is None
        assert await documents.get_many(AGENTS, HOME, [id]) == {}
        assert await documents.used_by(HOME, Reference("tools", id)) == []
        async with documents.transaction() as transaction:
            assert await transaction.delete(AGENTS, HOME, id) is False


async def test_an_id_of_another_workspace_or_kind_is_nothing(documents: Documents) -> None:
    mine = await insert(documents, AGENTS, name="Ada", tool_ids=["tool_1"])
    assert await documents.get(AGENTS, AWAY, mine.id) is None
    assert await documents.get(TOOLS, HOME, mine.id) is None
    assert await documents.get_many(AGENTS, AWAY, [mine.id]) == {}
    assert (await documents.page(AGENTS, AWAY, Query())).items == []
    assert await documents.count(AGENTS, AWAY, Query()) == 0
    assert await documents.used_by(AWAY, Reference("tools", "tool_1")) == []
    async with documents.transaction() as transaction:
        assert await transaction.delete(AGENTS, AWAY, mine.id) is False
        assert await transaction.delete(TOOLS, HOME, mine.id) is False
    assert await documents.get(AGENTS, HOME, mine.id) == mine


async def test_a_given_id_is_kept_and_may_exist_once_in_a_workspace(documents: Documents) -> None:
    async with documents.transaction() as transaction:
        await transaction.insert(AGENTS, HOME, {"name": "Ada"}, id="agent_mine")
    async with documents.transaction() as transaction:
        with pytest.raises(Conflict, match="'agent_mine' exists already"):
            await transaction.insert(AGENTS, HOME, {"name": "Bob"}, id="agent_mine")
        await transaction.insert(AGENTS, AWAY, {"name": "Eve"}, id="agent_mine")
        await transaction.insert(TOOLS, HOME, {"name": "Bell"}, id="agent_mine")
    assert await names(documents, Query()) == ["Ada"]


async def test_many_are_read_at_once(documents: Documents) -> None:
    stored = await insert_all(documents, AGENTS, [{"name": str(number)} for number in range(5)])
    wanted = [stored[3].id, "agent_unknown", stored[0].id, stored[3].id]
    assert await documents.get_many(AGENTS, HOME, wanted) == {stored[3].id: stored[3], stored[0].id: stored[0]}
    assert await documents.get_many(AGENTS, HOME, []) == {}


async def test_more_are_read_at_once_than_a_statement_takes_parameters(documents: Documents) -> None:
    stored = await insert(documents, AGENTS, name="Ada")
    wanted = [f"agent_{number}" for number in range(40_000)] + [stored.id]
    assert await documents.get_many(AGENTS, HOME, wanted) == {stored.id: stored}


# Changing


async def test_an_update_replaces_the_body_and_counts(documents: Documents, clock: ManualClock) -> None:
    first = await insert(documents, AGENTS, name="Ada", old=1)
    clock.advance(5)
    second = await update(documents, AGENTS, first, name="Bob")
    assert second == await documents.get(AGENTS, HOME, first.id)
    assert second.body == {"name": "Bob"}
    assert (second.created_at, second.updated_at) == (first.created_at, first.created_at + 5 * SECOND)
    assert second.revision == 2


async def test_an_update_of_what_somebody_else_changed_is_a_conflict(documents: Documents) -> None:
    first = await insert(documents, AGENTS, name="Ada")
    await update(documents, AGENTS, first, name="Bob")
    with pytest.raises(Conflict, match="changed or deleted in the meantime"):
        await update(documents, AGENTS, first, name="Eve")
    assert await names(documents, Query()) == ["Bob"]


async def test_an_update_of_what_is_gone_is_a_conflict(documents: Documents) -> None:
    first = await insert(documents, AGENTS, name="Ada")
    async with documents.transaction() as transaction:
        assert await transaction.delete(AGENTS, HOME, first.id) is True
    with pytest.raises(Conflict, match="changed or deleted in the meantime"):
        await update(documents, AGENTS, first, name="Eve")


async def test_of_writers_who_read_the_same_revision_one_wins(documents: Documents) -> None:
    first = await insert(documents, AGENTS, name="Ada")
    tries = [update(documents, AGENTS, first, name=str(number)) for number in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Document) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_a_deleted_document_is_gone_from_everywhere(documents: Documents) -> None:
    stored = await insert(documents, AGENTS, name="Ada", tags=["a"], tool_ids=["tool_1"])
    async with documents.transaction() as transaction:
        assert await transaction.delete(AGENTS, HOME, stored.id) is True
        assert await transaction.delete(AGENTS, HOME, stored.id) is False
    assert await documents.get(AGENTS, HOME, stored.id) is None
    assert await names(documents, Query()) == []
    assert await names(documents, Query(facets={"tag": ["a"]})) == []
    assert await documents.used_by(HOME, Reference("tools", "tool_1")) == []


# Unique keys


async def test_a_unique_key_finds_its_document(documents: Documents) -> None:
    stored = await insert(documents, SECRETS, name="API key")
    await insert(documents, SECRETS, name="api key")
    assert await documents.find(SECRETS, HOME, "API key") == stored
    assert await documents.find(SECRETS, HOME, "unknown") is None
    assert await documents.find(SECRETS, AWAY, "API key") is None


async def test_a_second_unique_key_is_a_conflict_that_names_it(documents: Documents) -> None:
    await insert(documents, SECRETS, name="X")
    await insert(documents, SECRETS, AWAY, name="X")
    with pytest.raises(Conflict, match="A secret named 'X' exists already"):
        await insert(documents, SECRETS, name="X")
    assert await names(documents, Query(), SECRETS) == ["X"]


async def test_an_update_into_a_taken_key_is_a_conflict_and_the_transaction_lives_on(documents: Documents) -> None:
    await insert(documents, SECRETS, name="X")
    second = await insert(documents, SECRETS, name="Y")
    async with documents.transaction() as transaction:
        with pytest.raises(Conflict, match="A secret named 'X' exists already"):
            await transaction.update(SECRETS, second, {"name": "X"})
        await transaction.update(SECRETS, second, {"name": "Z"})
    assert sorted(await names(documents, Query(), SECRETS)) == ["X", "Z"]


async def test_a_conflict_on_insert_lets_the_transaction_live_on(documents: Documents) -> None:
    await insert(documents, SECRETS, name="X")
    async with documents.transaction() as transaction:
        with pytest.raises(Conflict):
            await transaction.insert(SECRETS, HOME, {"name": "X"})
        await transaction.insert(SECRETS, HOME, {"name": "Y"})
    assert sorted(await names(documents, Query(), SECRETS)) == ["X", "Y"]


async def test_an_update_keeps_its_own_key_and_frees_the_old_one(documents: Documents) -> None:
    first = await insert(documents, SECRETS, name="X")
    first = await update(documents, SECRETS, first, name="X", value=1)
    await update(documents, SECRETS, first, name="Y")
    await insert(documents, SECRETS, name="X")
    assert sorted(await names(documents, Query(), SECRETS)) == ["X", "Y"]


async def test_of_writers_with_the_same_key_one_wins(documents: Documents) -> None:
    tries = [insert(documents, SECRETS, name="X", number=number) for number in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Document) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


@pytest.mark.parametrize("name", ["nul\0", "nul", "x" * 5000, "x" * 5001, "🙂" * 3000, "sha256:"])
async def test_any_text_can_be_a_key_a_word_and_a_name(documents: Documents, name: str) -> None:
    kind = Kind("things", "thing", unique=lambda body: body["name"], facets=lambda body: {"tag": [body["name"]]})
    await insert_all(documents, kind, [{"name": other} for other in ("nul\0\0", "x" * 4999, "🙂" * 2999)])
    stored = await insert(documents, kind, name=name)
    assert await documents.find(kind, HOME, name) == stored
    assert (await documents.page(kind, HOME, Query(facets={"tag": [name]}))).items == [stored]
    assert stored in await walk(documents, kind, Query(page_size=1, sort_by="name", search=name[:100]))


# Transactions


async def test_a_transaction_sees_its_own_writes_and_others_do_not(documents: Documents) -> None:
    async with documents.transaction() as transaction:
        stored = await transaction.insert(AGENTS, HOME, {"name": "Ada", "tags": ["a"], "tool_ids": ["tool_1"]})
        assert await transaction.get(AGENTS, HOME, stored.id) == stored
        assert (await transaction.page(AGENTS, HOME, Query(facets={"tag": ["a"]}))).items == [stored]
        assert await transaction.count(AGENTS, HOME, Query()) == 1
        assert await transaction.used_by(HOME, Reference("tools", "tool_1")) == [Reference("agents", stored.id)]
        assert await documents.get(AGENTS, HOME, stored.id) is None
    assert await documents.get(AGENTS, HOME, stored.id) == stored


async def test_an_exception_undoes_everything(documents: Documents) -> None:
    kept = await insert(documents, AGENTS, name="Ada", tags=["a"])
    with pytest.raises(ZeroDivisionError):
        async with documents.transaction() as transaction:
            await transaction.insert(AGENTS, HOME, {"name": "Bob"})
            await transaction.update(AGENTS, kept, {"name": "Eve", "tags": []})
            await transaction.delete(AGENTS, HOME, kept.id)
            _ = 1 // 0
    assert await names(documents, Query(facets={"tag": ["a"]})) == ["Ada"]
    assert await documents.get(AGENTS, HOME, kept.id) == kept


async def test_a_transaction_inside_a_transaction_is_refused_instead_of_waiting_for_ever(documents: Documents) -> None:
    async with documents.transaction():
        with pytest.raises(RuntimeError, match="inside another"):
            async with documents.transaction():
                pass


async def test_a_cancelled_writer_leaves_nothing_and_lets_others_in(documents: Documents) -> None:
    inside = asyncio.Event()

    async def write_and_hang() -> None:
        async with documents.transaction() as transaction:
            await transaction.insert(AGENTS, HOME, {"name": "Ada"})
            inside.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write_and_hang())
    await inside.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await insert(documents, AGENTS, name="Bob")
    assert await names(documents, Query()) == ["Bob"]


# Jobs


async def test_a_job_exists_once_its_transaction_is_committed(documents: Documents, jobs: Jobs) -> None:
    async with documents.transaction() as transaction:
        id = await transaction.enqueue(Job("greet", HOME, {"name": "Ada"}))
        await transaction.insert(AGENTS, HOME, {"name": "Ada"})
    status = await jobs.status(HOME, id)
    assert status is not None
    assert (status.id, status.name, status.state) == (id, "greet", "waiting")


async def test_an_exception_undoes_jobs_too(documents: Documents, jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError):
        async with documents.transaction() as transaction:
            id = await transaction.enqueue(Job("greet", HOME))
            _ = 1 // 0
    assert await jobs.status(HOME, id) is None
    assert await jobs.waiting() == 0


async def test_a_job_that_waits_already_is_not_doubled(documents: Documents, jobs: Jobs) -> None:
    first = await jobs.enqueue(Job("greet", HOME, unique_key="ada"))
    async with documents.transaction() as transaction:
        assert await transaction.enqueue(Job("greet", HOME, unique_key="ada")) == first
    assert await jobs.waiting() == 1


# Lists


async def make_people(documents: Documents, clock: ManualClock) -> list[Document]:
    """Born in this order, a minute apart; the last name changed last."""
    people: list[Document] = []
    for name in ["Émile", "ada", "Zoë", "Straße", "ÉMILE", "Bob_1", "Bob%1", "bob\\1"]:
        people.append(await insert(documents, AGENTS, name=name))
        clock.advance(60)
    people[0] = await update(documents, AGENTS, people[0], name="Émile")
    return people


async def test_the_newest_come_first_unless_told_otherwise(documents: Documents, clock: ManualClock) -> None:
    people = await make_people(documents, clock)
    assert (await documents.page(AGENTS, HOME, Query())).items == people[::-1]
    assert (await documents.page(AGENTS, HOME, Query(descending=False))).items == people
    by_change = Query(sort_by="updated_at")
    assert (await documents.page(AGENTS, HOME, by_change)).items == [people[0], *people[:0:-1]]
    by_name = await names(documents, Query(sort_by="name", descending=False))
    assert by_name == ["ada", "Bob%1", "bob\\1", "Bob_1", "Straße", "Zoë", "Émile", "ÉMILE"]


@pytest.mark.parametrize("sort_by", ["created_at", "updated_at", "name"])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("facets", [{}, {"tag": ["odd", "even"]}])
async def test_pages_cover_a_list_once_in_every_order(
    documents: Documents, clock: ManualClock, sort_by: Any, descending: bool, facets: Any
) -> None:
    for number in range(13):  # three names, and births that fall together, so that ids must decide
        tags = ["odd" if number % 2 else "even", "odd" if number % 3 else "third"]
        await insert(documents, AGENTS, name=f"n{number % 3}", tags=tags)
        clock.advance(number % 2)
    query = Query(page_size=100, sort_by=sort_by, descending=descending, facets=facets)
    whole = (await documents.page(AGENTS, HOME, query)).items
    assert len(whole) == 13
    values = [(document.body["name"] if sort_by == "name" else getattr(document, sort_by)) for document in whole]
    assert values == sorted(values, reverse=descending)
    small = Query(page_size=4, sort_by=sort_by, descending=descending, facets=facets)
    assert await walk(documents, AGENTS, small) == whole


async def test_a_full_last_page_has_no_cursor(documents: Documents) -> None:
    await insert_all(documents, AGENTS, [{"name": str(number)} for number in range(4)])
    page = await documents.page(AGENTS, HOME, Query(page_size=4))
    assert (len(page.items), page.next_cursor) == (4, None)


async def test_a_page_stays_right_while_documents_come_and_go(documents: Documents, clock: ManualClock) -> None:
    people = await make_people(documents, clock)
    page = await documents.page(AGENTS, HOME, Query(page_size=3, descending=False))
    await insert(documents, AGENTS, name="new")
    async with documents.transaction() as transaction:
        await transaction.delete(AGENTS, HOME, people[2].id)
        await transaction.delete(AGENTS, HOME, people[4].id)
    rest = await documents.page(AGENTS, HOME, Query(page_size=3, descending=False, cursor=page.next_cursor))
    assert rest.items == [people[3], people[5], people[6]]


@pytest.mark.parametrize("cursor", ["", "x", "🙂", "W10", "e30=", "A" * 9000])
async def test_a_broken_cursor_is_refused(documents: Documents, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await documents.page(AGENTS, HOME, Query(cursor=cursor))


async def test_a_cursor_of_another_order_is_refused(documents: Documents, clock: ManualClock) -> None:
    await make_people(documents, clock)
    page = await documents.page(AGENTS, HOME, Query(page_size=3))
    with pytest.raises(Invalid, match="cursor"):
        await documents.page(AGENTS, HOME, Query(cursor=page.next_cursor, sort_by="name"))
    with pytest.raises(Invalid, match="cursor"):
        await documents.page(AGENTS, HOME, Query(cursor=page.next_cursor, descending=False))


async def test_a_list_of_summaries_shows_what_the_kind_keeps(documents: Documents, clock: ManualClock) -> None:
    kind = replace(AGENTS, summary=lambda body: {"short": body["name"][:1]})
    first = await insert(documents, kind, name="Ada", tags=["a"])
    await insert(documents, kind, name="Bob", tags=["a"])
    await update(documents, kind, first, name="Cleo", tags=["a"])
    query = Query(facets={"tag": ["a"]}, page_size=1, sort_by="name", descending=False)
    page = await documents.summaries(kind, HOME, query)
    assert [document.body for document in page.items] == [{"short": "B"}]
    [last] = (await documents.summaries(kind, HOME, replace(query, cursor=page.next_cursor))).items
    whole = await documents.get(kind, HOME, first.id)
    assert whole is not None
    assert last == replace(whole, body={"short": "C"})
    assert (await documents.page(kind, HOME, replace(query, cursor=page.next_cursor))).items == [whole]


async def test_a_kind_without_summaries_lists_whole_bodies(documents: Documents) -> None:
    stored = await insert(documents, AGENTS, name="Ada")
    assert (await documents.summaries(AGENTS, HOME, Query())).items == [stored]


async def test_documents_from_before_the_kind_had_summaries_are_listed_too(documents: Documents) -> None:
    stored = await insert(documents, AGENTS, name="Ada")
    kind = replace(AGENTS, summary=lambda body: {"short": body["name"][:1]})
    assert (await documents.summaries(kind, HOME, Query())).items == [replace(stored, body={"short": "A"})]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("émile", ["Émile", "ÉMILE"]),
        ("e\u0301MILE", ["Émile", "ÉMILE"]),
        ("STRASSE", ["Straße"]),
        ("OB_", ["Bob_1"]),
        ("%", ["Bob%1"]),
        ("\\", ["bob\\1"]),
        ("bob", ["Bob_1", "Bob%1", "bob\\1"]),
        ("nobody", []),
        ("'; drop table documents; --", []),
        ("\0", []),
        ("\ud800", []),
        ("", ["Émile", "ada", "Zoë", "Straße", "ÉMILE", "Bob_1", "Bob%1", "bob\\1"]),
    ],
)
async def test_search_finds_parts_of_names_whatever_their_case(
    documents: Documents, clock: ManualClock, search: str, expected: list[str]
) -> None:
    await make_people(documents, clock)
    assert await names(documents, Query(search=search, descending=False)) == expected
    by_name = await names(documents, Query(search=search, sort_by="name"))
    assert sorted(by_name) == sorted(expected)


async def test_facets_are_any_within_one_and_all_together(documents: Documents) -> None:
    await insert_all(
        documents,
        AGENTS,
        [
            {"name": "a", "tags": ["red"]},
            {"name": "b", "tags": ["red", "blue"]},
            {"name": "c", "tags": ["green"], "archived": True},
            {"name": "d", "tags": ["red", "green", "red"], "archived": True},
        ],
    )

    async def found(**facets: list[str]) -> str:
        return "".join(sorted(await names(documents, Query(facets=facets))))

    assert await found(tag=["red"]) == "abd"
    assert await found(tag=["red", "green"]) == "abcd"
    assert await found(tag=["red", "red"]) == "abd"
    assert await found(tag=["red"], archived=["false"]) == "ab"
    assert await found(tag=["blue", "green"], archived=["true", "false"]) == "bcd"
    assert await found(tag=["blue"], archived=["true"]) == ""
    assert await found(tag=["yellow"]) == ""
    assert await found(unknown=["red"]) == ""
    assert await found(tag=[]) == "abcd"
    searched = Query(search="B", facets={"tag": ["red"], "archived": ["false"]})
    assert await names(documents, searched) == ["b"]


async def test_facets_and_names_follow_an_update(documents: Documents, clock: ManualClock) -> None:
    first = await insert(documents, AGENTS, name="Ada", tags=["red", "blue"])
    other = await insert(documents, AGENTS, name="Cleo", tags=["green"])
    clock.advance(1)
    await update(documents, AGENTS, first, name="Bob", tags=["blue", "green"])
    assert await names(documents, Query(facets={"tag": ["red"]})) == []
    assert await names(documents, Query(facets={"tag": ["blue"]})) == ["Bob"]
    assert await names(documents, Query(search="ada")) == []
    green = {"tag": ["green"]}
    assert await names(documents, Query(facets=green, sort_by="updated_at")) == ["Bob", "Cleo"]
    assert await names(documents, Query(facets=green, sort_by="name")) == ["Cleo", "Bob"]
    assert await documents.get(AGENTS, HOME, other.id) == other


async def test_children_are_listed_by_their_parent(documents: Documents) -> None:
    async with documents.transaction() as transaction:
        for parent, name in [("agent_1", "a"), ("agent_1", "b"), ("agent_2", "c"), (None, "d")]:
            await transaction.insert(AGENTS, HOME, {"name": name, "tags": ["t"]}, parent_id=parent)
        await transaction.insert(AGENTS, AWAY, {"name": "e"}, parent_id="agent_1")
        await transaction.insert(TOOLS, HOME, {"name": "f"}, parent_id="agent_1")
    assert sorted(await names(documents, Query(parent_id="agent_1"))) == ["a", "b"]
    assert await names(documents, Query(parent_id="agent_2", facets={"tag": ["t"]})) == ["c"]
    assert await names(documents, Query(parent_id="nobody")) == []
    assert len(await walk(documents, AGENTS, Query(page_size=1, parent_id="agent_1"))) == 2
    child = (await documents.page(AGENTS, HOME, Query(parent_id="agent_2"))).items[0]
    changed = await update(documents, AGENTS, child, name="cc")
    assert changed.parent_id == "agent_2"
    assert await names(documents, Query(parent_id="agent_2")) == ["cc"]


async def test_births_bound_a_list(documents: Documents, clock: ManualClock) -> None:
    people = await make_people(documents, clock)
    begin, end = people[1].created_at, people[4].created_at
    within = Query(created_after=begin, created_before=end, descending=False)
    assert await names(documents, within) == ["ada", "Zoë", "Straße"]
    by_name = Query(created_after=begin, created_before=end, facets={"archived": ["false"]}, sort_by="name")
    assert await names(documents, by_name) == ["Zoë", "Straße", "ada"]


# References


async def test_who_uses_a_thing_is_known_oldest_first(documents: Documents, clock: ManualClock) -> None:
    users: list[Document] = []
    for name in "ab":
        users.append(await insert(documents, AGENTS, name=name, tool_ids=["tool_1", "tool_2", "tool_1"]))
        clock.advance(1)
    await insert(documents, AGENTS, AWAY, name="c", tool_ids=["tool_1"])
    both = [Reference("agents", user.id) for user in users]
    assert await documents.used_by(HOME, Reference("tools", "tool_1")) == both
    assert await documents.used_by(HOME, Reference("agents", "tool_1")) == []
    await update(documents, AGENTS, users[0], name="a", tool_ids=["tool_2"])
    assert await documents.used_by(HOME, Reference("tools", "tool_1")) == both[1:]
    assert await documents.used_by(HOME, Reference("tools", "tool_2")) == both


async def test_who_deletes_waits_for_who_begins_to_use(documents: Documents) -> None:
    tool = await insert(documents, TOOLS, name="t")
    held = asyncio.Event()

    async def look() -> Any:
        await held.wait()
        async with documents.transaction() as transaction:
            assert await transaction.claim(TOOLS, HOME, tool.id)
            return await transaction.used_by(HOME, Reference("tools", tool.id))

    looking = asyncio.create_task(look())
    async with documents.transaction() as transaction:
        assert list(await transaction.hold(TOOLS, HOME, [tool.id, "tool_gone"])) == [tool.id]
        held.set()
        await _give_others_time(documents)
        user = await transaction.insert(AGENTS, HOME, {"name": "u", "tool_ids": [tool.id]})
    assert await looking == [Reference("agents", user.id)]


async def test_who_begins_to_use_waits_for_who_deletes(documents: Documents) -> None:
    tool = await insert(documents, TOOLS, name="t")
    claimed = asyncio.Event()

    async def begin() -> Any:
        await claimed.wait()
        async with documents.transaction() as transaction:
            return await transaction.hold(TOOLS, HOME, [tool.id])

    beginning = asyncio.create_task(begin())
    async with documents.transaction() as transaction:
        assert await transaction.claim(TOOLS, HOME, tool.id) == tool
        claimed.set()
        await _give_others_time(documents)
        await transaction.delete(TOOLS, HOME, tool.id)
    assert await beginning == {}
    async with documents.transaction() as transaction:
        assert await transaction.claim(TOOLS, HOME, tool.id) is None


async def test_what_is_held_may_be_changed_and_held_by_others(documents: Documents) -> None:
    tool = await insert(documents, TOOLS, name="t")
    async with documents.transaction() as transaction:
        assert await transaction.hold(TOOLS, HOME, [tool.id])
        changing = asyncio.create_task(update(documents, TOOLS, tool, name="u"))
        await _give_others_time(documents)
    assert (await changing).body == {"name": "u"}


async def _give_others_time(documents: Documents) -> None:
    """Questions enough for a transaction beside this one to come as far as it can."""
    for _ in range(50):
        await documents.get(TOOLS, HOME, "tool_0")


# Bodies at the edge of JSON

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.text(), VALUES, max_size=5))
async def test_any_json_reads_back_as_it_is(documents: Documents, body: dict[str, Any]) -> None:
    async with documents.transaction() as transaction:
        stored = await transaction.insert(TOOLS, HOME, {"name": "Ada"} | {"body": body})
    read = await documents.get(TOOLS, HOME, stored.id)
    assert read is not None
    assert repr(read.body["body"]) == repr(body)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2**64, "beyond 64 bit"),
        (-(2**63) - 1, "beyond 64 bit"),
        (math.nan, "not a finite number"),
        (math.inf, "not a finite number"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "key that is not text"),
        ({1: 1}, "key that is not text"),
        ((1, 2), "not JSON"),
        (b"x", "not JSON"),
        (nested(5000), "nested deeper"),
    ],
)
async def test_what_cannot_be_kept_exactly_is_refused_by_its_place(documents: Documents, value: Any, said: str) -> None:
    kept = await insert(documents, TOOLS, name="Ada")
    with pytest.raises(Invalid, match=said) as refused:
        await insert(documents, TOOLS, name="Bob", list=[0, {"deep": value}])
    assert refused.value.loc[:4] == ("body", "list", 1, "deep")
    with pytest.raises(Invalid, match=said):
        await update(documents, TOOLS, kept, value=value)
    assert await names(documents, Query(), TOOLS) == ["Ada"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1, max_size=4),
    needle=st.text(max_size=2),
)
async def test_search_and_order_are_the_same_everywhere(documents: Documents, texts: list[str], needle: str) -> None:
    """Checked against the double, which is checked against nothing but Python."""
    kind = Kind(f"texts_{next(FRESH)}", "text")
    double = MemoryDocuments(ManualClock())
    bodies = [{"name": text} for text in texts]
    await insert_all(documents, kind, bodies)
    await insert_all(double, kind, bodies)
    for query in (Query(search=needle), Query(sort_by="name"), Query(search=needle, sort_by="name", descending=False)):
        expected = [document.body for document in (await double.page(kind, HOME, query)).items]
        assert [document.body for document in (await documents.page(kind, HOME, query)).items] == expected
