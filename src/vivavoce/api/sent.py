"""Bodies as they were sent: checked by a wire model, handed to the route untouched.

    NewAgent = Annotated[Body, Depends(sent(AgentCreate))]

    @router.post("/v1/convai/agents/create")
    async def create_agent(body: NewAgent, ...): ...

A model would lose what makes a document whole: fields it does not know, null against absent, the order of keys. So the
model only checks, and says in the OpenAPI document what is expected; the route gets the plain object. `shown` does
the same for an answer. A null in a change has become what it stands for (`schema.cleared`) before the route sees it, so
that no route has to think about nulls. Models are built when the first body comes, not when the server starts.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar

from fastapi import Body as BodyParameter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from vivavoce.api.faults import faults_in
from vivavoce.api.schema import without_nulls
from vivavoce.base.json import Body, Json

M = TypeVar("M", bound=BaseModel)


class Shape:
    """Marks a plain object as something whose shape a model describes; the model is looked at for the docs only."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Any JSON object."""
        return core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The model's schema."""
        self.model.model_rebuild()
        return handler(self.model.__pydantic_core_schema__)


def shown(model: type[BaseModel]) -> Any:
    """A `response_model` for a route that answers with plain data: describes the answer and never touches it."""
    return Annotated[dict[str, Any], Shape(model)]


Spell = Callable[[Body], Body]


@cache
def sent(model: type[BaseModel], spell: Spell | None = None) -> Callable[..., Awaitable[Body]]:
    """A dependency that gives the body as it was sent; `spell` may write it anew before it is checked."""

    async def read(body: Json) -> Body:
        return _read(model, spell, body)

    read.__annotations__["body"] = Annotated[dict[str, Any], Shape(model), BodyParameter()]
    return read


@cache
def sent_or_not(model: type[BaseModel]) -> Callable[..., Awaitable[Body]]:
    """The same for a route that does without a body too; no body is an empty one."""

    async def read(body: Json = None) -> Body:
        return _read(model, None, body or {})

    read.__annotations__["body"] = Annotated[Annotated[dict[str, Any], Shape(model)] | None, BodyParameter()]
    return read


@cache
def parsed(model: type[M]) -> Callable[..., Awaitable[M]]:
    """A dependency that gives the body as a model, for what is read once and not kept.

    Where every field may be left out, so may the body.
    """

    async def read(body: Json = None) -> M:
        return check(model, without_nulls(model, body or {}))

    async def read_required(body: Json) -> M:
        return check(model, without_nulls(model, body))

    if any(field.is_required() for field in model.model_fields.values()):
        read_required.__annotations__["body"] = Annotated[dict[str, Any], Shape(model), BodyParameter()]
        return read_required
    read.__annotations__["body"] = Annotated[Annotated[dict[str, Any], Shape(model)] | None, BodyParameter()]
    return read


def _read(model: type[BaseModel], spell: Spell | None, body: Body) -> Body:
    value = without_nulls(model, body if spell is None else spell(body))
    check(model, value)
    return value


def check(model: type[M], value: Mapping[str, Json], place: tuple[str | int, ...] = ("body",)) -> M:
    """The value as a model, or a 422 that names every field at fault. The value itself is not changed."""
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        raise RequestValidationError(faults_in(refused, place)) from None
