"""What the doubles of language models' servers share: an answer to give, ways to break it off, reasons to refuse."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tests.support.loopback import STREAM_HEAD, Answering, Asked

from vivavoce.engine.plan import ModelChoice
from vivavoce.ports.language import ToolWanted

KEY = "key-of-conformance-7f3a9c"
MODEL = "model-one"
INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS = 20, 5, 16

Why = Literal["key", "rate", "quota", "model", "too_long", "overloaded"]
REASONS: Sequence[Why] = ("key", "rate", "quota", "model", "too_long", "overloaded")


@dataclass(frozen=True)
class Said:
    """An answer, independent of who gives it."""

    texts: Sequence[str] = ()
    calls: Sequence[ToolWanted] = ()
    reason: Literal["stop", "length", "refused"] = "stop"


@dataclass(frozen=True)
class Refusal:
    """An answer that is none."""

    status: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Double(Protocol):
    """One vendor's server."""

    provider: str
    structured: bool

    def options(self, url: str) -> dict[str, Any]:
        """What the settings say of it, `url` being the server's root."""
        ...

    def choice(self, url: str, key: str) -> ModelChoice:
        """What an agent asks for."""
        ...

    def key_of(self, asked: Asked) -> str:
        """The key that a request carries."""
        ...

    def complaint(self, asked: Asked) -> str | None:
        """What the real server would not accept of a request."""
        ...

    def events(self, said: Said) -> list[bytes]:
        """The answer as it travels; the last one is its end."""
        ...

    def schema_of(self, body: Mapping[str, Any]) -> Any:
        """The schema that a request wants its answer to fit."""
        ...

    def refusal(self, why: Why, said: str = "") -> Refusal:
        """How it refuses."""
        ...


def refuses(refusal: Refusal) -> Answering:
    """A refusal."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        headers = {**refusal.headers, "content-type": "application/json", "content-length": str(len(refusal.body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        transport.write(f"HTTP/1.1 {refusal.status}\r\n{head}\r\n".encode() + refusal.body)

    return answering


def says(double: Double, said: Said) -> Answering:
    """The answer, if the request is one that the real server would answer."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        if (key := double.key_of(asked)) != KEY:
            await refuses(double.refusal("key", f"Incorrect API key provided: {key}."))(asked, transport)
        elif (problem := double.complaint(asked)) is not None:
            await refuses(Refusal("400 Bad Request", double.refusal("model", problem).body))(asked, transport)
        else:
            await streams(double.events(said))(asked, transport)

    return answering


def streams(events: Sequence[bytes], *, then: Literal["end", "silence", "close"] = "end") -> Answering:
    """Events as they are, and then the end of the stream, silence, or the end of the connection."""

    async def answering(asked: Asked, transport: asyncio.Transport) -> None:
        transport.write(STREAM_HEAD)
        for each in events:
            transport.write(b"%x\r\n%s\r\n" % (len(each), each))
            await asyncio.sleep(0)
        if then == "end":
            transport.write(b"0\r\n\r\n")
        elif then == "close":
            transport.close()

    return answering
