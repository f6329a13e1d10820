"""What a tool answered, as it is said: by the tool's own template, by a sentence in its answer, or field by field."""

import json
import re
from collections.abc import Mapping

from vivavoce.base.json import Json, is_array, is_object
from vivavoce.providers.language._wit.answers import spoken
from vivavoce.providers.language._wit.offers import Offer
from vivavoce.providers.language._wit.words import capital, listed, sentences, shortened

_FIELD = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_SENTENCES = ("message", "answer", "summary", "text", "result", "response", "reply", "description")
_NOT_FOR_EARS = re.compile(r"(?:^|_)(?:id|uuid|token|hash|url|uri|href|code|http|ok|success|type)(?:$|_)", re.I)
_SAYS_NOTHING: tuple[Json, ...] = (None, "", [], {}, "ok", "OK", "success", "done", True)
_MOST_FIELDS = 4
_MOST_ITEMS = 5
_LONGEST = 320
_FAILED = "I'm sorry, that did not work just now."


def told(offer: Offer | None, text: str, *, is_error: bool) -> str:
    """The sentence about it."""
    value = _parsed(text)
    if is_error or _says_no(value):
        template = offer.said_of_failure if offer else ""
        return _rendered(template, value) or _FAILED
    template = offer.said if offer else ""
    return _rendered(template, value) or _plain(value)


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _says_no(value: Json) -> bool:
    """Whether it is an answer that tells of its own failure and of nothing else."""
    return is_object(value) and ("error" in value or value.get("success") is False) and not _sentence_in(value)


def _rendered(template: str, value: Json) -> str:
    """The template with its fields; nothing if one of them is not there."""
    if not template:
        return ""
    found = {name: _field(value, name) for name in _FIELD.findall(template)}
    if any(each is None for each in found.values()):
        return ""
    return _FIELD.sub(lambda match: _said(found[match[1]]), template)


def _field(value: Json, path: str) -> Json:
    for name in path.split("."):
        if is_array(value) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif is_object(value):
            value = value.get(name)
        else:
            return None
    return value


def _plain(value: Json) -> str:
    if isinstance(value, str):
        return shortened(" ".join(spoken(each) for each in sentences(" ".join(value.split()))[:3]), _LONGEST) or "Done."
    if is_object(value):
        return _sentence_in(value) or _fields(value)
    return f"There are {len(value)}: {_said(value)}." if is_array(value) and value else "I found nothing."


def _sentence_in(value: Mapping[str, Json]) -> str:
    found = next((value[name] for name in _SENTENCES if isinstance(value.get(name), str) and value[name]), "")
    return shortened(spoken(str(found)), _LONGEST) if " " in str(found) else ""


def _fields(value: Mapping[str, Json]) -> str:
    """Field by field, without what only machines read."""
    if len(value) == 1 and (is_array(only := next(iter(value.values()))) or is_object(only)):
        return _plain(only)
    shown = [
        (name, each) for name, each in value.items() if not _NOT_FOR_EARS.search(name) and each not in _SAYS_NOTHING
    ]
    said = [f"{capital(name.replace('_', ' '))}: {_said(each)}." for name, each in shown[:_MOST_FIELDS]]
    return " ".join(said) or "That is done."


def _said(value: Json) -> str:
    if is_array(value):
        return _items(value)
    if is_object(value):
        return ", ".join(f"{name.replace('_', ' ')} {_said(value[name])}" for name in list(value)[:_MOST_FIELDS])
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "nothing"}[value]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _items(value: list[Json]) -> str:
    items = [_said(each) for each in value[:_MOST_ITEMS]]
    more = len(value) - len(items)
    return listed([*items, f"{more} more"] if more else items)
