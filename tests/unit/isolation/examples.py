"""The smallest body that a schema of our OpenAPI document takes."""

from typing import Any

Schema = dict[str, Any]


def example(schema: Schema, components: Schema) -> Any:
    """A value that fits: required fields alone, the first of several choices."""
    if "$ref" in schema:
        return example(components[schema["$ref"].rsplit("/", 1)[1]], components)
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], components)
    return _by_type(schema, components)


def resolved(schema: Schema, components: Schema) -> Schema:
    """A schema behind its references and choices: the first object it may be."""
    if "$ref" in schema:
        return resolved(components[schema["$ref"].rsplit("/", 1)[1]], components)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return resolved(schema[choice][0], components)
    return schema


def _by_type(schema: Schema, components: Schema) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {
                name: example(properties[name], components) for name in schema.get("required", ()) if name in properties
            }
        case "array":
            return [example(schema["items"], components)] * schema.get("minItems", 0)
        case "string":
            return "a@example.com" if schema.get("format") == "email" else "x" * max(1, schema.get("minLength", 1))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return None
