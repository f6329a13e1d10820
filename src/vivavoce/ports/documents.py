"""Documents: JSON objects that belong to a workspace, found by id, by a unique key, by facets, by their parent.

A `Kind` is what a feature declares once for each of its resources; list, cursor, search, sort, get, patch and delete
come along. What is indexed is *derived* from the body on every write by the kind's own functions, so an index can
never disagree with its document:

    AGENTS = Kind("agents", "agent", facets=lambda body: {"tag": body["tags"], ...}, references=...)

Rules
- Whoever changes what a kind derives also writes a migration: rows keep what was derived when they were written.
- A body is kept as it was sent: unknown fields, null against absent, the order of keys and lists.
- Every call names the workspace. An id of another workspace is an id that does not exist.
- Writes happen in a transaction, all or nothing. An update names the revision it read and fails with `Conflict` if
  somebody else was faster; a second document with the same unique key fails with `Conflict` too.
- "Who uses me?" reads the references that the users declared: `used_by`. Whoever adds a reference holds its target
  (`hold`), whoever deletes a target claims it first (`claim`) and then asks who uses it: one of the two waits for the
  other, so that neither misses what the other did.
- Jobs that must happen if and only if the write happens are enqueued on the transaction.
- What cannot be kept exactly is refused with `Invalid`, naming the place: see `document_index`.
- Writes of one store may wait for each other, so a transaction is short and never opened inside another one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.base.pages import Page
from vivavoce.ports.jobs import Job

SortBy = Literal["created_at", "updated_at", "name"]


@frozen
class Reference:
    """A document by kind and id."""

    kind: str
    id: str


def _name(body: Body) -> str:
    return str(body.get("name") or "")


def _nothing(_: Body) -> None:
    return None


def _no_facets(_: Body) -> Mapping[str, Iterable[str]]:
    return {}


def _no_references(_: Body) -> Iterable[Reference]:
    return ()


@frozen
class Kind:
    """One sort of document: its name in storage, the prefix of its ids, and what is derived from a body.

    name        what search looks at and `sort_by="name"` sorts by (folded for case)
    unique      a key that no two documents of the kind share in one workspace (or None)
    facets      words to filter by: {"tag": ["sales", "de"], "archived": ["false"]}
    references  the documents this one uses
    summary     what a list shows of a body; kept beside it, so that a list of large documents reads little
    noun        what people call one of them in messages; "auth connection" is made of "auth_connections" by itself
    """

    kind: str
    prefix: str
    name: Callable[[Body], str] = _name
    unique: Callable[[Body], str | None] = _nothing
    facets: Callable[[Body], Mapping[str, Iterable[str]]] = _no_facets
    references: Callable[[Body], Iterable[Reference]] = _no_references
    summary: Callable[[Body], Body] | None = None
    noun: str = ""

    @property
    def called(self) -> str:
        """What people call one document of the kind."""
        return self.noun or self.kind.removesuffix("s").replace("_", " ")


@frozen
class Document:
    """A stored body with what the house knows about it. Times are microseconds UTC."""

    id: str
    workspace_id: str
    parent_id: str | None
    body: Body
    created_at: int
    updated_at: int
    revision: int


@frozen
class Query:
    """What to list.

    search          part of a name, whatever its case; only the first `NAME_LENGTH` characters of a name are looked at
    facets          any of the words within one facet, all of the facets together; a facet without words filters nothing
    created_after   born then or later
    created_before  born earlier than that
    """

    page_size: int = 30
    cursor: str | None = None
    search: str | None = None
    sort_by: SortBy = "created_at"
    descending: bool = True
    parent_id: str | None = None
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    created_after: int | None = None
    created_before: int | None = None


class DocumentReader(Protocol):
    """Reading documents of one workspace."""

    async def get(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None."""
        ...

    async def get_many(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist."""
        ...

    async def find(self, kind: Kind, workspace_id: str, unique: str) -> Document | None:
        """The document with this unique key, or None."""
        ...

    async def page(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list."""
        ...

    async def summaries(self, kind: Kind, workspace_id: str, query: Query) -> Page[Document]:
        """One page of a list, with what `kind.summary` keeps of each body in its place."""
        ...

    async def count(self, kind: Kind, workspace_id: str, query: Query) -> int:
        """How many documents the query meets, over all pages."""
        ...

    async def used_by(self, workspace_id: str, target: Reference) -> Sequence[Reference]:
        """Every document that declared a reference to `target`, oldest first."""
        ...


class DocumentTransaction(DocumentReader, Protocol):
    """Reading and writing within one transaction; reads see its own writes."""

    async def hold(self, kind: Kind, workspace_id: str, ids: Sequence[str]) -> Mapping[str, Document]:
        """Those of the ids that exist, and that nobody else deletes before this transaction has ended."""
        ...

    async def claim(self, kind: Kind, workspace_id: str, id: str) -> Document | None:
        """The document, or None; nobody else changes, deletes or holds it before this transaction has ended."""
        ...

    async def insert(
        self, kind: Kind, workspace_id: str, body: Body, *, id: str | None = None, parent_id: str | None = None
    ) -> Document:
        """Store a new document; an id is made if none is given."""
        ...

    async def update(self, kind: Kind, document: Document, body: Body) -> Document:
        """Replace the body of a document as it was read; `Conflict` if it changed in between or is gone."""
        ...

    async def delete(self, kind: Kind, workspace_id: str, id: str) -> bool:
        """Remove a document with its indexes; False if there was none."""
        ...

    async def enqueue(self, job: Job) -> str:
        """Have a job done if, and only if, this transaction commits. Returns the job's id."""
        ...


class Documents(DocumentReader, Protocol):
    """The store itself: reads at once, writes in transactions."""

    def transaction(self) -> AbstractAsyncContextManager[DocumentTransaction]:
        """All or nothing: leaving with an exception undoes everything."""
        ...
