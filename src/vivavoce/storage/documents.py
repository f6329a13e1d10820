"""Documents in the database: the `Documents` port on one table for every kind.

What is stored beside a body is decided in `ports/document_index`, the tables and their indexes are in
`documents_tables`, the statements in `documents_statements`; here is who runs what.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ClauseElement
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Invalid
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
    storable,
    summary_of,
    unique_taken,
)
from vivavoce.ports.documents import Document, Kind, Query, Reference
from vivavoce.ports.jobs import Job
from vivavoce.storage import documents_statements as statements
from vivavoce.storage.database import Database, DatabaseKind, Parameters, Row
from vivavoce.storage.database_errors import is_unique_violation
from vivavoce.storage.jobs import JobsInTransactions

T = TypeVar("T")
Run = Callable[[ClauseElement, Parameters], Awaitable[Sequence[Row]]]

_LONGEST_ID = 200


class SqlDocuments:
    """Documents in a database: reads at once, writes in transactions."""

    def __init__(self, database: Database, clock: Clock, jobs: JobsInTransactions) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._reader = _Reader(database.kind, database.fetch)
        # Bound once, because every request comes through here.
        self.get = self._reader.get
        self.get_many = self._reader.get_many
        self.find = self._reader.find
        self.page = self._reader.page
        self.summaries = self._reader.summaries
        self.count = self._reader.count
        self.used_by = self._reader.used_by

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["_Transaction"]:
        """All or nothing: leaving with an exception undoes everything."""
        async with self._database.write() as connection:
            transaction = _Transaction(self._database, connection, self._clock, self._jobs)
            yield transaction
        if transaction.has_jobs:
            await self._jobs.announce()

    @asynccontextmanager
    async def within(self, connection: AsyncConnection) -> AsyncGenerator["_Transaction"]:
        """Documents in somebody else's transaction, for rows of other tables and documents that belong together."""
        transaction = _Transaction(self._database, connection, self._clock, self._jobs)
        yield transaction
        if transaction.has_jobs:
            raise RuntimeError("Jobs are enqueued on a transaction of the documents' own, which announces them.")


