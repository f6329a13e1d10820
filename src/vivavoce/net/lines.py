"""Lines: connections that last, WebSockets and plain TCP, under the same rules as requests.

    name -> resolver -> each address judged (`addresses`) -> our own socket to one that passed -> TLS for the name

- The socket is dialled here and handed to the WebSocket client connected, so the client looks up nothing, follows no
  redirect and knows no proxy. TLS is verified for the name that the address was written with.
- Opening, sending and saying goodbye have limits in time, a message in size. Silence has none, because people are
  silent too; whether the other side of a WebSocket is still there is asked by pings.
- What is said of a failure names the host alone. The client's own log, which would show headers, is switched off.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult

from vivavoce.base.frozen import frozen
from vivavoce.net.urls import LINE_PORTS, authority, port_of, target, wire_host
from vivavoce.ports.outbound import Farewell, Line, LinePatience, LineRequest, OutboundFailed

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

_READ_BYTES = 64 * 1024
_TOO_LARGE = 1009
_PING_UNANSWERED = 1011

_silent = logging.Logger("vivavoce.net.lines.silent", logging.CRITICAL + 1)


@frozen
class Way:
    """How lines are opened here: who we say we are, who may be reached, and whose certificates are believed."""

    user_agent: str
    judge: Callable[[str, int, float], Awaitable[Sequence[str]]]
    tls: Callable[[], Awaitable[ssl.SSLContext]]


@asynccontextmanager
async def opened(request: LineRequest, url: SplitResult, way: Way) -> AsyncGenerator[Line]:
    """A line to a checked address, for as long as the block lasts."""
    patience = request.patience
    if url.scheme == "tcp":
        ends = await asyncio.open_connection(sock=await _dialled(url, way, patience))
        stream = _TcpLine(*ends, url.hostname or "", patience)
        try:
            yield stream
        finally:
            stream.close()
        return
    line = _WebSocketLine(await _handshaken(request, url, way), url.hostname or "", patience)
    try:
        yield line
    finally:
        await line.close()


async def _dialled(url: SplitResult, way: Way, patience: LinePatience) -> socket.socket:
    """Our own socket to the first of the judged addresses that answers."""
    host, port = url.hostname or "", port_of(url, LINE_PORTS)
    failed = OutboundFailed("unreachable", f"{host} cannot be reached: the connection failed.")
    for address in await way.judge(wire_host(url), port, patience.connect_seconds):
        try:
            async with asyncio.timeout(patience.connect_seconds):
                return await _connected(address, port)
        except TimeoutError:
            failed = OutboundFailed("slow", f"{host} could not be reached in time.")
        except OSError:
            failed = OutboundFailed("unreachable", f"{host} cannot be reached: the connection failed.")
    raise failed


async def _connected(address: str, port: int) -> socket.socket:
    plug = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        plug.setblocking(False)
        # Small messages are the rule on a line, and none of them should wait for the next one.
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(plug, (address, port))
    except BaseException:
        plug.close()
        raise
    return plug


# ---------------------------------------------------------------------------------------------------------------
# WebSocket


async def _handshaken(request: LineRequest, url: SplitResult, way: Way) -> "ClientConnection":
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidHandshake, InvalidStatus

    host, patience, headers = url.hostname or "", request.patience, _headers(request)
    # Any: the client passes these on to the loop, and its own types know nothing of them.
    tls: dict[str, Any] = {}
    if url.scheme == "wss":
        tls = {"ssl": await way.tls(), "server_hostname": wire_host(url).strip("[]")}
    plug = await _dialled(url, way, patience)
    try:
        async with asyncio.timeout(patience.connect_seconds):
            return await connect(
                f"{url.scheme}://{authority(url, LINE_PORTS)}{target(url)}",
                sock=plug,
                proxy=None,
                compression=None,
                additional_headers=headers,
                user_agent_header=way.user_agent,
                open_timeout=None,
                ping_interval=patience.alive_seconds,
                ping_timeout=patience.alive_seconds,
                close_timeout=patience.close_seconds,
                max_size=patience.largest_bytes,
                logger=_silent,
                **tls,
            )
    except TimeoutError:
        raise OutboundFailed("slow", f"{host} did not answer in time.") from None
    except ssl.SSLError:
        raise OutboundFailed("unreachable", f"{host} cannot be reached: its certificate cannot be verified.") from None
    except InvalidStatus as refusal:
        status = refusal.response.status_code
        raise OutboundFailed("broken", f"{host} answered {status} and opened no line.", status) from None
    except (InvalidHandshake, OSError, EOFError, ValueError):
        raise OutboundFailed("broken", f"{host} broke the connection off, or does not speak WebSocket.") from None


def _headers(request: LineRequest) -> list[tuple[str, str]]:
    for name, value in request.headers.items():
        text = name + value
        if not text.isprintable() or not text.isascii():
            raise OutboundFailed("refused", "A header has characters that HTTP cannot carry.")
    return list(request.headers.items())


class _WebSocketLine:
    """A WebSocket (`ports.outbound.Line`)."""

    def __init__(self, connection: "ClientConnection", host: str, patience: LinePatience) -> None:
        self._connection = connection
        self._host = host
        self._patience = patience
        self.farewell: Farewell | None = None

    async def send(self, message: str | bytes) -> None:
        """Send a message."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(self._patience.send_seconds):
                await self._connection.send(message)
        except TimeoutError:
            raise OutboundFailed("slow", f"{self._host} does not take what it is sent.") from None
        except ConnectionClosed as closed:
            raise self._failure(closed) from None

    async def receive(self) -> str | bytes | None:
        """The next message."""
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            if closed.rcvd is None:
                raise self._failure(closed) from None
            self.farewell = Farewell(closed.rcvd.code, closed.rcvd.reason)
            return None

    async def close(self) -> None:
        """Say goodbye, and wait for the other side's only as long as that is polite."""
        with suppress(OSError):
            await self._connection.close()

    def _failure(self, closed: "ConnectionClosed") -> OutboundFailed:
        if closed.rcvd is not None:
            return OutboundFailed("broken", f"{self._host} has ended the line.")
        ours = closed.sent.code if closed.sent is not None else 0
        if ours == _TOO_LARGE:
            limit = self._patience.largest_bytes
            return OutboundFailed("too_large", f"{self._host} sent a message of more than {limit} bytes.")
        if ours == _PING_UNANSWERED:
            return OutboundFailed("slow", f"{self._host} went silent.")
        return OutboundFailed("broken", f"{self._host} broke the line off.")


# ---------------------------------------------------------------------------------------------------------------
# TCP


class _TcpLine:
    """Plain TCP (`ports.outbound.Line`): bytes as they come."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, patience: LinePatience
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._patience = patience
        self.farewell: Farewell | None = None

    async def send(self, message: str | bytes) -> None:
        """Send bytes."""
        try:
            async with asyncio.timeout(self._patience.send_seconds):
                self._writer.write(message.encode() if isinstance(message, str) else message)
                await self._writer.drain()
        except TimeoutError:
            raise OutboundFailed("slow", f"{self._host} does not take what it is sent.") from None
        except OSError:
            raise OutboundFailed("broken", f"{self._host} broke the line off.") from None

    async def receive(self) -> bytes | None:
        """The next bytes."""
        try:
            read = await self._reader.read(_READ_BYTES)
        except OSError:
            raise OutboundFailed("broken", f"{self._host} broke the line off.") from None
        if not read:
            self.farewell = Farewell()
            return None
        return read

    def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()
