"""Speech markup: the words of a text, its pauses, and its sounds."""

import pytest

from vivavoce.providers.markup import LONGEST_PAUSE_SECONDS, passages, plain, sounds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello there.", "Hello there."),
        ('One<break time="1s"/>two', "One two"),
        ("One <break> two </break>", "One   two "),
        ('In <phoneme alphabet="ipa" ph="məˈdɹɪd">Madrid</phoneme>.', "In Madrid."),
        ('<prosody rate="slow">Slow</prosody> <emphasis>now</emphasis>', "Slow now"),
        ("5 < 6 and 7 > 3, <Ada> said <b>so</b>", "5 < 6 and 7 > 3, <Ada> said <b>so</b>"),
        ("<break", "<break"),
        ("<phoneme " * 5, "<phoneme " * 5),
        ('<phoneme ph="' + "a" * 1000, '<phoneme ph="' + "a" * 1000),
    ],
)
def test_the_words_are_what_is_left(text: str, words: str) -> None:
    assert plain(text) == words
    assert "".join(word for word, _ in sounds(text)) == words


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="1.5s"/>', 1.5),
        ("<break time='300ms' />", 0.3),
        ('<break time="60s"/>', LONGEST_PAUSE_SECONDS),
        ('<break strength="strong"></break>', 0.7),
        ("<break/>", 0.4),
        ('<BREAK TIME="soon"/>', 0.4),
    ],
)
def test_a_break_is_a_pause_and_no_endless_one(tag: str, seconds: float) -> None:
    assert list(passages(f"One{tag}two")) == [("One", seconds), ("two", 0.0)]


def test_a_phoneme_tag_gives_its_word_a_sound() -> None:
    text = 'To <phoneme alphabet="cmu-arpabet" ph="B AO1 B">Bob</phoneme>, <phoneme ph="x">or</phoneme> '
    text += "<phoneme>me</phoneme>"
    assert list(sounds(text)) == [
        ("To ", ""),
        ("Bob", "bˈɔb"),
        (", ", ""),
        ("or", "x"),
        (" ", ""),
        ("me", ""),
        ("", ""),
    ]


def test_a_long_text_of_open_tags_takes_no_time() -> None:
    for text in ("<phoneme " * 5_000, '<break time="' * 4_000, "<phoneme a='" + "<" * 40_000, "<break " + '"' * 40_000):
        plain(text)
        list(sounds(text))
        list(passages(text))
