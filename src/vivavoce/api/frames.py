"""uvicorn's WebSocket with a shorter way: messages go straight to a listener, and frames are sent without waiting.

The way of ASGI costs every message a queue, a switch of tasks and two system calls, because reading is paused until
the application asks for more. A call has fifty messages a second and limits of its own, so once it listens it is called
from within `data_received`; and a frame that arrives whole, as almost all do, is not worth a parser's state machine.
What the application does before (accept, the first messages) goes the usual way.

The application finds this object in the scope's extensions under `FRAMES`. It leans on inner parts of uvicorn, which is
locked to a version; tests/unit/api/test_sockets.py notices when they change.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # pyright: ignore[reportPrivateImportUsage] - compiled or not, as there is
from websockets.http11 import Request
from websockets.protocol import State

from vivavoce.api.sockets import FRAMES

# RFC 6455, section 5.2: the first two bytes of a frame, and the mask before its body.
_WHOLE_TEXT = 0x81
_MASKED = 0x80
_SIZE = 0x7F
_SIZE_FOLLOWS = 126
_WHOLE_TEXT_OF_SHORT_SIZE = bytes((_WHOLE_TEXT, _SIZE_FOLLOWS))
_WHOLE_TEXT_OF_LONG_SIZE = bytes((_WHOLE_TEXT, _SIZE_FOLLOWS + 1))
_MASK_BYTES = 4
_SHORT_HEAD_BYTES = 2 + _MASK_BYTES

Take = Callable[[str | bytes], None]
Gone = Callable[[int, str], None]


class FramesProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.mailbox = self.queue = Mailbox()
        self._longest: int = self.config.ws_max_size

    def handle_connect(self, event: Request) -> None:
        """Offer the shorter way to the application."""
        super().handle_connect(event)
        if hasattr(self, "scope"):  # else the handshake was refused, and nobody was told
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[FRAMES] = self

    def data_received(self, data: bytes) -> None:
        """Something came. Whole text frames between others are taken from here; the rest is for the parser."""
        take, conn = self.mailbox.take, self.conn
        is_between_messages = not self.frames and not conn.reader.buffer and conn.state is State.OPEN
        if take is not None and is_between_messages:
            data = self._without_texts(data, take)
            if not data:
                return
        super().data_received(data)

    def _without_texts(self, data: bytes, take: Take) -> bytes:
        """Hand over the whole, short, unfragmented text frames that `data` begins with; what is left of it."""
        at, end = 0, len(data)
        while end - at > _SHORT_HEAD_BYTES and data[at] == _WHOLE_TEXT and data[at + 1] & _MASKED:
            size, body = data[at + 1] & _SIZE, at + _SHORT_HEAD_BYTES
            if size == _SIZE_FOLLOWS:
                size, body = data[at + 2] << 8 | data[at + 3], body + 2
            elif size > _SIZE_FOLLOWS:
                break
            if body + size > end or size > self._longest:
                break
            take(apply_mask(data[body : body + size], data[body - _MASK_BYTES : body]))
            at = body + size
        return data[at:] if at else data

    def send_receive_event_to_app(self) -> None:
        """A message is complete."""
        take = self.mailbox.take
        if take is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            take(data)

    async def send(self, message: ASGISendEvent) -> None:
        """Send for the application. A refusal that went out is an answer; uvicorn would log that there was none."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone. Without a close frame that is not a normal end, which uvicorn would call it."""
        if self.conn.close_rcvd is None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        super().connection_lost(exc)

    # For the application

    def listen(self, take: Take, gone: Gone) -> None:
        """Messages go to `take` from now on, those that waited first; `gone` hears how it ended."""
        self.mailbox.listen(take, gone)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def send_frame(self, text: bytes) -> None:
        """Send a text message. It waits in the transport's buffer if it must."""
        conn = self.conn
        if self.close_sent or conn.state is not State.OPEN or self.transport.is_closing():
            return
        if conn.extensions:
            conn.send_text(text)
            self.transport.write(b"".join(conn.data_to_send()))
        else:
            self.transport.write(_head(len(text)) + text)

    def unsent_bytes(self) -> int:
        """How much waits in the transport's buffer."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Cut the line, whatever waits."""
        self.transport.abort()


def _head(size: int) -> bytes:
    """What stands before a whole, unmasked text frame."""
    if size < _SIZE_FOLLOWS:
        return bytes((_WHOLE_TEXT, size))
    if size < 1 << 16:
        return _WHOLE_TEXT_OF_SHORT_SIZE + size.to_bytes(2, "big")
    return _WHOLE_TEXT_OF_LONG_SIZE + size.to_bytes(8, "big")


class Mailbox(asyncio.Queue[Any]):
    """The events of one connection: a queue, until somebody listens."""

    def __init__(self) -> None:
        super().__init__()
        self.take: Take | None = None
        self._gone: Gone | None = None

    def listen(self, take: Take, gone: Gone) -> None:
        """Hand over what waits, and what comes."""
        self.take, self._gone = take, gone
        while not self.empty():
            self._hand_over(self.get_nowait())

    def put_nowait(self, item: Any) -> None:
        """Another event."""
        if self.take is None:
            super().put_nowait(item)
        else:
            self._hand_over(item)

    def _hand_over(self, event: Any) -> None:
        if event["type"] == "websocket.receive" and self.take is not None:
            self.take(event["text"] if event.get("text") is not None else event["bytes"])
        elif event["type"] == "websocket.disconnect" and self._gone is not None:
            gone, self._gone = self._gone, None
            gone(event.get("code", 1005), event.get("reason") or "")
