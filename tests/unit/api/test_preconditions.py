"""Writing only what one has read."""

import pytest

from vivavoce.api.preconditions import ANY, WHATEVER, Precondition, precondition, tags_in
from vivavoce.base.errors import Outdated

pytestmark = pytest.mark.anyio


def passes(expected: Precondition, tag: str | None) -> bool:
    try:
        expected.check(tag, "Changed.", status="changed")
    except Outdated as refused:
        assert (refused.code, refused.status, refused.message) == (412, "changed", "Changed.")
        return False
    return True


async def test_who_says_nothing_writes_as_ever():
    assert await precondition() == WHATEVER
    assert passes(WHATEVER, None)
    assert passes(WHATEVER, "a")


async def test_one_of_the_tags_has_to_be_in_force():
    expected = await precondition('"a", "b"')
    assert [passes(expected, tag) for tag in ("a", "b", "c", None)] == [True, True, False, False]
    assert [passes(await precondition(ANY), tag) for tag in ("c", None)] == [True, False]


async def test_where_there_was_nothing_there_has_to_be_nothing():
    expected = await precondition(None, ANY)
    assert [passes(expected, tag) for tag in (None, "a")] == [True, False]


def test_a_weak_tag_is_none():
    assert tags_in('W/"a", "b"') == {"b"}
    assert not passes(Precondition(tags_in('W/"a"')), "a")
