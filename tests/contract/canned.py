"""The emptiest answer of a given type: what a handler would say that was written to please a type checker.

Every stateful test is run once more for each operation that it covers, with this in place of the operation; a test
that passes all the same proves nothing about the operation.
"""

import types
import typing
from typing import Any, Literal

from pydantic import BaseModel

_PLAIN: dict[object, object] = {
    str: "canned",
    int: 1,
    float: 1.0,
    bool: False,
    typing.Any: {},
    type(None): None,
    None: None,
}


def canned(kind: Any) -> Any:
    """A valid value of this type with as little in it as the type allows."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            info.alias or name: canned(info.annotation) for name, info in kind.model_fields.items() if _is_sent(info)
        }
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return args[0]
    if origin in (typing.Union, types.UnionType):
        return canned(args[0])
    if origin is typing.Annotated:
        return canned(args[0])
    if origin in (list, dict):
        return origin()
    return _PLAIN.get(kind, {})


def _is_sent(info: Any) -> bool:
    return info.is_required() or typing.get_origin(info.annotation) is Literal
