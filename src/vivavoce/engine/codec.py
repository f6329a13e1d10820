"""Plain JSON for the engine's values, in one place.

Plans, events and commands are frozen dataclasses with annotated fields; the annotations are all this needs to write
them as JSON text and to read them back, checked. The rules:

- A dataclass is an object with every field written, also defaults: a default may change, a journal may not.
- Where the annotation allows several dataclasses, the object also has `type`, the class name.
- Tuples are lists. A `Mapping` keeps its order. `object` is opaque JSON and goes through untouched.
- Reading names the place that is wrong (`plan.turn.mode`). A field that is missing takes its default; a field
  that nobody knows is an error, because silently dropping half of an event would replay another call.

A busy call causes tens of events a second, and each is written while its caller waits. So writing is compiled, once per
class on first use, as `dataclasses` compiles `__init__`: one f-string over the fields, whose source is made of nothing
but the class's own names. It writes what `json.dumps` would, without a dictionary in between, five times as fast.
"""

# Annotations are values of any kind here, and so is what they describe.

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, lru_cache
from json.encoder import encode_basestring
from math import inf
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Write = Callable[[Any], str]
Decode = Callable[[Any, str], Any]

Value = object
"""A plain JSON value."""

_MARK = "__dataclass_fields__"
# A chunk of audio begins where the last one ended, and most are of one length: their numbers come again and again.
_NUMBERS_KEPT = 1024


class CodecError(ValueError):
    """The data is not what the type says; the message names the place."""


def to_text(value: object) -> str:
    """A dataclass as JSON text, without a `type`."""
    return _writer(type(value))(value)


def to_tagged_text(value: object) -> str:
    """The same with its `type`, for a place where several kinds may stand."""
    return _tagged_writer(type(value))(value)


def to_json(value: object) -> dict[str, object]:
    """A dataclass as a plain JSON object, without a `type`."""
    return cast("dict[str, object]", json.loads(to_text(value)))


def to_tagged_json(value: object) -> dict[str, object]:
    """The same with its `type`."""
    return cast("dict[str, object]", json.loads(to_tagged_text(value)))


def from_json(kind: type[T], data: Value, *, where: str = "") -> T:
    """Read a dataclass back. `kind` may also be a union of dataclasses, told apart by `type`."""
    return cast("T", _decoder(kind)(data, where or getattr(kind, "__name__", "value").lower()))


# ---------------------------------------------------------------------------------------------------------------
# Writing


def write_json(value: object) -> str:
    """Any plain JSON value as text, the way all of it is written."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _tagged_writer(kind: type) -> Write:
    return _compiled(kind, tag=f'"type":"{kind.__name__}"')


@cache
def _writer(hint: Any) -> Write:
    if is_dataclass(hint):
        return _compiled(cast("type", hint), tag="")
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is tuple:
        return _list_writer(_writer(get_args(hint)[0]))
    if _is_union(hint):
        return _union_writer(get_args(hint))
    if get_origin(hint) is Literal and all(isinstance(one, str) for one in get_args(hint)):
        return _writer(str)
    return _as_it_is


def _compiled(kind: type, tag: str) -> Write:
    """The f-string over a class's fields, as a function."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    writers: dict[str, object] = {f"write_{name}": _writer(hints[name]) for name in names}
    written = [f'"{name}":{{{_expression(hints[name], name)}}}' for name in names]
    source = f"def write(value): return f'''{{{{{','.join([tag] * bool(tag) + written)}}}}}'''"
    exec(source, writers)  # noqa: S102 - names of fields and of the class are all there is in it
    return cast("Write", writers["write"])


def _expression(hint: Any, name: str) -> str:
    """What makes a field's text. The plainest kinds are spared a call."""
    if hint is int:
        return f"value.{name}"
    if hint is bool:
        return f'"true" if value.{name} else "false"'
    return f"write_{name}(value.{name})"


def _list_writer(item: Write) -> Write:
    return lambda value: f"[{','.join(map(item, value))}]"


def _union_writer(members: tuple[Any, ...]) -> Write:
    others = [member for member in members if member is not type(None)]
    if len(others) == 1:
        only = _writer(others[0])
        return lambda value: "null" if value is None else only(value)
    return lambda value: to_tagged_text(value) if hasattr(value, _MARK) else _as_it_is(value)


