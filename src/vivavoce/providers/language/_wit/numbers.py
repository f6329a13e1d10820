"""Numbers, digits and letters as people say them: "twenty-three", "double five", "B as in bravo".

A run of number words is either one number ("a hundred and five") or digits one after the other ("one oh five"); which
of the two is for whoever asks. Ears write both, and figures too.
"""

import re
from collections.abc import Iterator, Sequence

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
VALUES = {
    **{word: value for value, word in enumerate([*_UNITS, *_TEENS])},
    **{word: 20 + 10 * place for place, word in enumerate(_TENS)},
}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12,
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3}
_SPELLING = """
alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec
romeo sierra tango uniform victor whiskey xray x-ray yankee zulu
"""
_LETTERS = {word: word[0] for word in _SPELLING.split()}
_NO_CODES = frozenset({"I", "OK", "ID", "PIN", "AM", "PM"})
_LONGEST_GROUP = 4
_LONGEST_FIGURE = 15
"""What is longer is a code."""
_MORE_COUNTS = {"a couple of": "2", "a couple": "2", "a dozen": "12", "half a dozen": "6", "a pair of": "2"}
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)?|\d+(?:[.,]\d+)*|[^\sa-z\d]", re.IGNORECASE)
_TWO_DIGITS = re.compile(rf"\b({'|'.join(_TENS)})[ -]({'|'.join(_UNITS[1:])})\b", re.IGNORECASE)
_LEADING_OH = re.compile(rf"\boh(?=[ ,]+(?:\d|{'|'.join(_UNITS)}|oh))", re.IGNORECASE)
_AS_IN = re.compile(r"\b([a-z])\s+(?:as in|for|like)\s+([a-z]+)", re.IGNORECASE)


def number_in(text: str) -> float | None:
    """The first number of a text, in figures or words."""
    return next(iter(numbers_in(text)), None)


def numbers_in(text: str) -> list[float]:
    """Every number of a text."""
    text = text.lower()
    for said, figure in _MORE_COUNTS.items():
        text = re.sub(rf"\b{said}\b", figure, text)
    text = re.sub(r"(?<=\d) (?=\d{3}\b)", "", text)
    return list(_numbers(_tokens(text)))


def _tokens(text: str) -> list[str]:
    return [part for token in _TOKEN.findall(text) for part in _parted(token)]


def _parted(token: str) -> Sequence[str]:
    """Compounds such as twenty-three come apart."""
    parts = token.split("-")
    return parts if len(parts) > 1 and all(_is_number_word(part) for part in parts) else [token]


def _is_number_word(word: str) -> bool:
    return word in VALUES or word in _LARGE or word in _ORDINALS


def _numbers(tokens: Sequence[str]) -> Iterator[float]:
    run: list[str] = []
    for place, word in enumerate(tokens):
        follows = tokens[place + 1] if place + 1 < len(tokens) else ""
        joins = word == "and" and run and run[-1] in _LARGE and follows in VALUES
        article = word in ("a", "an") and follows in _LARGE
        if word in VALUES or (word in _LARGE and run) or joins or article:
            run.append(word)
            continue
        if run:
            yield from _values(run)
        run = []
        if word[0].isdecimal() and len(word) <= _LONGEST_FIGURE:
            yield _figure(word)
    if run:
        yield from _values(run)


def _figure(token: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", token):
        return float(token.replace(",", ""))
    parts = token.replace(",", ".").split(".")
    return float(f"{parts[0]}.{parts[1]}") if len(parts) == 2 else float("".join(parts))


def _values(run: Sequence[str]) -> Iterator[float]:
    """One number, as long as the words can belong to one."""
    total = current = 0
    last = 0
    for word in run:
        if word in _LARGE:
            current = max(current, 1) * _LARGE[word]
            if word != "hundred":
                total, current = total + current, 0
            last = _LARGE[word]
        elif word in VALUES:
            value = VALUES[word]
            if last and not (last >= 100 or (last >= 20 and value < 10)):
                yield float(total + current)
                total = current = 0
            current += value
            last = value or 1
    yield float(total + current)


def code_in(text: str) -> str:
    """The longest run of letters and digits that stands for itself: an order number, a code, a serial number."""
    found = max(codes_in(text), key=lambda code: (any(c.isdigit() for c in code), len(code)), default="")
    return found if any(character.isdigit() for character in found) else ""


def codes_in(text: str) -> list[str]:
    """Runs of figures, spelled digits and single letters, joined. Capitals, as codes are written."""
    text = _AS_IN.sub(lambda match: f" {match[1]} ", re.sub(r"['’]\w+", "", text))
    text = _TWO_DIGITS.sub(lambda match: str(VALUES[match[1].lower()] + VALUES[match[2].lower()]), text)
    text = _LEADING_OH.sub("0", text)
    runs: list[str] = []
    run = ""
    repeat = 1
    for word in re.findall(r"[A-Za-z]+(?:-[A-Za-z]+)*|\d+|[A-Za-z\d]+|[-#/ ,.]|\S", _separated(text)):
        piece = _code_piece(word, run)
        if word.lower() in _REPEATS:
            repeat = _REPEATS[word.lower()]
        elif piece:
            run, repeat = run + piece * repeat, 1
        elif word == "-" and run:
            run += "-"
        elif word not in " ,.#/" and word.lower() not in ("dash", "hyphen", "and"):
            runs.append(run.strip("-"))
            run = ""
    return [each for each in [*runs, run.strip("-")] if each]


def _separated(text: str) -> str:
    """A7X is three pieces."""
    return re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", text)


def _code_piece(said: str, run: str) -> str:
    """What a word stands for in a code, or nothing."""
    word = said.lower()
    parts = word.split("-")
    if word in ("oh", "o") and run:
        return "0" if word == "oh" or run[-1].isdigit() else "O"
    if all(part in VALUES for part in parts):
        return str(sum(VALUES[part] for part in parts))
    if said.isdigit() or word in _LETTERS:
        return _LETTERS.get(word, said).upper()
    is_letter = len(said) == 1 and said.isalpha() and (said.isupper() or word not in "ai")
    is_shout = said.isupper() and len(said) <= _LONGEST_GROUP and said not in _NO_CODES
    return said.upper() if is_letter or is_shout else ""


def ordinal(word: str) -> int | None:
    """first, second, 3rd, twenty-first."""
    if match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", word):
        return int(match[1])
    *tens, last = word.split("-") if "-" in word else word.split()
    unit = _ORDINALS.get(last) or VALUES.get(last.removesuffix("th"))
    unit = {"twentieth": 20, "thirtieth": 30}.get(last, unit)
    if unit is None or last in VALUES:
        return None
    return VALUES.get(tens[0], 0) + unit if tens else unit
