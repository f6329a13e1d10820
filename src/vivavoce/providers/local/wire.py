"""What is said between a process that wants something computed and the one that has the models.

A frame is the length of a header (4 bytes), the length of the bytes after it (4 bytes), the header as JSON, and these
bytes: sound travels as it is.

    -> {"id": 7, "do": "run", "urgency": 0, "kind": "whisper", "place": "/...", "work": "Transcribe",
        "given": {"language": "en", "prompt": ""}, "bytes": "pcm"}    and the PCM
    -> {"id": 8, "do": "load", "kind": ..., "place": ...}
    -> {"id": 7, "do": "cancel"}
    <- {"id": 7, "waiting": 2, "spare": 0, "pressure": 0.4, "value": ...}
       or with "bytes": true and the bytes, or with "failed": [kind, message]
"""

import asyncio
import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

_LENGTHS = struct.Struct(">II")
_LARGEST_HEADER_BYTES = 4 * 1024 * 1024
_LARGEST_BYTES = 64 * 1024 * 1024

Header = dict[str, Any]


class BadFrame(Exception):
    """Somebody talks nonsense."""


def framed(header: Mapping[str, Any], data: bytes = b"") -> bytes:
    """A frame."""
    text = json.dumps(header).encode()
    return _LENGTHS.pack(len(text), len(data)) + text + data


async def read_frame(reader: asyncio.StreamReader) -> tuple[Header, bytes] | None:
    """The next frame; None when there are no more."""
    try:
        header_bytes, data_bytes = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
        if header_bytes > _LARGEST_HEADER_BYTES or data_bytes > _LARGEST_BYTES:
            raise BadFrame("too large")
        text = await reader.readexactly(header_bytes)
        data = await reader.readexactly(data_bytes)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        return json.loads(text), data
    except ValueError:
        raise BadFrame("no JSON") from None


def written(work: Any) -> tuple[Header, bytes]:
    """A piece of work as header and bytes; at most one of its fields is bytes."""
    given = {field.name: getattr(work, field.name) for field in fields(work)}
    header: Header = {"work": type(work).__name__}
    data = b""
    for name, value in list(given.items()):
        if isinstance(value, bytes):
            header["bytes"], data = name, given.pop(name)
    return {**header, "given": given}, data


def read_work(kinds: Mapping[str, type[Any]], header: Header, data: bytes) -> Any:
    """The piece of work that was written."""
    given = dict(header["given"])
    if "bytes" in header:
        given[header["bytes"]] = data
    return kinds[header["work"]](**given)


def written_result(result: Any) -> tuple[Header, bytes]:
    """What came out, as header and bytes."""
    if isinstance(result, bytes):
        return {"bytes": True}, result
    return {"value": asdict(result) if is_dataclass(result) and not isinstance(result, type) else result}, b""


def read_result(work: Any, header: Header, data: bytes) -> Any:
    """What came out. Work whose result is a dataclass names it as `gives`."""
    if header.get("bytes"):
        return data
    gives = getattr(work, "gives", None)
    return gives(**header["value"]) if gives is not None else header["value"]
