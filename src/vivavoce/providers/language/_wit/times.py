"""Days and times of the day as people say them.

There is no clock here. A day that depends on today ("tomorrow", "next Friday") becomes a date only if the messages say
what today is; else it stays in words, which the tool or the person behind it will understand.
"""

import re
from datetime import date, timedelta

from vivavoce.base.frozen import frozen
from vivavoce.providers.language._wit.numbers import VALUES, ordinal

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join([*_MONTHS, *(month[:3] + r"\b" for month in _MONTHS)])
_COUNT = "|".join([r"\d{1,2}", *(word for word, value in VALUES.items() if 0 < value < 13)])
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[ -][a-z]+|[a-z]+(?:st|nd|rd|th)"

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NEAR = re.compile(r"\b(the day after tomorrow|tomorrow|today|tonight|this (?:morning|afternoon|evening))\b", re.I)
_WEEKDAY = re.compile(rf"\b(?:on |this |coming |(?P<next>next ))?(?P<day>{'|'.join(_DAYS)})s?\b", re.I)
_AHEAD = re.compile(rf"\bin (?P<count>{_COUNT}|a) (?P<unit>days?|weeks?)\b", re.I)
_MONTH_FIRST = re.compile(rf"\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>{_ORDINAL})\b(?:,? (?P<year>\d{{4}})\b)?", re.I)
_DAY_FIRST = re.compile(rf"\b(?P<day>{_ORDINAL}) (?:of )?(?P<month>{_MONTH})(?:,? (?P<year>\d{{4}})\b)?", re.I)
_WITH_DOTS = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")

_TODAY = re.compile(r"\b(?:today|date|time|now)\b[^\n]{0,60}?(\d{4}-\d{2}-\d{2})", re.I)


@frozen
class Said:
    """What was understood, and the words that it was said with."""

    value: str
    words: str


def today_in(text: str) -> date | None:
    """The day on which the conversation takes place, where the prompt says it."""
    if match := _TODAY.search(text):
        return _date(*match[1].split("-"))
    return None


def day_in(text: str, today: date | None = None) -> Said | None:
    """A day: as 2026-03-01 where that is known, else in words."""
    if match := _ISO.search(text):
        return Said(match[0], match[0]) if _date(*match.groups()) else None
    if match := _WITH_DOTS.search(text):
        found = _date(match[3], match[2], match[1])
        return Said(found.isoformat(), match[0]) if found else None
    for pattern in (_MONTH_FIRST, _DAY_FIRST):
        for match in pattern.finditer(text):
            if said := _of_month(match, today):
                return said
    return _near(text, today)


def _of_month(match: re.Match[str], today: date | None) -> Said | None:
    day = ordinal(match["day"].lower()) or (int(match["day"]) if match["day"].isdigit() else None)
    month = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(match["month"].lower()[:3]))
    if day is None or not 1 <= day <= 31:
        return None
    year = int(match["year"]) if match["year"] else _year_of(month, day, today)
    found = _date(year, month, day) if year else None
    return Said(found.isoformat() if found else f"{day} {_MONTHS[month - 1].capitalize()}", match[0])


def _year_of(month: int, day: int, today: date | None) -> int | None:
    """The next time that day comes."""
    if today is None:
        return None
    return today.year if (month, day) >= (today.month, today.day) else today.year + 1


def _near(text: str, today: date | None) -> Said | None:
    if match := _NEAR.search(text):
        words = match[0].lower()
        ahead = 2 if words.startswith("the day") else 1 if words == "tomorrow" else 0
        return Said(_ahead(today, ahead) or words, match[0])
    if match := _AHEAD.search(text):
        count = _count(match["count"]) * (7 if match["unit"].lower().startswith("week") else 1)
        return Said(_ahead(today, count) or match[0].lower(), match[0])
    if match := _WEEKDAY.search(text):
        place = _DAYS.index(match["day"].lower())
        words = ("next " if match["next"] else "") + match["day"].capitalize()
        return Said(_ahead(today, (place - today.weekday() - 1) % 7 + 1) if today else words, match[0])
    return None


