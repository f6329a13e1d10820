"""uvicorn's HTTP with bounds on a request's head: its line and headers, which come before anybody is asked for a key.

Whoever sends more than `MOST_HEAD_BYTES` of it gets a 431; whoever takes longer than `HEAD_SECONDS` is hung up on. The
edge bounds what comes after. What is no HTTP at all is answered in JSON, as every other error is.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 30.0

_TOO_LARGE = f"The request's line and headers are larger than {MOST_HEAD_BYTES} bytes."
_NO_HTTP = "This is not a request that can be read as HTTP."


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    head_seconds: ClassVar[float] = HEAD_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._head_bytes = 0
        self._chunk_bytes = 0
        self._hanging_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Somebody called: the first head has to come."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. Only what is left over as an unfinished head counts: a body may stand in the same piece."""
        self._chunk_bytes = len(data)
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.send_400_response("")
        elif self._head_bytes and self._hanging_up is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        self._head_bytes = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        self._expect_nothing()
        if self._head_bytes > MOST_HEAD_BYTES:
            raise ValueError(_TOO_LARGE)  # the parser stops, and `send_400_response` says why
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there; what comes now is another head."""
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = -self._chunk_bytes

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own sentence, which says less
        """Say what is wrong with a request that never became one, and hang up."""
        code, status, message = HTTPStatus.BAD_REQUEST, "bad_request", _NO_HTTP
        if self._head_bytes > MOST_HEAD_BYTES:
            code, status, message = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", _TOO_LARGE
        body = json.dumps({"detail": {"status": status, "message": message}}).encode()
        head = f"HTTP/1.1 {code.value} {code.phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(head.encode() + b"content-length: %d\r\n\r\n%b" % (len(body), body))
        self.transport.close()

    def _expect_head(self) -> None:
        self._hanging_up = self.loop.call_later(self.head_seconds, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
            self._hanging_up = None
