"""How wire models are written: open objects, strict scalars, unions that let the future through.

A wire model carries a contract's names, types, defaults and limits. Three rules make it kind to clients that are
older or newer than it:

- An object keeps the fields it does not know (`Wire`).
- A vocabulary that grows, such as model names, is a string with known values (`known`), never a closed enumeration.
- A union is told apart by one field (`OneOf`); a value whose tag nobody knows yet passes as an open object.

A known field with a wrong type is refused all the same, and never turned into another type on the way: documents are
stored as they were sent, and a JavaScript client that reads "1" where it expects 1 throws.

Models are built at first use, so that importing a hundred of them costs little and a process that never validates
an agent never pays for it.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, Strict
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")

_UNKNOWN = "?"


class Wire(BaseModel):
    """An object on the wire: known fields are checked, unknown fields are kept."""

    model_config = ConfigDict(extra="allow", defer_build=True, protected_namespaces=(), populate_by_name=True)


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
