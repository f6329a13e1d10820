"""The dashboard's types: what is committed is what the API's description says."""

from docs import generate_dashboard_types as generator


def test_the_committed_types_are_todays() -> None:
    assert generator.TYPES.read_text("utf-8") == generator.types(), "Run `./dev docs` and commit the dashboard's types."


def test_schemas_become_types() -> None:
    assert generator._type({"type": "array", "items": {"$ref": "#/components/schemas/A"}}) == 'Array<Schemas["A"]>'
    assert generator._type({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}) == "number | null"
    assert generator._type({"enum": ["a", "b"], "type": "string"}) == '"a" | "b"'
    assert generator._type({"type": "object", "additionalProperties": {"type": "string"}}) == "Record<string, string>"
    fields = {"a": {"type": "string"}, "b": {"const": "x"}}
    assert generator._type({"type": "object", "properties": fields, "required": ["a"]}) == '{"a": string; "b"?: "x";}'
    assert generator._type({}) == "unknown"
