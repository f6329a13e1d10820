"""Cursors lead where they were made to, and forged ones nowhere."""

import base64
import json

import pytest

from vivavoce.base.errors import Invalid
from vivavoce.base.pages import Page, Place, decode_cursor, encode_cursor


@pytest.mark.parametrize("value", ["Ada", "", "ü\U0001f600", 0, -(2**63), 2**63 - 1])
def test_a_cursor_names_its_place(value):
    place = Place("name", value, "agent_1")
    cursor = encode_cursor(place)
    assert decode_cursor(cursor, "name") == place
    assert cursor.replace("-", "").replace("_", "").isalnum()


def forged(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "x",
        "ü",
        base64.urlsafe_b64encode(b"[" * 1500).decode(),
        forged(["other", 1, "id"]),
        forged(["name", True, "id"]),
        forged(["name", 1.5, "id"]),
        forged(["name", 2**63, "id"]),
        forged(["name", 10**30, "id"]),
        forged(["name", "\0", "id"]),
        forged(["name", "\ud800", "id"]),
        forged(["name", 1, "\0"]),
        forged(["name", 1]),
        forged({}),
    ],
)
def test_a_forged_cursor_is_refused_by_name(cursor):
    with pytest.raises(Invalid) as refused:
        decode_cursor(cursor, "name")
    assert refused.value.loc == ("query", "cursor")


def test_a_page_is_the_last_if_nothing_follows():
    assert Page([1], "next").has_more
    assert not Page([1]).has_more
    assert Page([1, 2], "next").map(str) == Page(["1", "2"], "next")