class _Reader:
    """Reading, through whatever runs a statement."""

    def __init__(self, database: DatabaseKind, run: Run) -> None:
        self._database_kind: DatabaseKind = database
        self._run = run

    async def get(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None."""
        return await self._get(statements.GET, kind, workspace_id, id)

    async def _get(self, statement: ClauseElement, kind: Kind, workspace_id: str, id: str) -> Document | None:
        if not _can_exist(id):
            return None
        rows = await self._run(statement, {"workspace_id": workspace_id, "kind": kind.kind, "id": id})
        return _document(rows[0]) if rows else None

    async def get_many(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist."""
        return await self._get_many(kind, workspace_id, ids, held=False)

    async def _get_many(
        self, kind: Kind, workspace_id: str, ids: Sequence[str], *, held: bool
    ) -> Mapping[str, Document]:
        found: dict[str, Document] = {}
        for some in _batches([id for id in dict.fromkeys(ids) if _can_exist(id)], statements.MOST_IDS):
            # Few statements for any number of ids: the last id is repeated up to a power of two.
            count = 1 << (len(some) - 1).bit_length()
            padded = some + some[-1:] * (count - len(some))
            parameters = {f"id_{number}": id for number, id in enumerate(padded)}
            scope = {"workspace_id": workspace_id, "kind": kind.kind}
            for row in await self._run(statements.get_many(count, held=held), parameters | scope):
                found[row[0]] = _document(row)
        return {id: found[id] for id in ids if id in found}

    async def find(self, kind: Kind, workspace_id: str, unique: str) -> Document | None:
        """The document with this unique key, or None."""
        parameters = {"workspace_id": workspace_id, "kind": kind.kind, "unique_key": key(unique)}
        rows = await self._run(statements.FIND, parameters)
        return _document(rows[0]) if rows else None

    async def page(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list."""
        rows, next_cursor = await self._rows(kind, workspace_id, query, summaries=False)
        return Page([_document(row) for row in rows], next_cursor)

    async def summaries(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list, with what `kind.summary` keeps of each body in its place."""
        if kind.summary is None:
            return await self.page(kind, workspace_id, query)
        rows, next_cursor = await self._rows(kind, workspace_id, query, summaries=True)
        return Page([_summary(kind, row) for row in rows], next_cursor)

    async def _rows(
        self, kind: Kind, workspace_id: str, query: Query, *, summaries: bool
    ) -> tuple[Sequence[Row], str | None]:
        size, place = max(1, query.page_size), place_of(query)
        shape, parameters = await self._asked(kind, workspace_id, query)
        if place:
            parameters |= {"place_value": place.value, "place_id": place.id}
        page = statements.PageShape(shape, query.sort_by, query.descending, place is not None, size + 1, summaries)
        rows = await self._run(statements.page(page), parameters)
        return rows[:size], _cursor(query, rows[size - 1]) if len(rows) > size else None

    async def count(self, kind: Kind, workspace_id: str, query: Query) -> int:
        """How many documents the query meets, over all pages."""
        shape, parameters = await self._asked(kind, workspace_id, query)
        [[found]] = await self._run(statements.count(shape), parameters)
        return int(found)

    async def used_by(self, workspace_id: str, target: Reference) -> Sequence[Reference]:
        """Every document that declared a reference to `target`, oldest first."""
        parameters = {"workspace_id": workspace_id, "target_kind": target.kind, "target_id": key(target.id)}
        return [Reference(*row) for row in await self._run(statements.USED_BY, parameters)]

    async def _asked(self, kind: Kind, workspace_id: str, query: Query) -> tuple[statements.Shape, dict[str, Any]]:
        """A query as a statement's shape and its values."""
        scope = {"workspace_id": workspace_id, "kind": kind.kind}
        facets = await self._rarest_first(scope, [(name, sorted(words)) for name, words in filters_of(query).items()])
        needle = folded(query.search or "")
        shape = statements.Shape(
            self._database_kind,
            bool(needle),
            query.created_after is not None,
            query.created_before is not None,
            tuple(len(words) for _, words in facets),
        )
        parameters: dict[str, Any] = {**scope, "needle": needle}
        parameters |= {"created_after": query.created_after, "created_before": query.created_before}
        for number, facet in enumerate(facets):
            parameters |= _facet_parameters(number, *facet)
        return shape, parameters

    async def _rarest_first(
        self, scope: dict[str, str], facets: list[tuple[str, list[str]]]
    ) -> list[tuple[str, list[str]]]:
        """The facets, led by that which the fewest documents have."""
        if len(facets) < 2:
            return facets
        sizes = {name: await self._size(scope, name, words) for name, words in facets}
        return sorted(facets, key=lambda facet: sizes[facet[0]])

    async def _size(self, scope: dict[str, str], name: str, words: list[str]) -> int:
        if len(words) > statements.WIDEST_DRIVER:
            return statements.ROUGHLY_MANY + 1
        parameters = scope | _facet_parameters(0, name, words)
        [[size]] = await self._run(statements.roughly(len(words)), parameters)
        return int(size)


class _Transaction(_Reader):
    """Reading and writing on one connection."""

    def __init__(self, database: Database, connection: AsyncConnection, clock: Clock, jobs: JobsInTransactions) -> None:
        super().__init__(database.kind, partial(database.fetch_on, connection))
        self._connection = connection
        self._clock = clock
        self._jobs = jobs
        self.has_jobs = False

    async def hold(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist, and that nobody else deletes before this transaction has ended."""
        return await self._get_many(kind, workspace_id, sorted(ids), held=True)

    async def claim(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None; nobody else changes, deletes or holds it before this transaction has ended."""
        return await self._get(statements.CLAIM, kind, workspace_id, id)

    async def insert(
        self, kind: Kind, workspace_id: str, body: Body, *, id: str | None = None, parent_id: str | None = None
    ) -> Document:
        """Store a new document; an id is made if none is given."""
        id = _fit_for_use(id or self._clock.new_id(kind.prefix))
        now, text, index = self._clock.now(), encoded(body), index_of(kind, body, parent_id)
        document = Document(id, workspace_id, parent_id, decoded(text), now, now, 1)
        rows = await self._run(statements.insert_on(self._database_kind), _written(kind, document, text, index))
        if not rows:
            raise await self._taken(kind, workspace_id, id, body)
        await self._put_index(kind, document, index, rows[0][0])
        return document

    async def update(self, kind: Kind, document: Document, body: Body) -> Document:
        """Replace the body of a document as it was read; `Conflict` if it changed in between or is gone."""
        text, index = encoded(body), index_of(kind, body, document.parent_id)
        changed = Document(
            document.id,
            document.workspace_id,
            document.parent_id,
            decoded(text),
            document.created_at,
            max(self._clock.now(), document.updated_at),
            document.revision + 1,
        )
        scope = {"workspace_id": document.workspace_id, "kind": kind.kind, "id": document.id}
        parameters = _written(kind, changed, text, index) | scope | {"read_revision": document.revision}
        rows = await (
            self._run(statements.UPDATE, parameters) if index.unique is None else self._claim(kind, body, parameters)
        )
        if not rows:
            raise changed_meanwhile(kind, document.id)
        await self._run(statements.FORGET_FACETS, {"number": rows[0][0]})
        await self._run(statements.FORGET_REFERENCES, {"number": rows[0][0]})
        await self._put_index(kind, changed, index, rows[0][0])
        return changed

    async def delete(self, kind: Kind, workspace_id: str, id: str) -> bool:
        """Remove a document with its indexes; False if there was none."""
        if not _can_exist(id):
            return False
        return bool(await self._run(statements.DELETE, {"workspace_id": workspace_id, "kind": kind.kind, "id": id}))

    async def enqueue(self, job: Job) -> str:
        """Have a job done if, and only if, this transaction commits. Returns the job's id."""
        self.has_jobs = True
        return await self._jobs.enqueue_on(self._connection, job)

    async def _taken(self, kind: Kind, workspace_id: str, id: str, body: Body) -> Exception:
        """What was in the way of an insert."""
        if await self.get(kind, workspace_id, id):
            return id_taken(kind, id)
        return unique_taken(kind, body)

    async def _claim(self, kind: Kind, body: Body, parameters: Parameters) -> Sequence[Row]:
        """An update that may meet a taken key; PostgreSQL needs a way back from that."""
        await self._run(statements.SAVEPOINT, {})
        try:
            rows = await self._run(statements.UPDATE, parameters)
        except Exception as error:
            await self._run(statements.ROLL_BACK, {})
            if is_unique_violation(error):
                raise unique_taken(kind, body) from None
            raise
        await self._run(statements.RELEASE, {})
        return rows

    async def _put_index(self, kind: Kind, document: Document, index: Index, number: int) -> None:
        shared = {
            "new_number": number,
            "new_workspace_id": document.workspace_id,
            "new_kind": kind.kind,
            "new_id": document.id,
            "new_name": index.name,
            "new_created_at": document.created_at,
            "new_updated_at": document.updated_at,
        }
        for facets in _batches(sorted(index.facets), statements.MOST_ROWS):
            own = _numbered("facet", "word", facets)
            await self._run(statements.insert_facets(len(facets)), shared | own)
        targets = sorted((reference.kind, reference.id) for reference in index.references)
        for references in _batches(targets, statements.MOST_ROWS):
            own = _numbered("target_kind", "target_id", references)
            await self._run(statements.insert_references(len(references)), shared | own)


def _document(row: Row) -> Document:
    id, workspace_id, parent_id, body, created_at, updated_at, revision = row[:7]
    return Document(id, workspace_id, parent_id, decoded(body), created_at, updated_at, revision)


def _summary(kind: Kind, row: Row) -> Document:
    id, workspace_id, parent_id, summary, created_at, updated_at, revision, body_instead = row[:8]
    body = summary_of(kind, decoded(body_instead)) if summary is None else decoded(summary)
    return Document(id, workspace_id, parent_id, body, created_at, updated_at, revision)


def _cursor(query: Query, last: Row) -> str:
    return encode_cursor(Place(order_of(query), last[-1], last[0]))


def _can_exist(id: str) -> bool:
    return len(id) <= _LONGEST_ID and storable(id)


def _fit_for_use(id: str) -> str:
    if not _can_exist(id):
        raise Invalid(("body", "id"), f"An id has at most {_LONGEST_ID} characters and no NUL.")
    return id


def _written(kind: Kind, document: Document, text: bytes, index: Index) -> dict[str, Any]:
    return {
        "new_workspace_id": document.workspace_id,
        "new_kind": kind.kind,
        "new_id": document.id,
        "new_parent_id": document.parent_id,
        "new_name": index.name,
        "new_unique_key": index.unique,
        "new_created_at": document.created_at,
        "new_updated_at": document.updated_at,
        "new_revision": document.revision,
        "new_body": text.decode(),
        "new_summary": encoded(kind.summary(document.body)).decode() if kind.summary else None,
    }


def _facet_parameters(number: int, name: str, words: Sequence[str]) -> dict[str, str]:
    return {f"facet_{number}": name} | {f"word_{number}_{place}": word for place, word in enumerate(words)}


def _numbered(first: str, second: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    firsts = {f"{first}_{number}": pair[0] for number, pair in enumerate(pairs)}
    return firsts | {f"{second}_{number}": pair[1] for number, pair in enumerate(pairs)}


def _batches(things: list[T], size: int) -> Iterator[list[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))
