"""The head of a request is bounded in size and time, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from vivavoce.processes.http import MOST_HEAD_BYTES, BoundedHttp

pytestmark = pytest.mark.anyio

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def counting(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    text = str(size).encode()
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@asynccontextmanager
async def line(protocol: type[BoundedHttp] = BoundedHttp) -> AsyncIterator[Line]:
    """A connection to a server that counts."""
    config = uvicorn.Config(counting, http=protocol, lifespan="off", log_config=None, port=0)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(20):
            yield reader, writer
        writer.close()
    finally:
        await server.shutdown()


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


def post(size: int) -> bytes:
    return b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * MOST_HEAD_BYTES,
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * MOST_HEAD_BYTES * 2,
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * MOST_HEAD_BYTES + b"\r\n\r\n",
    ],
    ids=["many headers", "one that never ends", "one that ends too late"],
)
async def test_a_head_that_is_too_large_is_refused_in_json(head: bytes) -> None:
    async with line() as (reader, writer):
        writer.write(head)
        status, body = await answer(reader)
        assert (status, json.loads(body)["detail"]["status"]) == (431, "head_too_large")


async def test_what_is_no_http_is_refused_in_json() -> None:
    async with line() as (reader, writer):
        writer.write(b"hello\r\n\r\n")
        status, body = await answer(reader)
        assert (status, json.loads(body)["detail"]["status"]) == (400, "bad_request")
        assert await reader.read() == b""


async def test_large_bodies_and_many_requests_on_one_line_are_no_heads() -> None:
    async with line() as (reader, writer):
        for size in (0, 3 * MOST_HEAD_BYTES, 10, 5 * MOST_HEAD_BYTES):
            writer.write(post(size))
            assert await answer(reader) == (200, str(size).encode())
        writer.write(post(2 * MOST_HEAD_BYTES) + post(7) + post(8))
        sizes = [await answer(reader) for _ in range(3)]
        assert sizes == [(200, str(2 * MOST_HEAD_BYTES).encode()), (200, b"7"), (200, b"8")]


async def test_a_head_in_small_pieces_is_whole_in_the_end() -> None:
    async with line() as (reader, writer):
        for _ in range(2):
            for letter in post(3):
                writer.write(bytes([letter]))
                await writer.drain()
            assert await answer(reader) == (200, b"3")


class Hasty(BoundedHttp):
    """Waits for no head."""

    head_seconds = 0.05


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nhost: a\r\n", post(1) + b"GET"], ids=["none", "half", "second"]
)
async def test_who_does_not_finish_a_head_is_hung_up_on(begun: bytes) -> None:
    async with line(Hasty) as (reader, writer):
        writer.write(begun)
        said = await reader.read()
        assert said.count(b"HTTP/1.1") == begun.startswith(b"POST")
