"""Voices are given words, never what they would stumble over."""

import pytest

from vivavoce.providers.local.speakable import speakable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "Call +1 (555) 010-2345 today.",
            "Call plus one, five five five, zero one zero, two three four five today.",
        ),
        ("Call 555-010-2345.", "Call five five five, zero one zero, two three four five."),
        ("Order #A77-213 is ready.", "Order number A seven seven, two one three is ready."),
        ("Your code is AB12-99X.", "Your code is A B one two, nine nine X."),
        ("Account 12345678.", "Account one two three four five six seven eight."),
        ("See https://www.example.com/help.", "See example dot com slash help."),
        ("See www.shop.example.org!", "See shop dot example dot org!"),
        ("Write to ada@example.com, please.", "Write to ada at example dot com, please."),
        ("Fruit, e.g. apples.", "Fruit, for example apples."),
        ("Use **bold** and `code`.", "Use bold and code."),
        ("[Our site](https://example.com) helps.", "Our site helps."),
        ("- first\n- second", "first\n second"),
        ("Great 😀!", "Great !"),
    ],
)
def test_what_is_hard_to_say_is_written_out(written: str, said: str) -> None:
    assert speakable(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "It costs $1,250.50 on 3 March 2024 at 7:30 pm.",
        "COVID-19 spread in 10-20 towns.",
        "Between 1990-2000 it rose by 3.5%.",
        "Dr. Smith lives at 12 Main St.",
    ],
)
def test_what_voices_say_well_is_left_alone(text: str) -> None:
    assert speakable(text) == text


@pytest.mark.parametrize("text", ["", "   ", "😀", "...", "***", "```x = 1```"])
def test_what_cannot_be_said_becomes_nothing(text: str) -> None:
    assert speakable(text) == ""


def test_other_languages_keep_their_numbers() -> None:
    assert speakable("Llame al **555-010-2345**", "es") == "Llame al 555-010-2345"


def test_a_long_text_takes_no_longer_than_its_length_deserves() -> None:
    assert len(speakable("a@b " * 5_000 + "1" * 20_000 + "[" * 5_000)) > 20_000
