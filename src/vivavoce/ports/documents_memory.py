"""The double of `Documents`: rows in a dictionary, transactions that take turns, everything gone at the end.

It obeys the same tests as the databases do. Transactions wait for each other in the order they came, work on a copy
and put it in place when they end well; readers outside see what was committed last. Its clock decides all times and
ids, so two runs with a `ManualClock` are the same run.

Jobs of a committed transaction are kept in `jobs`, and enqueued in the double of the queue if one is given.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.base.pages import Page, Place, encode_cursor
from vivavoce.ports.clock import Clock
from vivavoce.ports.document_index import (
    Index,
    changed_meanwhile,
    decoded,
    encoded,
    filters_of,
    folded,
    id_taken,
    index_of,
    key,
    order_of,
    place_of,
    sort_value,
    summary_of,
    unique_taken,
)
from vivavoce.ports.documents import Document, Kind, Query, Reference
from vivavoce.ports.jobs import Job, MemoryJobs

_Key = tuple[str, str, str]  # workspace, kind, id


@frozen
class _Row:
    text: bytes
    document: Document  # without its body, so that no caller can change what is stored
    index: Index

    def read(self) -> Document:
        known = self.document
        return Document(
            known.id,
            known.workspace_id,
            known.parent_id,
            decoded(self.text),
            known.created_at,
            known.updated_at,
            known.revision,
        )


_Rows = dict[_Key, _Row]


class _Reader:
    """Reading from one state of the rows."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def get(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None."""
        row = self._rows.get((workspace_id, kind.kind, id))
        return row.read() if row else None

    async def get_many(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist."""
        found = {id: await self.get(kind, workspace_id, id) for id in ids}
        return {id: document for id, document in found.items() if document}

    async def find(self, kind: Kind, workspace_id: str, unique: str) -> Document | None:
        """The document with this unique key, or None."""
        row = self._with_unique(kind, workspace_id, key(unique))
        return row.read() if row else None

    async def page(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list."""
        size, after = max(1, query.page_size), place_of(query)
        rows = sorted(self._meeting(kind, workspace_id, query), key=_sort_key(query), reverse=query.descending)
        rest = [row for row in rows if after is None or _is_after(query, row, after)]
        documents = [row.read() for row in rest[:size]]
        return Page(documents, _next_cursor(query, rest[size - 1]) if len(rest) > size else None)

    async def summaries(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list, with what `kind.summary` keeps of each body in its place."""
        page = await self.page(kind, workspace_id, query)
        return page.map(lambda document: replace(document, body=summary_of(kind, document.body)))

    async def count(self, kind: Kind, workspace_id: str, query: Query) -> int:
        """How many documents the query meets, over all pages."""
        return sum(1 for _ in self._meeting(kind, workspace_id, query))

    async def used_by(self, workspace_id: str, target: Reference) -> Sequence[Reference]:
        """Every document that declared a reference to `target`, oldest first."""
        wanted = Reference(target.kind, key(target.id))
        users = [
            (row.document.created_at, id, kind)
            for (workspace, kind, id), row in self._rows.items()
            if workspace == workspace_id and wanted in row.index.references
        ]
        return [Reference(kind, id) for _, id, kind in sorted(users)]

    def _of_kind(self, kind: Kind, workspace_id: str) -> Iterator[_Row]:
        for (workspace, name, _), row in self._rows.items():
            if workspace == workspace_id and name == kind.kind:
                yield row

    def _with_unique(self, kind: Kind, workspace_id: str, unique: str) -> _Row | None:
        return next((row for row in self._of_kind(kind, workspace_id) if row.index.unique == unique), None)

    def _meeting(self, kind: Kind, workspace_id: str, query: Query) -> Iterator[_Row]:
        needle, filters = folded(query.search or ""), filters_of(query)
        for row in self._of_kind(kind, workspace_id):
            born, facets = row.document.created_at, row.index.facets
            if (
                needle in row.index.name
                and (query.created_after is None or born >= query.created_after)
                and (query.created_before is None or born < query.created_before)
                and all(any((facet, word) in facets for word in words) for facet, words in filters.items())
            ):
                yield row


class _Transaction(_Reader):
    """A copy of the rows that a writer changes."""

    def __init__(self, rows: _Rows, clock: Clock, queue: MemoryJobs) -> None:
        super().__init__(dict(rows))
        self._clock = clock
        self._queue = queue
        self.jobs: list[tuple[str, Job]] = []

    @property
    def rows(self) -> _Rows:
        """What the writer has made of the rows."""
        return self._rows

    async def hold(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist; transactions take turns, so nobody can delete them meanwhile."""
        return await self.get_many(kind, workspace_id, ids)

    async def claim(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None; transactions take turns, so nobody can do anything to it meanwhile."""
        return await self.get(kind, workspace_id, id)

    async def insert(
        self, kind: Kind, workspace_id: str, body: Body, *, id: str | None = None, parent_id: str | None = None
    ) -> Document:
        """Store a new document; an id is made if none is given."""
        id, now = id or self._clock.new_id(kind.prefix), self._clock.now()
        if (workspace_id, kind.kind, id) in self._rows:
            raise id_taken(kind, id)
        return self._put(kind, body, Document(id, workspace_id, parent_id, {}, now, now, 1))

    async def update(self, kind: Kind, document: Document, body: Body) -> Document:
        """Replace the body of a document as it was read; `Conflict` if it changed in between or is gone."""
        row = self._rows.get((document.workspace_id, kind.kind, document.id))
        if row is None or row.document.revision != document.revision:
            raise changed_meanwhile(kind, document.id)
        known, now = row.document, max(self._clock.now(), row.document.updated_at)
        changed = Document(known.id, known.workspace_id, known.parent_id, {}, known.created_at, now, known.revision + 1)
        return self._put(kind, body, changed)

    async def delete(self, kind: Kind, workspace_id: str, id: str) -> bool:
        """Remove a document with its indexes; False if there was none."""
        return self._rows.pop((workspace_id, kind.kind, id), None) is not None

    async def enqueue(self, job: Job) -> str:
        """Have a job done if, and only if, this transaction commits. Returns the job's id."""
        id = self._queue.id_for(job)
        self.jobs.append((id, job))
        return id

    def _put(self, kind: Kind, body: Body, document: Document) -> Document:
        row = _Row(encoded(body), document, index_of(kind, body, document.parent_id))
        taken = row.index.unique and self._with_unique(kind, document.workspace_id, row.index.unique)
        if taken and taken.document.id != document.id:
            raise unique_taken(kind, body)
        self._rows[(document.workspace_id, kind.kind, document.id)] = row
        return row.read()


class MemoryDocuments(_Reader):
    """Documents that live as long as this object."""

    def __init__(self, clock: Clock, jobs: MemoryJobs | None = None) -> None:
        super().__init__({})
        self._clock = clock
        self._queue = jobs or MemoryJobs(clock)
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[object] | None = None
        self.jobs: list[tuple[str, Job]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[_Transaction]:
        """All or nothing: leaving with an exception undoes everything."""
        task = asyncio.current_task()
        if self._writer is task:
            raise RuntimeError("A transaction was opened inside another one; it would wait for itself for ever.")
        async with self._turn:
            self._writer = task
            try:
                transaction = _Transaction(self._rows, self._clock, self._queue)
                yield transaction
                self._commit(transaction)
            finally:
                self._writer = None

    def within(self, _: object) -> AbstractAsyncContextManager[_Transaction]:
        """A transaction of its own: what lives in memory is part of no database's."""
        return self.transaction()

    def _commit(self, transaction: _Transaction) -> None:
        self._rows = transaction.rows
        self.jobs.extend(transaction.jobs)
        for id, job in transaction.jobs:
            self._queue.enqueue_as(id, job)


def _sort_key(query: Query) -> Callable[[_Row], tuple[str | int, str]]:
    return lambda row: (sort_value(query, row.document, row.index.name), row.document.id)


def _is_after(query: Query, row: _Row, place: Place) -> bool:
    # Both values are text or both are numbers: `place_of` made sure.
    here, there = _sort_key(query)(row), (place.value, place.id)
    return here < there if query.descending else here > there  # pyright: ignore[reportOperatorIssue]


def _next_cursor(query: Query, last: _Row) -> str:
    value, id = _sort_key(query)(last)
    return encode_cursor(Place(order_of(query), value, id))
