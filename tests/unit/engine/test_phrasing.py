"""Tokens become pieces: never half a tag, never half a number, and nothing is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.engine.phrasing import Phrase, Phrasing, has_words, speakable


def pieces(*tokens: str, labels: tuple[str, ...] = ()) -> list[str]:
    phrasing = Phrasing(labels)
    ready = [phrase for token in tokens for phrase in phrasing.push(token)]
    return [phrase.text for phrase in [*ready, *phrasing.finish()]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello there. How are you?", ["Hello there.", " How are you?"]),
        ("Well, certainly, I can do that for you.", ["Well, certainly,", " I can do that for you."]),
        ("Oh, yes. Fine.", ["Oh, yes.", " Fine."]),
        ("One. Two! Three? Four…", ["One.", " Two!", " Three?", " Four…"]),
        ('She said "Go." Then left.', ['She said "Go."', " Then left."]),
        ("First line\nSecond line", ["First line\n", "Second line"]),
        ("今日は。元気ですか？はい。", ["今日は。", "元気ですか？", "はい。"]),
        ("It is 3.14 or 1,000 or 12:30 today. Yes.", ["It is 3.14 or 1,000 or 12:30 today.", " Yes."]),
        ("Ask Dr. Who, e.g. J. Smith, at vivavoce.dev please. Ok.", None),
        ("no mark at all", ["no mark at all"]),
        ("", []),
    ],
)
def test_where_a_piece_ends(text: str, expected: list[str] | None):
    by_character = pieces(*text)
    assert "".join(by_character) == text
    if expected is not None:
        assert pieces(text) == expected


def test_abbreviations_do_not_end_a_sentence():
    assert pieces("I asked Dr. Who about it. He knew.")[0] == "I asked Dr. Who about it."


def test_a_number_waits_until_it_is_complete():
    phrasing = Phrasing()
    assert phrasing.push("It costs exactly 3.") == []
    assert phrasing.push("5 euros. ") == [Phrase("It costs exactly 3.5 euros.")]


def test_a_long_sentence_is_cut_at_a_comma_and_a_very_long_one_at_a_space():
    clause = "and this goes on and on without any end in sight and nobody knows when it will ever stop for good"
    by_comma = pieces("Hello. " + f"{clause}, {clause}, {clause}.")
    assert [piece[-1] for piece in by_comma] == [".", ",", "."]
    by_space = pieces("Hello. " + " ".join(["word"] * 200))
    assert max(len(piece) for piece in by_space) <= 282
    assert all(not piece.strip().endswith(("w", "wo", "wor")) for piece in by_space)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_tags_in_any_number_of_tokens(size: int):
    text = "Hi. <Bob>Who is it? <Nobody>It is me.</Nobody></Bob> Bye."
    phrasing = Phrasing(("Bob",))
    ready = [phrase for start in range(0, len(text), size) for phrase in phrasing.push(text[start : start + size])]
    ready += phrasing.finish()
    assert "".join(phrase.text for phrase in ready) == "Hi. Who is it? It is me. Bye."
    by_bob = "".join(phrase.text for phrase in ready if phrase.label == "Bob")
    assert by_bob == "Who is it? "


def test_what_only_looks_like_a_tag_is_text():
    assert "".join(pieces(*"It is 3 < 4 and a<b, I <3 you.", labels=("Bob",))) == "It is 3 < 4 and a<b, I <3 you."


def test_speech_markup_is_for_the_voice():
    assert "".join(pieces("A <break time='1s'/> pause, <emphasis>really</emphasis>.", labels=("Bob",))).count("<") == 3


def test_without_labels_tags_are_text():
    assert pieces("<b>bold</b>") == ["<b>bold</b>"]


words = st.lists(
    st.sampled_from(["Hello", "3.14", "e.g.", "yes.", "no,", "why?", "\n", "<Bob>", "</Bob>", "…", "1,000"])
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(words, st.integers(1, 9))
def test_nothing_is_lost_or_added_however_the_tokens_fall(parts: list[str], size: int):
    text = " ".join(parts)
    tokens = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(pieces(*tokens, labels=("Bob",))) == re.sub(r"</?Bob>", "", text)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**Bold** and *italic* and `code`", "Bold and italic and code"),
        ("# Title", "Title"),
        ("- item", "item"),
        ("see [here](http://x.org/a_b)", "see here"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("snake_case", "snake_case"),
        ("  plain  ", "plain"),
    ],
)
def test_markup_for_the_eye_is_not_spoken(written: str, spoken: str):
    assert speakable(written) == spoken


def test_punctuation_alone_has_no_words():
    assert not has_words(" ... !")
    assert has_words("é")
