"""The arguments of a tool, out of what was said, and the questions that ask for what is missing.

What was taken for one argument is crossed out before the next looks, from what is sure to what is a guess: addresses
of mail, telephone numbers, days, times, choices, codes, counts, names, places. Where somebody was asked for one
argument, nearly anything is an answer; where nobody asked, only what stands beside a word that says what it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vivavoce.base.json import Json
from vivavoce.providers.language._wit.numbers import VALUES, code_in, codes_in, numbers_in
from vivavoce.providers.language._wit.offers import Slot
from vivavoce.providers.language._wit.times import bare_hour_in, day_in, time_in
from vivavoce.providers.language._wit.words import listed, spelled, stem, stems

Filled = dict[str, Json]

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SPOKEN_MAIL = re.compile(r"\b([\w.-]+(?: (?:dot|underscore) [\w-]+)*) at ([\w-]+(?: dot [\w-]+)+)\b", re.I)
_TELEPHONE = re.compile(r"\+?\(?\d[\d ()./-]{5,}\d")
_YES = re.compile(r"\b(?:yes|yeah|yep|sure|please do|of course|correct|right|ok(?:ay)?|definitely|absolutely)\b", re.I)
_NO = re.compile(r"\b(?:no|nope|not|don'?t|without|never)\b", re.I)
_LEAD = re.compile(
    r"^\W*(?:(?:well|um+|uh+|er+|so|ok(?:ay)?|yes|sure|oh|hi|hello|please|just|actually|make (?:it|that)|it(?:'s|"
    r" is|s)|that(?:'s| is|"
    r" would be)|this is|i(?:'m| am)|they(?:'re| are)|my (?:[a-z]+ ){1,3}is|the (?:[a-z]+ ){1,3}is|i(?:'d|"
    r" would) like|i want|i need|"
    r"let's say|how about|for|to|in|at|on|because)\b[\s,.:]*)+",
    re.I,
)
_TAIL = re.compile(r"[\s,.!?]*(?:\b(?:please|thanks|thank you|i think|i guess)\b[\s,.!?]*)*$", re.I)
_NAME_AFTER = re.compile(
    r"\b(?:my name is|my name's|this is|i am|i'm|name of|under|call me|the name is)\s+"
    r"(?P<name>[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*){0,2})"
)
_PLACE_AFTER = re.compile(r"\b(?:in|to|from|at|near|for)\s+(?P<place>[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*){0,2})")
_NO_PLACES = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "i"})
_RECEIVER = re.compile(r"\b(?:recipient|payee|beneficiary|receiver|contact)\b")
_FAMILY = 7
_COUNTED = re.compile(r"\b(?:number of|how many|count|quantity|amount of|party|guests?|people|persons?|size of)\b")
_PEOPLE = re.compile(r"\b(?:party|guests?|people|persons?|seats?|adults?|covers)\b")


@dataclass(slots=True)
class Line:
    """What was said, without what is already taken."""

    text: str

    def take(self, words: str) -> None:
        """Cross it out."""
        self.text = self.text.replace(words, " ; ", 1)


Finder = Callable[[Slot, Line, date | None], Json]


def fill(slots: Sequence[Slot], said: str, today: date | None = None) -> Filled:
    """What of it was said without being asked for."""
    line, found = Line(said), Filled()
    for applies, find in _FINDERS:
        for slot in slots:
            if slot.name not in found and applies(slot):
                value = find(slot, line, today)
                if value is not None and fits(slot, value):
                    found[slot.name] = value
    _lonely_number(slots, line, found)
    return found


def answer_to(slot: Slot, said: str, today: date | None = None) -> Json:
    """What was answered to the question for it. None if that is no answer."""
    direct = fill([slot], said, today).get(slot.name)
    value = direct if direct is not None else _lenient(slot, said)
    return value if value is not None and fits(slot, value) else None


def fits(slot: Slot, value: Json) -> bool:
    """Whether the schema allows it."""
    if slot.pattern and isinstance(value, str) and not re.search(slot.pattern, value):
        return False
    low, high = slot.schema.get("minimum"), slot.schema.get("maximum")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return not (
            (isinstance(low, (int, float)) and value < low) or (isinstance(high, (int, float)) and value > high)
        )
    return True


def question(slot: Slot) -> str:
    """How it is asked for: in the words of its description, if that is a question."""
    if slot.description.rstrip().endswith("?"):
        return slot.description.strip()
    wordings: Sequence[tuple[bool, str]] = (
        (bool(slot.choices), f"Which {slot.spoken}: {listed([_said(choice) for choice in slot.choices], 'or')}?"),
        (slot.kind == "boolean", f"{slot.spoken.capitalize()}, yes or no?"),
        (_is_number(slot) and bool(_COUNTED.search(slot.about)), f"How many {_counted(slot.spoken)}?"),
        (is_day(slot), "For which day?"),
        (is_time(slot), "At what time?"),
        (_is_wish(slot), f"What {slot.spoken} would you like?"),
        (is_personal(slot), f"What is your {slot.spoken}?"),
    )
    return next((wording for applies, wording in wordings if applies), f"What is the {slot.spoken}?")


def shown(slot: Slot, value: Json) -> str:
    """A value, as it is said back."""
    if isinstance(value, bool):
        return f"{slot.spoken} {'yes' if value else 'no'}"
    return f"{slot.spoken} {_said(str(value))}"


def is_day(slot: Slot) -> bool:
    """Whether it is a day."""
    return slot.schema.get("format") in ("date", "date-time") or _named(slot, "date", "day")


def is_time(slot: Slot) -> bool:
    """Whether it is a time of the day."""
    return slot.schema.get("format") == "time" or (_named(slot, "time", "hour") and not is_day(slot))


def is_personal(slot: Slot) -> bool:
    """Whether it belongs to the caller, as far as its name says."""
    return bool(
        re.search(
            r"\b(?:name|e-?mail|phone|telephone|mobile|number|address|order|account|customer|reference|code|id|"
            r"postcode|"
            r"zip|birth|policy|pin|reason|insurance|plan)\b",
            slot.about,
        )
    )


def _is_wish(slot: Slot) -> bool:
    return _named(slot, "size", "colour", "color", "flavour", "flavor", "type", "kind", "product", "item", "room")


def _named(slot: Slot, *words: str) -> bool:
    return any(word in slot.spoken.split() for word in words)


def _counted(spoken: str) -> str:
    bare = re.sub(r"\b(?:number of|count of|count|quantity of|quantity|amount of|how many)\b", "", spoken).strip()
    return {"party size": "people", "": "", "guest": "guests"}.get(bare, bare) or "of them"


def _said(value: str) -> str:
    return value.replace("_", " ")


# ---------------------------------------------------------------------------------------------------------------
# From what is sure to what is a guess


def _is_mail(slot: Slot) -> bool:
    return slot.schema.get("format") == "email" or "mail" in slot.spoken


def _mail(slot: Slot, line: Line, today: date | None) -> Json:
    _ = slot, today
    if match := _MAIL.search(line.text):
        line.take(match[0])
        return match[0].rstrip(".")
    if match := _SPOKEN_MAIL.search(line.text):
        line.take(match[0])
        joined = f"{match[1]}@{match[2]}".lower()
        return joined.replace(" dot ", ".").replace(" underscore ", "_").replace(" ", "")
    return None


def _is_telephone(slot: Slot) -> bool:
    return bool(re.search(r"\b(?:phone|telephone|mobile|cell|callback)\b", slot.spoken))


def _telephone(slot: Slot, line: Line, today: date | None) -> Json:
    _ = slot, today
    if match := _TELEPHONE.search(line.text):
        line.take(match[0])
        return re.sub(r"[^\d+]", "", match[0])
    digits = max((code for code in codes_in(line.text) if code.replace("-", "").isdigit()), key=len, default="")
    return digits.replace("-", "") if len(digits) >= 6 else None


def _day(slot: Slot, line: Line, today: date | None) -> Json:
    _ = slot
    said = day_in(line.text, today)
    if said is None:
        return None
    line.take(said.words)
    if slot.schema.get("format") == "date-time" and (hour := time_in(line.text)):
        line.take(hour.words)
        return f"{said.value}T{hour.value}:00" if said.value[:4].isdigit() else f"{said.value} {hour.value}"
    return said.value


def _time(slot: Slot, line: Line, today: date | None) -> Json:
    _ = slot, today
    said = time_in(line.text)
    if said is not None:
        line.take(said.words)
    return said.value if said else None


def _choice(slot: Slot, line: Line, today: date | None) -> Json:
    """The choice whose words were said; the longest, if several were."""
    _ = today
    said = {stem(word) for word in spelled(line.text)}
    found = [choice for choice in slot.choices if all(_is_among(stem(word), said) for word in spelled(_said(choice)))]
    best = max(found, key=len, default=None)
    if best is not None:
        for word in spelled(_said(best)):
            line.take(word)
    return None if best is None else slot.chosen(best)


def _is_among(word: str, said: set[str]) -> bool:
    """Itself, or a word of the same family: cardiology for a cardiologist."""
    return word in said or (len(word) > _FAMILY and any(other.startswith(word[:_FAMILY]) for other in said))


def _is_code(slot: Slot) -> bool:
    if slot.kind != "string" or slot.choices or _is_telephone(slot):
        return False
    words = set(spelled(slot.spoken))
    return bool(slot.pattern and re.search(r"\\d|0-9", slot.pattern)) or bool(
        words & {"number", "id", "code", "reference", "ref", "zip", "postcode", "pin", "digits", "serial", "tracking"}
    )


def _code(slot: Slot, line: Line, today: date | None) -> Json:
    _ = today
    candidates = sorted(codes_in(line.text), key=lambda code: (any(c.isdigit() for c in code), len(code)), reverse=True)
    for code in candidates:
        if not any(character.isdigit() for character in code):
            continue
        for form in (code, code.replace("-", ""), code.lower()):
            if (slot.pattern and fits(slot, form)) or (not slot.pattern and len(form) >= 3):
                _take_code(line, code)
                return form
    return None


def _take_code(line: Line, code: str) -> None:
    for piece in re.findall(r"\d+|[A-Z]+", code):
        line.take(piece)
    if not any(character.isdigit() for character in line.text):
        line.text = " ".join(word for word in line.text.split() if word.lower().strip(",.") not in VALUES)


def _is_number(slot: Slot) -> bool:
    return slot.kind in ("integer", "number")


def _number(slot: Slot, line: Line, today: date | None) -> Json:
    """A number beside a word of its name, or of people where it counts people."""
    _ = today
    about = {stem(word) for word in spelled(slot.spoken)} - {"number", "size"}
    if _PEOPLE.search(slot.about):
        about |= {stem(word) for word in ("people", "persons", "guests", "adults", "party")}
        if match := re.search(r"\bfor (?:the )?(\w+)(?: of us)?\b", line.text):
            return _as_number(slot, match[1], line)
    for match in re.finditer(r"(?:[\w.,-]+\W+){1,3}?([\w-]+)", line.text):
        if stem(match[1].lower()) in about and (value := _as_number(slot, match[0], line)) is not None:
            return value
    if match := re.search(
        rf"\b{re.escape(slot.spoken.split()[-1])}\w* (?:is |of |are |to )?([\w.,-]+)", line.text, re.I
    ):
        return _as_number(slot, match[1], line)
    return None


def _as_number(slot: Slot, words: str, line: Line) -> Json:
    found = numbers_in(words)
    if not found:
        return None
    line.take(words)
    return _typed(slot, found[-1])


def _typed(slot: Slot, value: float) -> Json:
    if value.is_integer():
        return int(value)
    return None if slot.kind == "integer" else value


def _lonely_number(slots: Sequence[Slot], line: Line, found: Filled) -> None:
    """One number that nothing else took belongs to the one argument that is a number."""
    open_slots = [slot for slot in slots if _is_number(slot) and slot.name not in found]
    numbers = numbers_in(line.text)
    if len(open_slots) == 1 and len(numbers) == 1:
        value = _typed(open_slots[0], numbers[0])
        if (
            value is not None
            and fits(open_slots[0], value)
            and not re.search(r"\b(?:a|an|one)\b", line.text.lower() if numbers[0] == 1 else "")
        ):
            found[open_slots[0].name] = value


def _is_name(slot: Slot) -> bool:
    return _named(slot, "name", "surname") and not re.search(r"\b(?:product|item|company|file|street)\b", slot.spoken)


def _name(slot: Slot, line: Line, today: date | None) -> Json:
    _ = today
    if _RECEIVER.search(slot.spoken):
        return _place(slot, line, None)
    match = _NAME_AFTER.search(line.text)
    return match["name"] if match else None


def _is_place(slot: Slot) -> bool:
    return _named(
        slot, "city", "town", "location", "place", "destination", "origin", "country", "area", "region", "branch"
    )


def _place(slot: Slot, line: Line, today: date | None) -> Json:
    _ = today
    wanted = {"origin": "from", "destination": "to"}.get(slot.spoken.split()[0])
    for match in _PLACE_AFTER.finditer(line.text):
        if match["place"].lower() not in _NO_PLACES and (wanted is None or match[0].lower().startswith(wanted)):
            return match["place"]
    return None


def _is_boolean(slot: Slot) -> bool:
    return slot.kind == "boolean"


def _boolean(slot: Slot, line: Line, today: date | None) -> Json:
    """Said with its name: with or without."""
    _ = today
    about = set(stems(slot.spoken))
    said = spelled(line.text)
    for place, word in enumerate(said):
        if stem(word) in about:
            return not any(before in ("no", "not", "without", "don't") for before in said[max(0, place - 3) : place])
    return None


def _is_text(slot: Slot) -> bool:
    return slot.kind == "string" and not slot.choices


def _text(slot: Slot, line: Line, today: date | None) -> Json:
    """What stands after its name: "the reason is ...", "subject: ..."."""
    _ = today
    last = re.escape(slot.spoken.split()[-1])
    if match := re.search(rf"\b{last}\s*(?::|is|was|=)\s*(?P<what>[^.;?!]+)", line.text, re.I):
        return match["what"].strip(" \"'") or None
    if match := re.search(r"[\"“]([^\"”]+)[\"”]", line.text):
        return match[1]
    return None


_FINDERS: Sequence[tuple[Callable[[Slot], bool], Finder]] = (
    (_is_mail, _mail),
    (_is_telephone, _telephone),
    (lambda slot: bool(slot.choices), _choice),
    (is_day, _day),
    (is_time, _time),
    (_is_code, _code),
    (_is_number, _number),
    (_is_name, _name),
    (_is_place, _place),
    (_is_boolean, _boolean),
    (_is_text, _text),
)


# ---------------------------------------------------------------------------------------------------------------
# Where it was asked for


def _lenient(slot: Slot, said: str) -> Json:
    bare = _TAIL.sub("", _LEAD.sub("", said)).strip()
    found: Json = None
    if slot.choices:
        found = _nearly(slot, bare)
    elif slot.kind == "boolean":
        found = False if _NO.search(said) else True if _YES.search(said) else None
    elif _is_number(slot):
        found = next((_typed(slot, number) for number in reversed(numbers_in(said))), None)
    elif is_time(slot):
        found = hour.value if (hour := bare_hour_in(said)) else None
    elif _is_code(slot):
        found = _short_code(slot, said)
    elif not (is_day(slot) or _is_mail(slot) or _is_telephone(slot)):
        found = _free(slot, bare, said)
    return found


def _short_code(slot: Slot, said: str) -> Json:
    for form in (code_in(said), code_in(said).replace("-", "")):
        if form and fits(slot, form):
            return form
    return None


def _nearly(slot: Slot, said: str) -> Json:
    """A choice of which some word was said, if no other has it."""
    words = set(stems(said)) | {stem(word) for word in spelled(said)}
    found = [choice for choice in slot.choices if words & {stem(word) for word in spelled(_said(choice))}]
    return slot.chosen(found[0]) if len(found) == 1 else None


_NO_ANSWER = re.compile(
    r"^\W*(?:no|none|nothing|i (?:don'?t|do not) (?:know|have|remember).*|what|why|sorry|pardon|which one|"
    r"not sure|no idea.*|hm+)?\W*$",
    re.I,
)


def _free(slot: Slot, bare: str, said: str) -> Json:
    if not bare or _NO_ANSWER.match(bare) or said.rstrip().endswith("?"):
        return None
    return " ".join(word.capitalize() if word.islower() else word for word in bare.split()) if _is_name(slot) else bare


def said_values(slots: Sequence[Slot], filled: Mapping[str, Json]) -> Iterator[str]:
    """What is known, as it is said back."""
    for slot in slots:
        if slot.name in filled:
            yield shown(slot, filled[slot.name])
