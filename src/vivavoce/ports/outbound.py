"""The way out: requests and lines to the world, the only ones that this server makes.

A request goes to an address that an operator wrote into the settings, or to one that a user chose (a webhook, a
custom model, a tool). The port is the same for both; `app` hands out two of them, and the one for users' addresses
refuses to reach the machine itself and its private networks. What comes back is a stream with limits on its size and
on the time it takes; leaving the block ends it at any moment, and nothing of it arrives afterwards.

A *line* is a connection on which both sides speak for as long as they like: a WebSocket (`ws://`, `wss://`), whose
messages arrive whole, or plain TCP (`tcp://host:port`), whose bytes arrive as they come.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen


@frozen
class Patience:
    """How long a request may take, in seconds, and how much may come back."""

    connect_seconds: float = 5.0
    silence_seconds: float = 30.0
    """Between two pieces of the answer, and before its first one."""
    total_seconds: float = 60.0
    largest_bytes: int = 4 * 1024 * 1024


@frozen
class Request:
    """One request. It is sent once, and follows redirects only where `redirects` says how many."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    patience: Patience = Patience()
    redirects: int = 0


Kind = Literal["refused", "unreachable", "slow", "broken", "too_large"]


class OutboundFailed(Exception):
    """No whole answer came. The message names the host and never a path, a query, a header or a key.

    `status` is what a server answered that would not open a line; 0 where there was no such answer.
    """

    def __init__(self, kind: Kind, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.status = status


class Reply(Protocol):
    """An answer, its head read and its body on the way."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by their names in lower case; of several with one name, the last."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, decompressed."""
        ...

    async def read(self) -> bytes:
        """The whole body."""
        ...


@frozen
class LinePatience:
    """How long a line may take to open, to send and to say goodbye, in seconds, and how large a message may be."""

    connect_seconds: float = 5.0
    send_seconds: float = 10.0
    alive_seconds: float = 20.0
    """A WebSocket that does not answer a ping within it is taken for dead."""
    close_seconds: float = 1.0
    largest_bytes: int = 4 * 1024 * 1024


@frozen
class LineRequest:
    """A line that is wanted. It leads where its address says: no redirect is followed."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    patience: LinePatience = LinePatience()


@frozen
class Farewell:
    """How the other side ended a line: a WebSocket's code (1005 where it gave none) and its words."""

    code: int = 1005
    reason: str = ""


class Line(Protocol):
    """An open line."""

    @property
    def farewell(self) -> Farewell | None:
        """How it was ended, once `receive` has given None."""
        ...

    async def send(self, message: str | bytes) -> None:
        """Send a message; on TCP, bytes. Waits while the other side does not keep up."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next message, or the next bytes. None when the other side has ended the line."""
        ...


class Outbound(Protocol):
    """Sends requests and opens lines."""

    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        """Send it. The connection belongs to the block; `OutboundFailed` may be raised anywhere in it."""
        ...

    def connect(self, request: LineRequest) -> AbstractAsyncContextManager[Line]:
        """Open a line. It belongs to the block; `OutboundFailed` may be raised anywhere in it."""
        ...


@frozen
class CannedReply:
    """The double's answer: chunks, with a failure in place of one where the connection is to break."""

    status: int = 200
    body: Sequence[bytes | OutboundFailed] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    async def chunks(self) -> AsyncIterator[bytes]:
        """One after the other."""
        for chunk in self.body:
            if isinstance(chunk, OutboundFailed):
                raise chunk
            yield chunk

    async def read(self) -> bytes:
        """All of them."""
        return b"".join([chunk async for chunk in self.chunks()])


Answering = Callable[[str | bytes], Sequence[str | bytes | OutboundFailed | None]]
"""What the double's other side answers to a message: messages, a failure, None for the end of the line."""


def _silence(_: str | bytes) -> Sequence[str | bytes | OutboundFailed | None]:
    return ()


@dataclass
class CannedLine:
    """The double of a line: answers each message as `answering` says, after it has said its `greeting`."""

    greeting: Sequence[str | bytes | OutboundFailed | None] = ()
    answering: Answering = _silence
    farewell: Farewell | None = None
    sent: list[str | bytes] = field(default_factory=list[str | bytes])
    _coming: "asyncio.Queue[str | bytes | OutboundFailed | None]" = field(default_factory=asyncio.Queue)
    _greeted: bool = False

    async def send(self, message: str | bytes) -> None:
        """Keep it, and prepare the answer."""
        self._greet()
        self.sent.append(message)
        self.say(*self.answering(message))

    def say(self, *messages: str | bytes | OutboundFailed | None) -> None:
        """The other side speaks by itself."""
        for message in messages:
            self._coming.put_nowait(message)

    async def receive(self) -> str | bytes | None:
        """The next answer."""
        self._greet()
        message = await self._coming.get()
        if isinstance(message, OutboundFailed):
            raise message
        if message is None:
            self.farewell = self.farewell or Farewell()
        return message

    def _greet(self) -> None:
        if not self._greeted:
            self._greeted = True
            self.say(*self.greeting)


@dataclass
class CannedOutbound:
    """The double: answers in order from a list, the last one again and again; keeps what it was sent."""

    replies: Sequence[CannedReply | OutboundFailed] = (CannedReply(),)
    sent: list[Request] = field(default_factory=list[Request])
    lines: Sequence[CannedLine | OutboundFailed] = ()
    connected: list[LineRequest] = field(default_factory=list[LineRequest])

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[CannedReply]:
        """The next of the list."""
        reply = self.replies[min(len(self.sent), len(self.replies) - 1)]
        self.sent.append(request)
        if isinstance(reply, OutboundFailed):
            raise reply
        yield reply

    @asynccontextmanager
    async def connect(self, request: LineRequest) -> AsyncGenerator[CannedLine]:
        """The next line of the list."""
        lines = self.lines or (OutboundFailed("unreachable", "Nobody is there."),)
        line = lines[min(len(self.connected), len(lines) - 1)]
        self.connected.append(request)
        if isinstance(line, OutboundFailed):
            raise line
        yield line
