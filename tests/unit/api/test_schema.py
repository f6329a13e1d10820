"""Wire models: strict about known scalars, open to everything newer."""

from typing import Annotated, Literal

import pytest
from pydantic import ValidationError

from vivavoce.api.schema import Flag, Integer, Number, OneOf, Wire, known, section, unbuilt


class Cat(Wire):
    kind: Literal["cat"] = "cat"
    lives: Integer = 9


class Dog(Wire):
    kind: Literal["dog"] = "dog"
    name: str


class Plain(Wire):
    note: str


class Owner(Wire):
    tidy: Flag = False
    weight: Number = 1.5
    mood: Annotated[str, known("calm", "eager")] = "calm"
    cat: Cat = section(Cat)
    pets: list[Annotated[Wire, OneOf("kind", Cat, Dog)]] = []  # noqa: RUF012
    thing: Annotated[Wire, OneOf("kind", Cat, otherwise=Plain)] | None = None


def places(body: dict) -> list[tuple]:
    with pytest.raises(ValidationError) as refused:
        Owner.model_validate(body)
    return [problem["loc"] for problem in refused.value.errors()]


def test_unknown_fields_and_new_words_pass():
    owner = Owner.model_validate({"mood": "furious", "new": {"deep": 1}})
    assert owner.model_dump()["new"] == {"deep": 1}


@pytest.mark.parametrize(
    "body", [{"tidy": "true"}, {"tidy": 1}, {"weight": "1"}, {"weight": True}, {"cat": {"lives": "9"}}]
)
def test_a_known_scalar_is_never_turned_into_another_type(body):
    assert len(places(body)) == 1


def test_whole_numbers_may_be_written_as_floats():
    assert Owner.model_validate({"cat": {"lives": 7.0}}).cat.lives == 7
    assert places({"cat": {"lives": 7.5}}) == [("cat", "lives")]


def test_a_union_is_told_apart_by_its_tag():
    owner = Owner.model_validate({"pets": [{"kind": "dog", "name": "Rex"}, {"kind": "cat"}]})
    assert [type(pet) for pet in owner.pets] == [Dog, Cat]


def test_an_unknown_tag_passes_as_an_open_object():
    owner = Owner.model_validate({"pets": [{"kind": "fish", "fins": 3}]})
    assert owner.pets[0].model_dump() == {"kind": "fish", "fins": 3}


def test_a_missing_tag_is_refused_at_its_place():
    assert places({"pets": [{"name": "Rex"}]}) == [("pets", 0)]


def test_something_that_is_no_object_is_refused():
    assert places({"pets": ["cat"]})[0][:2] == ("pets", 0)


def test_a_union_may_say_what_goes_without_a_tag():
    assert isinstance(Owner.model_validate({"thing": {"note": "x"}}).thing, Plain)
    assert places({"thing": {"colour": "red"}})[0][-1] == "note"


def test_models_have_a_json_schema():
    schema = Owner.model_json_schema()
    assert schema["properties"]["mood"]["examples"] == ["calm", "eager"]
    assert len(schema["properties"]["pets"]["items"]["oneOf"]) == 3


def test_models_are_built_parts_first():
    class Part(Wire):
        name: str

    class Special(Part):
        size: int

    class Whole(Wire):
        parts: list[Special]

    ours = [model for model in unbuilt() if model in (Part, Special, Whole)]
    assert ours == [Part, Special, Whole]
    for model in ours:
        model.model_rebuild()
    assert not {Part, Special, Whole} & set(unbuilt())
    assert Whole.model_validate({"parts": [{"name": "x", "size": 1}]}).parts[0].size == 1
