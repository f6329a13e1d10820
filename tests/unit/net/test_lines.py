"""Lines, against real servers on loopback."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.lines import Opened, tcp, web_sockets
from tests.support.loopback import answers, says, serving
from tests.unit.net.test_outbound import LOOPBACK, Names, certificate  # noqa: F401 (a fixture)
from websockets.asyncio.server import ServerConnection

from vivavoce.net.addresses import AddressRule, Anywhere, PublicOnly
from vivavoce.net.outbound import HttpOutbound, Resolve
from vivavoce.ports.outbound import CannedLine, CannedOutbound, LinePatience, LineRequest, OutboundFailed

pytestmark = pytest.mark.anyio

HASTY = LinePatience(connect_seconds=0.2, send_seconds=0.2, alive_seconds=0.1, close_seconds=0.1)


@asynccontextmanager
async def client(
    rule: AddressRule = LOOPBACK, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[HttpOutbound]:
    more = {} if resolve is None else {"resolve": resolve}
    outbound = HttpOutbound(rule, user_agent="Vivavoce/test", ssl_context=tls, **more)
    try:
        yield outbound
    finally:
        await outbound.close()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def failure_of(outbound: HttpOutbound, request: LineRequest | str) -> OutboundFailed:
    with pytest.raises(OutboundFailed) as failed:
        asked = LineRequest(request) if isinstance(request, str) else request
        async with outbound.connect(asked) as line:
            while await line.receive() is not None:
                pass
    return failed.value


async def test_messages_go_and_come_whole_and_stay_what_they_are() -> None:
    async with web_sockets(echo) as server, client() as out:
        async with out.connect(LineRequest(server.url("/v1/x?q=1"), {"X-Key": "secret"})) as line:
            for message in ("hello", b"\x00\x01", "ü" * 100_000):
                await line.send(message)
                assert await line.receive() == message
        await asyncio.wait_for(server.left.wait(), 5)
    [asked] = server.opened
    assert asked.target == "/v1/x?q=1"
    assert (asked.headers["x-key"], asked.headers["user-agent"]) == ("secret", "Vivavoce/test")
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert "sec-websocket-extensions" not in asked.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:7f00:1]", "①②⑦.⓪.⓪.①"])
@pytest.mark.parametrize("scheme", ["ws", "tcp"])
async def test_this_machine_is_refused_however_it_is_written(host: str, scheme: str) -> None:
    async with web_sockets(echo) as server, client(PublicOnly()) as out:
        failed = await failure_of(out, f"{scheme}://{host}:{server.port}")
        assert failed.kind in {"refused", "unreachable"}
        assert server.connections == 0


async def test_only_the_address_that_was_judged_is_dialled() -> None:
    names = Names(voice_example=[["127.0.0.1"], ["169.254.169.254"]])
    async with web_sockets(echo) as server, client(LOOPBACK, names) as out:
        async with out.connect(LineRequest(server.url("/", host="voice.example"))) as line:
            await line.send("hello")
            assert await line.receive() == "hello"
        assert server.opened[0].headers["host"] == f"voice.example:{server.port}"
        assert names.asked == ["voice.example"]
        assert (await failure_of(out, server.url(host="voice.example"))).kind == "refused"


@pytest.mark.parametrize(
    "url", ["http://example.com", "ws://", "ws://a:b@example.com/", "tcp://example.com", "ws://exa mple.com/"]
)
async def test_what_is_no_address_of_a_line_is_refused(url: str) -> None:
    async with client(Anywhere()) as out:
        assert (await failure_of(out, url)).kind == "refused"


async def test_a_server_that_opens_no_line_says_why_and_nothing_is_told_of_the_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    def refusing(asked: Opened) -> tuple[int, str]:
        return 401, f"bad key {asked.headers['authorization']}"

    async with web_sockets(echo, refusing) as server, client() as out:
        failed = await failure_of(
            out, LineRequest(server.url("/?token=sesame"), {"authorization": "Token open-sesame"})
        )
    assert (failed.kind, failed.status) == ("broken", 401)
    assert "sesame" not in failed.message
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [said for said in ours if "sesame" in said]


async def test_a_redirect_is_not_followed() -> None:
    redirect = answers("302 Found", location="ws://127.0.0.1:1/")
    async with serving(redirect) as server, client() as out:
        failed = await failure_of(out, server.url(scheme="ws"))
    assert (failed.kind, server.connections) == ("broken", 1)


async def test_a_message_that_is_too_large_is_not_taken() -> None:
    async def shout(connection: ServerConnection) -> None:
        await connection.send("x" * 2_000)
        await connection.wait_closed()

    async with web_sockets(shout) as server, client() as out:
        failed = await failure_of(out, LineRequest(server.url(), patience=LinePatience(largest_bytes=1_000)))
    assert failed.kind == "too_large"


async def test_the_other_side_says_goodbye() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(4001, "no credit")

    async with web_sockets(leave) as server, client() as out, out.connect(LineRequest(server.url())) as line:
        assert line.farewell is None
        assert await line.receive() is None
        assert line.farewell is not None
        assert (line.farewell.code, line.farewell.reason) == (4001, "no credit")
        with pytest.raises(OutboundFailed):
            await line.send("are you there?")


async def test_the_other_side_vanishes() -> None:
    async def vanish(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with web_sockets(vanish) as server, client() as out:
        assert (await failure_of(out, server.url())).kind == "broken"


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\x00\xff garbage\r\n\r\n"])
async def test_who_speaks_no_websocket(raw: bytes) -> None:
    async with serving(says(raw)) as server, client() as out:
        assert (await failure_of(out, server.url(scheme="ws"))).kind == "broken"


async def test_a_server_that_never_answers_is_not_waited_for() -> None:
    async with serving(says(b"", stays=True)) as server, client() as out:
        assert (await failure_of(out, LineRequest(server.url(scheme="ws"), patience=HASTY))).kind == "slow"
        await asyncio.wait_for(server.left.wait(), 5)


async def test_a_server_that_answers_no_ping_is_taken_for_dead() -> None:
    over = asyncio.Event()

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    async with web_sockets(deaf) as server, client() as out:
        assert (await failure_of(out, LineRequest(server.url(), patience=HASTY))).kind == "slow"
        over.set()


async def test_nobody_there() -> None:
    async with web_sockets(echo) as server:
        pass
    async with client() as out:
        for scheme in ("ws", "tcp"):
            failed = await failure_of(out, f"{scheme}://127.0.0.1:{server.port}")
            assert failed.kind == "unreachable"


async def test_cancelling_ends_the_line() -> None:
    async with web_sockets(echo) as server, client() as out:

        async def listen() -> None:
            async with out.connect(LineRequest(server.url())) as line:
                await line.receive()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        await asyncio.wait_for(server.left.wait(), 5)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY", "ws_proxy", "wss_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with web_sockets(echo) as server, client() as out, out.connect(LineRequest(server.url())) as line:
        await line.send("direct")
        assert await line.receive() == "direct"


async def test_a_header_cannot_smuggle() -> None:
    async with web_sockets(echo) as server, client() as out:
        failed = await failure_of(out, LineRequest(server.url(), {"x-a": "b\r\nx-evil: 1"}))
    assert (failed.kind, server.connections) == ("refused", 0)


async def test_tls_is_for_the_name_though_the_line_goes_to_the_judged_address(certificate: Path) -> None:  # noqa: F811
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(certificate)
    trusts = ssl.create_default_context(cafile=str(certificate))
    names = Names(voice_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with web_sockets(echo, tls=serves) as server, client(LOOPBACK, names, trusts) as out:
        async with out.connect(LineRequest(server.url(host="voice.example"))) as line:
            await line.send("hello")
            assert await line.receive() == "hello"
        failed = await failure_of(out, server.url(host="other.example"))
    assert "certificate" in failed.message
    assert server.names == ["voice.example", "other.example"]


async def test_plain_tcp_carries_bytes_both_ways_until_it_is_ended() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())
        await writer.drain()

    async with tcp(answer) as server, client() as out, out.connect(LineRequest(server.url())) as line:
        await line.send(b"hello\n")
        assert await line.receive() == b"HELLO\n"
        assert await line.receive() is None
        assert line.farewell is not None


async def test_the_double_answers_like_the_real_one() -> None:
    def answering(message: str | bytes) -> Sequence[str | bytes | OutboundFailed | None]:
        return (message, None) if message == "bye" else (message,)

    double = CannedOutbound(lines=[OutboundFailed("slow", "late"), CannedLine(["hello"], answering)])
    with pytest.raises(OutboundFailed):
        async with double.connect(LineRequest("ws://one")):
            pass
    async with double.connect(LineRequest("ws://two")) as line:
        assert await line.receive() == "hello"
        await line.send("bye")
        assert [await line.receive(), await line.receive()] == ["bye", None]
        assert line.farewell is not None
    assert [request.url for request in double.connected] == ["ws://one", "ws://two"]
