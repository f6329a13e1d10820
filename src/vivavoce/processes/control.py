"""The line between the supervisor and a child: JSON, one message a line, over a socket pair.

A child says `ready` when it can do its work, `jobs` when work was enqueued, `fetch` when local models are missing and
`stop_fetching` when nobody wants them any more; the supervisor says nothing, but a line that closes means that it is
gone, and a child without a supervisor stops. Standard library only.
"""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import field
from typing import Any

from vivavoce.base.frozen import frozen


@frozen
class Ready:
    """The child can do its work; the first worker adds what the first run made."""

    facts: dict[str, Any] = field(default_factory=dict[str, Any])


@frozen
class JobsNeeded:
    """There is, or will be, something for the jobs process; `in_seconds` says when."""

    in_seconds: float = 0.0


@frozen
class ModelsMissing:
    """Local models that should be on this machine and are not."""

    model_ids: Sequence[str]


@frozen
class FetchingUnwanted:
    """Nobody wants the models any more that are being fetched."""


Message = Ready | JobsNeeded | ModelsMissing | FetchingUnwanted


def encode(message: Message) -> bytes:
    """One line."""
    match message:
        case Ready(facts):
            record: dict[str, Any] = {"type": "ready", "facts": facts}
        case JobsNeeded(in_seconds):
            record = {"type": "jobs", "in_seconds": in_seconds}
        case ModelsMissing(model_ids):
            record = {"type": "fetch", "model_ids": list(model_ids)}
        case FetchingUnwanted():
            record = {"type": "stop_fetching"}
    return json.dumps(record).encode() + b"\n"


def decode(line: bytes) -> Message | None:
    """The message of a line; None for one this version does not know."""
    record: dict[str, Any] = json.loads(line)
    match record["type"]:
        case "ready":
            return Ready(record["facts"])
        case "jobs":
            return JobsNeeded(record["in_seconds"])
        case "fetch":
            return ModelsMissing(record["model_ids"])
        case "stop_fetching":
            return FetchingUnwanted()
        case _:
            return None


class ControlLine:
    """The child's end."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)

    def say(self, message: Message) -> None:
        """Tell the supervisor. One that is gone hears nothing, and `closed` tells."""
        try:
            self._socket.send(encode(message))
        except OSError:
            return

    async def closed(self) -> None:
        """Return when the supervisor is gone, also when it went without reading what we said (a reset, not an end)."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while await loop.sock_recv(self._socket, 1024):
                pass


async def watch(reader: asyncio.StreamReader, heard: Callable[[Message], Awaitable[None]]) -> None:
    """The supervisor's end: pass on what one child says until it closes the line."""
    while line := await reader.readline():
        message = decode(line)
        if message is not None:
            await heard(message)
