"""The HTTP client, against real servers on loopback."""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.loopback import answers, says, serving, streams

from vivavoce.net.addresses import AddressRule, Anywhere, PublicOnly
from vivavoce.net.outbound import HttpOutbound, Resolve
from vivavoce.ports.outbound import OutboundFailed, Patience, Request

pytestmark = pytest.mark.anyio

LOOPBACK = PublicOnly.but(["127.0.0.1/32"])


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


class Names:
    """A resolver with a table; a list of lists changes its mind with every look."""

    def __init__(self, **table: Sequence[Sequence[str]]) -> None:
        self.table = {name.replace("_", "."): list(answers) for name, answers in table.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.table:
            raise OSError("no such name")
        looks = self.table[host]
        return looks[min(len(self.asked), len(looks)) - 1]


async def body_of(outbound: HttpOutbound, url: str, **more: object) -> bytes:
    async with outbound.send(Request("GET", url, **more)) as reply:  # pyright: ignore[reportArgumentType]
        return await reply.read()


async def failure_of(outbound: HttpOutbound, request: Request | str) -> OutboundFailed:
    with pytest.raises(OutboundFailed) as failed:
        async with outbound.send(Request("GET", request) if isinstance(request, str) else request) as reply:
            await reply.read()
    return failed.value


async def test_a_request_arrives_as_it_was_meant_and_its_answer_comes_back() -> None:
    async with serving(answers("201 Created", b'{"a":1}', content_type="application/json")) as server, client() as out:
        request = Request("POST", server.url("/v1/x?q=1&z=%20"), {"X-Key": "secret"}, b"hello")
        async with out.send(request) as reply:
            assert (reply.status, reply.headers["content-type"]) == (201, "application/json")
            assert await reply.read() == b'{"a":1}'
    [asked] = server.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/v1/x?q=1&z=%20", b"hello")
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["x-key"] == "secret"
    assert asked.headers["user-agent"] == "Vivavoce/test"


async def test_connections_are_kept() -> None:
    async with serving(answers(body=b"x")) as server, client() as out:
        for _ in range(3):
            assert await body_of(out, server.url()) == b"x"
        assert server.connections == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "localhost",
        "[::1]",
        "[::ffff:7f00:1]",
        "①②⑦.⓪.⓪.①",
        "１２７.0.0.1",
        "localhost.",
    ],
)
async def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    async with serving(answers()) as server, client(PublicOnly()) as out:
        failed = await failure_of(out, server.url(host=host))
        assert failed.kind in {"refused", "unreachable"}
        assert server.connections == 0


async def test_a_name_that_leads_inside_is_refused_and_says_how_to_allow_it() -> None:
    names = Names(evil_example=[["169.254.169.254"]])
    async with client(PublicOnly(), names) as out:
        failed = await failure_of(out, "http://evil.example/latest?token=1")
    assert failed.kind == "refused"
    assert "evil.example" in failed.message
    assert "outbound_private_hosts" in failed.message
    assert "token" not in failed.message


async def test_only_the_addresses_that_passed_are_connected_to() -> None:
    names = Names(two_example=[["10.255.255.1", "127.0.0.1"]])
    async with serving(answers(body=b"here")) as server, client(LOOPBACK, names) as out:
        assert await body_of(out, server.url(host="two.example")) == b"here"
        assert server.asked[0].headers["host"] == f"two.example:{server.port}"


async def test_an_address_that_did_not_pass_is_not_connected_to_beside_one_that_did() -> None:
    names = Names(two_example=[["127.0.0.1", "127.0.0.2"]])
    rule = PublicOnly.but(["127.0.0.2/32"])
    async with serving(answers(body=b"here")) as server, client(rule, names) as out:
        assert (await failure_of(out, server.url(host="two.example"))).kind == "unreachable"
        assert server.connections == 0


async def test_a_name_that_changes_its_mind_after_it_was_judged_gains_nothing() -> None:
    """The judged address is the one connected to: the second look, which would lead elsewhere, never happens."""
    names = Names(rebound_example=[["127.0.0.1"], ["10.0.0.1"]])
    async with serving(answers(body=b"judged")) as server, client(LOOPBACK, names) as out:
        assert await body_of(out, server.url(host="rebound.example")) == b"judged"
        assert names.asked == ["rebound.example"]


