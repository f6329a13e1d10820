"""Writes the dashboard's types from the OpenAPI document, so that a page that misreads an answer does not compile.

`web/dashboard/src/api/contract.ts` holds every schema, and every operation with its path, query, body and reply. Run by
`./dev docs`; a test fails when the committed file is not what the document says.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vivavoce.api.openapi import committed_document

TYPES = Path(__file__).parent.parent / "web" / "dashboard" / "src" / "api" / "contract.ts"
METHODS = ("get", "post", "put", "patch", "delete")
HEAD = "// Generated from src/vivavoce/api/openapi.json by `./dev docs`. Change the server instead.\n"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Schema = Mapping[str, Any]


def types() -> str:
    """The whole file."""
    document = json.loads(committed_document())
    return "\n".join([HEAD, *_schemas(document), "", *_operations(document), ""])


def _schemas(document: Schema) -> Iterator[str]:
    yield "export interface Schemas {"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"{json.dumps(name)}: {_type(schema)};"
    yield "}"


def _operations(document: Schema) -> Iterator[str]:
    yield "export interface Operations {"
    for path, methods in sorted(document["paths"].items()):
        for method in METHODS:
            if operation := methods.get(method):
                yield f"{json.dumps(f'{method.upper()} {path}')}: {_operation(operation)};"
    yield "}"


def _operation(operation: Schema) -> str:
    parameters = operation.get("parameters", [])
    parts = {
        "path": _parameters(parameters, "path"),
        "query": _parameters(parameters, "query"),
        "body": _content(operation.get("requestBody", {})),
        "reply": _content(operation["responses"].get("200", {})),
    }
    return "{" + " ".join(f"{name}: {kind};" for name, kind in parts.items()) + "}"


def _parameters(parameters: list[Schema], place: str) -> str:
    found = [each for each in parameters if each["in"] == place]
    fields = (_field(each["name"], each["schema"], required=each.get("required", False)) for each in found)
    return "{" + " ".join(fields) + "}" if found else "Record<never, never>"


def _content(holder: Schema) -> str:
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    return "undefined" if schema is None else _type(schema)


def _field(name: str, schema: Schema, *, required: bool) -> str:
    return f"{json.dumps(name)}{'' if required else '?'}: {_type(schema)};"


def _type(schema: Schema) -> str:
    """One schema in TypeScript."""
    if reference := schema.get("$ref"):
        return f"Schemas[{json.dumps(reference.rsplit('/', 1)[1])}]"
    if "const" in schema:
        return json.dumps(schema["const"])
    if values := schema.get("enum"):
        return _either(map(json.dumps, values))
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return _either(map(_type, choices))
    if parts := schema.get("allOf"):
        return " & ".join(map(_type, parts))
    return _of_kind(schema)


def _of_kind(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object":
        return _object(schema)
    return PLAIN.get(str(kind), "unknown")


def _object(schema: Schema) -> str:
    if fields := schema.get("properties"):
        required = schema.get("required", [])
        each = (_field(name, field, required=name in required) for name, field in fields.items())
        return "{" + " ".join(each) + "}"
    values = schema.get("additionalProperties", True)
    return f"Record<string, {_type(values) if isinstance(values, dict) else 'unknown'}>"


def _either(choices: Any) -> str:
    return " | ".join(dict.fromkeys(choices))


if __name__ == "__main__":
    TYPES.write_text(types(), "utf-8")
