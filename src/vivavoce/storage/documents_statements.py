"""The statements of `documents`: constants, and lists built by their shape.

A `Shape` is all of a query but its values: two queries of one shape run the same compiled statement. A list first
finds the numbers and places of one page's rows by an index alone, then reads those rows.

Which index that is: without facets the kind's own, else the index of one facet, which the caller puts first because
few documents have it; the other facets are looked up row by row. A facet with several words is a list for each word,
merged. With very many words that is too much to write down, and so such a facet is only ever looked up.
"""

from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Table,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    text,
    tuple_,
    union,
    update,
)
from sqlalchemy.sql.selectable import NamedFromClause

from vivavoce.base.frozen import frozen
from vivavoce.ports.documents import SortBy
from vivavoce.storage.database import DatabaseKind
from vivavoce.storage.documents_tables import document_facets, document_references, documents

WIDEST_DRIVER = 40
ROUGHLY_MANY = 200
MOST_IDS = 256
MOST_ROWS = 200

_Source: TypeAlias = NamedFromClause[Any]
_Lines: TypeAlias = Select[*tuple[Any, ...]]
_ONE: ColumnElement[int] = literal_column("1", Integer)


@frozen
class Shape:
    """A query without its values. `facets` counts the words of each facet; the first one leads if it is narrow."""

    database: DatabaseKind
    search: bool
    created_after: bool
    created_before: bool
    facets: tuple[int, ...]

    @property
    def is_led(self) -> bool:
        """Whether the list is read from the index of its first facet."""
        return bool(self.facets) and self.facets[0] <= WIDEST_DRIVER


@frozen
class PageShape:
    """The shape of a page."""

    shape: Shape
    sort_by: SortBy
    descending: bool
    goes_on: bool
    rows: int
    summaries: bool


def _same(table: _Source, *names: str) -> list[ColumnElement[bool]]:
    """Columns that equal parameters of the same names."""
    return [table.c[name] == bindparam(name) for name in names]


# Single documents. The order of these columns is that of `documents.read_row`.

COLUMNS = (
    documents.c.id,
    documents.c.workspace_id,
    documents.c.parent_id,
    documents.c.body,
    documents.c.created_at,
    documents.c.updated_at,
    documents.c.revision,
)
# The same with the summary in place of the body, and the body for rows without one.
SUMMARY_COLUMNS = (
    *COLUMNS[:3],
    documents.c.summary,
    *COLUMNS[4:],
    case((documents.c.summary.is_(None), documents.c.body)).label("body_instead"),
)

GET = select(*COLUMNS).where(*_same(documents, "workspace_id", "kind", "id"))
# SQLite has one writer at a time, who holds everything, and no words for locks: there these are plain reads.
CLAIM = GET.with_for_update()
FIND = select(*COLUMNS).where(*_same(documents, "workspace_id", "kind", "unique_key"))


@lru_cache
def get_many(count: int, *, held: bool = False) -> _Lines:
    """Up to `count` documents; parameters `id_0` and so on. A held one may change, but not go."""
    ids = [bindparam(f"id_{number}", type_=documents.c.id.type) for number in range(count)]
    found = select(*COLUMNS).where(*_same(documents, "workspace_id", "kind"), documents.c.id.in_(ids))
    return found.with_for_update(read=True, key_share=True) if held else found


USED_BY = (
    select(document_references.c.kind, document_references.c.id)
    .where(*_same(document_references, "workspace_id", "target_kind", "target_id"))
    .order_by(document_references.c.created_at, document_references.c.id, document_references.c.kind)
)


# Writing

_CHANGING = ("name", "unique_key", "updated_at", "revision", "body", "summary")
_NEW = ("workspace_id", "kind", "id", "parent_id", "created_at", *_CHANGING)


@lru_cache
def insert_on(database: DatabaseKind) -> ClauseElement:
    """A new document. A conflict is no row instead of an error, over which PostgreSQL would give up the transaction."""
    # Either dialect is a tenth of a second of imports, and a process needs only one of them.
    if database == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _NEW}
    return insert(documents).values(values).on_conflict_do_nothing().returning(documents.c.number)


