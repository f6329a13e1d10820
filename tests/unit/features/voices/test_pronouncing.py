"""Rules of pronunciation: where they fit, and the times of characters put back onto what was written."""

import pytest

from vivavoce.engine.events import Alignment
from vivavoce.features.voices.pronouncing import Alias, Lexicon


def said(text: str, *rules: Alias) -> str:
    rewritten = Lexicon(rules).rewrite(text)
    return text if rewritten is None else rewritten.said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Our API is an api.", "Our A P I is an api."),
        ("Rapid APIs, API!", "Rapid APIs, A P I!"),
        ("nothing of it", "nothing of it"),
        ("API", "A P I"),
    ],
)
def test_an_alias_fits_whole_words_as_they_are_written(text: str, expected: str) -> None:
    assert said(text, Alias("API", "A P I")) == expected


def test_case_and_borders_can_be_left_aside() -> None:
    assert said("Rapid api.", Alias("API", "X", case_sensitive=False)) == "Rapid X."
    assert said("RAPIDs", Alias("API", "x", word_boundaries=False)) == "RxDs"
    assert said("C++ and c++", Alias("C++", "see plus plus")) == "see plus plus and c++"


def test_the_longest_fits_first_and_nothing_is_said_twice_over() -> None:
    rules = (Alias("New", "Old"), Alias("New York", "the city"), Alias("city", "town"), Alias("Old", "Ancient"))
    assert said("New York, New city.", *rules) == "the city, Old town."


@pytest.mark.parametrize("step", [1, 3, 100])
@pytest.mark.parametrize(("text", "alias"), [("Our API is new.", "A P I"), ("Our API", "x"), ("API", "a long word")])
def test_times_come_back_on_what_was_written(text: str, alias: str, step: int) -> None:
    rewritten = Lexicon((Alias("API", alias),)).rewrite(text)
    assert rewritten is not None
    spoken = rewritten.said
    written, starts, at = "", [], 0.0
    for begin in range(0, len(spoken), step):
        piece = spoken[begin : begin + step]
        # A character lasts for a tenth of a second; positions count from the begin of their chunk.
        back = rewritten.written(Alignment(piece, tuple(0.1 * place for place in range(len(piece)))))
        written += back.text
        starts += [at + start for start in back.starts_seconds]
        at += 0.1 * len(piece)
    assert written == text
    assert starts == sorted(starts)
    if text.endswith(" is new."):
        assert starts[text.index("is")] == pytest.approx(0.1 * spoken.index("is"))
