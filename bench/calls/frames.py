"""As much of the WebSocket protocol as a cheap client needs: frames out with a constant mask, frames in unmasked.

Frames are made in advance wherever possible, so that a hundred callers cost less than the server they call.
"""

import base64
import os
import struct
from collections.abc import Iterator

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_MASK = b"\x11\x22\x33\x44"


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole client frame."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    mask = int.from_bytes((_MASK * (size // 4 + 1))[:size], "big")
    return head + _MASK + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")


def closing(code: int = 1000) -> bytes:
    """The frame that ends a connection."""
    return frame(struct.pack("!H", code), CLOSE)


def handshake(host: str, path: str) -> bytes:
    """The request that opens a connection."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def taken(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Every complete frame at the head of a buffer, which loses it; servers do not fragment what they say."""
    while len(buffer) >= 2:
        size, start = buffer[1] & 127, 2
        if size == 126:
            if len(buffer) < 4:
                return
            size, start = struct.unpack_from("!H", buffer, 2)[0], 4
        elif size == 127:
            if len(buffer) < 10:
                return
            size, start = struct.unpack_from("!Q", buffer, 2)[0], 10
        if len(buffer) < start + size:
            return
        opcode, payload = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        yield opcode, payload
