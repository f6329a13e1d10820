"""How wire models are written: open objects, strict scalars, unions that let the future through.

A wire model carries a contract's names, types, defaults and limits. Three rules make it kind to clients that are
older or newer than it:

- An object keeps the fields it does not know (`Wire`).
- A vocabulary that grows, such as model names, is a string with known values (`known`), never a closed enumeration.
- A union is told apart by one field (`OneOf`); a value whose tag nobody knows yet passes as an open object.

What an explicit null makes of a field in a change is said by the field itself, and in one way for all of them:

- `T | None` with `cleared(to)`: null sets the field back to `to`, which is what it is in a thing made without it.
- `T` with `unsent()`: the field may be left out, and is never null, because nothing can be made without it.
- `T | None` with `KEPT`: null leaves the field as it is, where the contract says so in as many words.

A known field with a wrong type is refused all the same, and never turned into another type on the way: documents are
stored as they were sent, and a JavaScript client that reads "1" where it expects 1 throws.

Models are built at first use, so that importing a hundred of them costs little and a process that never validates
an agent never pays for it.
"""

import json
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache
from typing import Annotated, Any, Final, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from vivavoce.base.json import Body, Json

T = TypeVar("T")

_UNKNOWN = "?"


class Wire(BaseModel):
    """An object on the wire: known fields are checked, unknown fields are kept."""

    model_config = ConfigDict(extra="allow", defer_build=True, protected_namespaces=(), populate_by_name=True)


def unbuilt(parent: type[Wire] = Wire) -> Iterator[type[Wire]]:
    """The models that were not needed yet, in the order in which they were written down.

    A model is built at its first use, with everything in it. Built in this order each finds its parts ready: all of
    them together take half a second and 12 MB; from the largest one down it is 3 seconds and 50 MB.
    """
    for model in parent.__subclasses__():
        if not model.__pydantic_complete__:
            yield model
        yield from unbuilt(model)


def _whole(value: object) -> object:
    """Python clients write 600.0 where they mean 600."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Flag = Annotated[bool, Strict()]
Number = Annotated[float, Strict()]
Integer = Annotated[int, Strict(), BeforeValidator(_whole)]


def known(*values: str) -> FieldInfo:
    """An open vocabulary: the values known today are documented, others pass."""
    return cast(FieldInfo, Field(examples=list(values)))


def section(kind: Callable[[], T]) -> T:
    """A part of a document that is there with its own defaults when nobody sends it."""
    return Field(default_factory=kind)


class Cleared:
    """What null makes of a field in a change; written by `cleared`."""

    def __init__(self, to: Json) -> None:
        self.to = to

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The field's own schema, and a word on null."""
        found = handler(schema)
        if self is KEPT:
            said = "Null leaves it as it is."
        elif self.to is None:
            said = "Null takes it away."
        else:
            said = f"Null sets it back to {json.dumps(self.to)}."
        return {**found, "description": " ".join(filter(None, [found.get("description"), said]))}


KEPT: Final = Cleared(None)
"""Null is as good as absent: for the few fields of which the contract says so."""


def cleared(to: Json) -> Cleared:
    """What a field is when nobody ever set it, and becomes again by a null."""
    return Cleared(to)


def unsent() -> Any:
    """For a field of a change that may be left out, and is never null."""
    return Field(default_factory=lambda: None)


def without_nulls(model: type[BaseModel], body: Body) -> Body:
    """A change in which every null has become what it stands for; None where it takes the field away."""
    marks = _marks(model)
    return {
        name: _cleared_value(marks.get(name), value)
        for name, value in body.items()
        if value is not None or marks.get(name) is not KEPT
    }


def _cleared_value(mark: Cleared | None, value: Json) -> Json:
    return copy(mark.to) if value is None and mark is not None else value


@cache
def _marks(model: type[BaseModel]) -> dict[str, Cleared]:
    return {
        field.alias or name: mark
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Cleared)
    }


class OneOf:
    """A union told apart by one field; written `Annotated[Wire, OneOf("type", Webhook, Client)]`.

    Each model names its tag as the default of that field. An unknown tag passes as an open object; a missing tag is
    an error, unless `otherwise` names the model that goes without one.
    """

    def __init__(self, field: str, *models: type[Wire], otherwise: type[Wire] | None = None) -> None:
        self.field = field
        self.otherwise = otherwise
        self.models = {_tag(model, field): model for model in models}

    def model_of(self, value: object) -> type[Wire] | None:
        """The model that a plain value claims to be; none if nobody knows."""
        tag = cast(dict[str, object], value).get(self.field) if isinstance(value, dict) else None
        found = self.models.get(tag) if isinstance(tag, str) else None
        return found or self.otherwise

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices: dict[Any, CoreSchema] = {tag: handler.generate_schema(model) for tag, model in self.models.items()}
        choices[_UNKNOWN] = handler.generate_schema(self.otherwise or Wire)
        return core_schema.tagged_union_schema(
            choices,
            discriminator=self._choose,
            custom_error_type="missing_tag",
            custom_error_message=f"Field '{self.field}' says which kind of object this is, and is required",
        )

    def _choose(self, value: object) -> str | None:
        if isinstance(value, Wire):
            tag: object = getattr(value, self.field, None)
        elif isinstance(value, dict):
            tag = cast(dict[str, object], value).get(self.field)
        else:
            return _UNKNOWN
        if isinstance(tag, str):
            return tag if tag in self.models else _UNKNOWN
        return _UNKNOWN if self.otherwise else None


def _tag(model: type[Wire], field: str) -> str:
    return cast(str, model.model_fields[field].default)
