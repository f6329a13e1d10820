"""Who may come in."""

import pytest
from fastapi import APIRouter
from tests.unit.api.example import CALLERS, make_server, served

from vivavoce.api.auth import csrf_token
from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.routing import Router
from vivavoce.api.server import create_server

pytestmark = pytest.mark.anyio

SESSION = {"cookie": "vivavoce_session=session_a"}
CSRF = {"x-csrf-token": csrf_token("session_a")}


@pytest.fixture(scope="module")
async def stranger():
    async with served(make_server()) as client:
        yield client


async def test_a_key_opens_in_either_header(stranger):
    for headers in [{"xi-api-key": "key_a"}, {"authorization": "Bearer key_a"}, {"authorization": "bearer key_a"}]:
        assert (await stranger.get("/v1/boats", headers=headers)).status_code == 200


async def test_without_a_key_the_answer_says_what_to_send(stranger):
    response = await stranger.get("/v1/boats")
    assert response.status_code == 401
    assert response.json()["detail"]["status"] == "needs_authorization"
    assert "xi-api-key" in response.json()["detail"]["message"]
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("key", ["nonsense", "", "k" * 5000])
async def test_a_wrong_key_is_refused(stranger, key):
    response = await stranger.get("/v1/boats", headers={"xi-api-key": key})
    assert response.status_code == 401
    assert response.json()["detail"]["status"] == "invalid_api_key"


async def test_a_wrong_key_is_refused_even_where_none_is_needed(stranger):
    assert (await stranger.get("/v1/token", headers={"xi-api-key": "nonsense"})).status_code == 401


async def test_a_visitor_may_be_known_or_not(stranger):
    assert (await stranger.get("/v1/token")).json() == {"workspace_id": None}
    assert (await stranger.get("/v1/token", headers={"xi-api-key": "key_a"})).json() == {"workspace_id": "ws_a"}


async def test_reading_is_not_writing(stranger):
    for key in ("key_reader", "key_viewer"):
        assert (await stranger.get("/v1/boats", headers={"xi-api-key": key})).status_code == 200
        response = await stranger.post("/v1/boats", headers={"xi-api-key": key}, json={"name": "Ada"})
        assert response.status_code == 403
        assert response.json()["detail"]["status"] == "missing_permissions"


async def test_admins_only(stranger):
    assert (await stranger.delete("/v1/boats/1", headers={"xi-api-key": "key_a"})).status_code == 403
    assert (await stranger.delete("/v1/boats/1", headers={"xi-api-key": "key_admin"})).status_code == 200


async def test_a_stranger_is_refused_before_the_body_is_read(stranger):
    response = await stranger.post("/v1/boats", content=b"{", headers={"content-type": "application/json"})
    assert response.status_code == 401


async def test_other_workspaces_things_do_not_exist(stranger):
    made = await stranger.post("/v1/boats", headers={"xi-api-key": "key_a"}, json={"name": "Ada"})
    path = f"/v1/boats/{made.json()['boat_id']}"
    assert (await stranger.get(path, headers={"xi-api-key": "key_a"})).status_code == 200
    assert (await stranger.get(path, headers={"xi-api-key": "key_b"})).status_code == 404


async def test_a_session_reads_without_ado(stranger):
    assert (await stranger.get("/v1/boats", headers=SESSION)).status_code == 200


async def test_a_stale_cookie_is_no_credential(stranger):
    stale = {"cookie": "vivavoce_session=gone"}
    assert (await stranger.get("/v1/boats", headers=stale)).json()["detail"]["status"] == "needs_authorization"
    assert (await stranger.get("/v1/token", headers=stale)).json() == {"workspace_id": None}


async def test_a_session_writes_with_its_csrf_token_only(stranger):
    body = {"name": "Ada"}
    assert (await stranger.post("/v1/boats", headers=SESSION | CSRF, json=body)).status_code == 200
    for wrong in ({}, {"x-csrf-token": csrf_token("session_b")}, {"x-csrf-token": "ü".encode()}):
        response = await stranger.post("/v1/boats", headers=SESSION | wrong, json=body)
        assert response.json()["detail"]["status"] == "csrf_token_missing"


async def test_a_session_acts_from_our_own_pages_only(stranger):
    own = {"origin": str(stranger.base_url)}
    assert (await stranger.post("/v1/boats", headers=SESSION | CSRF | own, json={"name": "A"})).status_code == 200
    for origin in ("https://evil.example", "null", "http://", "http://["):
        response = await stranger.post("/v1/boats", headers=SESSION | CSRF | {"origin": origin}, json={"name": "A"})
        assert response.json()["detail"]["status"] == "foreign_origin"


@pytest.mark.parametrize("plain", [False, True])
async def test_a_route_that_says_nothing_does_not_start(plain):
    router = APIRouter() if plain else Router()

    @router.get("/v1/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(TypeError, match="/v1/forgotten"):
        create_server(routers=[router], services={}, identity=CALLERS, options=ServerOptions(), health=Health())
