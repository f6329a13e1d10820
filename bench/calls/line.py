"""The caller's end of the wire: opens a WebSocket, hands over messages, and knows how it ended.

A server may refuse a call in three ways, all of them clear: an HTTP status instead of the handshake, an `error` event,
or a close frame with a reason. A connection that just ends is not clear.
"""

import asyncio
import json
import struct
import time
from typing import Any, cast

from bench.calls import frames

NORMAL_CLOSURE = 1000


class Line(asyncio.Protocol):
    """One WebSocket. Who uses it overrides `opened`, `message` and `ended`."""

    def __init__(self, host: str, path: str) -> None:
        self._host = host
        self._path = path
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self.is_open = False
        self.is_over = False
        self.connected_at = time.perf_counter()

    # What happens on it

    def opened(self) -> None:
        """The handshake is done."""

    def message(self, content: bytes, now: float) -> None:
        """A message came."""

    def ended(self, reason: str) -> None:
        """The server ended it; `reason` is empty if it did not say why."""

    # What is done with it

    def send(self, content: bytes) -> None:
        """Send a frame that is ready."""
        if self._transport is not None and not self.is_over:
            self._transport.write(content)

    def hang_up(self) -> None:
        """End it from this side."""
        self.send(frames.closing())
        self._over()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(frames.handshake(self._host, self._path))

    def connection_lost(self, exc: Exception | None) -> None:
        _ = exc
        self._end("")

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        if not self.is_open and not self._shake_hands():
            return
        for opcode, payload in frames.taken(self._buffer):
            if self.is_over:
                return
            self._take(opcode, payload, now)

    def _shake_hands(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            self._end(f"HTTP {head[9:12].decode()}")
            return False
        del self._buffer[: end + 4]
        self.is_open = True
        self.opened()
        return True

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode in (frames.TEXT, frames.BINARY):
            self.message(payload, now)
        elif opcode == frames.PING:
            self.send(frames.frame(payload, frames.PONG))
        elif opcode == frames.CLOSE:
            self._end(_reason(payload))

    def _end(self, reason: str) -> None:
        if not self.is_over:
            self._over()
            self.ended(reason)

    def _over(self) -> None:
        self.is_over = True
        if self._transport is not None:
            self._transport.close()


def _reason(payload: bytes) -> str:
    """A close frame in words; a normal closure without words is no reason."""
    if len(payload) < 2:
        return ""
    code, words = struct.unpack_from("!H", payload)[0], payload[2:].decode(errors="replace")
    return f"{code} {words}".strip() if words or code != NORMAL_CLOSURE else ""


def error_in(event: dict[str, Any]) -> str:
    """An `error` event in words."""
    return json.dumps(event.get("error_event", event))[:200]