async def test_a_name_is_judged_again_for_every_connection() -> None:
    names = Names(rebound_example=[["127.0.0.1"], ["10.0.0.1"]])
    async with serving(answers(body=b"once", connection="close")) as server, client(LOOPBACK, names) as out:
        await body_of(out, server.url(host="rebound.example"))
        assert (await failure_of(out, server.url(host="rebound.example"))).kind == "refused"


async def test_a_redirect_is_judged_like_a_request() -> None:
    async with serving(answers("302 Found", location="http://inside.example/")) as server:
        names = Names(inside_example=[["10.0.0.1"]])
        names.table["127.0.0.1"] = [["127.0.0.1"]]
        async with client(LOOPBACK, names) as out:
            failed = await failure_of(out, Request("GET", server.url(), redirects=3))
    assert failed.kind == "refused"
    assert "inside.example" in failed.message


async def test_keys_stay_behind_when_a_redirect_leads_to_another_origin() -> None:
    async with serving(answers(body=b"there")) as there, serving(answers("307 x", location=there.url("/b"))) as here:
        async with client() as out:
            request = Request(
                "POST",
                here.url(),
                {"Authorization": "Bearer k", "X-Key": "k", "Accept": "text/plain"},
                b"b",
                redirects=1,
            )
            async with out.send(request) as reply:
                assert await reply.read() == b"there"
        [asked] = there.asked
        assert (asked.method, asked.target, asked.body) == ("POST", "/b", b"b")
        assert asked.headers["accept"] == "text/plain"
        assert not {"authorization", "x-key"} & set(asked.headers)


async def test_keys_stay_with_the_same_origin_and_a_303_becomes_a_get() -> None:
    async with serving(answers("303 See Other", location="/next"), answers(body=b"ok")) as server, client() as out:
        async with out.send(Request("POST", server.url(), {"X-Key": "k"}, b"b", redirects=1)) as reply:
            assert await reply.read() == b"ok"
        assert (server.asked[1].method, server.asked[1].target, server.asked[1].body) == ("GET", "/next", b"")
        assert server.asked[1].headers["x-key"] == "k"


async def test_redirects_are_counted_and_not_followed_unless_wished() -> None:
    async with serving(answers("302 Found", location="/again")) as server, client() as out:
        async with out.send(Request("GET", server.url())) as reply:
            assert reply.status == 302
        failed = await failure_of(out, Request("GET", server.url(), redirects=2))
        assert failed.message == "127.0.0.1 redirects in circles."
        assert len(server.asked) == 4


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com",
        "example.com",
        "http://",
        "http://a:b@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://exa mple.com/",
        "http://example.com/\r\nX: 1",
        "http://[::1/",
    ],
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    async with client(Anywhere()) as out:
        assert (await failure_of(out, url)).kind in {"refused", "unreachable"}


async def test_too_much_is_cut_off() -> None:
    patience = Patience(largest_bytes=1_000)
    async with serving(streams(b"x" * 600, b"x" * 600)) as server, client() as out:
        assert (await failure_of(out, Request("GET", server.url(), patience=patience))).kind == "too_large"
        await asyncio.wait_for(server.left.wait(), 5)


async def test_a_bomb_is_counted_as_it_unfolds() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    patience = Patience(largest_bytes=1_000_000)
    async with serving(answers(body=bomb, content_encoding="gzip")) as server, client() as out:
        assert (await failure_of(out, Request("GET", server.url(), patience=patience))).kind == "too_large"


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress(b"hello", mtime=0)), ("deflate", zlib.compress(b"hello"))]
)
async def test_what_comes_compressed_is_unfolded(encoding: str, packed: bytes) -> None:
    async with serving(answers(body=packed, content_encoding=encoding)) as server, client() as out:
        assert await body_of(out, server.url()) == b"hello"


