"""JSON schemas become grammars. Whether llama.cpp reads them is tried with the real one (tests/voice)."""

import json

from vivavoce.providers.language._small.grammar import described, of_schema


def rules(text: str) -> dict[str, str]:
    return dict(line.split(" ::= ", 1) for line in text.splitlines())


def test_an_object_has_its_properties_in_order() -> None:
    found = rules(of_schema({"properties": {"name": {"type": "string"}, "count": {"type": "integer"}}}))
    assert found["root"] == r'"{" "\"name\"" ": " string ", " "\"count\"" ": " integer "}"'
    assert set(found) == {"root", "string", "integer"}


def test_what_was_not_said_may_be_null_where_that_is_wanted() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    assert "null" not in of_schema(schema)
    assert rules(of_schema(schema, may_be_null=True))["root"] == r'"{" "\"name\"" ": " (string | null) "}"'
    choice = {"properties": {"size": {"enum": ["small", "large"]}}}
    assert "| null)" in rules(of_schema(choice, may_be_null=True))["root"]


def test_choices_stand_as_they_are() -> None:
    found = rules(of_schema({"enum": ['say "hi"', 3, None, True, "gr\u00fc\u00df"]}))
    assert found["root"] == r'"\"say \\\"hi\\\"\"" | "3" | "null" | "true" | "\"gr' + "\u00fc\u00df" + r'\""'


def test_types_may_be_several_and_nested() -> None:
    schema = {
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}},
            "price": {"type": ["number", "null"]},
            "day": {"type": "string", "format": "date"},
            "who": {"properties": {"name": {"type": "string"}}},
            "any": {},
            "either": {"anyOf": [{"type": "integer"}, {"const": "none"}]},
        }
    }
    found = rules(of_schema(schema))
    assert r'"[" (string (", " string)*)? "]"' in found.values()
    assert "number | null" in found.values()
    assert r'"{" "\"name\"" ": " string "}"' in found.values()
    assert {"string", "number", "null", "date", "value", "integer", "boolean"} <= set(found)
    assert all(name in found["root"] for name in ("tags", "price", "day", "who", "any", "either"))


def test_what_has_no_end_is_cut_somewhere() -> None:
    schema: dict[str, object] = {"type": "string"}
    for _ in range(100):
        schema = {"properties": {"deeper": schema}}
    assert "value" in rules(of_schema(schema))
    wide = {"properties": {f"p{place}": {"enum": [place]} for place in range(1_000)}}
    assert len(of_schema(wide)) < 100_000


def test_strange_schemas_have_a_grammar_too() -> None:
    for schema in ({}, {"type": "nonsense"}, {"enum": []}, {"type": []}, {"properties": []}, {"anyOf": ["x"]}):
        assert of_schema(schema).startswith("root ::= ")  # pyright: ignore[reportArgumentType]


def test_the_prompt_has_a_line_for_each() -> None:
    told = described([("size", {"enum": ["s", "m"]}), ("note", {"type": "string", "description": "Anything else."})])
    assert told == '- size: , one of "s", "m"\n- note: Anything else.' or json.dumps(told)
