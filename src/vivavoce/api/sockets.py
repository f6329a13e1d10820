"""A client's WebSocket as the conversations use it: accepted by a route, then handed to a line.

socket = ServedSocket(websocket)        after `await websocket.accept(...)`
message = await socket.receive()        the first messages, one by one
socket.listen(take, gone)               from then on they come by themselves (`live.links.websocket.Socket`)
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from starlette.websockets import WebSocket, WebSocketDisconnect

FRAMES = "vivavoce.frames"
CLOSE_SECONDS = 5.0

NORMAL = 1000
_NORMAL_CODES = frozenset({1000, 1001, 1005})
# What the server closes with for what a client sent, before anybody could read it.
_BROKEN_CODES = frozenset({1007, 1009})
_REASONS = {
    1006: "The connection was lost.",
    1007: "The client sent text that is not UTF-8.",
    1009: "The client sent a message that is far too large.",
    1012: "The server is being stopped.",
}


class Frames(Protocol):
    """What the server's own WebSocket offers beyond ASGI (`api/frames.py`)."""

    def listen(self, take: Callable[[str | bytes], None], gone: Callable[[int, str], None]) -> None:
        """Hand over messages as they come."""
        ...

    def send_frame(self, text: bytes) -> None:
        """Send, without waiting."""
        ...

    def unsent_bytes(self) -> int:
        """How much waits to be sent."""
        ...

    def abort(self) -> None:
        """Cut the line."""
        ...


class ServedSocket:
    """One accepted WebSocket."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._frames = _frames_of(websocket)
        self._is_gone = False

    async def receive(self) -> str | bytes | None:
        """The next message; None when the client is gone. Not for use once somebody listens."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._is_gone = True
            return None
        text = message.get("text")
        return message["bytes"] if text is None else text

    def listen(self, take: Callable[[str | bytes], None], gone: Callable[[str, int], None]) -> None:
        """From now on every message goes to `take`; `gone` hears once why there will be no more, in words and as a code
        that is 1000 unless the server could not go on with what the client sent.
        """

        def lost(code: int, reason: str) -> None:
            self._is_gone = True
            gone(_in_words(code, reason), code if code in _BROKEN_CODES else NORMAL)

        if self._is_gone:
            gone(_in_words(1005, ""), NORMAL)
        else:
            self._frames.listen(take, lost)

    def send(self, frame: bytes) -> None:
        """Send a text frame; it waits in a buffer if it must."""
        self._frames.send_frame(frame)

    @property
    def waiting_bytes(self) -> int:
        """How much of what was sent still waits in this process."""
        return self._frames.unsent_bytes()

    async def close(self, code: int, reason: str) -> None:
        """Let what was sent go out, and close. A client that does not read is cut off after a while."""
        if self._is_gone:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close(code, reason)
        except TimeoutError:
            self._frames.abort()
        except (RuntimeError, WebSocketDisconnect):
            # It went away at this very moment, which is what was wanted.
            pass


def _frames_of(websocket: WebSocket) -> Frames:
    extensions: dict[str, Any] = websocket.scope.get("extensions") or {}
    frames = extensions.get(FRAMES)
    if frames is None:
        raise RuntimeError("Calls need the server's own WebSocket: give uvicorn `ws=FramesProtocol` (api/frames.py).")
    return cast(Frames, frames)


def _in_words(code: int, reason: str) -> str:
    """Why a client is gone, for the record."""
    if code in _REASONS:
        return _REASONS[code]
    if code in _NORMAL_CODES:
        return "The caller hung up."
    return f"The client ended the call: {reason}" if reason else f"The client ended the call with code {code}."
