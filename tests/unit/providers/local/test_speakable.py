"""Voices are given words, never what they would stumble over."""

import time

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
        ("It is ~$20-$30/mo, or €5.50 / user.", "It is about $20 to $30 per month, or €5.50 per user."),
        ("Between 5%-10%, for £2k–£3k a year.", "Between 5% to 10%, for £2k to £3k a year."),
        ("They owe €1.5bn and 20 EUR.", "They owe €1.5 billion and €20."),
        ("USD 5, 7.50 GBP or CHF 20.", "$5, £7.50 or 20 francs."),
        (
            "He is 6'2\", the rug 12' x 8', the photo 4x6, 3x 5 mg.",
            "He is 6 feet 2, the rug 12 by 8 feet, the photo 4 by 6, 3x 5 mg.",
        ),
        ("It takes ~5 min, >3 or ≤10 of 100.", "It takes about 5 min, more than 3 or at most 10 of 100."),
        ("Take 20 mg/day, 3 times / week.", "Take 20 mg per day, 3 times per week."),
        ("CO2 rose.", "C O 2 rose."),
        ("Write to ada@example.com, please.", "Write to ada at example dot com, please."),
        ("Fruit, e.g. apples.", "Fruit, for example apples."),
        ("Use **bold** and `code`.", "Use bold and code."),
        ("[Our site](https://example.com) helps.", "Our site helps."),
        ("- first\n- second", "first\n second"),
        ("Great 😀!", "Great !"),
        ("I'm sure :-) really <3", "I'm sure really"),
        ("Tap *Settings* > Wi-Fi, or _help_.", "Tap Settings, Wi-Fi, or help."),
        ("Visit example.com/help today.", "Visit example dot com slash help today."),
        ("Write to j.o'neil@example.co.uk.", "Write to j dot o'neil at example dot co dot uk."),
        ("Follow #vivavoce and @ada_bot.", "Follow hashtag vivavoce and at ada bot."),
        ("Version 3.11.7 of 192.168.0.1", "Version 3 dot 11 dot 7 of 192 dot 168 dot 0 dot 1"),
        ("Your PIN is 0042.", "Your PIN is zero zero four two."),
        ("DE89 3704 0044 00", "D E eight nine, three seven zero four, zero zero four four, zero zero"),
        ("Washington, DC 20500.", "Washington, DC two zero five zero zero."),
        ("Ask for ext. 42 in room No. 7.", "Ask for extension 42 in room number 7."),
        (
            "Open Mon-Fri 9am-5pm, Sat & Sun 24/7.",
            "Open Monday to Friday 9am to 5pm, Saturday & Sunday twenty-four seven.",
        ),
        ("On Mon, Jan. 5th, 10 a.m.-2 p.m.", "On Monday, Jan. 5th, 10 a.m. to 2 p.m."),
        ("It costs 5 $ and 1,50 €.", "It costs $5 and €1,50."),
        ("50 000 people", "50,000 people"),
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
        "He sat in the sun. Sun and moon, and Fri. is a name. No. 5 people came.",
        "Between 5-10 dollars, 2-3 days, 0.5 of it, 1.000.000 in all, *, and #.",
        "The 1980s, 12/25, 3 * 4 * 5 and snake_case_name.",
        "We are open 24 hours and/or by day, 1/2 a day, at 0x10 or 2x as much, on 05/06/2024 and at 5 > 3.",
        "Rock 'n' roll of the '90s, it's 5' long, 3/4 minutes, EUROS 20 and I'm 30.",
    ],
)
def test_what_voices_say_well_is_left_alone(text: str) -> None:
    assert speakable(text) == text


@pytest.mark.parametrize("text", ["", "   ", "😀", "...", "***", "```x = 1```"])
def test_what_cannot_be_said_becomes_nothing(text: str) -> None:
    assert speakable(text) == ""


def test_letters_without_an_end_are_cut_into_words_and_languages_without_spaces_are_not_hurt() -> None:
    assert max(map(len, speakable("a" * 500).split())) == 50
    assert speakable("今日は", "ja") == "今日は"


def test_other_languages_keep_their_numbers() -> None:
    assert speakable("Llame al **555-010-2345**", "es") == "Llame al 555-010-2345"


def test_a_long_text_takes_no_longer_than_its_length_deserves() -> None:
    nasty = "a@b " * 5_000 + "1" * 10_000 + "[" * 5_000 + "a-" * 5_000 + "a." * 5_000 + "1." * 5_000
    began = time.process_time()
    assert len(speakable(nasty)) > 20_000
    assert time.process_time() - began < 5.0
