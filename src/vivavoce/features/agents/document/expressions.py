"""Expressions that workflow edges and state updates compute with: a tree of literals, variables and operators."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Number, OneOf, Wire, section
from vivavoce.features.agents.document import words


class StringLiteral(Wire):
    type: Literal["string_literal"] = "string_literal"
    value: str


class NumberLiteral(Wire):
    type: Literal["number_literal"] = "number_literal"
    value: Number


class BooleanLiteral(Wire):
    type: Literal["boolean_literal"] = "boolean_literal"
    value: Flag


class NullLiteral(Wire):
    type: Literal["null_literal"] = "null_literal"


class DynamicVariable(Wire):
    type: Literal["dynamic_variable"] = "dynamic_variable"
    name: str


class LlmValueSchema(Wire):
    type: words.LiteralType | Annotated[list[str], Field(min_length=2, max_length=2)] = "boolean"
    description: str = ""
    enum: list[str] | None = None


class LlmValue(Wire):
    """A value that the language model reads out of the conversation; `prompt` is the older way to ask for a boolean."""

    type: Literal["llm"] = "llm"
    value_schema: LlmValueSchema = section(LlmValueSchema)
    prompt: str = ""


class Conditional(Wire):
    type: Literal["conditional_operator"] = "conditional_operator"
    condition: "Expression"
    trueExpression: "Expression"  # noqa: N815 - the contract's spelling
    falseExpression: "Expression"  # noqa: N815 - the contract's spelling


class Operands(Wire):
    children: list["Expression"] = Field(min_length=2)


class And(Operands):
    type: Literal["and_operator"] = "and_operator"


class Or(Operands):
    type: Literal["or_operator"] = "or_operator"


class Sides(Wire):
    left: "Expression"
    right: "Expression"


class Equal(Sides):
    type: Literal["eq_operator"] = "eq_operator"


class NotEqual(Sides):
    type: Literal["neq_operator"] = "neq_operator"


class Greater(Sides):
    type: Literal["gt_operator"] = "gt_operator"


class GreaterOrEqual(Sides):
    type: Literal["gte_operator"] = "gte_operator"


class Less(Sides):
    type: Literal["lt_operator"] = "lt_operator"


class LessOrEqual(Sides):
    type: Literal["lte_operator"] = "lte_operator"


class Add(Sides):
    type: Literal["add_operator"] = "add_operator"


class Subtract(Sides):
    type: Literal["sub_operator"] = "sub_operator"


class Multiply(Sides):
    type: Literal["mul_operator"] = "mul_operator"


class Divide(Sides):
    type: Literal["div_operator"] = "div_operator"


Expression = Annotated[
    Wire,
    OneOf(
        "type",
        StringLiteral,
        NumberLiteral,
        BooleanLiteral,
        NullLiteral,
        DynamicVariable,
        LlmValue,
        Conditional,
        And,
        Or,
        Equal,
        NotEqual,
        Greater,
        GreaterOrEqual,
        Less,
        LessOrEqual,
        Add,
        Subtract,
        Multiply,
        Divide,
    ),
]
