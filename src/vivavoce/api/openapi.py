"""The OpenAPI document: what this server does, as data.

It is made once per release by `./dev docs`, kept beside this module so that a change to the API is a visible diff, and
served as it lies there: building it takes seconds, which no process that holds calls can spare.

An operation is named after the method by which the contract's official clients call it (`agents_get`), from
`operation_names.json`; one that is ours alone after its function. What FastAPI cannot know is added here: who may call
an operation, and what every error looks like.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from vivavoce.api.auth import Knows, Needs
from vivavoce.base.json import Body

DOCUMENT = "openapi.json"

_DESCRIPTION = (
    "An open, self-hostable platform for voice AI agents. "
    "Send your API key in the header `xi-api-key`, or as `Authorization: Bearer`."
)

_SCHEMES: Body = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "xi-api-key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "vivavoce_session",
        "description": "The dashboard's session. Requests that change something also send `x-csrf-token`.",
    },
}

_ERROR: Body = {
    "title": "Error",
    "description": "Every error but a 422.",
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "type": "object",
            "required": ["status", "message", "request_id"],
            "properties": {
                "status": {"type": "string", "description": "A stable word for programs."},
                "message": {"type": "string", "description": "What went wrong and what to do, for people."},
                "request_id": {"type": "string", "description": "Also in the header `x-request-id` and in the log."},
            },
        }
    },
}

_VALIDATION_ERROR: Body = {
    "title": "ValidationError",
    "type": "object",
    "required": ["loc", "msg", "type"],
    "properties": {
        "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
}

_ERROR_ANSWER: Body = {
    "description": "Any other error",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def operation_id(route: APIRoute) -> str:
    """The name of an operation: the contract's where there is one, else its function's."""
    methods = _contract_names().get(_template(route.path_format), {})
    return next((methods[method] for method in sorted(route.methods or ()) if method in methods), route.name)


def build_document(server: FastAPI, *, version: str) -> Body:
    """The whole document of an assembled server."""
    _refuse_namesakes(server.routes)
    document = get_openapi(
        title="Vivavoce",
        version=version,
        description=_DESCRIPTION,
        routes=server.routes,
        separate_input_output_schemas=False,
    )
    for operation, route in _operations(document, server.routes):
        operation["security"] = _security(route)
        operation["responses"]["default"] = _ERROR_ANSWER
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    schemas = components.setdefault("schemas", {})
    schemas |= {"Error": _ERROR, "ValidationError": _VALIDATION_ERROR}
    components["schemas"] = dict(sorted(schemas.items()))
    document["paths"] = dict(sorted(document.get("paths", {}).items()))
    return document


def _refuse_namesakes(routes: Iterable[object]) -> None:
    """Generated clients call an operation by its name; two of one name would lose one."""
    named = dict[str, APIRoute]()
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            other = named.setdefault(route.unique_id, route)
            if other is not route:
                raise TypeError(f"{route.path} and {other.path} are both named {route.unique_id!r}.")


def written(document: Mapping[str, Any]) -> str:
    """The document as it is committed: one fact per line."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def committed_document() -> bytes:
    """The document as it was committed with this release."""
    return files("vivavoce.api").joinpath(DOCUMENT).read_bytes()


def _operations(document: Body, routes: Iterable[object]) -> Iterator[tuple[Body, APIRoute]]:
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield document["paths"][route.path_format][method.lower()], route


def _security(route: APIRoute) -> list[dict[str, list[str]]]:
    every: list[dict[str, list[str]]] = [{name: []} for name in _SCHEMES]
    match getattr(route, "guard", None):
        case Needs():
            return every
        case Knows():
            return [*every, {}]
        case _:
            return []


@cache
def _contract_names() -> Mapping[str, Mapping[str, str]]:
    return json.loads(files("vivavoce.api").joinpath("operation_names.json").read_text())


def _template(path: str) -> str:
    """A path without the names of its parameters, which are nobody's business."""
    return re.sub(r"\{[^}]*\}", "{}", path)
