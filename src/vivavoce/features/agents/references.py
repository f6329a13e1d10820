"""What an agent's document uses of its workspace: tools, secrets, documents, voices, other agents.

A reference is found by the key it stands under, wherever in the document that is: in the prompt, a workflow node, a
tool written in place, or a section that only newer clients know. Keys that people chose themselves (names of
headers, of variables, of properties in a schema) mean nothing.

`UNCHECKED` names the kinds whose feature does not exist here yet: their ids are kept, indexed and returned, but nobody
can say whether they exist. Every feature that comes takes its kind out of this list. Voices and
pronunciation dictionaries stay in it: a voice that nobody has is spoken by another one, a dictionary that is not there
is left out, and the record says so.
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, Json
from vivavoce.ports.documents import Reference

Loc = tuple[str | int, ...]

AGENTS = "agents"
SECRETS = "secrets"
CONNECTIONS = "auth_connections"
VARIABLES = "environment_variables"
WEBHOOKS = "webhooks"

UNCHECKED = frozenset(
    {
        "analysis_items",
        "knowledge_documents",
        "mcp_servers",
        "phone_numbers",
        "pronunciation_dictionaries",
        "tests",
        "tools",
        "voices",
    }
)

_BY_KEY: Mapping[str, str] = {
    "agent_id": AGENTS,
    "secret_id": SECRETS,
    "auth_connection_id": CONNECTIONS,
    "env_var_label": VARIABLES,
    "post_call_webhook_id": WEBHOOKS,
    "tool_id": "tools",
    "tool_ids": "tools",
    "additional_tool_ids": "tools",
    "mcp_server_ids": "mcp_servers",
    "native_mcp_server_ids": "mcp_servers",
    "test_id": "tests",
    "voice_id": "voices",
    "pronunciation_dictionary_id": "pronunciation_dictionaries",
    "analysis_item_id": "analysis_items",
}

_OBJECTS_BY_KEY: Mapping[str, str] = {
    "knowledge_base": "knowledge_documents",
    "additional_knowledge_base": "knowledge_documents",
}

# The keys below these are names that people chose.
_NAMES_BELOW = frozenset(
    {
        "data_collection",
        "data_collection_scopes",
        "dynamic_variable_placeholders",
        "edges",
        "language_presets",
        "nodes",
        "path_params_schema",
        "properties",
        "request_headers",
    }
)

_ENVIRONMENT_VARIABLE = re.compile(r"\{\{\s*system_env__([^{}\s]+)\s*\}\}")


@frozen
class Use:
    """A reference and where in the document it stands. Environment variables are referred to by their label."""

    reference: Reference
    loc: Loc


def uses(document: Mapping[str, Json]) -> Iterator[Use]:
    """Every reference in a document, in the order of the document."""
    yield from _in_object((), document, named=False)


def references(document: Mapping[str, Json]) -> tuple[Reference, ...]:
    """The references of a document, each once."""
    return tuple(dict.fromkeys(use.reference for use in uses(document)))


def added(document: Mapping[str, Json], before: Mapping[str, Json]) -> Iterator[Use]:
    """The references that a change brings in; those that stood there before were looked at then."""
    known = frozenset(references(before))
    return (use for use in uses(document) if use.reference not in known)


def _in_object(loc: Loc, value: Mapping[str, Json], *, named: bool) -> Iterator[Use]:
    for key, inner in value.items():
        here = (*loc, key)
        if not named:
            yield from _under_key(here, key, inner)
        yield from _in_value(here, inner, named=key in _NAMES_BELOW and not named)


def _in_value(loc: Loc, value: Json, *, named: bool) -> Iterator[Use]:
    if isinstance(value, dict):
        yield from _in_object(loc, cast(Body, value), named=named)
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Json]", value)):
            yield from _in_value((*loc, index), inner, named=False)


def _under_key(loc: Loc, key: str, value: Json) -> Iterator[Use]:
    if key in _BY_KEY:
        yield from _ids(loc, _BY_KEY[key], value)
    elif key in _OBJECTS_BY_KEY and isinstance(value, list):
        for index, item in enumerate(cast("list[Json]", value)):
            if isinstance(item, dict):
                yield from _ids((*loc, index, "id"), _OBJECTS_BY_KEY[key], cast(Body, item).get("id"))
    elif key == "url" and isinstance(value, str):
        for label in _ENVIRONMENT_VARIABLE.findall(value):
            yield Use(Reference(VARIABLES, label), loc)


def _ids(loc: Loc, kind: str, value: Json) -> Iterator[Use]:
    if isinstance(value, str) and value and "{{" not in value:
        yield Use(Reference(kind, value), loc)
    elif isinstance(value, list):
        for index, id in enumerate(cast("list[Json]", value)):
            yield from _ids((*loc, index), kind, id) if isinstance(id, str) else ()
