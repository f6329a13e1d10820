"""A document in which every field says something else than its default: what a round trip has to bring back.

The values are made from the wire models, so that a field added there is tested from the same day on.
"""

import re
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo

from vivavoce.api.schema import OneOf, Wire

# What a value means decides here, not its type. Ids with braces are variables: they refer to nothing yet.
BY_NAME: dict[str, Any] = {
    "hostname": "example.org",
    "language": "de",
    "procedures": {},
    "target": "end",
    "timezone": "Europe/Vienna",
    "url": "https://example.org/hook",
}
TEXTS = ("other", "X-Other", "12", "0A")
DEEPEST = 4


def differing(model: type[Wire], depth: int = 0) -> dict[str, Any]:
    """A value of this model that differs from its defaults in every field."""
    fields = model.model_fields if model.__pydantic_fields_complete__ else _rebuilt(model)
    return {info.alias or name: _field(info.alias or name, info, depth) for name, info in fields.items()}


def _rebuilt(model: type[Wire]) -> dict[str, FieldInfo]:
    model.model_rebuild()
    return model.model_fields


def _field(name: str, info: FieldInfo, depth: int) -> Any:
    if name == "source" and info.annotation is str:
        return "start"
    if info.annotation in (str, str | None) and name.endswith(("_id", "_label", "id")):
        return "{{" + name + "}}"
    if info.annotation in (list[str], list[str] | None) and name.endswith("_ids"):
        return ["{{" + name + "}}"]
    if name in BY_NAME and info.annotation is not bool:
        return BY_NAME[name]
    return _value(info.annotation, info, depth)


def _value(kind: Any, info: FieldInfo, depth: int) -> Any:
    if union := next((part for part in info.metadata if isinstance(part, OneOf)), None):
        return _member(union, depth)
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return args[0]
    if origin in (Union, UnionType):
        return _value(next(arg for arg in args if arg is not NoneType), info, depth)
    if hasattr(kind, "__metadata__"):
        return _annotated(kind, info, depth)
    if origin is list:
        return _several(args[0], info, depth)
    if origin is dict:
        return _named(args[1], depth)
    if isinstance(kind, type) and issubclass(kind, Wire):
        return differing(kind, depth + 1)
    return _scalar(kind, info)


def _annotated(kind: Any, info: FieldInfo, depth: int) -> Any:
    inner = FieldInfo.from_annotation(kind)
    inner.default = info.default
    inner.metadata = [*inner.metadata, *info.metadata]
    return _value(inner.annotation, inner, depth)


def _union_of(kind: Any) -> OneOf | None:
    return next((part for part in getattr(kind, "__metadata__", ()) if isinstance(part, OneOf)), None)


def _member(union: OneOf, depth: int) -> Any:
    models = list(union.models.values())
    simplest = union.otherwise or models[0]
    return differing(models[-1] if depth < DEEPEST else simplest, depth + 1)


def _several(kind: Any, info: FieldInfo, depth: int) -> list[Any]:
    union = _union_of(kind)
    if union and depth < DEEPEST:
        return [differing(model, depth + 1) for model in union.models.values()]
    fewest = next((part.min_length for part in info.metadata if isinstance(part, MinLen)), 1)
    return [_value(kind, FieldInfo.from_annotation(kind), depth + 1) for _ in range(max(1, fewest))]


def _named(kind: Any, depth: int) -> dict[str, Any]:
    union = _union_of(kind)
    if union and depth < DEEPEST:
        return {tag: differing(model, depth + 1) for tag, model in union.models.items()}
    return {"other": _value(kind, FieldInfo.from_annotation(kind), depth + 1)}


def _scalar(kind: Any, info: FieldInfo) -> Any:
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    if kind is bool:
        return not default
    if kind in (int, float):
        return _number(kind, default, info)
    if kind is str:
        return _text(default, info)
    return "anything"


def _number(kind: type, default: Any, info: FieldInfo) -> Any:
    lows = [part.ge for part in info.metadata if isinstance(part, Ge)]
    lows += [part.gt for part in info.metadata if isinstance(part, Gt)]
    highs = [part.le for part in info.metadata if isinstance(part, Le)]
    highs += [part.lt for part in info.metadata if isinstance(part, Lt)]
    low = max(lows, default=0)
    high = min(highs, default=low + 100)
    middle = (low + high) / 2
    value = int(middle) if kind is int else middle
    return value if value != default else value + (1 if kind is int else (high - middle) / 2)


def _text(default: Any, info: FieldInfo) -> str:
    examples = [each for each in known_words(info) if each != default]
    pattern = next((part.pattern for part in info.metadata if getattr(part, "pattern", None)), ".*")
    longest = next((part.max_length for part in info.metadata if isinstance(part, MaxLen)), 100)
    fitting = (text for text in [*examples, *TEXTS] if re.search(pattern, text) and len(text) <= longest)
    return next(text for text in fitting if text != default)


def known_words(info: FieldInfo) -> list[str]:
    """The values that a field's vocabulary has today."""
    return list(info.examples or ())


def kept(sent: Any, read: Any, place: str = "") -> list[str]:
    """Where something that was sent cannot be read back as it was."""
    if isinstance(sent, dict) and isinstance(read, dict):
        lost = [f"{place}.{name}: absent" for name in sent if name not in read]
        return lost + [
            each for name in sent if name in read for each in kept(sent[name], read[name], f"{place}.{name}")
        ]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        pairs = enumerate(zip(sent, read, strict=True))
        return [each for at, (ours, theirs) in pairs for each in kept(ours, theirs, f"{place}[{at}]")]
    return [] if sent == read else [f"{place}: sent {sent!r}, read {read!r}"]
