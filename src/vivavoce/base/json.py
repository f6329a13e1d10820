"""The shape of JSON as Python sees it, and the deep patch that every PATCH of the house means."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | None | Sequence[Json] | Mapping[str, Json]"
Body: TypeAlias = "dict[str, Json]"


def patched(old: Mapping[str, Json], change: Mapping[str, Json], whole: frozenset[str] = frozenset()) -> Body:
    """`old` with `change` laid over it: objects merge, everything else is replaced.

    Absent is not null: a key that is not in `change` keeps its value, an explicit null is stored as null.
    Lists are replaced whole, and so are the objects named in `whole` (at the top level of `change`).
    """
    result: Body = dict(old)
    for key, value in change.items():
        before = result.get(key)
        if key not in whole and isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = patched(before, value)
        else:
            result[key] = value
    return result
