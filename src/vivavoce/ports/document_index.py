"""What every store of documents does alike: bodies as text, and the index that is derived from a body.

The stores differ in where they keep rows; what a name, a unique key or a facet looks like inside is decided here,
once, so that a list is the same list on every database and in the double.

- `encoded` turns a body into JSON text that reads back as exactly the same body, or refuses it: a number beyond
  64 bit, infinity, half of a surrogate pair, a value that JSON does not have.
- Names are folded by Unicode's rules, here and not in the database: databases disagree about everything but ASCII.
- Words and keys are kept as they are when they are short and plain. Long ones, and those with characters that a
  database refuses, are kept as their digest; two of them are equal exactly if their digests are.
"""

import hashlib
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import orjson

from vivavoce.base.errors import Conflict, Invalid
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.base.pages import Place, decode_cursor
from vivavoce.ports.documents import Document, Kind, Query, Reference

NAME_LENGTH = 256
_KEY_LENGTH = 200
_DEEPEST = 200
_DATABASE_INTEGER = 2**63
_SMALLEST_INTEGER, _LARGEST_INTEGER = -(2**63), 2**64 - 1

# A parent is a facet like any other, under a name that no kind can give to its own.
PARENT_FACET = ".parent"


@frozen
class Index:
    """What a store keeps beside a body to find it again."""

    name: str
    unique: str | None
    facets: frozenset[tuple[str, str]]
    references: frozenset[Reference]


def index_of(kind: Kind, body: Body, parent_id: str | None) -> Index:
    """The index of a body."""
    unique = kind.unique(body)
    facets = {(facet, key(word)) for facet, words in kind.facets(body).items() for word in words}
    if parent_id is not None:
        facets.add((PARENT_FACET, key(parent_id)))
    return Index(
        name=folded(kind.name(body)),
        unique=None if unique is None else key(unique),
        facets=frozenset(facets),
        references=frozenset(Reference(used.kind, key(used.id)) for used in kind.references(body)),
    )


def summary_of(kind: Kind, body: Body) -> Body:
    """What a list shows of a body: all of it, unless the kind says otherwise."""
    return kind.summary(body) if kind.summary else body


def folded(text: str) -> str:
    """A text as search and sorting see it: without case, composed, in the first `NAME_LENGTH` characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    else:
        text = text.lower()
    return _plain(text)[:NAME_LENGTH]


def _plain(text: str) -> str:
    """`text` without what databases refuse."""
    if text.isprintable():
        return text
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def key(text: str) -> str:
    """A text as an index keeps it; equal exactly if the texts are equal."""
    if len(text) <= _KEY_LENGTH and storable(text):
        return text
    return "sha256:" + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def storable(text: str) -> bool:
    """Whether every database takes the text as it is: no NUL, no half of a surrogate pair."""
    if text.isprintable():
        return True
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


# Lists


def order_of(query: Query) -> str:
    """The name of a list's order, as its cursors carry it."""
    return f"{query.sort_by}.{'desc' if query.descending else 'asc'}"


def place_of(query: Query) -> Place | None:
    """Where the page before this one ended, or None at the start."""
    if query.cursor is None:
        return None
    place = decode_cursor(query.cursor, order_of(query))
    right_type = isinstance(place.value, str if query.sort_by == "name" else int)
    if not (right_type and storable(f"{place.value}{place.id}") and _is_in_range(place.value)):
        raise Invalid(
            ("query", "cursor"), "This cursor is damaged. Start again without a cursor.", type="cursor_invalid"
        )
    return place


def _is_in_range(value: str | int) -> bool:
    return isinstance(value, str) or abs(value) < _DATABASE_INTEGER


def sort_value(query: Query, document: Document, name: str) -> str | int:
    """What the query sorts this document by."""
    match query.sort_by:
        case "created_at":
            return document.created_at
        case "updated_at":
            return document.updated_at
        case "name":
            return name


def filters_of(query: Query) -> Mapping[str, frozenset[str]]:
    """The facets a query asks for, as an index keeps them; its parent is one of them."""
    wanted = {facet: frozenset(key(word) for word in words) for facet, words in query.facets.items() if words}
    if query.parent_id is not None:
        wanted[PARENT_FACET] = frozenset((key(query.parent_id),))
    return wanted


# Conflicts, in the same words everywhere


def id_taken(kind: Kind, id: str) -> Conflict:
    """A second document with the same id."""
    return Conflict(f"{_a(kind)} with the id {id!r} exists already.", status=f"{_status(kind)}_exists")


def unique_taken(kind: Kind, body: Body) -> Conflict:
    """A second document with the same unique key."""
    named = kind.name(body) or kind.unique(body)
    return Conflict(
        f"{_a(kind)} named {named!r} exists already. Choose another name.", status=f"{_status(kind)}_exists"
    )


def changed_meanwhile(kind: Kind, id: str) -> Conflict:
    """An update of a document that is not what it was."""
    return Conflict(
        f"The {kind.called} {id!r} was changed or deleted in the meantime. Read it again and repeat the change.",
        status=f"{_status(kind)}_changed",
    )


def _a(kind: Kind) -> str:
    return f"{'An' if kind.called[0] in 'aeiou' else 'A'} {kind.called}"


def _status(kind: Kind) -> str:
    return kind.called.replace(" ", "_")


# Bodies


def encoded(body: Body) -> bytes:
    """The body as JSON text; `Invalid` if it would not read back as it is."""
    try:
        text = orjson.dumps(body)
    except TypeError:
        text = b""
    # Reading back is cheaper than looking at every value, and proves more.
    if not text or decoded(text) != body:
        raise _refusal(body)
    return text


def decoded(text: bytes | str) -> Body:
    """A body from its text."""
    return cast(Body, orjson.loads(text))


def _refusal(body: Body) -> Invalid:
    for loc, value in _walk(body):
        fault = _fault(value) if len(loc) <= _DEEPEST else f"is nested deeper than {_DEEPEST} levels."
        if fault:
            return Invalid(("body", *loc), f"The value {fault}")
    return Invalid(("body",), "The document cannot be stored as JSON.")


def _walk(value: Json) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every value with its path; an explicit stack, because bodies may be nested deeper than Python calls."""
    stack: list[tuple[tuple[str | int, ...], Json]] = [((), value)]
    while stack:
        loc, value = stack.pop()
        yield loc, value
        if len(loc) <= _DEEPEST:
            stack.extend(((*loc, step), inner) for step, inner in _inner(value))


def _inner(value: Json) -> Iterable[tuple[str | int, Json]]:
    match value:
        case dict():
            return cast("dict[str | int, Json]", value).items()
        case list():
            return enumerate(cast("list[Json]", value))
        case _:
            return ()


def _fault(value: Json) -> str | None:
    """What is wrong with one value, or None."""
    match value:
        case str() if not _is_unicode(value):
            return "holds half of a surrogate pair. Send whole characters."
        case int() if not _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER:
            return "is beyond 64 bit. Send it as a string."
        case float() if not math.isfinite(value):
            return "is not a finite number."
        case dict() if not all(
            isinstance(name, str) and _is_unicode(name) for name in cast("dict[object, Json]", value)
        ):
            return "has a key that is not text."
        case None | str() | int() | float() | dict() | list():
            return None
        case _:
            return f"is not JSON ({type(value).__name__})."


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
