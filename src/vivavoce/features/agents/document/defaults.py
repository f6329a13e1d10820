"""Adds to a stored document what nobody sent: the contract's defaults, in plain dicts.

A document is stored as it was sent and read a thousand times, so this walk validates nothing and builds no model.
The models are turned once into a tree of small functions; each merges its object's defaults under what was sent
and goes on only into the parts that were sent.

- What was sent is never touched: an explicit null stays null, a list stays as long as it is, unknown fields stay.
- Items of lists and maps that are known objects get their own defaults, told apart by their tag; unknown kinds stay.
- The result shares nothing with the defaults: whoever changes it changes no other document.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from vivavoce.api.schema import OneOf, Wire
from vivavoce.base.json import Body, Json

Fill = Callable[[Json], Json]

# An object's defaults, those of them that have to be made anew each time, and what lies deeper.
_Fresh = tuple[tuple[str, Callable[[], Json]], ...]
_Parts = tuple[Body, _Fresh, tuple[tuple[str, Fill], ...]]


def with_defaults(body: Mapping[str, Json]) -> Body:
    """The document with every default in place; a section that is null counts as absent."""
    return _document()({name: part for name, part in body.items() if part is not None})


@cache
def _document() -> Fill:
    from vivavoce.features.agents.document.body import Document

    return filler(Document)


@cache
def filler(model: type[Wire]) -> Fill:
    """The function that adds a model's defaults to a plain object; looked up late, as expressions hold expressions."""
    parts: list[_Parts] = []

    def fill(sent: Json) -> Json:
        if type(sent) is not dict:
            return sent
        if not parts:
            parts.append(_parts(model))
        flat, fresh, inner = parts[0]
        filled: Body = {**flat, **sent}
        for name, make in fresh:
            if name not in sent:
                filled[name] = make()
        for name, deeper in inner:
            if name in sent:
                filled[name] = deeper(sent[name])
        return filled

    return fill


def _parts(model: type[Wire]) -> _Parts:
    fills = {name: fill for name, hint in _types(model).items() if (fill := _filler_of(hint))}
    flat = {
        info.alias or field: _default(info, fills.get(info.alias or field))
        for field, info in model.model_fields.items()
        if not info.is_required()
    }
    fresh = tuple((name, _copier(part)) for name, part in flat.items() if isinstance(part, dict | list))
    return flat, fresh, tuple(fills.items())


def _types(model: type[Wire]) -> dict[str, object]:
    """Wire name to type, with the forward references of recursive models resolved."""
    hints = {} if model.__pydantic_fields_complete__ else get_type_hints(model, include_extras=True)
    return {
        info.alias or field: hints.get(field) or Annotated[(info.annotation, *info.metadata, None)]
        for field, info in model.model_fields.items()
    }


def _default(info: FieldInfo, fill: Fill | None) -> Json:
    """A field's default as plain JSON; a section's is what that section says when nothing of it was sent."""
    kind = info.default_factory
    if isinstance(kind, type) and issubclass(kind, Wire):
        return filler(kind)({})
    plain = info.get_default(call_default_factory=True)
    return fill(plain) if fill else plain


def _copier(value: Json) -> Callable[[], Json]:
    """A function that makes the same plain value anew."""
    if not value:
        return dict if isinstance(value, dict) else list
    if isinstance(value, list):
        return value.copy
    flat: Body = value
    deep = tuple((name, _copier(part)) for name, part in flat.items() if isinstance(part, dict | list))
    return partial(_copied, flat, deep) if deep else flat.copy


def _copied(flat: Body, deep: _Fresh) -> Body:
    copy = flat.copy()
    for name, make in deep:
        copy[name] = make()
    return copy


def _filler_of(hint: object) -> Fill | None:
    """What to do with a value of this type, if anything."""
    if isinstance(hint, type) and issubclass(hint, Wire):
        return filler(hint) if hint is not Wire else None
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        union = next((part for part in args[1:] if isinstance(part, OneOf)), None)
        return _by_tag(union) if union else _filler_of(args[0])
    if origin in (Union, UnionType):
        kinds = [arg for arg in args if arg is not NoneType]
        return _filler_of(kinds[0]) if len(kinds) == 1 else None
    if origin is list:
        return _each_item(_filler_of(args[0]))
    if origin is dict:
        return _each_value(_filler_of(args[1]))
    return None


def _by_tag(union: OneOf) -> Fill:
    def fill(sent: Json) -> Json:
        model = union.model_of(sent)
        return filler(model)(sent) if model else sent

    return fill


def _each_item(fill: Fill | None) -> Fill | None:
    if fill is None:
        return None

    def each(sent: Json) -> Json:
        items: list[Json] = sent
        return [fill(item) for item in items] if type(sent) is list else sent

    return each


def _each_value(fill: Fill | None) -> Fill | None:
    if fill is None:
        return None

    def each(sent: Json) -> Json:
        values: Body = sent
        return {key: fill(value) for key, value in values.items()} if type(sent) is dict else sent

    return each
