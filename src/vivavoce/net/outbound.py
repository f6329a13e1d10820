"""The HTTP client: every request that leaves this server. (Lines, which last, are opened by `lines`.)

    name -> resolver -> each address judged (`addresses`) -> connection to one that passed -> TLS for the name

- The address that was judged is the address that is connected to; the name is not looked up a second time, so a name
  that changes its mind in between (DNS rebinding) gains nothing. TLS is verified for the name, and `Host` carries it.
- A redirect is a new request: its address is judged again, and headers with keys stay behind when it leads to another
  origin. Nothing is redirected unless the request says so.
- Kept connections belong to one client, and so to one rule: what an operator's request opened, no user's request uses.
- Time has three limits (connecting, silence, the whole) and size one, counted after decompression.
- No proxy, no `.netrc`, no cookie, nothing from the environment but where the system keeps its certificates.

It stands on httpcore, the transport of httpx (docs/decisions/ says why not on httpx itself). The client is imported
when the first request is sent.
"""

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit

from vivavoce.net.addresses import AddressRule
from vivavoce.net.lines import Way, opened
from vivavoce.net.urls import LINE_PORTS, authority, checked_url, port_of, target, wire_host
from vivavoce.ports.outbound import Line, LineRequest, OutboundFailed, Patience, Request