def _as_it_is(value: Any) -> str:
    return write_json(dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value)


@lru_cache(_NUMBERS_KEPT)
def _number(value: float) -> str:
    # A whole number in its place is written as what it will be read as, so that a replay makes the same digests; and so
    # is a negative zero, which to the cache is no other number than zero.
    return str(float(value) + 0.0) if -inf < value < inf else write_json(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


_PLAIN: Mapping[Any, Write] = {str: encode_basestring, int: str, float: _number, bool: _boolean}


# ---------------------------------------------------------------------------------------------------------------
# Reading


@cache
def _decoder(hint: Any) -> Decode:
    if is_dataclass(hint):
        return _dataclass_decoder(cast("type", hint))
    origin = get_origin(hint)
    if origin is tuple:
        return _list_decoder(_decoder(get_args(hint)[0]))
    if origin is Literal:
        return _literal_decoder(get_args(hint))
    if origin is not None and issubclass(_class_of(origin), Mapping):
        return _mapping_decoder(_decoder(get_args(hint)[1]))
    if _is_union(hint):
        return _union_decoder(hint)
    return _plain_decoder(hint)


def _dataclass_decoder(kind: type) -> Decode:
    hints = get_type_hints(kind)
    decoders = {one.name: _decoder(hints[one.name]) for one in fields(kind)}
    required = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]

    def decode(data: Any, where: str) -> Any:
        given = _object(data, where)
        unknown = [name for name in given if name not in decoders and name != "type"]
        if unknown:
            raise CodecError(f"{where}.{unknown[0]}: {kind.__name__} has no such field")
        missing = [name for name in required if name not in given]
        if missing:
            raise CodecError(f"{where}.{missing[0]}: missing")
        return kind(**{name: decoders[name](one, f"{where}.{name}") for name, one in given.items() if name != "type"})

    return decode


def _union_decoder(hint: Any) -> Decode:
    members: tuple[type, ...] = get_args(hint)
    tagged: dict[str, Decode] = {member.__name__: _decoder(member) for member in members if hasattr(member, _MARK)}
    others = [member for member in members if not hasattr(member, _MARK) and member is not type(None)]
    optional = type(None) in members
    single = len(members) - optional == 1

    def decode(data: Any, where: str) -> Any:
        if data is None and optional:
            return None
        if single:
            return _decoder(next(member for member in members if member is not type(None)))(data, where)
        if tagged:
            name = _object(data, where).get("type")
            if name not in tagged:
                raise CodecError(f"{where}.type: {name!r} is none of {', '.join(tagged)}")
            return tagged[name](data, where)
        if type(data) not in others:
            raise CodecError(f"{where}: {data!r} is none of {', '.join(other.__name__ for other in others)}")
        return data

    return decode


def _list_decoder(item: Decode) -> Decode:
    def decode(data: Any, where: str) -> Any:
        if not isinstance(data, list):
            raise CodecError(f"{where}: expected a list, got {type(data).__name__}")
        return tuple(item(one, f"{where}[{index}]") for index, one in enumerate(cast("list[Any]", data)))

    return decode


def _mapping_decoder(item: Decode) -> Decode:
    def decode(data: Any, where: str) -> Any:
        return {key: item(one, f"{where}.{key}") for key, one in _object(data, where).items()}

    return decode


def _literal_decoder(allowed: tuple[Any, ...]) -> Decode:
    def decode(data: Any, where: str) -> Any:
        if data not in allowed:
            raise CodecError(f"{where}: {data!r} is none of {', '.join(map(str, allowed))}")
        return data

    return decode


def _plain_decoder(hint: Any) -> Decode:
    if hint is object:
        return lambda data, _where: data

    def decode(data: Any, where: str) -> Any:
        if hint is float and type(data) is int:
            return float(data)
        if type(data) is not hint:
            raise CodecError(f"{where}: expected {hint.__name__}, got {type(data).__name__}")
        return data

    return decode


# ---------------------------------------------------------------------------------------------------------------


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise CodecError(f"{where}: expected an object, got {type(data).__name__}")
    return cast("dict[str, Any]", data)


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _class_of(origin: Any) -> type:
    return origin if isinstance(origin, type) else type(origin)