UPDATE = (
    update(documents)
    .where(*_same(documents, "workspace_id", "kind", "id"), documents.c.revision == bindparam("read_revision"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
    .returning(documents.c.number, documents.c.created_at)
)

DELETE = delete(documents).where(*_same(documents, "workspace_id", "kind", "id")).returning(documents.c.number)

FORGET_FACETS = delete(document_facets).where(document_facets.c.number == bindparam("number"))
FORGET_REFERENCES = delete(document_references).where(document_references.c.number == bindparam("number"))

SAVEPOINT, RELEASE, ROLL_BACK = (
    text("SAVEPOINT here"),
    text("RELEASE SAVEPOINT here"),
    text("ROLLBACK TO SAVEPOINT here"),
)


@lru_cache
def insert_facets(count: int) -> Any:
    """Facets of one document; parameters `facet_0`, `word_0` and so on, beside those that all rows share."""
    return _insert_rows(document_facets, ("facet", "word"), count)


@lru_cache
def insert_references(count: int) -> Any:
    """References of one document; parameters `target_kind_0`, `target_id_0` and so on."""
    return _insert_rows(document_references, ("target_kind", "target_id"), count)


def _insert_rows(table: Table, own: tuple[str, ...], count: int) -> Any:
    def value(name: str, row: int) -> BindParameter[Any]:
        return bindparam(f"{name}_{row}" if name in own else f"new_{name}", type_=table.c[name].type)

    names = [column.name for column in table.columns]
    return table.insert().values([{name: value(name, row) for name in names} for row in range(count)])


# Lists


@lru_cache(maxsize=512)
def page(shape: PageShape) -> _Lines:
    """One page; the last column is what the list is sorted by."""
    found = _found(shape)
    return (
        select(*(SUMMARY_COLUMNS if shape.summaries else COLUMNS), found.c.value)
        .join_from(found, documents, documents.c.number == found.c.number)
        .order_by(*_order(shape, found.c.value, found.c.id))
    )


@lru_cache(maxsize=256)
def count(shape: Shape) -> _Lines:
    """How many documents meet a query."""
    if not shape.is_led:
        return select(func.count()).select_from(documents).where(*_scope(documents), *_filters(shape, documents))
    facets = document_facets.alias("leading")
    words = facets.c.word.in_(_words(0, shape.facets[0]))
    number = func.count() if shape.facets[0] == 1 else func.count(facets.c.number.distinct())
    return select(number).select_from(facets).where(*_scope(facets), _leading(facets), words, *_filters(shape, facets))


@lru_cache
def roughly(words: int) -> _Lines:
    """How many documents one facet has, as far as `ROUGHLY_MANY`; parameters as for the first facet of a list."""
    facets = document_facets
    some = (
        select(_ONE)
        .select_from(facets)
        .where(*_scope(facets), _leading(facets), facets.c.word.in_(_words(0, words)))
        .limit(literal_column(str(ROUGHLY_MANY)))
    )
    return select(func.count()).select_from(some.subquery())


def _found(page: PageShape) -> Subquery:
    """Numbers and places of one page's rows."""
    shape = page.shape
    if not shape.is_led:
        return _first(page, documents).subquery("found")
    facets = document_facets.alias("leading")
    parts = [_first(page, facets, _leading(facets), facets.c.word == word) for word in _words(0, shape.facets[0])]
    if len(parts) == 1:
        return parts[0].subquery("found")
    merged = union(*(select(part.subquery()) for part in parts)).subquery("merged")
    first = select(merged).order_by(*_order(page, merged.c.value, merged.c.id)).limit(literal_column(str(page.rows)))
    return first.subquery("found")


def _first(page: PageShape, source: _Source, *where: ColumnElement[bool]) -> _Lines:
    value = source.c[page.sort_by]
    place = (
        [_beyond(page, tuple_(value, source.c.id), tuple_(bindparam("place_value", type_=value.type), _PLACE_ID))]
        if page.goes_on
        else []
    )
    return (
        select(source.c.number, value.label("value"), source.c.id)
        .where(*_scope(source), *where, *_filters(page.shape, source), *place)
        .order_by(*_order(page, value, source.c.id))
        .limit(literal_column(str(page.rows)))
    )


_PLACE_ID = bindparam("place_id", type_=documents.c.id.type)


def _beyond(page: PageShape, here: Any, place: Any) -> ColumnElement[bool]:
    return here < place if page.descending else here > place


def _order(page: PageShape, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [column.desc() if page.descending else column.asc() for column in columns]


def _scope(source: _Source) -> list[ColumnElement[bool]]:
    return _same(source, "workspace_id", "kind")


def _leading(facets: _Source) -> ColumnElement[bool]:
    return facets.c.facet == bindparam("facet_0")


def _words(facet: int, count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"word_{facet}_{number}", type_=document_facets.c.word.type) for number in range(count)]


def _filters(shape: Shape, source: _Source) -> list[ColumnElement[bool]]:
    """What rows must meet besides belonging to the list that is read."""
    conditions = [_has(source, facet, words) for facet, words in enumerate(shape.facets) if facet or not shape.is_led]
    if shape.search:
        conditions.append(_contains(shape.database, source.c.name))
    if shape.created_after:
        conditions.append(source.c.created_at >= bindparam("created_after"))
    if shape.created_before:
        conditions.append(source.c.created_at < bindparam("created_before"))
    return conditions


def _has(source: _Source, facet: int, words: int) -> ColumnElement[bool]:
    other = document_facets.alias(f"other_{facet}")
    found = (
        select(_ONE)
        .select_from(other)
        .where(
            other.c.number == source.c.number,
            other.c.facet == bindparam(f"facet_{facet}"),
            other.c.word.in_(_words(facet, words)),
        )
        .limit(_ONE)
    )
    # With EXISTS, PostgreSQL may choose to read both lists whole and join them; this is only ever asked row by row.
    return found.scalar_subquery().is_not(None)


def _contains(database: DatabaseKind, name: ColumnElement[str]) -> ColumnElement[bool]:
    # A position instead of LIKE: it knows no wildcards, so nothing has to be escaped.
    position = func.instr if database == "sqlite" else func.strpos
    return position(name, bindparam("needle", type_=documents.c.name.type)) > literal_column("0")
