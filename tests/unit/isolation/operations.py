"""Every operation of our OpenAPI document, and how to call it with little."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from tests.unit.isolation.examples import example
from tests.unit.isolation.seeds import PICTURE

from vivavoce.api.openapi import committed_document

Operation = dict[str, Any]

DOCUMENT = json.loads(committed_document())  # which is today's: `test_openapi.py`
COMPONENTS = DOCUMENT["components"]["schemas"]

# Bodies where the smallest one that the schema takes is refused before anything is looked up.
BODIES: dict[str, Any] = {
    "workspace_groups_members_add": {"email": "admin@localhost"},
    "environment_variables_update": {"values": {"production": "value"}},
    "workspace_auth_connections_update": {"auth_type": "bearer_auth", "name": "other"},
    "workspace_groups_members_remove": {"email": "admin@localhost"},
}


FORMS: dict[str, Any] = {
    "voices_update": {"name": (None, "Other")},
    "agents_widget_avatar_create": {"avatar_file": ("seed.png", PICTURE, "image/png")},
    "keep_picture": {"picture": ("seed.png", PICTURE, "image/png")},
}


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Method, path and description of each."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def parameters(path: str) -> list[str]:
    """The names of a path's parameters."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


async def call(client: httpx.AsyncClient, method: str, path: str, operation: Operation, **more: str) -> httpx.Response:
    """Call an operation with the smallest body and query it takes, and `more` in the query."""
    name = operation["operationId"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    sent = {} if body is None else {"json": BODIES.get(name, example(body["schema"], COMPONENTS))}
    if name in FORMS:
        sent = {"files": FORMS[name]}
    needed = [one for one in operation.get("parameters", ()) if one["in"] == "query" and one["required"]]
    query = {one["name"]: example(one["schema"], COMPONENTS) for one in needed}
    return await client.request(method, path, params=query | more, **sent)
