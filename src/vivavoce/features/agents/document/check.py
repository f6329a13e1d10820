"""Says what is wrong with a document, in the words and places of a 422."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from vivavoce.api.schema import Wire
from vivavoce.base.json import Json

Problem = dict[str, Any]


def problems(model: type[Wire], body: Mapping[str, Json], *, place: tuple[str, ...] = ("body",)) -> list[Problem]:
    """Every field that a model refuses, as `{loc, msg, type}`; empty when all is well. Changes nothing."""
    try:
        model.model_validate(body)
    except ValidationError as refused:
        return [
            {"loc": [*place, *problem["loc"]], "msg": problem["msg"], "type": problem["type"]}
            for problem in refused.errors(include_url=False, include_context=False, include_input=False)
        ]
    return []
