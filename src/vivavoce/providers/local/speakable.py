"""Text as it is said aloud: what a voice would stumble over is written out first.

    +1 (555) 010-2345            plus one, five five five, zero one zero, two three four five
    #A77-213                     number A seven seven, two one three
    https://www.example.com/help example dot com slash help
    ada@example.com              ada at example dot com
    e.g., i.e., etc., vs.        for example, that is, et cetera, versus
    **bold**, `code`, [text](u)  the words alone
    emoji                        nothing

Prices, dates, times and plain numbers are left alone: voices say these well. English only; in other languages nothing
but markup is taken out.
"""

import re
from collections.abc import Callable, Sequence

from vivavoce.ports.voice import Normalisation

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {str(digit): name for digit, name in enumerate(_NAMES)}
_ABBREVIATIONS = {"e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "about"}
_SYMBOLS = {".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", "+": "plus"}

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def speakable(text: str, language: str = "en", normalisation: Normalisation = "auto") -> str:
    """The text to give to a voice. Empty if nothing in it can be said. Where it is not to be written out (`off`) only
    markup goes."""
    rules = [*_MARKUP, *(_ENGLISH if language.startswith("en") and normalisation != "off" else ())]
    for pattern, said in rules:
        text = pattern.sub(said, text)
    text = re.sub(r"[ \t]+", " ", text).strip()
    return text if any(character.isalnum() for character in text) else ""


def _digit_by_digit(digits: str) -> str:
    return " ".join(_DIGITS[digit] for digit in digits if digit in _DIGITS)


def _telephone(found: re.Match[str]) -> str:
    plus = "plus " if found[0].lstrip().startswith("+") else ""
    return plus + ", ".join(_digit_by_digit(group) for group in re.findall(r"\d+", found[0]))


def _code(found: re.Match[str]) -> str:
    groups = [" ".join(_DIGITS.get(character, character) for character in group) for group in found["code"].split("-")]
    return ("number " if found["mark"] else "") + ", ".join(groups)


def _address(found: re.Match[str]) -> str:
    words = re.sub(r"^www\.", "", found["rest"]).rstrip("/")
    tail = ""
    while words and words[-1] in ".,;:!?)":
        words, tail = words[:-1], words[-1] + tail
    spelled = re.sub(r"[./_@+-]", lambda symbol: f" {_SYMBOLS[symbol[0]]} ", words.split("?")[0])
    return spelled.strip() + tail


def _abbreviation(found: re.Match[str]) -> str:
    return _ABBREVIATIONS[found[0].lower()]


def _said(group: int | str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[group]


def _nothing(_: re.Match[str]) -> str:
    return " "


_MARKUP: Sequence[Rule] = (
    (re.compile(r"```.*?```", re.DOTALL), _nothing),
    (re.compile(r"!?\[([^\]]+)\]\([^)]+\)"), _said(1)),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), _said(2)),
    (re.compile(r"^\s*(?:#{1,6}|[*•-])\s+", re.MULTILINE), _nothing),
    (re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]+"), _nothing),
)

_ENGLISH: Sequence[Rule] = (
    (re.compile(r"\b(?:https?://|(?=www\.))(?P<rest>[^\s<>\"]+)", re.IGNORECASE), _address),
    (re.compile(r"\b(?P<rest>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"), _address),
    (re.compile(r"\b(?:e\.g\.|i\.e\.|etc\.|vs\.|approx\.)", re.IGNORECASE), _abbreviation),
    (re.compile(r"(?<![\w.$€£])\+?\d{0,3}[ -]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"), _telephone),
    (re.compile(r"(?<![\w.])\+\d[\d ()-]{6,}\d\b"), _telephone),
    (re.compile(r"(?<![\w.])(?P<mark>#)(?P<code>[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)"), _code),
    (re.compile(r"(?<![\w.-])(?P<mark>)(?P<code>(?=[A-Z0-9-]*(?:[A-Z]\d|\d[A-Z]))[A-Z0-9]+(?:-[A-Z0-9]+)+)\b"), _code),
    (re.compile(r"(?<![\w.,$€£-])(?P<mark>)(?P<code>\d{7,})(?![\w,.%-]*\d)"), _code),
)
