"""What a tool is called with: parameter schemas, and who fills each in."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire
from vivavoce.base.json import Json
from vivavoce.features.agents.document import words


class AllowedValues(Wire):
    dynamic_variable: str = Field(min_length=1)


class LiteralProperty(Wire):
    type: words.LiteralType | Annotated[list[str], Field(min_length=2, max_length=2)]
    description: str = ""
    enum: list[str] | None = None
    is_system_provided: Flag = False
    dynamic_variable: str = ""
    allowed_values: AllowedValues | None = None
    allowed_values_dynamic_variable: str = ""
    constant_value: str | Integer | Number | Flag | None = ""
    is_omitted: Flag = False


class RequiredConstraint(Wire):
    required: list[str]


class RequiredConstraints(Wire):
    any_of: list[RequiredConstraint] = []
    all_of: list[RequiredConstraint] = []


def _text() -> Json:
    return {"type": "string", "description": ""}


class ArrayProperty(Wire):
    description: str = ""
    dynamic_variable: str = ""
    constant_value: list[Any] | None = None
    is_omitted: Flag = False
    type: Literal["array"] = "array"
    items: "Property" = Field(default_factory=_text)


class ObjectProperty(Wire):
    description: str = ""
    dynamic_variable: str = ""
    constant_value: dict[str, Any] | None = None
    is_omitted: Flag = False
    type: Literal["object"] = "object"
    required: list[str] = []
    properties: dict[str, "Property"] = {}
    required_constraints: RequiredConstraints | None = None


class QueryParameters(Wire):
    properties: dict[str, LiteralProperty] = Field(min_length=1)
    required: list[str] = []


class ConstantSchemaOverride(Wire):
    source: Literal["constant"] = "constant"
    constant_value: str | Integer | Number | Flag | list[Any] | dict[str, Any] | None


class DynamicVariableSchemaOverride(Wire):
    source: Literal["dynamic_variable"] = "dynamic_variable"
    dynamic_variable: str = Field(min_length=1)


class LlmSchemaOverride(Wire):
    source: Literal["llm"] = "llm"
    prompt: str | None = None


class OmitSchemaOverride(Wire):
    source: Literal["omit"] = "omit"


Property = Annotated[Wire, OneOf("type", ObjectProperty, ArrayProperty, otherwise=LiteralProperty)]
SchemaOverride = Annotated[
    Wire,
    OneOf("source", ConstantSchemaOverride, DynamicVariableSchemaOverride, LlmSchemaOverride, OmitSchemaOverride),
]
