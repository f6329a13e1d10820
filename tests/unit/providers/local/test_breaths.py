"""Whatever somebody writes is said in pieces of bearable length, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.providers.local.breaths import LONGEST_PORTION, breaths, portions


def letters(text: str) -> str:
    return "".join(text.split())


@given(st.text(alphabet="ab .!?\n", max_size=3_000))
def test_portions_are_short_and_whole(text: str) -> None:
    found = list(portions(text))
    assert all(0 < len(portion) <= LONGEST_PORTION for portion in found)
    assert letters("".join(found)) == letters(text)


@pytest.mark.parametrize("text", ["word " * 10_000, "a" * 50_000, "Hello. " * 8_000, "1" * 50_000])
def test_fifty_kilobytes_of_anything_are_many_portions(text: str) -> None:
    found = list(portions(text))
    assert len(found) >= len(text.strip()) // LONGEST_PORTION
    assert max(map(len, found)) <= LONGEST_PORTION


def test_what_a_person_writes_stays_whole() -> None:
    text = "Good morning, this is Ada. How can I help you today?"
    assert list(portions(text)) == [text]
    assert list(portions("")) == []
    assert breaths("həlˈO.", 400) == ["həlˈO."]


def test_long_texts_are_cut_between_sentences() -> None:
    sentence = "This is a sentence of some length, as people write them. "
    assert all(portion.endswith(".") for portion in portions(sentence * 100))
