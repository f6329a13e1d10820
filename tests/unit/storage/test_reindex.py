"""Deriving anew what documents are found by: as if the kind had always said what it says now."""

from dataclasses import replace

import pytest
from tests.unit.storage.conftest import NoJobs

from vivavoce.base.errors import Conflict
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Document, Kind, Query, Reference
from vivavoce.storage.database import Database
from vivavoce.storage.documents import SqlDocuments
from vivavoce.storage.reindex import Reindexed, reindex_documents

pytestmark = pytest.mark.anyio

WS = "workspace_1"
BEFORE = Kind("boats", "boat")
NOW = Kind(
    "boats",
    "boat",
    name=lambda body: body["title"],
    unique=lambda body: body["title"],
    facets=lambda body: {"colour": [body["colour"]]},
    references=lambda body: [Reference("harbours", body["harbour"])],
    summary=lambda body: {"title": body["title"]},
)


async def reindexed(database: Database, *kinds: Kind) -> Reindexed:
    return await reindex_documents(database, kinds, progress=print, batch_rows=2)


async def insert(database: Database, kind: Kind, *titles: str) -> list[Document]:
    documents = SqlDocuments(database, ManualClock(), NoJobs())
    bodies = [{"title": title, "colour": "red", "harbour": "harbour_1"} for title in titles]
    async with documents.transaction() as transaction:
        return [await transaction.insert(kind, WS, body) for body in bodies]


async def test_documents_are_found_by_what_their_kind_says_now(database: Database) -> None:
    boats = await insert(database, BEFORE, "Ada", "Bea", "Cleo")
    documents = SqlDocuments(database, ManualClock(), NoJobs())
    assert await documents.count(NOW, WS, Query(facets={"colour": ["red"]})) == 0
    assert await reindexed(database, NOW) == Reindexed(3, 3, {})
    assert await documents.count(NOW, WS, Query(facets={"colour": ["red"]})) == 3
    assert (await documents.page(NOW, WS, Query(search="cle"))).items == boats[2:], "and they are what they were"
    assert await documents.find(NOW, WS, "Bea") == boats[1]
    assert len(await documents.used_by(WS, Reference("harbours", "harbour_1"))) == 3
    async with documents.transaction() as transaction:
        await transaction.update(NOW, boats[0], {**boats[0].body, "colour": "blue"})
    assert await documents.count(NOW, WS, Query(facets={"colour": ["red"]})) == 2


async def test_nothing_is_written_where_nothing_differs(database: Database) -> None:
    await insert(database, NOW, "Ada", "Bea", "Cleo")
    assert await reindexed(database, NOW) == Reindexed(3, 0, {})
    assert await reindexed(database, BEFORE) == Reindexed(3, 3, {})


async def test_kinds_that_nobody_knows_are_left_alone_and_counted(database: Database) -> None:
    await insert(database, BEFORE, "Ada")
    assert await reindexed(database, replace(NOW, kind="trains")) == Reindexed(1, 0, {"boats": 1})


async def test_two_that_would_be_the_same_are_named(database: Database) -> None:
    twins = await insert(database, BEFORE, "Ada", "Ada")
    with pytest.raises(Conflict, match=f"boat {twins[1].id}.*same unique key"):
        await reindexed(database, NOW)