if TYPE_CHECKING:
    import httpcore2

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host name to its addresses, as text, best first."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPS_BODY = frozenset({307, 308})
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "content-type", "user-agent"})
_CONNECTIONS = 1_000
_KEPT_CONNECTIONS = 100
_KEPT_SECONDS = 30.0
_INFLATED_AT_ONCE_BYTES = 256 * 1024


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The system's own: hosts file, DNS, whatever it is set up for."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpOutbound:
    """The client (`ports.outbound.Outbound`) for one rule of addresses."""

    def __init__(
        self,
        rule: AddressRule,
        *,
        user_agent: str,
        resolve: Resolve = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._rule = rule
        self._user_agent = user_agent
        self._resolve = resolve
        self._ssl_context = ssl_context
        self._pool: httpcore2.AsyncConnectionPool | None = None

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator["HttpReply"]:
        """Send it, and follow where it may be led."""
        deadline = asyncio.get_running_loop().time() + request.patience.total_seconds
        for _ in range(request.redirects + 1):
            async with self._exchange(request, deadline) as reply:
                led_to = _redirected(request, reply)
                if led_to is None:
                    yield reply
                    return
            request = led_to
        raise OutboundFailed("broken", f"{_host_of(request.url)} redirects in circles.")

    def connect(self, request: LineRequest) -> AbstractAsyncContextManager[Line]:
        """Open a line, by the same rule."""
        way = Way(self._user_agent, partial(judged, self._rule, self._resolve), self._tls)
        return opened(request, checked_url(request.url, LINE_PORTS), way)

    async def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            import httpcore2

            # Reading the certificates takes longer than a call should have to wait.
            self._ssl_context = await asyncio.to_thread(httpcore2.default_ssl_context)
        return self._ssl_context

    async def close(self) -> None:
        """Close what was kept open."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    @asynccontextmanager
    async def _exchange(self, request: Request, deadline: float) -> AsyncGenerator["HttpReply"]:
        url = checked_url(request.url)
        host = url.hostname or ""
        limits = request.patience
        timeout = {"connect": limits.connect_seconds, "read": limits.silence_seconds, "write": limits.silence_seconds}
        pool = await self._opened()
        opened = pool.stream(
            request.method,
            _core_url(url),
            headers=self._headers(request, url),
            content=request.body or None,
            extensions={"timeout": {**timeout, "pool": limits.connect_seconds}},
        )
        async with _failing_as(host), _until(deadline, host):
            response = await opened.__aenter__()
        try:
            yield HttpReply(response, host, limits, deadline)
        finally:
            await opened.__aexit__(None, None, None)

    def _headers(self, request: Request, url: SplitResult) -> list[tuple[bytes, bytes]]:
        given = {name.lower(): value for name, value in request.headers.items()}
        given.setdefault("user-agent", self._user_agent)
        given.setdefault("accept-encoding", "gzip")
        given["host"] = authority(url)
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            given["content-length"] = str(len(request.body))
        try:
            return [(name.encode("ascii"), value.encode("latin-1")) for name, value in given.items()]
        except UnicodeEncodeError:
            raise OutboundFailed("refused", "A header has characters that HTTP cannot carry.") from None

    async def _opened(self) -> "httpcore2.AsyncConnectionPool":
        if self._pool is None:
            # Importing the client and reading the certificates takes longer than a call should have to wait.
            made = await asyncio.to_thread(self._new_pool)
            self._pool = self._pool or made
        return self._pool

    def _new_pool(self) -> "httpcore2.AsyncConnectionPool":
        import httpcore2

        return httpcore2.AsyncConnectionPool(
            ssl_context=self._ssl_context or httpcore2.default_ssl_context(),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=_judging_backend(self._rule, self._resolve),
        )


def _judging_backend(rule: AddressRule, resolve: Resolve) -> "httpcore2.AsyncNetworkBackend":
    """The client's way to the network: it connects to judged addresses and to nothing else."""
    import httpcore2

    plain = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    class Judging(httpcore2.AsyncNetworkBackend):
        async def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,  # noqa: ASYNC109
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore2.AsyncNetworkStream:
            addresses = await judged(rule, resolve, host, port, timeout)
            failure: Exception | None = None
            for address in addresses:
                try:
                    return await plain.connect_tcp(address, port, timeout, local_address, socket_options)
                except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                    failure = error
            raise failure or httpcore2.ConnectError("no address")

    return Judging()


async def judged(rule: AddressRule, resolve: Resolve, host: str, port: int, seconds: float | None) -> Sequence[str]:
    """The addresses of a host that may be connected to."""
    bare = host.strip("[]")
    try:
        async with asyncio.timeout(seconds):
            found = await resolve(bare, port)
    except TimeoutError:
        raise OutboundFailed("slow", f"The name {bare} could not be looked up in time.") from None
    except (OSError, UnicodeError):
        raise OutboundFailed("unreachable", f"There is no host {bare}.") from None
    allowed = [address for address in found if rule.allows(bare, ipaddress.ip_address(address))]
    if not allowed:
        raise OutboundFailed(
            "refused",
            f"{bare} is on this machine or in a private network, where addresses that users choose may not lead. "
            "The operator can allow it by name in the setting outbound_private_hosts.",
        )
    return allowed


# ---------------------------------------------------------------------------------------------------------------
# The answer


class HttpReply:
    """An answer on its way (`ports.outbound.Reply`)."""

    def __init__(self, response: "httpcore2.Response", host: str, limits: Patience, deadline: float) -> None:
        self._response = response
        self._host = host
        self._limits = limits
        self._deadline = deadline
        self.status: int = response.status
        self.headers: Mapping[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
        }

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        inflate = _inflater(self.headers.get("content-encoding", "identity").strip().lower(), self._host)
        left = self._limits.largest_bytes
        stream = aiter(self._response.aiter_stream())
        while True:
            async with _failing_as(self._host), _until(self._deadline, self._host):
                raw = await anext(stream, None)
            if raw is None:
                return
            for chunk in inflate(raw):
                left -= len(chunk)
                if left < 0:
                    raise OutboundFailed(
                        "too_large", f"{self._host} answered with more than {self._limits.largest_bytes} bytes."
                    )
                yield chunk

    async def read(self) -> bytes:
        """The whole body."""
        return b"".join([chunk async for chunk in self.chunks()])


def _inflater(encoding: str, host: str) -> Callable[[bytes], "Sequence[bytes] | Any"]:
    """Takes chunks as they travel and gives chunks as they were; a bomb comes out in small pieces, and is counted."""
    if encoding in {"identity", ""}:
        return lambda raw: (raw,)
    if encoding not in {"gzip", "deflate", "x-gzip"}:
        raise OutboundFailed("broken", f"{host} answered in the encoding {encoding[:40]!r}, which nobody asked for.")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def inflate(raw: bytes) -> Any:
        while raw:
            try:
                chunk = decoder.decompress(raw, _INFLATED_AT_ONCE_BYTES)
            except zlib.error:
                raise OutboundFailed("broken", f"What {host} answered cannot be decompressed.") from None
            raw = decoder.unconsumed_tail
            if chunk:
                yield chunk

    return inflate


@asynccontextmanager
async def _until(deadline: float, host: str) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise OutboundFailed("slow", f"{host} took longer than it may for the whole answer.") from None


@asynccontextmanager
async def _failing_as(host: str) -> AsyncGenerator[None]:
    """The client's errors in our words."""
    import httpcore2

    try:
        yield
    except (httpcore2.ConnectTimeout, httpcore2.PoolTimeout):
        raise OutboundFailed("slow", f"{host} could not be reached in time.") from None
    except httpcore2.TimeoutException:
        raise OutboundFailed("slow", f"{host} went silent.") from None
    except httpcore2.ConnectError as error:
        why = "its certificate cannot be verified" if _is_about_tls(error) else "the connection failed"
        raise OutboundFailed("unreachable", f"{host} cannot be reached: {why}.") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol):
        raise OutboundFailed("broken", f"{host} broke the connection off, or does not speak HTTP.") from None


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


# ---------------------------------------------------------------------------------------------------------------
# Addresses on the wire


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or "the server"


def _core_url(url: SplitResult) -> "httpcore2.URL":
    import httpcore2

    host = wire_host(url).strip("[]").encode("ascii")
    return httpcore2.URL(scheme=url.scheme.encode(), host=host, port=url.port, target=target(url).encode("ascii"))


def _redirected(request: Request, reply: HttpReply) -> Request | None:
    """The request that a redirect asks for, if the answer is one and may be followed."""
    location = reply.headers.get("location")
    if request.redirects == 0 or reply.status not in _REDIRECTS or location is None:
        return None
    led_to = urljoin(request.url, location)
    keeps_body = reply.status in _KEEPS_BODY or request.method in {"GET", "HEAD"}
    return Request(
        request.method if keeps_body else "GET",
        led_to,
        request.headers if _origin(led_to) == _origin(request.url) else _harmless(request.headers),
        request.body if keeps_body else b"",
        request.patience,
        request.redirects,
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = checked_url(url)
    return parts.scheme, parts.hostname, port_of(parts)


def _harmless(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in _HARMLESS_HEADERS}
