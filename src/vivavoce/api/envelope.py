"""The outermost layer around every request: an id, who really asks, the headers of safety, the last line against what
nobody foresaw, the count and the log line at the end.

It is plain ASGI, written for cost: a request that goes well passes with a handful of assignments.

CORS stands here too, because it is about answers of every kind: any page may read what a route marked `from_browsers`
answers, the pages of configured origins everything else, neither with cookies. Preflights are the switchboard's.
"""

import secrets
from collections.abc import Iterable
from time import perf_counter
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from vivavoce.api.errors import INTERNAL, error_reply
from vivavoce.api.metrics import Metrics
from vivavoce.api.options import ServerOptions
from vivavoce.api.passage import Passage, open_passage
from vivavoce.api.proxies import Client, Proxies, plain_address

RawHeaders = list[tuple[bytes, bytes]]

_log: Any = structlog.get_logger("vivavoce.api")

_CHAIN = b"x-forwarded-for"
_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})
_UNLESS_SAID: RawHeaders = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Envelope:
    """Wraps the server."""

    def __init__(self, app: ASGIApp, options: ServerOptions, metrics: Metrics) -> None:
        self._app = app
        self._options = options
        self._metrics = metrics
        self._proxies = Proxies(options.trusted_proxies)
        self._origins = frozenset(options.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        passage = self._open(scope)
        began = perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] in _STARTS:
                passage.status = message["status"]
                message["headers"] = self._headers(passage, message.get("headers", ()))
            elif message["type"] == "websocket.accept":
                passage.status = 101
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except WebSocketDisconnect:
            pass
        except Exception:
            await self._apologize(passage, scope, receive, send_on)
        finally:
            self._finish(scope, passage, perf_counter() - began)

    def _open(self, scope: Scope) -> Passage:
        passage = Passage(secrets.token_hex(8))
        open_passage(scope, passage)
        for name, value in scope["headers"]:
            if name == b"host":
                passage.host = value.decode("latin-1")
            elif name == b"origin":
                passage.origin = value.decode("latin-1")
        passage.client = plain_address(scope["client"][0]) if scope.get("client") else "unknown"
        passage.secure = scope.get("scheme") in ("https", "wss")
        if self._proxies:
            self._look_behind_proxies(passage, scope)
        return passage

    def _look_behind_proxies(self, passage: Passage, scope: Scope) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        # A proxy may add a line of its own to the chain instead of writing on the last one.
        chain = [value.decode("latin-1") for name, value in scope["headers"] if name == _CHAIN]
        headers[_CHAIN.decode()] = ",".join(chain)
        scheme = "https" if passage.secure else "http"
        client = self._proxies.client(Client(passage.client, scheme, passage.host), headers)
        passage.client, passage.secure, passage.host = client.address, client.scheme == "https", client.host

    def _headers(self, passage: Passage, given: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        headers = list(given)
        names = {name for name, _ in headers}
        headers.append((b"x-request-id", passage.request_id.encode()))
        headers.extend(header for header in _UNLESS_SAID if header[0] not in names)
        if passage.caller is not None and b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        if passage.secure and self._options.strict_transport:
            headers.append((b"strict-transport-security", b"max-age=31536000"))
        if passage.origin is not None:
            headers.extend(self._cors(passage))
        return headers

    def _cors(self, passage: Passage) -> RawHeaders:
        if passage.from_browsers:
            allowed = b"*"
        elif passage.origin in self._origins:
            allowed = passage.origin.encode("latin-1")
        else:
            return [(b"vary", b"origin")] if self._origins else []
        exposed = (b"access-control-expose-headers", b"x-request-id, retry-after")
        return [(b"access-control-allow-origin", allowed), exposed, (b"vary", b"origin")]

    async def _apologize(self, passage: Passage, scope: Scope, receive: Receive, send: Send) -> None:
        """Log what nobody foresaw, and answer as well as is still possible."""
        _log.exception("request_failed", route=passage.route)
        if passage.status == 0:
            await error_reply(500, "internal_error", INTERNAL, passage.request_id)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1011})
        else:
            # Half an answer is out. Raising makes the server cut the connection, so that it is not taken for a whole.
            raise ConnectionAbortedError("The answer broke off.") from None

    def _finish(self, scope: Scope, passage: Passage, seconds: float) -> None:
        if scope["type"] != "http":
            return
        self._metrics.count(passage.route, scope["method"], passage.status, seconds)
        slow = seconds > self._options.slow_request_seconds
        if slow or self._options.access_log:
            self._log_request(scope["method"], passage, seconds, slow=slow)

    def _log_request(self, method: str, passage: Passage, seconds: float, *, slow: bool) -> None:
        _log.log(
            30 if slow else 20,
            "slow_request" if slow else "request",
            method=method,
            route=passage.route,
            status=passage.status,
            seconds=round(seconds, 4),
            client=passage.client,
        )
