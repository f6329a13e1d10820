"""Servers of lines on loopback: WebSockets and plain TCP that do exactly what a test says.

A server is a coroutine with the caller's end in its hands. What it was sent is kept, and whoever waits for something to
happen waits for an event (`left`, `seen`), never for time.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


@dataclass
class Opened:
    """One connection as it was asked for."""

    target: str
    headers: dict[str, str]


@dataclass
class LineServer:
    """Where it is, and who came."""

    port: int = 0
    scheme: str = "ws"
    opened: list[Opened] = field(default_factory=list[Opened])
    names: list[str] = field(default_factory=list[str])
    """What TLS clients called it."""
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


Behaving = Callable[[ServerConnection], Awaitable[None]]
Admitting = Callable[[Opened], tuple[int, str] | None]
"""A status and a body for whom no line is opened."""


def everybody(_: Opened) -> tuple[int, str] | None:
    return None


@asynccontextmanager
async def web_sockets(
    behaving: Behaving, admitting: Admitting = everybody, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[LineServer]:
    """A WebSocket server; each connection is given to `behaving`."""
    server = LineServer(scheme="ws" if tls is None else "wss")
    if tls is not None:
        tls.sni_callback = lambda _connection, name, _context: server.names.append(name)

    async def handle(connection: ServerConnection) -> None:
        server.connections += 1
        server.arrived.set()
        try:
            with suppress(ConnectionClosed):
                await behaving(connection)
        finally:
            server.left.set()

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        asked = Opened(request.path, {name.lower(): value for name, value in request.headers.raw_items()})
        server.opened.append(asked)
        refused = admitting(asked)
        return None if refused is None else connection.respond(HTTPStatus(refused[0]), refused[1])

    listening: WebSocketServer
    async with serve(
        handle, "127.0.0.1", 0, process_request=admit, ssl=tls, compression=None, close_timeout=0.2, max_size=2**24
    ) as listening:
        server.port = next(iter(listening.sockets)).getsockname()[1]
        yield server


@asynccontextmanager
async def tcp(
    behaving: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[LineServer]:
    """A TCP server; each connection is given to `behaving`."""
    server = LineServer(scheme="tcp")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.arrived.set()
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await behaving(reader, writer)
        finally:
            server.left.set()
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
