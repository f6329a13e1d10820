"""The first oracle: a response read strictly with the Python SDK's own types.

The SDK itself never complains: it takes `{}` for anything. Its types are ordinary pydantic models, though, and read
with a TypeAdapter they name every missing and ill-typed field. Fields that no model knows are found by walking what
was read: they are no error for a client, but a name that we made up, or misspelled.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

# Fields that the models of an agent keep as they were sent, and documented extensions of our own.
Known = frozenset[str]


@cache
def _adapter(kind: object) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def defects(kind: object, body: object) -> list[str]:
    """What a strict reader of this type would complain about."""
    try:
        _adapter(kind).validate_python(body)
    except ValidationError as refused:
        return sorted({f"{_place(each['loc'])}: {each['msg']}" for each in refused.errors()})
    return []


def unknown_fields(kind: object, body: object) -> list[str]:
    """Every field in a valid body that the SDK does not know."""
    return sorted(set(_unknown(_adapter(kind).validate_python(body), "")))


def _unknown(value: object, place: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{place}.{name}".lstrip(".")
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unknown(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _unknown(inner, f"{place}[]")


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "(body)"
