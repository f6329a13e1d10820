"""Which pages may read what."""

import pytest
from tests.unit.api.example import make_server, served

from vivavoce.api.options import ServerOptions

pytestmark = pytest.mark.anyio

ANYWHERE = "https://customer.example"
APP = "https://app.example.com"


@pytest.fixture(scope="module")
async def client():
    async with served(make_server(options=ServerOptions(cors_origins=(APP,)))) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client


def preflight(origin: str, method: str) -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "content-type,xi-api-key",
    }


async def test_any_page_may_read_what_is_made_for_browsers_errors_too(client):
    for path, code in [("/v1/widget/1", 200), ("/v1/token", 200)]:
        answer = await client.get(path, headers={"origin": ANYWHERE})
        assert answer.status_code == code
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
    refused = await client.get("/v1/token", headers={"origin": ANYWHERE, "xi-api-key": "no"})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "*"


async def test_a_preflight_is_answered_without_a_key(client):
    answer = await client.options("/v1/widget/1", headers=preflight(ANYWHERE, "GET") | {"xi-api-key": "no"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    assert answer.headers["access-control-allow-headers"] == "content-type,xi-api-key"


async def test_no_page_may_read_the_rest(client):
    answer = await client.get("/v1/boats", headers={"origin": ANYWHERE})
    assert "access-control-allow-origin" not in answer.headers
    answer = await client.options("/v1/boats", headers=preflight(ANYWHERE, "POST"))
    assert "access-control-allow-origin" not in answer.headers


async def test_pages_of_configured_origins_may(client):
    answer = await client.get("/v1/boats", headers={"origin": APP})
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["vary"] == "origin"
    answer = await client.options("/v1/boats", headers=preflight(APP, "POST"))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"


async def test_a_preflight_for_what_is_not_there(client):
    assert (await client.options("/v1/widget/1", headers=preflight(ANYWHERE, "PUT"))).status_code == 405
    assert (await client.options("/v1/nowhere", headers=preflight(ANYWHERE, "GET"))).status_code == 404
