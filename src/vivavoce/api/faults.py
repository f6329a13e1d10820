"""Says what a wire model has against a body, in the words and places of a 422.

The words are pydantic's, but for null, which it calls an invalid string or dictionary: whoever sends one means
something by it, and is told what to do instead.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from vivavoce.base.json import Json

Fault = dict[str, Any]

_NULL = "This cannot be null: send a value, or leave the field out."


def faults_in(refused: ValidationError, place: tuple[str | int, ...] = ("body",)) -> list[Fault]:
    """Every field that was refused, as `{loc, msg, type}`."""
    return [
        {"loc": [*place, *each["loc"]], "msg": _NULL if _is_null(each) else each["msg"], "type": each["type"]}
        for each in refused.errors(include_url=False, include_context=False)
    ]


def problems(model: type[BaseModel], body: Mapping[str, Json], *, place: tuple[str, ...] = ("body",)) -> list[Fault]:
    """Every field that a model refuses; empty when all is well. Changes nothing."""
    try:
        model.model_validate(body)
    except ValidationError as refused:
        return faults_in(refused, place)
    return []


def _is_null(error: Any) -> bool:
    return error["input"] is None and error["type"] != "missing"
