"""A small HTTP/1.1 client that keeps many connections busy and costs less than what it measures.

It speaks only what is needed: requests made in advance, answers with a `Content-Length`, connections kept alive.
"""

import asyncio
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

import orjson


@dataclass(frozen=True)
class Measured:
    """What came of a number of requests."""

    seconds: float
    latencies_ms: list[float]
    bodies: list[bytes]
    cpu_seconds: float = 0.0
    """What the server's processes used meanwhile; 0 where nobody says so."""

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds * 1000 / len(self.latencies_ms)

    @property
    def per_second(self) -> float:
        return len(self.latencies_ms) / self.seconds

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.latencies_ms, n=100)[98]


def request(method: str, path: str, key: str, body: object = None) -> bytes:
    """A whole request as bytes."""
    content = b"" if body is None else orjson.dumps(body)
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nxi-api-key: {key}\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"\r\n" + content


async def load(address: str, requests: list[bytes], *, connections: int, keep_bodies: bool = False) -> Measured:
    """Sends all requests, shared out over the connections, each connection one after the other."""
    places = urlsplit(address)
    todo = iter(requests)
    clients = [await _connect(places.hostname or "", places.port or 80) for _ in range(connections)]
    began = perf_counter()
    latencies: list[float] = []
    bodies: list[bytes] = []
    await asyncio.gather(*(_work(client, todo, latencies, bodies if keep_bodies else None) for client in clients))
    seconds = perf_counter() - began
    for client in clients:
        client.close()
    return Measured(seconds, latencies, bodies)


async def steady(
    address: str, requests: Iterator[bytes], *, per_second: float, until: Callable[[], bool], connections: int = 8
) -> list[float]:
    """Sends requests at a steady pace, whatever the answers take, until it is told to stop; returns milliseconds.

    A request that has to wait for a free connection counts from when it was due.
    """
    places = urlsplit(address)
    clients: asyncio.Queue[_Client] = asyncio.Queue()
    for _ in range(connections):
        clients.put_nowait(await _connect(places.hostname or "", places.port or 80))
    latencies: list[float] = []
    due = perf_counter()
    async with asyncio.TaskGroup() as sending:
        while not until():
            sending.create_task(_send(clients, next(requests), due, latencies))
            due += 1 / per_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
    while not clients.empty():
        clients.get_nowait().close()
    return latencies


async def _send(clients: "asyncio.Queue[_Client]", content: bytes, due: float, latencies: list[float]) -> None:
    client = await clients.get()
    status, body = await client.send(content)
    clients.put_nowait(client)
    latencies.append((perf_counter() - due) * 1000)
    _check(content, status, body)


def _check(content: bytes, status: int, body: bytes) -> None:
    if not 200 <= status < 300:
        raise RuntimeError(f"{content[:80]!r} was answered with {status}: {body[:500]!r}")


async def _work(client: "_Client", todo: Iterator[bytes], latencies: list[float], bodies: list[bytes] | None) -> None:
    for content in todo:
        began = perf_counter()
        status, body = await client.send(content)
        latencies.append((perf_counter() - began) * 1000)
        _check(content, status, body)
        if bodies is not None:
            bodies.append(body)


class _Client(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def send(self, content: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(content)
        return self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(received[:end]).lower()
        start = head.index(b"content-length:") + 15
        stop = head.find(b"\r\n", start)
        length = int(head[start : stop if stop >= 0 else None])
        if len(received) < end + 4 + length:
            return
        body = bytes(received[end + 4 : end + 4 + length])
        received.clear()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))


async def _connect(host: str, port: int) -> _Client:
    _, client = await asyncio.get_running_loop().create_connection(_Client, host, port)
    return client
