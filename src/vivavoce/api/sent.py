"""Bodies as they were sent: checked by a wire model, handed to the route untouched.

    NewAgent = Annotated[Body, Depends(sent(AgentCreate))]

    @router.post("/v1/convai/agents/create")
    async def create_agent(body: NewAgent, ...): ...

A model would lose what makes a document whole: fields it does not know, null against absent, the order of keys. So the
model only checks, and says in the OpenAPI document what is expected; the route gets the plain object. Models are
built when the first body comes, not when the server starts.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar

from fastapi import Body as BodyParameter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

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


@cache
def sent(
    model: type[BaseModel], before: Callable[[Body], Body] | None = None, *, optional: bool = False
) -> Callable[..., Body]:
    """A dependency that gives the body as it was sent; `before` may spell it anew before it is checked."""
    shape = Annotated[dict[str, Any], Shape(model)]

    def read(body: Json) -> Body:
        value: Body = body or {}
        if before is not None:
            value = before(value)
        check(model, value)
        return value

    default = BodyParameter(None) if optional else BodyParameter()
    read.__annotations__["body"] = Annotated[shape | None if optional else shape, default]
    return read


def check(model: type[M], value: Mapping[str, Json], place: tuple[str | int, ...] = ("body",)) -> M:
    """The value as a model, or a 422 that names every field at fault. The value itself is not changed."""
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        raise RequestValidationError(
            [
                {"loc": (*place, *problem["loc"]), "msg": problem["msg"], "type": problem["type"]}
                for problem in refused.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from None
