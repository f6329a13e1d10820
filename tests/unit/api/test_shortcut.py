"""Callers and services reach a route, however it asks for them."""

from typing import Annotated

import pytest
from fastapi import Depends
from starlette.requests import HTTPConnection
from tests.unit.api.example import Harbour, HarbourIn, make_server, served

from vivavoce.api.auth import ConvaiReader, ConvaiWriter, Visitor, needs
from vivavoce.api.routing import Route, Router

pytestmark = pytest.mark.anyio

router = Router()


async def whose(caller: ConvaiReader, harbour: HarbourIn) -> str:
    return f"{caller.workspace_id} {harbour.made}"


Whose = Annotated[str, Depends(whose)]


@router.get("/v1/direct/{id}")
async def direct(id: str, caller: ConvaiReader, harbour: HarbourIn, size: int = 1) -> dict[str, object]:
    return {"id": id, "size": size, "workspace_id": caller.workspace_id, "harbour": type(harbour).__name__}


@router.get("/v1/connected")
async def connected(connection: HTTPConnection, caller: Visitor, harbour: HarbourIn) -> dict[str, object]:
    return {"path": connection.url.path, "known": caller is not None, "harbour": type(harbour).__name__}


@router.get("/v1/nested")
async def nested(caller: ConvaiReader, both: Whose) -> dict[str, str]:
    return {"both": both}


@router.get("/v1/nameless", dependencies=[Depends(needs("workspace"))])
async def nameless(harbour: HarbourIn) -> dict[str, str]:
    return {"harbour": type(harbour).__name__}


@router.get("/v1/twice")
async def twice(reader: ConvaiReader, writer: ConvaiWriter) -> dict[str, bool]:
    return {"same": reader is writer}


@router.get("/v1/threaded")
def threaded(caller: ConvaiReader, harbour: HarbourIn) -> dict[str, str]:
    return {"workspace_id": caller.workspace_id, "harbour": type(harbour).__name__}


@pytest.fixture(scope="module")
async def client():
    async with served(make_server(routers=[router])) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/direct/7?size=2", {"id": "7", "size": 2, "workspace_id": "ws_a", "harbour": "Harbour"}),
        ("/v1/connected", {"path": "/v1/connected", "known": True, "harbour": "Harbour"}),
        ("/v1/nested", {"both": "ws_a 0"}),
        ("/v1/threaded", {"workspace_id": "ws_a", "harbour": "Harbour"}),
        ("/v1/twice", {"same": True}),
    ],
)
async def test_what_was_asked_for_arrives(client, path, answer):
    assert (await client.get(path)).json() == answer


async def test_a_stranger_is_refused_before_a_wrong_value_is(client):
    answer = await client.get("/v1/direct/7?size=x", headers={"xi-api-key": "nobody"})
    assert answer.status_code == 401
    assert (await client.get("/v1/direct/7?size=x")).status_code == 422


async def test_a_dependency_without_a_name_is_kept(client):
    assert (await client.get("/v1/nameless")).status_code == 403
    answer = await client.get("/v1/nameless", headers={"xi-api-key": "key_admin"})
    assert answer.json() == {"harbour": Harbour.__name__}


async def test_every_one_of_several_needs_is_checked(client):
    assert (await client.get("/v1/twice", headers={"xi-api-key": "key_reader"})).status_code == 403


async def test_fastapi_has_nothing_left_to_work_out():
    [route] = [route for route in router.routes if isinstance(route, Route) and route.path == "/v1/direct/{id}"]
    assert route.dependant.dependencies == []
