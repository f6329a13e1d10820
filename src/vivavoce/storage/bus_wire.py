"""What the hub of the bus and its clients say to each other: JSON objects, each after its length in four bytes.

    client to hub                                   hub to client
    hear    channels, n       (answered by done)    told     channel, body
    unhear  channels                                lost                        news was dropped for you
    tell    channel, body                           asked    n, target, body, timeout_seconds
    answer  target, n         (answered by done)    replied  n, reply
    unanswer target                                 done     n
    ask     n, target, body, timeout_seconds
    reply   n, reply

Light on purpose: the supervisor imports it.
"""

import asyncio
from typing import Any

import orjson

from vivavoce.ports.bus import LARGEST_BYTES

Frame = dict[str, Any]
_HEAD_BYTES = 4
_ENVELOPE_BYTES = 4096  # what stands around a message of the largest size


class BadFrame(Exception):
    """Bytes that no client of ours sends."""


def framed(frame: Frame) -> bytes:
    """A frame as bytes."""
    raw = orjson.dumps(frame)
    return len(raw).to_bytes(_HEAD_BYTES, "big") + raw


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; None at the end of the connection."""
    try:
        size = int.from_bytes(await reader.readexactly(_HEAD_BYTES), "big")
        if size > LARGEST_BYTES + _ENVELOPE_BYTES:
            raise BadFrame(f"A frame of {size} bytes.")
        frame: object = orjson.loads(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except orjson.JSONDecodeError as error:
        raise BadFrame("A frame that is not JSON.") from error
    if not isinstance(frame, dict) or "op" not in frame:
        raise BadFrame("A frame that says nothing.")
    return frame  # pyright: ignore[reportUnknownVariableType]
