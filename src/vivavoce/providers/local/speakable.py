"""Text as it is said aloud: what a voice would stumble over is written out first.

    +1 (555) 010-2345            plus one, five five five, zero one zero, two three four five
    #A77-213                     number A seven seven, two one three
    4242 0113 0044               four two four two, zero one one three, zero zero four four
    https://www.example.com/help example dot com slash help
    ada@example.com              ada at example dot com
    192.168.0.1                  192 dot 168 dot 0 dot 1
    e.g., i.e., etc., vs.        for example, that is, et cetera, versus
    Mon-Fri 9am-5pm              Monday to Friday 9am to 5pm
    ~$20-$30/mo, 1.5bn, 20 EUR   about $20 to $30 per month, 1.5 billion, €20
    6'2", 4x6                    6 feet 2, 4 by 6
    **bold**, `code`, [text](u)  the words alone
    emoji, :-)                   nothing

Prices, dates, times and plain numbers are left alone: voices say these well. English only; in other languages nothing
but markup is taken out, and letters without an end are cut into words.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from vivavoce.ports.voice import Normalisation

_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {str(digit): name for digit, name in enumerate(_NAMES)}
_ABBREVIATIONS = {"e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "approx.": "about"}
_DAYS = {day[:3]: day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")}
_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b"
_AFTER_DAY = "(?:(?<=day to )|(?<=day and )|(?<=day & )|(?<=day, ))"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TOP = "com|org|net|io|dev|ai|app|edu|gov|info|biz|shop|eu|uk|us|ca|au|de|fr|es|it|nl|ch|at"
_LONGEST_WORD = 50
"""Longer than any that is spoken; voices would leave out the rest of it."""
_SYMBOLS = {".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", "+": "plus"}

_PER = {"mo": "month", "yr": "year", "wk": "week", "hr": "hour", "min": "minute", "sec": "second"}
_SPAN = "month|mo|year|yr|week|wk|day|night|hour|hr|minute|min|second|sec|person|user|seat|unit|item|call|kg|lb"
_LARGE = {"mn": "million", "bn": "billion", "tn": "trillion"}
_COMPARED = {">": "more than ", "<": "less than ", ">=": "at least ", "<=": "at most "}
_CURRENCIES = {"EUR": "€", "USD": "$", "GBP": "£"}
_AMOUNT = r"(?<![\d.,])\d{1,9}(?:[.,]\d{1,9}){0,4}(?!\d)"
_ISO = "EUR|USD|GBP"

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def speakable(text: str, language: str = "en", normalisation: Normalisation = "auto") -> str:
    """The text to give to a voice. Empty if nothing in it can be said. Where it is not to be written out (`off`) only
    markup goes."""
    rules = [*_markup(), *(_english() if language.startswith("en") and normalisation != "off" else ())]
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


def _dotted(found: re.Match[str]) -> str:
    return found[0].replace(".", " dot ")


def _handle(found: re.Match[str]) -> str:
    return "at " + found[1].replace("_", " ")


def _days(found: re.Match[str]) -> str:
    link = found["link"].strip()
    between = " to " if link in ("-", "–") else f"{link} " if link == "," else f" {link} "
    return _DAYS[found["day"][:3]] + between


def _day(found: re.Match[str]) -> str:
    return _DAYS[(found["day"] or found["ahead"])[:3]]


def _to(found: re.Match[str]) -> str:
    return f"{found[1]} to "


def _groups(found: re.Match[str]) -> str:
    return ", ".join(" ".join(_DIGITS.get(each, each) for each in group) for group in re.split("[ -]", found["code"]))


def _in_pieces(found: re.Match[str]) -> str:
    return f"{found[0]} "


def _per(found: re.Match[str]) -> str:
    return f"{found[1]} per {_PER.get(found[2].lower(), found[2])}"


def _large(found: re.Match[str]) -> str:
    return f"{found[1]} {_LARGE[found[2]]}"


def _compared(found: re.Match[str]) -> str:
    return _COMPARED[found[1].replace("≥", ">=").replace("≤", "<=")]


def _amount(found: re.Match[str]) -> str:
    return _CURRENCIES[found["before"] or found["after"]] + (found["of"] or found["amount"])


def _francs(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]} francs"


def _always(said: str) -> Callable[[re.Match[str]], str]:
    return lambda _: said


def _abbreviation(found: re.Match[str]) -> str:
    return _ABBREVIATIONS[found[0].lower()]


def _said(group: int | str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[group]


def _nothing(_: re.Match[str]) -> str:
    return " "


@cache
def _markup() -> Sequence[Rule]:
    return (
        (re.compile(r"```.*?```", re.DOTALL), _nothing),
        (re.compile(r"!?\[([^\[\]]+)\]\([^)]+\)"), _said(1)),
        (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), _said(2)),
        (re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+?)(?<=\S)\1(?!\w)"), _said(2)),
        (re.compile(r"^\s*(?:#{1,6}|[*•-])\s+", re.MULTILINE), _nothing),
        (re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]+"), _nothing),
        (re.compile(rf"\w{{{_LONGEST_WORD}}}(?=\w)"), _in_pieces),
    )


@cache
def _english() -> Sequence[Rule]:
    return (
        (re.compile(r"(?<!\S)(?:[:;]-?[)(DP]|<3)(?!\S)"), _nothing),
        (re.compile(r"\b(?:https?://|(?=www\.))(?P<rest>[^\s<>\"]+)", re.IGNORECASE), _address),
        (re.compile(r"(?<![\w.+'-])(?P<rest>[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9})"), _address),
        (re.compile(rf"(?<![\w.@-])(?P<rest>(?:[A-Za-z0-9-]{{2,63}}\.){{1,4}}(?:{_TOP})\b(?:/[^\s<>\"]*)?)"), _address),
        (re.compile(r"(?<![\w@])@([A-Za-z]\w+)"), _handle),
        (re.compile(r"\b(?:e\.g\.|i\.e\.|etc\.|vs\.|approx\.)", re.IGNORECASE), _abbreviation),
        (re.compile(r"\bext\.? ?(?=\d)", re.IGNORECASE), _always("extension ")),
        (re.compile(r"(?<![.?!] )\bNo\. ?(?=\d)"), _always("number ")),
        (re.compile(r"(?<![\w/])24/7(?![\w/])"), _always("twenty-four seven")),
        (re.compile(rf"\b(?P<day>{_DAY})\.?(?P<link> ?[-–&,] ?| and | to )(?={_DAY})"), _days),
        (re.compile(rf"{_AFTER_DAY}(?P<day>{_DAY})\.?|\b(?P<ahead>{_DAY})\.?(?=,? (?:{_MONTH}|\d))"), _day),
        (re.compile(r"(\d(?: ?[ap]\.?m\.?)?) ?[-–] ?(?=\d{1,2}(?::\d\d)? ?[ap]\.?m\b)", re.IGNORECASE), _to),
        (re.compile(r"(?<=[A-Za-z]) [>›→] (?=[A-Z])"), _always(", ")),
        *_amounts(),
        (re.compile(r"(?<![\w.,$€£])(\d[\d,.]*) ?([$€£])(?![\w$€£])"), lambda found: found[2] + found[1]),
        (re.compile(r"(?<![\w.,])(\d{1,3}) 000\b(?! ?\d)"), lambda found: f"{found[1]},000"),
        (re.compile(r"(?<![\w.$€£])\+?\d{0,3}[ -]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"), _telephone),
        (re.compile(r"(?<![\w.])\+\d[\d ()-]{6,}\d\b"), _telephone),
        (re.compile(r"(?<![\w.,])(?P<code>(?:[A-Z]{2}\d\d )?\d{4}(?: \d{4})+(?: \d{1,4})?)\b"), _groups),
        (re.compile(r"(?<=\b[A-Z]{2} )(?P<code>\d{5}(?:-\d{4})?)\b(?=\W*$|[.,;] |\n)"), _groups),
        (re.compile(r"(?<![\w.,])(?!\d+(?:\.000)+\b)v?\d{1,4}(?:\.\d{1,4}){2,}\b(?!,\d)"), _dotted),
        (re.compile(r"#(?=[A-Za-z]+\b(?!-?\d))"), _always("hashtag ")),
        (re.compile(r"(?<![\w.])(?P<mark>#)(?P<code>[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)"), _code),
        (
            re.compile(r"(?<![\w.-])(?P<mark>)(?P<code>(?=[A-Z0-9-]*(?:[A-Z]\d|\d[A-Z]))[A-Z0-9]+(?:-[A-Z0-9]+)+)\b"),
            _code,
        ),
        (re.compile(r"(?<![\w.,$€£-])(?P<mark>)(?P<code>\d{7,})(?![\w,.%-]*\d)"), _code),
        (re.compile(r"(?<![\w.,:/$€£-])(?P<mark>)(?P<code>0\d{2,5})(?![\w,:/%-]*\d)"), _code),
    )


@cache
def _amounts() -> Sequence[Rule]:
    return (
        (re.compile(r"(?<![\w~≈])[~≈] ?(?=[$€£]?\d)"), _always("about ")),
        (re.compile(r"(?<!\S)([<>]=?|[≤≥])(?=[$€£]?\d)"), _compared),
        (re.compile(rf"\b(?P<before>{_ISO}) ?(?P<of>{_AMOUNT})|(?P<amount>{_AMOUNT}) ?(?P<after>{_ISO})\b"), _amount),
        (re.compile(rf"\bCHF ?({_AMOUNT})|({_AMOUNT}) ?CHF\b"), _francs),
        (re.compile(rf"({_AMOUNT}) ?([mbt]n)\b"), _large),
        (re.compile(rf"([$€£]{_AMOUNT}(?: ?[kmKM])?|{_AMOUNT}%) ?[-–—] ?(?=[$€£]\d|{_AMOUNT}%)"), _to),
        (re.compile(rf"(?<![\w/])([$€£]?{_AMOUNT}(?: ?[A-Za-z]{{1,5}})?) ?/ ?({_SPAN})\b", re.IGNORECASE), _per),
        (re.compile(r"(?<![\w'’])(\d{1,2})['’](\d{1,2})(?:[\"”]|'')"), lambda found: f"{found[1]} feet {found[2]}"),
        (re.compile(r"\b(\d{1,4})['’] ?[x×] ?(\d{1,4})['’](?!\w)"), lambda found: f"{found[1]} by {found[2]} feet"),
        (re.compile(r"(?<![\w.])(?!0x)(\d{1,5})(?:x| x )(?=\d{1,5}\b)"), lambda found: f"{found[1]} by "),
        (re.compile(r"\bCO2\b"), _always("C O 2")),
    )