def _ahead(today: date | None, days: int) -> str:
    return (today + timedelta(days=days)).isoformat() if today else ""


def _count(word: str) -> int:
    return int(word) if word.isdigit() else VALUES.get(word.lower(), 1)


def _date(year: object, month: object, day: object) -> date | None:
    try:
        return date(int(str(year)), int(str(month)), int(str(day)))
    except ValueError:
        return None


_CLOCK = re.compile(r"\b([01]?\d|2[0-3])[:.h]([0-5]\d)\b\s*(?P<half>[ap]\.?m\b\.?)?", re.I)
_MINUTES = "|".join(["thirty", "fifteen", "forty-five", "forty five", "twenty", "ten", "[0-5]0", "[0-5]5"])
_HALF = r"(?:\s*(?P<half>[ap]\.?\s?m\b\.?|o'?clock|in the (?:morning|afternoon|evening)|at night|tonight))"
_HOUR = re.compile(rf"\b(?P<hour>{_COUNT})(?:[ :](?P<minutes>{_MINUTES}))?{_HALF}", re.I)
_AT_HOUR = re.compile(
    rf"\b(?:at|around|about|by|from|until)\s+(?P<hour>{_COUNT})(?:[ :](?P<minutes>{_MINUTES}))?\b", re.I
)
_BARE_MINUTES = re.compile(rf"\b(?P<hour>{_COUNT})[ :](?P<minutes>{_MINUTES})\b", re.I)
_PAST = re.compile(
    rf"\b(?P<part>half|quarter|ten|twenty|five) (?P<side>past|to|after) (?P<hour>{_COUNT})\b(?:{_HALF})?", re.I
)
_NAMED = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_PARTS = {"half": 30, "quarter": 15, "ten": 10, "twenty": 20, "five": 5}
_LATE = re.compile(r"\b(?:afternoon|evening|tonight|dinner|p\.?m)\b", re.I)
_EARLY = re.compile(r"\b(?:morning|breakfast|a\.?m)\b", re.I)


def time_in(text: str) -> Said | None:
    """A time of the day, as 18:30. Without "morning" or "evening", one to six are in the afternoon."""
    for name, value in _NAMED.items():
        if match := re.search(rf"\b{name}\b", text, re.I):
            return Said(value, match[0])
    if match := _CLOCK.search(text):
        return Said(_written(int(match[1]), int(match[2]), _half(match["half"], text), exact=True), match[0])
    if match := _PAST.search(text):
        return _past(match, text)
    for pattern in (_HOUR, _BARE_MINUTES, _AT_HOUR):
        if match := pattern.search(text):
            half = _half(match.groupdict().get("half"), text)
            return Said(_written(_count(match["hour"]), _minutes(match["minutes"]), half), match[0])
    return None


def bare_hour_in(text: str) -> Said | None:
    """An hour without anything beside it, where a time was asked for."""
    match = re.search(rf"\b({_COUNT})\b", text, re.I)
    return Said(_written(_count(match[1]), 0, _half(None, text)), match[0]) if match else None


def _past(match: re.Match[str], text: str) -> Said:
    minutes = _PARTS[match["part"].lower()]
    hour = _count(match["hour"])
    if match["side"].lower() == "to":
        hour, minutes = hour - 1 or 12, 60 - minutes
    return Said(_written(hour, minutes, _half(match["half"], text)), match[0])


def _minutes(words: str | None) -> int:
    if not words:
        return 0
    return int(words) if words.isdigit() else sum(VALUES[word] for word in words.lower().replace("-", " ").split())


def _half(mark: str | None, text: str) -> str:
    """a, p, or nothing known."""
    said = f"{mark or ''}" if mark and not mark.lower().startswith("o") else text
    if _LATE.search(said) or "night" in said.lower():
        return "p"
    return "a" if _EARLY.search(said) else ""


def _written(hour: int, minutes: int, half: str, *, exact: bool = False) -> str:
    is_afternoon = half == "p" or (not half and not exact and 1 <= hour <= 6)
    if hour < 12 and is_afternoon:
        hour += 12
    elif hour == 12 and half == "a":
        hour = 0
    return f"{hour:02d}:{minutes:02d}"
