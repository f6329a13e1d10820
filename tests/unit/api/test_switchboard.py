"""Every request finds its route, whatever the order of registration."""

import pytest
import websockets
from starlette.routing import Mount
from tests.unit.api.example import make_server, served

from vivavoce.api.auth import public
from vivavoce.api.routing import Router

pytestmark = pytest.mark.anyio

SESSION = {"cookie": "vivavoce_session=session_a"}


def router_of(*routes: tuple[str, str]) -> Router:
    router = Router(include_in_schema=False)

    def add(method: str, path: str) -> None:
        @public("a test")
        async def show() -> dict[str, str]:
            return {"route": f"{method} {path}"}

        router.add_api_route(path, show, methods=[method])

    for method, path in routes:
        add(method, path)
    return router


async def found(router: Router, method: str, path: str):
    async with served(make_server(routers=[router])) as client:
        return await client.request(method, path)


async def test_a_literal_wins_over_a_parameter():
    router = router_of(("GET", "/a/{id}"), ("GET", "/a/list"))
    assert (await found(router, "GET", "/a/list")).json() == {"route": "GET /a/list"}
    assert (await found(router, "GET", "/a/lists")).json() == {"route": "GET /a/{id}"}


async def test_a_literal_that_leads_nowhere_gives_way():
    router = router_of(("GET", "/a/list/x"), ("GET", "/a/{id}/y"), ("POST", "/a/list/y"))
    assert (await found(router, "GET", "/a/list/y")).json() == {"route": "GET /a/{id}/y"}
    assert (await found(router, "POST", "/a/list/y")).json() == {"route": "POST /a/list/y"}


async def test_the_first_of_two_equal_routes_stays():
    router = router_of(("GET", "/a/{id}"), ("GET", "/a/{other}"))
    assert (await found(router, "GET", "/a/1")).json() == {"route": "GET /a/{id}"}


async def test_a_405_names_the_methods_of_every_route_that_the_path_fits():
    router = router_of(("GET", "/a/{id}"), ("POST", "/a/list"))
    response = await found(router, "DELETE", "/a/list")
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_head_is_answered_as_get_without_the_body():
    async with served(make_server()) as client:
        for path in ("/v1/boats", "/v1/widget/1", "/", "/healthz", "/docs"):
            got, head = await client.get(path), await client.head(path)
            assert head.status_code == got.status_code
            assert head.headers["content-length"] == got.headers["content-length"] != "0"
            assert head.content == b""
        assert (await client.head("/v1/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/a", "/a/", "/a//", "/a/1/", "//a/1", "/b/1"])
async def test_what_does_not_fit_is_404(path):
    assert (await found(router_of(("GET", "/a/{id}")), "GET", path)).status_code == 404


async def test_paths_within_parameters_and_mounts_work_too():
    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"mounted"})

    router = router_of(("GET", "/files/{path:path}"), ("GET", "/files/one"))
    router.routes.append(Mount("/", page))
    async with served(make_server(routers=[router])) as client:
        assert (await client.get("/files/a/b")).json() == {"route": "GET /files/{path:path}"}
        assert (await client.get("/files/one")).json() == {"route": "GET /files/one"}
        assert (await client.get("/anything")).text == "mounted"


async def test_values_are_decoded():
    async with served(make_server()) as client:
        assert (await client.get("/v1/widget/a%20b%C3%BC")).json() == {"boat_id": "a bü"}


async def test_a_server_below_a_prefix_finds_its_routes():
    server = make_server()

    async def below(scope, receive, send):
        if scope["type"] == "http":
            scope = {**scope, "root_path": "/voice"}
        await server(scope, receive, send)

    async with served(below) as client:
        assert (await client.get("/voice/v1/widget/1")).json() == {"boat_id": "1"}


async def test_a_websocket_finds_its_route_and_its_caller(client):
    url = f"ws://{client.base_url.host}:{client.base_url.port}/v1/line/7"
    async with websockets.connect(url, additional_headers={"xi-api-key": "key_a"}) as line:
        assert await line.recv() == "ws_a 7"


@pytest.mark.parametrize(
    ("path", "headers", "code", "status"),
    [
        ("/v1/line/7", {}, 401, "needs_authorization"),
        ("/v1/line/7", {"xi-api-key": "no"}, 401, "invalid_api_key"),
        ("/v1/line/7", {"cookie": "vivavoce_session=session_a"}, 403, "foreign_origin"),
        (
            "/v1/line/7",
            {"cookie": "vivavoce_session=session_a", "origin": "http://evil.example"},
            403,
            "foreign_origin",
        ),
        ("/v1/boats", {"xi-api-key": "key_a"}, 404, "not_found"),
        ("/v1/nowhere", {}, 404, "not_found"),
    ],
)
async def test_a_refused_websocket_is_answered_like_any_request(client, path, headers, code, status):
    url = f"ws://{client.base_url.host}:{client.base_url.port}{path}"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, additional_headers=headers)
    answer = refused.value.response
    assert answer.status_code == code
    assert f'"status":"{status}"'.encode() in answer.body
    assert answer.headers["x-request-id"].encode() in answer.body


async def test_our_own_page_opens_a_websocket_with_its_session(client):
    address = f"{client.base_url.host}:{client.base_url.port}"
    headers = SESSION | {"origin": f"http://{address}"}
    async with websockets.connect(f"ws://{address}/v1/line/7", additional_headers=headers) as line:
        assert await line.recv() == "ws_a 7"
