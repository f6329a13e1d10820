"""Pages of a list and the cursors between them.

A cursor is opaque to clients: the place where the page ended, as URL-safe base64 of JSON. It names the last row by
its sort value and id, so a page stays right while rows come and go, and it carries the order it was made for, so
that it cannot be used with another one.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

T = TypeVar("T")
U = TypeVar("U")


@frozen
class Page(Generic[T]):
    """Some rows of a list; `next_cursor` leads to the next ones and is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None = None

    @property
    def has_more(self) -> bool:
        """Whether another page follows."""
        return self.next_cursor is not None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """The same page of other things."""
        return Page([change(item) for item in self.items], self.next_cursor)


@frozen
class Place:
    """Where a page ended: the sort value and the id of its last row, in a named order."""

    order: str
    value: str | int
    id: str


def encode_cursor(place: Place) -> str:
    """The cursor that leads to what comes after `place`."""
    raw = json.dumps([place.order, place.value, place.id], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, order: str) -> Place:
    """The place a cursor names; `Invalid` if it is not one of ours or was made for another order."""
    match _unpacked(cursor):
        case [str(made_for), (str() | int()) as value, str(id)] if made_for == order and _can_be(value) and _can_be(id):
            return Place(made_for, value, id)
        case _:
            raise Invalid(
                ("query", "cursor"),
                "This cursor does not belong to this list and order. Start again without a cursor.",
                type="cursor_invalid",
            )


def _unpacked(cursor: str) -> object:
    # Anybody can make up a cursor, so nothing in it is believed: neither its depth nor its numbers.
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None


def _can_be(value: str | int) -> bool:
    """Whether a database could ever have given this value."""
    match value:
        case bool():
            return False
        case int():
            return _SMALLEST <= value <= _LARGEST
        case str():
            return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
