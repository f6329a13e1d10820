"""What a null means in a change: every PATCH of the house says it of every field, and none may stay silent."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, RootModel

from vivavoce import features
from vivavoce.api.auth import why_public
from vivavoce.api.schema import KEPT, Cleared, Wire, cleared, unsent, without_nulls
from vivavoce.api.sent import Shape, sent

FEATURES = [
    import_module(f"{features.__name__}.{each.name}.routes")
    for each in pkgutil.iter_modules(features.__path__)
    if find_spec(f"{features.__name__}.{each.name}.routes")
]


def patches() -> Iterator[tuple[str, type[BaseModel]]]:
    """The path of every PATCH, and the models of its body."""
    for feature in FEATURES:
        for router in feature.routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and "PATCH" in route.methods and why_public(route.endpoint) is None:
                    models = [each for shape in _shapes(route.dependant) for each in _members(shape.model)]
                    assert models, f"PATCH {route.path} reads no model"
                    yield from ((route.path, model) for model in models)


def _shapes(dependant: Dependant) -> Iterator[Shape]:
    for inner in dependant.dependencies:
        yield from _shapes_in(getattr(inner.call, "__annotations__", {}).get("body"))
        yield from _shapes(inner)


def _shapes_in(hint: Any) -> Iterator[Shape]:
    for part in getattr(hint, "__metadata__", ()):
        if isinstance(part, Shape):
            yield part
    for part in get_args(hint):
        yield from _shapes_in(part)


def _members(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model itself, or those of a union."""
    if not issubclass(model, RootModel):
        yield model
        return
    model.model_rebuild()
    yield from _models_in(model.model_fields["root"].annotation)


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    elif get_origin(hint) in (Annotated, Union, UnionType):
        for part in get_args(hint):
            yield from _models_in(part)


def _takes_null(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        return _takes_null(get_args(annotation)[0])
    return get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)


@pytest.mark.parametrize(
    ("path", "model"), [pytest.param(*each, id=f"{each[0]}-{each[1].__name__}") for each in patches()]
)
def test_every_field_of_every_change_says_what_null_makes_of_it(path: str, model: type[BaseModel]):
    silent = [
        name
        for name, field in model.model_fields.items()
        if _takes_null(field.annotation) and not any(isinstance(part, Cleared) for part in field.metadata)
    ]
    assert not silent, f"PATCH {path}: say `cleared(...)` or `unsent()` of {silent}"


@pytest.mark.parametrize(
    ("path", "model"), [pytest.param(*each, id=f"{each[0]}-{each[1].__name__}") for each in patches()]
)
def test_what_null_stands_for_is_a_value_that_the_field_takes(path: str, model: type[BaseModel]):
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Cleared) and mark.to is not None:
                model.__pydantic_validator__.validate_assignment(model.model_construct(), name, mark.to)


class Boat(Wire):
    name: str = unsent()
    masts: Annotated[int | None, cleared(1)] = None
    crew: Annotated[list[str] | None, cleared([])] = None
    harbour: Annotated[str | None, cleared(None)] = None
    log: Annotated[str | None, KEPT] = None


def test_a_null_becomes_what_the_field_is_without_anybody_setting_it():
    change = {"masts": None, "crew": None, "harbour": None, "log": None, "later": None}
    assert without_nulls(Boat, change) == {"masts": 1, "crew": [], "harbour": None, "later": None}
    assert without_nulls(Boat, {"masts": 3}) == {"masts": 3}, "absent is not null"


def test_two_changes_do_not_share_what_they_were_cleared_to():
    without_nulls(Boat, {"crew": None})["crew"].append("Ida")
    assert without_nulls(Boat, {"crew": None}) == {"crew": []}


@pytest.mark.anyio
async def test_a_field_that_nothing_can_be_without_refuses_null_and_says_what_to_do():
    with pytest.raises(Exception) as refused:
        await sent(Boat)({"name": None})
    [fault] = refused.value.errors()
    assert fault["loc"] == ["body", "name"]
    assert fault["msg"] == "This cannot be null: send a value, or leave the field out."


def test_the_description_says_it_too():
    properties = Boat.model_json_schema()["properties"]
    assert properties["masts"]["description"] == "Null sets it back to 1."
    assert properties["harbour"]["description"] == "Null takes it away."
    assert properties["log"]["description"] == "Null leaves it as it is."
