"""The short way of a WebSocket through the server: real uvicorn, real clients, well behaved and not."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vivavoce.api import sockets
from vivavoce.api.frames import FramesProtocol
from vivavoce.api.sockets import ServedSocket

pytestmark = pytest.mark.anyio
SECONDS = 20
LARGEST_BYTES = 100_000


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}


@dataclass
class Host:
    """A server whose one route gives its socket to the test."""

    port: int = 0
    accepted: "asyncio.Queue[Held]" = field(default_factory=asyncio.Queue)
    server: uvicorn.Server | None = None

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/"


@dataclass
class Held:
    """The server's end of one connection."""

    socket: ServedSocket
    messages: "asyncio.Queue[str | bytes]" = field(default_factory=asyncio.Queue)
    ended: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    done: asyncio.Event = field(default_factory=asyncio.Event)
    code: int = 0

    def listen(self) -> None:
        self.socket.listen(self.messages.put_nowait, self._gone)

    def _gone(self, reason: str, code: int) -> None:
        self.code = code
        self.ended.set_result(reason)

    async def message(self) -> str:
        async with asyncio.timeout(SECONDS):
            got = await self.messages.get()
        return got if isinstance(got, str) else got.decode()

    async def reason(self) -> str:
        async with asyncio.timeout(SECONDS):
            return await self.ended


@asynccontextmanager
async def hosting(route: Callable[[WebSocket], Awaitable[None]] | None = None, **options: Any) -> AsyncGenerator[Host]:
    host = Host()

    async def hold(websocket: WebSocket) -> None:
        await websocket.accept()
        held = Held(ServedSocket(websocket))
        host.accepted.put_nowait(held)
        await held.done.wait()

    app = Starlette(routes=[WebSocketRoute("/", route or hold)])
    defaults: dict[str, Any] = {"ws": FramesProtocol, "lifespan": "off", "log_config": None, "log_level": "critical"}
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    host.port = listening.getsockname()[1]
    started = asyncio.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Server(
        uvicorn.Config(app, **{**defaults, "ws_max_size": LARGEST_BYTES, "timeout_graceful_shutdown": 1, **options})
    )
    host.server = server
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(SECONDS):
            await started.wait()
        yield host
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def connected(host: Host, **options: Any) -> AsyncGenerator[tuple[ClientConnection, Held]]:
    async with connect(host.address, compression=None, **options) as client:
        held = await host.accepted.get()
        try:
            yield client, held
        finally:
            held.done.set()


async def test_messages_come_by_themselves_those_that_waited_first() -> None:
    async with hosting() as host, connected(host) as (client, held):
        await client.send("handshake")
        assert await held.socket.receive() == "handshake"
        for number in range(20):
            await client.send(f"early {number}")
        held.listen()
        for number in range(20):
            await client.send(f"late {number}")
        got = [await held.message() for _ in range(40)]
        assert got == [f"early {number}" for number in range(20)] + [f"late {number}" for number in range(20)]


async def test_what_is_sent_arrives_as_text_in_order() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        for number in range(50):
            held.socket.send(f'{{"number": {number}, "text": "ü"}}'.encode())
        got = [await client.recv() for _ in range(50)]
        assert got == [f'{{"number": {number}, "text": "ü"}}' for number in range(50)]
        assert held.socket.waiting_bytes == 0


async def test_a_message_in_pieces_is_one_message() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        await client.send(["a", "b" * 1000, "c"])
        assert await held.message() == "a" + "b" * 1000 + "c"


@pytest.mark.parametrize(
    ("code", "reason", "in_words"),
    [
        (1000, "User ended conversation", "The caller hung up."),
        (1001, "", "The caller hung up."),
        (4001, "Lost patience", "The client ended the call: Lost patience"),
        (4001, "", "The client ended the call with code 4001."),
    ],
)
async def test_how_a_client_hangs_up_is_told_in_words(code: int, reason: str, in_words: str) -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        await client.close(code, reason)
        assert await held.reason() == in_words
        assert held.code == 1000


async def test_a_client_that_was_gone_before_somebody_listened_is_told_too() -> None:
    async with hosting() as host, connected(host) as (client, held):
        await client.close()
        assert await held.socket.receive() is None
        held.listen()
        assert await held.reason() == "The caller hung up."
        await held.socket.close(1000, "")


async def test_a_line_that_breaks_is_lost() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        client.transport.abort()
        assert await held.reason() == "The connection was lost."
        held.socket.send(b"{}")
        await held.socket.close(1000, "")


async def test_the_close_has_its_code_and_its_reason_after_all_that_was_sent() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        held.socket.send(b"last words")
        await held.socket.close(1008, "You may not.")
        await held.socket.close(1000, "twice")
        assert await client.recv() == "last words"
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert (client.close_code, client.close_reason) == (1008, "You may not.")


async def test_a_frame_beyond_all_limits_ends_the_line() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        with suppress(ConnectionClosed):
            await client.send("a" * (LARGEST_BYTES + 1))
        assert await held.reason() == "The client sent a message that is far too large."
        assert held.code == 1009
        await client.wait_closed()
        assert client.close_code == 1009


async def test_a_peer_that_answers_no_ping_is_found_out() -> None:
    async with hosting(ws_ping_interval=0.05, ws_ping_timeout=0.05) as host:
        reader, writer = await asyncio.open_connection("127.0.0.1", host.port)
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        held = await host.accepted.get()
        held.listen()
        assert await held.reason() == "The connection was lost."
        held.done.set()
        writer.close()


async def test_a_client_that_does_not_read_fills_a_buffer_and_not_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.1)
    async with hosting() as host:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", host.port))
        async with connect(host.address, sock=raw, compression=None) as client:
            held = await host.accepted.get()
            held.listen()
            client.transport.pause_reading()
            sent = 0
            while held.socket.waiting_bytes < 2_000_000 and sent < 200:
                held.socket.send(b"a" * 100_000)
                sent += 1
            assert held.socket.waiting_bytes >= 2_000_000
            async with asyncio.timeout(SECONDS):
                await held.socket.close(1000, "too late")
                assert await held.reason() == "The connection was lost."
            held.done.set()
            client.transport.abort()


async def test_a_reset_is_a_lost_line() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        raw = client.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.transport.abort()
        assert await held.reason() == "The connection was lost."


async def test_a_server_that_stops_says_so() -> None:
    async with hosting() as host, connected(host) as (client, held):
        held.listen()
        assert host.server is not None
        host.server.should_exit = True
        assert await held.reason() == "The server is being stopped."
        await client.wait_closed()
        assert client.close_code == 1012


async def test_nonsense_instead_of_frames_ends_the_line_and_nothing_else() -> None:
    async with hosting() as host:
        async with connected(host) as (client, held):
            held.listen()
            client.transport.write(b"\xff" * 100)
            assert (await held.reason()).startswith("The client ended the call")
        async with connected(host) as (client, held):
            held.listen()
            await client.send("still there")
            assert await held.message() == "still there"


async def test_another_server_is_refused_by_name() -> None:
    with pytest.raises(RuntimeError, match="FramesProtocol"):
        ServedSocket(WebSocket({"type": "websocket"}, None, None))  # pyright: ignore


async def test_a_refusal_is_an_answer_and_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("Not you.", 401))

    async with hosting(refuse, log_level="error") as host:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(host.address):
                pass
        assert (refused.value.response.status_code, refused.value.response.body) == (401, b"Not you.")
    assert not caplog.records
