"""HTTP servers on loopback that do exactly what a test says, byte for byte, and keep what they were asked."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Asked, asyncio.Transport], Awaitable[None]]


@dataclass
class Server:
    """A server: where it is, what it was asked, how many connections it saw, who came and left."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list[Asked])
    names: list[str] = field(default_factory=list[str])
    """What TLS clients called it."""
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answers(status: str = "200 OK", body: bytes = b"", **headers: str) -> Answering:
    """An answer with its length."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in {**named, "content-length": str(len(body))}.items())
        transport.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    return answering


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def streams(*chunks: bytes, ends: bool = True) -> Answering:
    """A stream. One that does not end goes silent and stays open until the client leaves."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        transport.write(STREAM_HEAD)
        for chunk in chunks:
            transport.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            await asyncio.sleep(0)
        if ends:
            transport.write(b"0\r\n\r\n")

    return answering


def says(raw: bytes, *, stays: bool = False) -> Answering:
    """Bytes, and then the end of the connection, or nothing for ever."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        transport.write(raw)
        if not stays:
            transport.close()

    return answering


class _Connection(asyncio.Protocol):
    def __init__(self, server: Server, answering: tuple[Answering, ...]) -> None:
        self._server = server
        self._answering = answering
        self._received = b""
        self._task: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.left.set()
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
        if len(body) < int(headers.get("content-length", "0")):
            return
        self._received = b""
        method, target, _ = line.split()
        asked = Asked(method, target, headers, body)
        self._server.asked.append(asked)
        self._server.arrived.set()
        answer = self._answering[min(len(self._server.asked), len(self._answering)) - 1]
        self._task = asyncio.ensure_future(answer(asked, self._transport))


@asynccontextmanager
async def serving(*answering: Answering, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncGenerator[Server]:
    """A server that answers its requests with these, in order, the last one again and again."""
    server = Server()
    if tls is not None:
        tls.sni_callback = lambda _connection, name, _context: server.names.append(name)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Connection(server, answering), "127.0.0.1", port, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
