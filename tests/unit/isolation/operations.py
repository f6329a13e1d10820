"""Every operation of our OpenAPI document, and how to call it with little."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from tests.unit.isolation.examples import example

from vivavoce.app import openapi_text

Operation = dict[str, Any]

DOCUMENT = json.loads(openapi_text())
COMPONENTS = DOCUMENT["components"]["schemas"]

# Bodies where the smallest one that the schema takes is refused before anything is looked up.
BODIES: dict[str, Any] = {
    "workspace_groups_members_add": {"email": "admin@localhost"},
    "workspace_groups_members_remove": {"email": "admin@localhost"},
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
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    sent = {} if body is None else {"json": BODIES.get(operation["operationId"], example(body["schema"], COMPONENTS))}
    needed = [one for one in operation.get("parameters", ()) if one["in"] == "query" and one["required"]]
    query = {one["name"]: example(one["schema"], COMPONENTS) for one in needed}
    return await client.request(method, path, params=query | more, **sent)
