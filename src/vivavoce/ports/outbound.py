"""The way out: HTTP requests to the world, the only ones that this server makes.

A request goes to an address that an operator wrote into the settings, or to one that a user chose (a webhook, a
custom model, a tool). The port is the same for both; `app` hands out two of them, and the one for users' addresses
refuses to reach the machine itself and its private networks. What comes back is a stream with limits on its size and
on the time it takes; leaving the block ends it at any moment, and nothing of it arrives afterwards.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take, in seconds, and how much may come back."""

    connect_seconds: float = 5.0
    silence_seconds: float = 30.0
    """Between two pieces of the answer, and before its first one."""
    total_seconds: float = 60.0
    largest_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
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
    """No whole answer came. The message names the host and never a path, a query, a header or a key."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message


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


class Outbound(Protocol):
    """Sends requests."""

    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        """Send it. The connection belongs to the block; `OutboundFailed` may be raised anywhere in it."""
        ...


@dataclass(frozen=True, slots=True)
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


@dataclass
class CannedOutbound:
    """The double: answers in order from a list, the last one again and again; keeps what it was sent."""

    replies: Sequence[CannedReply | OutboundFailed] = (CannedReply(),)
    sent: list[Request] = field(default_factory=list[Request])

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncGenerator[CannedReply]:
        """The next of the list."""
        reply = self.replies[min(len(self.sent), len(self.replies) - 1)]
        self.sent.append(request)
        if isinstance(reply, OutboundFailed):
            raise reply
        yield reply
