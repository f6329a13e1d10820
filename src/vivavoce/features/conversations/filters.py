"""What a list of conversations can ask for, and how the database is asked.

All filters hold together; several values of one mean any of them. What a conversation is remembered by beside its
columns are words (`conversation_words`): a filter by something that no conversation has yet, like a topic, is a filter
that nothing meets.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_

from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.pages import Place, decode_cursor
from vivavoce.features.conversations.store import COLUMNS
from vivavoce.features.conversations.tables import CONVERSATIONS, TURNS, WORDS
from vivavoce.storage.database import DatabaseKind

Condition = ColumnElement[bool]


@frozen
class Words:
    """Any of these words in any of these facets."""

    facets: Sequence[str]
    words: Sequence[str]


@frozen
class Comparison:
    """A facet's word, or its amount, compared."""

    facet: str
    operator: str
    value: str


@frozen(kw_only=True)
class Filters:
    """What the conversations of a list have in common. Times are microseconds UTC; None filters nothing."""

    agent_id: str | None = None
    branch_id: str | None = None
    version_id: str | None = None
    user_id: str | None = None
    source: str | None = None
    text_only: bool | None = None
    started_after: int | None = None
    started_before: int | None = None
    shortest_seconds: int | None = None
    longest_seconds: int | None = None
    lowest_rating: int | None = None
    highest_rating: int | None = None
    has_comment: bool | None = None
    call_successful: str | None = None
    product: str | None = None
    excluded_statuses: Sequence[str] = ()
    languages: Sequence[str] = ()
    termination_reasons: Sequence[str] = ()
    search: str | None = None
    words: Sequence[Words] = ()
    comparisons: Sequence[Comparison] = field(default_factory=tuple[Comparison, ...])


@frozen
class Wanted:
    """One page of a list."""

    filters: Filters
    page_size: int
    cursor: str | None
    descending: bool

    @property
    def order(self) -> str:
        """What a cursor of this list says of itself."""
        return f"started_at {'desc' if self.descending else 'asc'}"


def page_statement(workspace_id: str, wanted: Wanted, database: DatabaseKind) -> Select[Any]:
    """The rows of a page, and one more where another page follows."""
    place = decode_cursor(wanted.cursor, wanted.order) if wanted.cursor else None
    order = (CONVERSATIONS.c.started_at, CONVERSATIONS.c.id)
    conditions = [CONVERSATIONS.c.workspace_id == workspace_id, *_conditions(wanted.filters, database)]
    if place is not None:
        conditions.append(_beyond(place, descending=wanted.descending))
    return (
        select(*COLUMNS)
        .where(*conditions)
        .order_by(*(column.desc() if wanted.descending else column.asc() for column in order))
        .limit(wanted.page_size + 1)
    )


def _beyond(place: Place, *, descending: bool) -> Condition:
    if not isinstance(place.value, int):
        raise Invalid(("query", "cursor"), "This cursor does not belong to this list.", type="cursor_invalid")
    here, there = tuple_(CONVERSATIONS.c.started_at, CONVERSATIONS.c.id), tuple_(place.value, place.id)
    return here < there if descending else here > there


def _conditions(filters: Filters, database: DatabaseKind) -> Iterable[Condition]:
    columns = CONVERSATIONS.c
    equal = {
        columns.agent_id: filters.agent_id,
        columns.branch_id: filters.branch_id,
        columns.version_id: filters.version_id,
        columns.user_id: filters.user_id,
        columns.source: filters.source,
        columns.text_only: filters.text_only,
        columns.has_comment: filters.has_comment,
    }
    yield from (column == value for column, value in equal.items() if value is not None)
    at_least = {
        columns.started_at: filters.started_after,
        columns.duration_seconds: filters.shortest_seconds,
        columns.rating: filters.lowest_rating,
    }
    yield from (column >= value for column, value in at_least.items() if value is not None)
    at_most = {columns.duration_seconds: filters.longest_seconds, columns.rating: filters.highest_rating}
    yield from (column <= value for column, value in at_most.items() if value is not None)
    if filters.started_before is not None:
        yield columns.started_at < filters.started_before
    any_of = {columns.language: filters.languages, columns.termination_reason: filters.termination_reasons}
    yield from (column.in_(values) for column, values in any_of.items() if values)
    if filters.excluded_statuses:
        yield columns.status.not_in(filters.excluded_statuses)
    if filters.call_successful not in (None, "unknown") or filters.product not in (None, "agents"):
        yield false()
    if filters.search:
        yield _said(filters.search, database)
    yield from (_has(words) for words in filters.words)
    yield from (_compares(comparison) for comparison in filters.comparisons)


def _of_the_row(table: Any) -> Condition:
    condition: Condition = table.c.number == CONVERSATIONS.c.number
    return condition


def _said(text: str, database: DatabaseKind) -> Condition:
    # A position instead of LIKE: it knows no wildcards, so nothing has to be escaped.
    position = func.instr if database == "sqlite" else func.strpos
    return exists().where(_of_the_row(TURNS), position(TURNS.c.folded, text.casefold()) > 0)


def _has(words: Words) -> Condition:
    return exists().where(_of_the_row(WORDS), WORDS.c.facet.in_(words.facets), WORDS.c.word.in_(words.words))


_AMOUNTS: Mapping[str, Callable[[float], Condition]] = {
    "gt": lambda amount: WORDS.c.amount > amount,
    "gte": lambda amount: WORDS.c.amount >= amount,
    "lt": lambda amount: WORDS.c.amount < amount,
    "lte": lambda amount: WORDS.c.amount <= amount,
}


def _compares(comparison: Comparison) -> Condition:
    of_the_facet = and_(_of_the_row(WORDS), WORDS.c.facet == comparison.facet)
    if comparison.operator == "missing":
        return ~exists().where(of_the_facet)
    if comparison.operator == "eq":
        same: list[Condition] = [WORDS.c.word == comparison.value]
        amount = _number(comparison.value)
        if amount is not None:
            same.append(WORDS.c.amount == amount)
        return exists().where(of_the_facet, or_(*same))
    amount = _number(comparison.value)
    assert amount is not None, "checked when it was read"
    return exists().where(of_the_facet, _AMOUNTS[comparison.operator](amount))


def read_comparison(parameter: str, facet: str, text: str) -> Comparison:
    """A filter as it is written in a query: `name:operator:value`."""
    name, _, rest = text.partition(":")
    operator, _, value = rest.partition(":")
    known = operator in (*_AMOUNTS, "eq", "missing")
    if not name or not known or (operator in _AMOUNTS and _number(value) is None):
        raise Invalid(
            ("query", parameter),
            "Write name:operator:value with one of eq, gt, gte, lt, lte, missing; all but the first and the last "
            "compare numbers.",
            type="filter_invalid",
        )
    return Comparison(f"{facet}:{name}", operator, value)


def read_result(parameter: str, facet: str, text: str) -> Words:
    """A filter as it is written in a query: `id:result`."""
    name, _, result = text.rpartition(":")
    if not name or not result:
        raise Invalid(("query", parameter), "Write criteria_id:result.", type="filter_invalid")
    return Words([f"{facet}:{name}"], [result])


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number - number == 0 else None
