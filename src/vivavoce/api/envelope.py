"""The outermost layer around every request: an id, the last line against what nobody foresaw, the headers of safety.

It is plain ASGI, written for cost: a request that goes well passes with a handful of assignments.
"""

import secrets
from collections.abc import Iterable
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.api.errors import INTERNAL, error_reply
from vivavoce.api.options import ServerOptions
from vivavoce.api.passage import Passage, open_passage

_log: Any = structlog.get_logger("vivavoce.api")

RawHeaders = list[tuple[bytes, bytes]]


class Envelope:
    """Wraps the server."""

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._fixed = list(_fixed_headers(options))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        passage = _passage(scope)
        open_passage(scope, passage)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                started = True
                message["headers"] = [*message.get("headers", ()), *self._headers(passage)]
            elif message["type"] == "websocket.accept":
                started = True
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("request_failed", request_id=passage.request_id, route=passage.route)
            if started:
                raise
            await error_reply(500, "internal_error", INTERNAL, passage.request_id)(scope, receive, send_with_headers)

    def _headers(self, passage: Passage) -> RawHeaders:
        own = [(name.encode(), value.encode("latin-1")) for name, value in passage.headers.items()]
        return [(b"x-request-id", passage.request_id.encode()), *self._fixed, *own]


def _passage(scope: Scope) -> Passage:
    client = scope.get("client")
    return Passage(
        request_id=secrets.token_hex(8),
        client=client[0] if client else "unknown",
        secure=scope.get("scheme") in ("https", "wss"),
        host=Headers(scope=scope).get("host", ""),
    )


def _fixed_headers(options: ServerOptions) -> Iterable[tuple[bytes, bytes]]:
    yield b"x-content-type-options", b"nosniff"
    yield b"referrer-policy", b"no-referrer"
    if options.strict_transport:
        yield b"strict-transport-security", b"max-age=31536000; includeSubDomains"
