"""Every door is shut unless it is listed here: a route that opens one shows up in this file."""

import httpx
import pytest
from fastapi.routing import APIRoute
from tests.unit.isolation.operations import Operation, call, operations

from vivavoce.api.auth import is_from_browsers, why_public
from vivavoce.api.unbuilt import unbuilt_operations
from vivavoce.app import Application

pytestmark = pytest.mark.anyio

WIDGET = ("/@elevenlabs/convai-widget-embed", "/convai-widget/index.js", "/embed/{name}", "/widget.js")

WEBRTC = {f"{method} /rtc{{rest:path}}" for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")}

OPEN_TO_EVERYBODY = {
    "GET /",
    "GET /agents",
    "GET /agents/{agent}",
    "GET /app/talk-to",
    "GET /assets/{name}",
    "GET /conversations",
    "GET /conversations/{conversation}",
    "GET /docs",
    "GET /docs/{name}",
    "GET /healthz",
    "GET /openapi.json",
    "GET /readyz",
    *WEBRTC,
    "GET /settings",
    "GET /settings/{section}",
    "GET /start/{name}",
    "GET /talk/{agent}",
    "GET /v1/convai/agents/{agent_id}/avatar/{name}",
    "GET /v1/vivavoce/agents/{agent_id}/talk",
    "POST /v1/vivavoce/invites/accept",
    "POST /v1/vivavoce/session",
    *(f"GET {path}" for path in WIDGET),
    "GET /widget/preview",
    "GET /widget/preview/{name}",
}

OPEN_TO_PAGES_OF_ANY_ORIGIN = {
    "GET /openapi.json",
    *WEBRTC,
    "GET /v1/convai/agents/{agent_id}/avatar/{name}",
    "GET /v1/convai/agents/{agent_id}/widget",
    "POST /v1/convai/conversations/{conversation_id}/feedback",
    *(f"GET {path}" for path in WIDGET),
}

# What a viewer may do although it is no GET: it changes nothing, or concerns nobody but themselves.
HARMLESS = {
    "POST /v1/convai/agent/{agent_id}/llm-usage/calculate",
    "POST /v1/convai/conversations/{conversation_id}/feedback",
    "POST /v1/convai/llm-usage/calculate",
    "POST /v1/vivavoce/agents/{agent_id}/trials",
    "POST /v1/vivavoce/agents/{agent_id}/widget-preview",
    "DELETE /v1/vivavoce/session",
    "PUT /v1/vivavoce/session/password",
    "POST /v1/workspaces/api-keys/disable",
}

EVERY = [pytest.param(*one, id=one[2]["operationId"]) for one in operations()]


def built(application: Application) -> list[tuple[str, APIRoute]]:
    """Every route that does something, also those that the document leaves out."""
    unbuilt = {f"{method} {path}" for method, path in unbuilt_operations()}
    routes = [route for route in application.server.routes if isinstance(route, APIRoute)]
    named = [(f"{method} {route.path}", route) for route in routes for method in sorted(route.methods or ())]
    return [(name, route) for name, route in named if name not in unbuilt]


async def test_what_is_open_to_everybody_is_listed(application: Application):
    assert {name for name, route in built(application) if why_public(route.endpoint)} == OPEN_TO_EVERYBODY


async def test_what_pages_of_any_origin_may_read_is_listed(application: Application):
    found = {name for name, route in built(application) if is_from_browsers(route.endpoint)}
    assert found == OPEN_TO_PAGES_OF_ANY_ORIGIN


@pytest.mark.parametrize(("method", "path", "operation"), EVERY)
async def test_strangers_are_turned_away(method: str, path: str, operation: Operation, stranger: httpx.AsyncClient):
    if f"{method} {path}" in OPEN_TO_EVERYBODY or {} in operation["security"]:
        return
    answer = await call(stranger, method, path, operation)
    assert answer.status_code == 401
    assert answer.json()["detail"]["status"] == "needs_authorization"


@pytest.mark.parametrize(("method", "path", "operation"), EVERY)
async def test_viewers_change_nothing(method: str, path: str, operation: Operation, viewer: httpx.AsyncClient):
    if method == "GET" or f"{method} {path}" in OPEN_TO_EVERYBODY | HARMLESS:
        return
    answer = await call(viewer, method, path, operation)
    assert answer.status_code == 403, answer.text[:500]


@pytest.mark.parametrize(("method", "path", "operation"), EVERY)
async def test_what_viewers_look_at_answers_without_a_fault(
    method: str, path: str, operation: Operation, viewer: httpx.AsyncClient
):
    if method == "GET":
        assert (await call(viewer, method, path, operation)).status_code < 500
