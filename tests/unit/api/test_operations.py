"""What operators ask."""

import anyio
import httpx
import pytest
from tests.unit.api.example import make_server, served

from vivavoce.api.health import READY, Health, Level, Standing
from vivavoce.api.options import ServerOptions

pytestmark = pytest.mark.anyio


async def standing(value: Standing) -> Standing:
    return value


async def get(path: str, *, health: Health | None = None, **more):
    async with served(make_server(health=health)) as client:
        return await client.get(path, **more)


async def test_alive_means_that_the_process_answers():
    assert (await get("/healthz")).json() == {"status": "alive"}


async def test_ready_lists_what_is_and_what_is_still_coming():
    health = Health()
    health.register("database", lambda: standing(READY))
    health.register("voice", lambda: standing(Standing("coming", "The voice is downloading.")), needed=False)
    response = await get("/readyz", health=health)
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "version": ServerOptions().version,
        "components": {
            "database": {"status": "ready"},
            "voice": {"status": "coming", "message": "The voice is downloading."},
        },
    }


@pytest.mark.parametrize(("level", "status"), [("coming", 503), ("missing", 200), ("ready", 200)])
async def test_ready_for_voice_means_that_nothing_is_coming_any_more(level: Level, status: int):
    health = Health()
    health.register("voice", lambda: standing(Standing(level)), needed=False)
    assert (await get("/readyz?for=voice", health=health)).status_code == status
    assert (await get("/readyz?for=text", health=health)).status_code == 200


async def test_ready_for_something_else_is_nothing_that_can_be_asked():
    response = await get("/readyz?for=fax")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["query", "for"]


async def test_not_ready_says_why_and_asks_to_come_back():
    health = Health()
    health.register("database", lambda: standing(Standing("missing", "The database is locked.")))
    response = await get("/readyz", health=health)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["status"] == "not_ready"
    assert response.json()["components"]["database"]["message"] == "The database is locked."


async def test_a_stopping_server_is_not_ready():
    response = await get("/readyz", health=Health(stopping=True))
    assert response.status_code == 503


async def test_a_check_that_dies_or_hangs_is_a_missing_component(monkeypatch):
    monkeypatch.setattr("vivavoce.api.health.CHECK_SECONDS", 0.01)

    async def dies() -> Standing:
        raise RuntimeError("the password is swordfish")

    async def hangs() -> Standing:
        await anyio.sleep_forever()
        return READY

    health = Health()
    health.register("dies", dies)
    health.register("hangs", hangs)
    response = await get("/readyz", health=health)
    assert response.status_code == 503
    assert {entry["status"] for entry in response.json()["components"].values()} == {"missing"}
    assert "swordfish" not in response.text


async def test_requests_are_counted_by_template_and_never_by_path():
    async with served(make_server()) as client:
        for id in ("boat_1", "boat_2"):
            await client.get(f"/v1/boats/{id}", headers={"xi-api-key": "key_a"})
        await client.get("/v1/secret-path")
        await client.request("PROPFIND", "/v1/boats")
        text = (await client.get("/metrics")).text
    assert 'vivavoce_http_requests_total{method="GET",route="/v1/boats/{boat_id}",status="404"} 2.0' in text
    assert 'vivavoce_http_request_seconds_count{method="GET",route="/v1/boats/{boat_id}"} 2.0' in text
    assert 'method="OTHER"' in text
    for never in ("boat_1", "secret-path", "PROPFIND"):
        assert never not in text


async def test_metrics_are_for_this_machine_and_for_admins():
    behind = {"x-forwarded-for": "203.0.113.7"}
    assert (await get("/metrics", headers=behind)).status_code == 401
    assert (await get("/metrics", headers=behind | {"xi-api-key": "key_a"})).status_code == 403
    assert (await get("/metrics", headers=behind | {"xi-api-key": "key_admin"})).status_code == 200


async def test_every_answer_carries_an_id_of_its_own_and_the_safety_headers(client):
    answers = [await client.get(path) for path in ("/v1/boats", "/v1/boats", "/v1/nowhere", "/v1/broken", "/healthz")]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


async def test_what_a_key_unlocked_is_not_kept_by_caches(client):
    assert (await client.get("/v1/boats")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await client.get("/healthz")).headers


FORWARDED = {
    "x-forwarded-for": "203.0.113.7, 10.0.0.2",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "voice.example.com",
}


async def test_a_trusted_proxy_is_believed():
    options = ServerOptions(trusted_proxies=("127.0.0.0/8", "10.0.0.0/8"))
    async with served(make_server(options=options)) as client:
        seen = (await client.get("/v1/seen", headers=FORWARDED)).json()
        headers = (await client.get("/healthz", headers=FORWARDED)).headers
    assert seen == {"client": "203.0.113.7", "secure": True, "host": "voice.example.com"}
    assert headers["strict-transport-security"] == "max-age=31536000"


async def test_a_proxy_that_adds_its_own_line_to_the_chain_is_believed_too():
    lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "10.0.0.2")]
    async with served(make_server(options=ServerOptions(trusted_proxies=("127.0.0.1", "10.0.0.0/8")))) as client:
        assert (await client.get("/v1/seen", headers=lines)).json()["client"] == "203.0.113.7"


async def test_an_ipv4_address_is_itself_on_a_socket_that_speaks_ipv6():
    server = make_server(options=ServerOptions(trusted_proxies=("127.0.0.1",)))
    for peer, seen in (("::ffff:127.0.0.1", "203.0.113.7"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::1")):
        transport = httpx.ASGITransport(server, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            headers = {"x-forwarded-for": "::ffff:203.0.113.7"}
            assert (await client.get("/v1/seen", headers=headers)).json()["client"] == seen


async def test_anybody_else_is_not():
    async with served(make_server()) as client:
        seen = (await client.get("/v1/seen", headers=FORWARDED)).json()
        assert seen == {"client": "127.0.0.1", "secure": False, "host": f"127.0.0.1:{client.base_url.port}"}
