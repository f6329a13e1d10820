"""Every word that a body may hold has a longest length, which the description of the API says."""

import json
from collections.abc import Iterator
from typing import Any

from vivavoce.api.openapi import committed_document

DOCUMENT = json.loads(committed_document())
SCHEMAS = DOCUMENT["components"]["schemas"]

# What an agent says is as long as its author likes; the body's limit holds.
AGENT = {"ConversationalConfig", "PlatformSettings", "Workflow", "ProcedureVersionRef"}
# These name something that is there, so no stored word is longer than its own limit; addresses are parsed.
LOOKED_UP = {
    "allowed_ips",
    "auth_connection_id",
    "branch_id",
    "env_var_label",
    "parent_version_id",
    "post_call_webhook_id",
    "secret_id",
}
LIMITS = {"maxLength", "enum", "const", "pattern", "contentMediaType"}


def endless(schema: Any, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The fields of a body that take text of any length."""
    component = schema.get("$ref", "").rsplit("/", maxsplit=1)[-1]
    if component and component not in seen | AGENT:
        yield from endless(SCHEMAS[component], name, seen | {component})
    if schema.get("type") == "string" and not LIMITS & schema.keys() and name not in LOOKED_UP:
        yield name
    for inner in (
        *schema.get("anyOf", ()),
        *schema.get("oneOf", ()),
        *([schema["items"]] if "items" in schema else ()),
    ):
        yield from endless(inner, name, seen)
    for key, inner in schema.get("properties", {}).items():
        yield from endless(inner, key, seen)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from endless(schema["additionalProperties"], name, seen)


def test_no_field_of_a_body_takes_text_of_any_length():
    found = {
        f"{method.upper()} {path}: {name}"
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for name in endless(content["schema"], "body")
    }
    assert not found, "say `Field(max_length=...)`:\n" + "\n".join(sorted(found))
