"""A route that takes the short way answers as it would on FastAPI's."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Cookie, Depends, Header, Path, Query
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, Visitor, WorkspaceAdmin, public
from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.pages import Paging, paging
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.server import Server, create_server
from vivavoce.api.services import provided
from vivavoce.base.errors import Conflict
from vivavoce.ports.identity import Caller, KnownCallers

pytestmark = pytest.mark.anyio


@dataclass
class Bell:
    """A service."""

    tone: str = "c"


class Tone(StrEnum):
    LOW = "low"


BellIn = Annotated[Bell, Depends(provided(Bell))]
router = Router()


async def twice(wanted: Annotated[Paging, Depends(paging())], connection: HTTPConnection) -> str:
    return f"{wanted.page_size * 2} {connection.url.path}"


async def short(
    name: str,
    caller: ConvaiReader,
    bell: BellIn,
    request: Request,
    doubled: Annotated[str, Depends(twice)],
    loud: Annotated[bool, Query()] = False,
    word: Annotated[str | None, Query(alias="w")] = None,
) -> Response:
    if name == "cracked":
        raise Conflict("The bell is cracked.")
    said = [name, caller.workspace_id, bell.tone, request.method, doubled, loud, word]
    return json_reply(said)


async def visited(caller: Visitor) -> Response:
    return json_reply(caller.workspace_id if caller else None)


async def model(name: str, caller: ConvaiReader) -> dict[str, str]:
    return {"name": name}


async def numbered(number: int, caller: ConvaiReader) -> Response:
    return json_reply(number)


async def bounded(name: Annotated[str, Path(max_length=3)], caller: ConvaiReader) -> Response:
    return json_reply(name)


async def asks(caller: ConvaiReader, word: str) -> Response:
    return json_reply(word)


async def listed(caller: ConvaiReader, words: Annotated[list[str], Query(default_factory=list)]) -> Response:
    return json_reply(words)


async def chosen(tone: Tone, caller: ConvaiReader) -> Response:
    return json_reply(tone)


async def headed(caller: ConvaiReader, x_word: Annotated[str | None, Header()] = None) -> Response:
    return json_reply(x_word)


async def sweetened(caller: ConvaiReader, word: Annotated[str | None, Cookie()] = None) -> Response:
    return json_reply(word)


async def writes(caller: WorkspaceAdmin) -> Response:
    return json_reply("done")


def threaded(caller: ConvaiReader) -> Response:
    return json_reply("thread")


async def opens() -> AsyncIterator[str]:
    yield "open"


async def generated(caller: ConvaiReader, word: Annotated[str, Depends(opens)]) -> Response:
    return json_reply(word)


@public("For everybody.")
async def open_to_all() -> Response:
    return json_reply("welcome")


router.get("/short/{name}")(short)
router.get("/visited")(visited)
router.get("/open")(open_to_all)
router.get("/admins")(writes)

USUAL: dict[str, Callable[..., Any]] = {
    "/model/{name}": model,
    "/numbered/{number}": numbered,
    "/bounded/{name}": bounded,
    "/asks": asks,
    "/listed": listed,
    "/chosen/{tone}": chosen,
    "/headed": headed,
    "/sweetened": sweetened,
    "/threaded": threaded,
    "/generated": generated,
}
for path, endpoint in USUAL.items():
    router.get(path)(endpoint)


def make_server() -> Server:
    keys = {
        "admin": Caller("w", "u", "admin", frozenset({"all"})),
        "viewer": Caller("w", "v", "viewer", frozenset({"convai_read"})),
    }
    return create_server(
        routers=[router],
        services={Bell: Bell()},
        identity=KnownCallers(keys=keys),
        options=ServerOptions(version="0"),
        health=Health(),
    )


async def ask(server: Server, path: str, **headers: str) -> tuple[int, Any, set[str]]:
    transport = httpx.ASGITransport(server, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(path, headers={"xi-api-key": "admin"} | headers)
        body = answer.json()
        if isinstance(body, dict) and isinstance(body["detail"], dict):
            body["detail"].pop("request_id")
        return answer.status_code, body, set(answer.headers)


async def nobody() -> None: ...


QUESTIONS: list[tuple[str, dict[str, str]]] = [
    ("/short/a", {}),
    ("/short/a%20b%2Fc", {}),
    ("/short/cracked", {}),
    ("/short/a", {"xi-api-key": "viewer"}),
    ("/short/a", {"xi-api-key": "wrong"}),
    ("/short/a?loud=true&w=ding", {}),
    ("/short/a?loud=perhaps", {}),
    ("/short/a?page_size=0", {}),
    ("/visited", {}),
    ("/visited", {"xi-api-key": "wrong"}),
    ("/open", {"xi-api-key": "wrong"}),
    ("/admins", {}),
    ("/admins", {"xi-api-key": "viewer"}),
    ("/bounded/abcd", {}),
    ("/numbered/x", {}),
    ("/asks", {}),
    ("/headed", {"x-word": "ding"}),
    ("/chosen/high", {}),
]


@pytest.mark.parametrize(("path", "headers"), QUESTIONS)
async def test_both_ways_answer_the_same(path: str, headers: dict[str, str]) -> None:
    server, usual = make_server(), make_server()
    usual.dependency_overrides[nobody] = nobody  # who overrides anything goes FastAPI's way
    assert await ask(server, path, **headers) == await ask(usual, path, **headers)


async def test_the_short_way_is_taken_where_nothing_has_to_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(**_: object) -> None:
        raise AssertionError("FastAPI solved the dependencies")

    monkeypatch.setattr("fastapi.routing.solve_dependencies", refuse)
    server = make_server()
    code, body, _ = await ask(server, "/short/a")
    assert (code, body) == (200, ["a", "w", "c", "GET", "60 /short/a", False, None])
    assert (await ask(server, "/visited"))[:2] == (200, "w")
    assert (await ask(server, "/open"))[:2] == (200, "welcome")
    assert (await ask(server, "/short/a?loud=true"))[0] == 500


@pytest.mark.parametrize("path", USUAL)
def test_whatever_needs_a_look_goes_the_usual_way(path: str) -> None:
    [route] = [route for route in make_server().switchboard.routes if getattr(route, "path", "") == path]
    assert "straight" not in route.app.__qualname__  # type: ignore[attr-defined]
