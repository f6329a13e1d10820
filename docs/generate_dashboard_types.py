"""Writes the dashboard's types from the OpenAPI document, so that a page that misreads an answer does not compile.

`web/dashboard/src/api/contract.ts` holds every schema, and every operation with its path, query, body and reply.
`fields.ts` beside it lists the plain fields of an agent's document (a switch, a number, a choice, a text, a list of
words) with their limits and defaults, from which the editor makes its forms. Run by `./dev docs`; a test fails when a
committed file is not what the document says.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vivavoce.api.openapi import committed_document

API = Path(__file__).parent.parent / "web" / "dashboard" / "src" / "api"
TYPES = API / "contract.ts"
FIELDS = API / "fields.ts"
METHODS = ("get", "post", "put", "patch", "delete")
HEAD = "// Generated from src/vivavoce/api/openapi.json by `./dev docs`. Change the server instead.\n"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

SECTIONS = {"conversation_config": "ConversationalConfig", "platform_settings": "PlatformSettings"}
FIELD = """export interface PlainField {
  path: string;
  kind: "flag" | "number" | "text" | "choice" | "words" | "choices";
  choices?: readonly string[];
  least?: number;
  most?: number;
  usual?: number;
  isWhole?: boolean;
  isNullable?: boolean;
}
"""
DEEPEST = 6
TOOLS = "built_in_tools"
"""Each of them is a thing with a dozen fields alike, which a form of fields does not serve."""

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


def fields() -> str:
    """The plain fields of an agent's document."""
    schemas = json.loads(committed_document())["components"]["schemas"]
    found = [field for section, name in SECTIONS.items() for field in _plain(schemas, schemas[name], section)]
    lines = (f"  {json.dumps(field)}," for field in found)
    return "\n".join([HEAD, FIELD, "export const FIELDS: readonly PlainField[] = [", *lines, "];", ""])


def _plain(schemas: Schema, schema: Schema, path: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    for name, field in schema.get("properties", {}).items():
        inner, is_nullable = _resolved(schemas, field)
        here = f"{path}.{name}"
        if inner.get("properties") and depth < DEEPEST:
            if name == TOOLS:
                continue
            yield from _plain(schemas, inner, here, depth + 1)
        elif kind := _kind(schemas, inner):
            yield {"path": here, **kind, **({"isNullable": True} if is_nullable else {})}


def _resolved(schemas: Schema, schema: Schema) -> tuple[Schema, bool]:
    """A schema behind its references, and whether it may be null."""
    choices = schema.get("anyOf") or schema.get("oneOf") or []
    others = [each for each in choices if each.get("type") != "null"]
    if choices and len(others) == 1:
        return _resolved(schemas, others[0])[0], len(others) < len(choices)
    if parts := schema.get("allOf"):
        return _resolved(schemas, parts[0])
    if reference := schema.get("$ref"):
        return _resolved(schemas, schemas[reference.rsplit("/", 1)[1]])
    return schema, False


def _kind(schemas: Schema, schema: Schema) -> dict[str, Any] | None:
    match schema:
        case {"enum": [str(), *_] as choices} | {"type": "string", "examples": [str(), *_] as choices}:
            return {"kind": "choice", "choices": choices}
        case {"type": "boolean"}:
            return {"kind": "flag"}
        case {"type": "integer" | "number" as kind}:
            limits = {"least": schema.get("minimum"), "most": schema.get("maximum"), "usual": schema.get("default")}
            known = {name: limit for name, limit in limits.items() if limit is not None}
            return {"kind": "number", **known, **({"isWhole": True} if kind == "integer" else {})}
        case {"type": "string"}:
            return {"kind": "text"} if "const" not in schema else None
        case {"type": "array", "items": items}:
            inner = _kind(schemas, _resolved(schemas, items)[0])
            kinds = {"text": "words", "choice": "choices"}
            return {**inner, "kind": kinds[inner["kind"]]} if inner and inner["kind"] in kinds else None
        case _:
            return None


def _either(choices: Any) -> str:
    return " | ".join(dict.fromkeys(choices))


if __name__ == "__main__":
    TYPES.write_text(types(), "utf-8")
    FIELDS.write_text(fields(), "utf-8")
