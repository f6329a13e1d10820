"""Why a call cannot start, in the contract's words."""

from collections.abc import Mapping
from typing import Literal, cast

from vivavoce.base.errors import Problem
from vivavoce.base.json import Body, Json

ErrorType = Literal["override_error", "missing_dynamic_variable", "invalid_message"]


class CannotStart(Problem):
    """The call is refused before it begins; `status` is the contract's `error_type`, and 1008 the close code."""

    code = 422

    def __init__(self, error_type: ErrorType, message: str) -> None:
        super().__init__(message, status=error_type)


def object_in(data: Mapping[str, Json], name: str) -> Body:
    """An object that a client sent, or an empty one; anything else is refused."""
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CannotStart("invalid_message", f"{name} has to be an object.")
    return cast(Body, value)
