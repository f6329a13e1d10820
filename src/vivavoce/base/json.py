"""JSON as Python sees it, and the deep patch that every PATCH of the house means."""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard

# What people send is any JSON at all; models at the edge say more where the contract does.
Json: TypeAlias = Any
Body: TypeAlias = dict[str, Any]


def patched(old: Mapping[str, Json], change: Mapping[str, Json], whole: frozenset[str] = frozenset()) -> Body:
    """`old` with `change` laid over it: objects merge, everything else is replaced.

    Absent is not null: a key that is not in `change` keeps its value, an explicit null is stored as null.
    Lists are replaced whole, and so are the objects named in `whole` (at the top level of `change`).
    """
    result: Body = dict(old)
    for key, value in change.items():
        before = result.get(key)
        if key not in whole and isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = patched(before, value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            result[key] = value
    return result


def is_object(value: Json) -> TypeGuard[Body]:
    """Whether this is a JSON object."""
    return isinstance(value, dict)


def is_array(value: Json) -> TypeGuard[list[Json]]:
    """Whether this is a JSON array."""
    return isinstance(value, list)