async def test_an_encoding_that_nobody_asked_for_is_refused() -> None:
    async with (
        serving(answers(body=b"??", content_encoding="br"), answers(body=b"??", content_encoding="gzip")) as server,
        client() as out,
    ):
        assert (await failure_of(out, server.url())).kind == "broken"
        assert (await failure_of(out, server.url())).kind == "broken"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n", "slow"),  # silence in the head
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "slow"),  # silence in the body
    ],
)
async def test_silence_is_not_waited_for(raw: bytes, kind: str) -> None:
    patience = Patience(silence_seconds=0.05)
    async with serving(says(raw, stays=True)) as server, client() as out:
        assert (await failure_of(out, Request("GET", server.url(), patience=patience))).kind == kind


async def test_the_whole_has_a_limit_however_busy_it_is() -> None:
    async with serving(streams(*[b"x"] * 3, ends=False)) as server, client() as out:
        failed = await failure_of(out, Request("GET", server.url(), patience=Patience(total_seconds=0.1)))
        assert (failed.kind, failed.message) == ("slow", "127.0.0.1 took longer than it may for the whole answer.")


@pytest.mark.parametrize(
    "raw", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", b"SSH-2.0-OpenSSH\r\n"]
)
async def test_a_broken_answer_is_said_to_be_one(raw: bytes) -> None:
    async with serving(says(raw)) as server, client() as out:
        assert (await failure_of(out, server.url())).kind == "broken"


async def test_nobody_there() -> None:
    async with serving(answers()) as server:
        url = server.url()
    async with client() as out:
        assert (await failure_of(out, url)).kind == "unreachable"
        assert (await failure_of(out, "http://no-such-host.invalid/")).kind == "unreachable"


async def test_leaving_the_block_ends_a_stream_and_the_connection() -> None:
    async with serving(streams(b"one", b"two", ends=False)) as server, client() as out:
        async with out.send(Request("GET", server.url())) as reply:
            async for chunk in reply.chunks():
                assert chunk.startswith(b"one")
                break
        await asyncio.wait_for(server.left.wait(), 5)


async def test_cancelling_ends_it_too() -> None:
    async with serving(streams(b"one", ends=False)) as server, client() as out:
        began = asyncio.Event()

        async def reading() -> None:
            async with out.send(Request("GET", server.url())) as reply:
                async for _ in reply.chunks():
                    began.set()

        task = asyncio.create_task(reading())
        await asyncio.wait_for(began.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.left.wait(), 5)


async def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(answers(body=b"direct")) as server, client() as out:
        assert await body_of(out, server.url()) == b"direct"


async def test_a_header_cannot_smuggle() -> None:
    async with serving(answers()) as server, client() as out:
        failed = await failure_of(out, Request("GET", server.url(), {"x": "a\r\nx-evil: 1"}))
        assert failed.kind == "broken"
        assert (await failure_of(out, Request("GET", server.url(), {"x": "\u2603"}))).kind == "refused"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for voice.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voice.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("voice.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "voice.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.public_bytes(encoding))
    return file


async def test_tls_is_for_the_name_though_the_connection_goes_to_the_judged_address(certificate: Path) -> None:
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(certificate)
    trusts = ssl.create_default_context(cafile=str(certificate))
    names = Names(voice_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with serving(answers(body=b"safe"), tls=serves) as server, client(LOOPBACK, names, trusts) as out:
        assert await body_of(out, server.url(host="voice.example", scheme="https")) == b"safe"
        assert server.names == ["voice.example"]
        failed = await failure_of(out, server.url(host="other.example", scheme="https"))
        assert failed.message == "other.example cannot be reached: its certificate cannot be verified."


def test_the_double_answers_like_the_real_one() -> None:
    from vivavoce.ports.outbound import CannedOutbound, CannedReply

    async def main() -> list[bytes]:
        double = CannedOutbound([CannedReply(body=[b"a", OutboundFailed("broken", "x")])])
        got: list[bytes] = []
        with pytest.raises(OutboundFailed):
            async with double.send(Request("GET", "http://x/")) as reply:
                got.extend([chunk async for chunk in reply.chunks()])
        assert double.sent[0].url == "http://x/"
        return got

    assert asyncio.run(main()) == []
