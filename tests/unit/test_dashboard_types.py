"""The dashboard's types: what is committed is what the API's description says."""

from docs import generate_dashboard_types as generator


def test_the_committed_types_are_todays() -> None:
    assert generator.TYPES.read_text("utf-8") == generator.types(), "Run `./dev docs` and commit the dashboard's types."


def test_the_committed_fields_are_todays() -> None:
    assert generator.FIELDS.read_text("utf-8") == generator.fields(), "Run `./dev docs` and commit what the forms know."


def test_plain_fields_are_told_with_their_limits() -> None:
    schemas = {
        "Words": {"type": "string", "examples": ["a", "b"]},
        "Inner": {
            "properties": {"share": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}}
        },
    }
    whole = {
        "properties": {
            "word": {"$ref": "#/components/schemas/Words"},
            "words": {"type": "array", "items": {"$ref": "#/components/schemas/Words"}},
            "inner": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "either": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
        }
    }
    assert list(generator._plain(schemas, whole, "x")) == [
        {"path": "x.word", "kind": "choice", "choices": ["a", "b"]},
        {"path": "x.words", "kind": "choices", "choices": ["a", "b"]},
        {"path": "x.inner.share", "kind": "number", "least": 0, "most": 1, "isNullable": True},
    ]


def test_schemas_become_types() -> None:
    assert generator._type({"type": "array", "items": {"$ref": "#/components/schemas/A"}}) == 'Array<Schemas["A"]>'
    assert generator._type({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}) == "number | null"
    assert generator._type({"enum": ["a", "b"], "type": "string"}) == '"a" | "b"'
    assert generator._type({"type": "object", "additionalProperties": {"type": "string"}}) == "Record<string, string>"
    fields = {"a": {"type": "string"}, "b": {"const": "x"}}
    assert generator._type({"type": "object", "properties": fields, "required": ["a"]}) == '{"a": string; "b"?: "x";}'
    assert generator._type({}) == "unknown"
