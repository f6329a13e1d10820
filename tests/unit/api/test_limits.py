"""Limits hold before anything is parsed."""

import json
from contextlib import suppress
from itertools import count

import anyio
import pytest
from tests.unit.api.example import make_server, served

from vivavoce.api.limits import Buckets, is_too_deep
from vivavoce.api.options import ServerOptions
from vivavoce.ports.clock import ManualClock

pytestmark = pytest.mark.anyio


def test_a_bucket_lets_a_burst_through_and_then_a_rate():
    buckets = Buckets(per_second=2, burst=3)
    assert [buckets.take("a", 0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b", 0) == 0
    assert buckets.take("a", 0.5) == 0
    assert buckets.take("a", 0.5) == 0.5
    assert [buckets.take("a", 100) for _ in range(4)] == [0, 0, 0, 0.5]


def test_waiting_takes_nothing():
    buckets = Buckets(per_second=1, burst=1)
    assert buckets.wait("a", 0) == 0
    buckets.take("a", 0)
    assert [buckets.wait("a", 0.25) for _ in range(3)] == [0.75] * 3


def test_time_that_goes_backwards_gives_nothing_and_takes_nothing():
    buckets = Buckets(per_second=1, burst=1)
    buckets.take("a", 100)
    assert buckets.take("a", 50) == 1


def test_buckets_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr("vivavoce.api.limits._MOST_BUCKETS", 3)
    buckets = Buckets(per_second=1, burst=1)
    for name in range(10):
        buckets.take(str(name), 0)
    buckets.take("9", 0)
    assert buckets.take("9", 0) == 1  # still known
    assert buckets.take("0", 0) == 0  # forgotten, so full again


@pytest.mark.parametrize("open_, close", [("[", "]"), ('{"a":', "}")])
def test_depth_is_counted_and_breadth_is_not(open_, close):
    def nested(depth: int) -> bytes:
        return (open_ * depth + "1" + close * depth).encode()

    assert not is_too_deep(nested(100), json.loads(nested(100)))
    assert is_too_deep(nested(101), json.loads(nested(101)))
    wide = json.dumps([[[]]] * 10_000).encode()
    assert not is_too_deep(wide, json.loads(wide))


@pytest.fixture
async def small():
    async with served(make_server(options=ServerOptions(max_body_bytes=1000))) as client:
        client.headers["xi-api-key"] = "key_a"
        yield client


async def test_a_body_that_is_announced_as_too_large_is_refused(small):
    response = await small.post("/v1/boats", json={"name": "x" * 1000})
    assert response.status_code == 413
    assert response.json()["detail"]["status"] == "too_large"
    assert "1000 bytes" in response.json()["detail"]["message"]


async def test_a_body_of_unknown_length_is_cut_at_the_limit(small):
    async def body():
        for _ in range(20):
            yield b" " * 100

    response = await small.post("/v1/boats", content=body(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert response.json()["detail"]["status"] == "too_large"


async def test_a_body_without_an_end_is_broken_off(small, monkeypatch):
    monkeypatch.setattr("vivavoce.api.routing._PATIENCE_BYTES", 1000)
    head = b"POST /v1/boats HTTP/1.1\r\nhost: a\r\nxi-api-key: key_a\r\n"
    head += b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    async with await anyio.connect_tcp(small.base_url.host, small.base_url.port) as line:
        await line.send(head + b"800\r\n" + b" " * 0x800 + b"\r\n")
        assert (await everything(line)).startswith(b"HTTP/1.1 413")


async def everything(line) -> bytes:
    """What is said until the other side hangs up."""
    said = b""
    with suppress(anyio.EndOfStream):
        while True:
            said += await line.receive()
    return said


async def test_uploads_have_the_limit_of_their_route(small):
    response = await small.post("/v1/boats/b/photo", files={"file": b"x" * 1_500_000})
    assert response.json() == {"bytes": 1_500_000}
    response = await small.post("/v1/boats/b/photo", files={"file": b"x" * 2_100_000})
    assert response.status_code == 413
    assert response.json()["detail"]["status"] == "too_large"


async def test_a_form_of_unknown_length_is_cut_at_the_limit(small):
    async def form():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(30):
            yield b"x" * 100_000
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    response = await small.post("/v1/boats/b/photo", content=form(), headers=headers)
    assert response.status_code == 413


async def test_too_many_requests_with_one_key():
    clock = ManualClock()
    server = make_server(options=ServerOptions(requests_per_minute=60), clock=clock)
    async with served(server) as client:
        key = {"xi-api-key": "key_a"}
        codes = [(await client.get("/v1/boats", headers=key)).status_code for _ in range(11)]
        assert codes == [200] * 10 + [429]
        refused = await client.get("/v1/boats", headers=key)
        assert refused.json()["detail"]["status"] == "rate_limited"
        assert refused.headers["retry-after"] == "1"
        assert (await client.get("/v1/boats", headers={"xi-api-key": "key_b"})).status_code == 200
        clock.advance(1)
        assert (await client.get("/v1/boats", headers=key)).status_code == 200


async def test_too_many_wrong_keys_from_one_address():
    clock = ManualClock()
    async with served(make_server(options=ServerOptions(refusals_per_minute=3), clock=clock)) as client:
        guesses = count()

        async def guess():
            return await client.get("/v1/boats", headers={"xi-api-key": f"guess{next(guesses)}"})

        assert [(await guess()).status_code for _ in range(4)] == [401, 401, 401, 429]
        # A right key must wait too, or guessing could go on.
        refused = await client.get("/v1/boats", headers={"xi-api-key": "key_a"})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "20"
        clock.advance(20)
        assert (await client.get("/v1/boats", headers={"xi-api-key": "key_a"})).status_code == 200


async def test_a_key_that_opened_before_is_not_shut_out_by_the_wrong_ones_of_others():
    async with served(make_server(options=ServerOptions(refusals_per_minute=3), clock=ManualClock())) as client:
        assert (await client.get("/v1/boats", headers={"xi-api-key": "key_a"})).status_code == 200
        for number in range(4):
            await client.get("/v1/boats", headers={"xi-api-key": f"guess{number}"})
        assert (await client.get("/v1/boats", headers={"xi-api-key": "guess"})).status_code == 429
        assert (await client.get("/v1/boats", headers={"xi-api-key": "key_a"})).status_code == 200


async def test_a_body_that_never_comes_is_not_waited_for_with_a_wrong_key(small):
    async with await anyio.connect_tcp(small.base_url.host, small.base_url.port) as line:
        await line.send(b"POST /v1/boats HTTP/1.1\r\nhost: a\r\nxi-api-key: no\r\ncontent-length: 900\r\n\r\n")
        assert (await line.receive()).startswith(b"HTTP/1.1 401")
