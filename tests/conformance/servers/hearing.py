"""What the doubles of ears share: sound that anybody can write down, and ways to go wrong.

A word is a loudness: whoever speaks `sound_of("red", "blue")` is understood by every double, and what reaches a double
twice, not at all or cut in two is read differently. So the words of a final tell which sound a provider sent.
"""

import asyncio
from array import array
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tests.conformance.servers.double import KEY
from tests.support.lines import Opened, web_sockets
from websockets.asyncio.server import ServerConnection

RATE_HZ = 16_000
LEXICON = ("red", "green", "blue", "white", "black", "amber")
_LOUDER = 4_000
_FRAME_SAMPLES = RATE_HZ // 50
_SHORTEST_FRAMES = 3

Fault = Literal["", "key", "rate", "garbage", "complaint", "hangs_up", "vanishes", "breaks", "stalls"]
"""What is wrong with a connection. It is hung up on, or vanishes, when the words are asked for; it breaks in the middle
of a sentence."""


def sound_of(*words: str, seconds: float = 0.3) -> bytes:
    """Words as sound: each a loudness of its own, without a pause in between."""
    spoken = array("h")
    for word in words:
        spoken.extend([_LOUDER * (LEXICON.index(word) + 1)] * round(seconds * RATE_HZ))
    return spoken.tobytes()


def understood(pcm: bytes) -> str:
    """Sound as words. What is too short to be a word is none."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    words: list[str] = []
    level, frames = 0, 0
    for begin in range(0, len(samples), _FRAME_SAMPLES):
        heard = round(max(samples[begin : begin + _FRAME_SAMPLES]) / _LOUDER)
        level, frames = (heard, frames + 1) if heard == level else (heard, 1)
        if level and frames == _SHORTEST_FRAMES:
            words.append(LEXICON[level - 1])
    return " ".join(words)


@dataclass
class Wished:
    """What a server was told about whom it listens to."""

    language: str
    keywords: Sequence[str]


@dataclass
class EarServer:
    """A double at work."""

    url: str = ""
    connections: int = 0
    wished: list[Wished] = field(default_factory=list[Wished])
    complaints: list[str] = field(default_factory=list[str])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    kept_alive: asyncio.Event = field(default_factory=asyncio.Event)
    said_goodbye: bool = False


class EarDouble(Protocol):
    """One vendor's server."""

    provider: str
    streams: bool
    faults: Sequence[Fault]
    """Which of them it knows."""

    def options(self, url: str) -> dict[str, Any]:
        """What the settings say of it."""
        ...

    def serving(self, *faults: Fault) -> AbstractAsyncContextManager[EarServer]:
        """A server whose first connections have these faults, the last of them for ever."""
        ...


def fault_of(faults: Sequence[Fault], number: int) -> Fault:
    """The fault of one connection."""
    return faults[min(number, len(faults)) - 1] if faults else ""


@dataclass
class Ask:
    """A client's message, understood: some sound, or one of the other kinds."""

    kind: Literal["audio", "ask", "alive", "bye"]
    pcm: bytes = b""


class WebSocketEarDouble:
    """An ear behind a WebSocket. A vendor's double says how its messages look."""

    provider: str
    streams = True
    faults: Sequence[Fault] = (
        "key", "rate", "garbage", "complaint", "hangs_up", "vanishes", "breaks", "stalls",
    )  # fmt: skip
    key_header = "authorization"
    key_prefix = ""
    path: str
    least_asked_seconds = 0.0
    """Asked after less sound since the last time, it hangs up."""

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": url, "api_key": KEY}

    def wished(self, query: Mapping[str, Sequence[str]]) -> Wished:
        raise AssertionError("said by each vendor")

    def complaint_about(self, query: Mapping[str, Sequence[str]]) -> str:
        """What the real server would not accept."""
        return ""

    def greeting(self) -> Sequence[str]:
        return ()

    def read(self, message: str | bytes) -> Ask:
        raise AssertionError("said by each vendor")

    def partial(self, words: str) -> str:
        raise AssertionError("said by each vendor")

    def final(self, words: str, seconds: float) -> Sequence[str]:
        raise AssertionError("said by each vendor")

    def trouble(self, said: str) -> str:
        raise AssertionError("said by each vendor")

    @asynccontextmanager
    async def serving(self, *faults: Fault) -> AsyncGenerator[EarServer]:
        from urllib.parse import parse_qs, urlsplit

        at_work = EarServer()

        def admit(opened: Opened) -> tuple[int, str] | None:
            at_work.connections += 1
            fault = fault_of(faults, at_work.connections)
            target = urlsplit(opened.target)
            query = parse_qs(target.query)
            at_work.wished.append(self.wished(query))
            if fault == "key" or opened.headers.get(self.key_header) != self.key_prefix + KEY:
                return 401, f"The key {opened.headers.get(self.key_header)} is wrong."
            if fault == "rate":
                return 429, "Too many."
            if target.path != self.path or (wrong := self.complaint_about(query)):
                at_work.complaints.append(target.path if target.path != self.path else wrong)
                return 400, "No."
            return None

        async def behave(connection: ServerConnection) -> None:
            at_work.arrived.set()
            try:
                await self._listen(connection, at_work, fault_of(faults, at_work.connections))
            finally:
                at_work.left.set()

        async with web_sockets(behave, admit) as server:
            at_work.url = server.url()
            yield at_work

    async def _listen(self, connection: ServerConnection, at_work: EarServer, fault: Fault) -> None:
        heard, told, seconds, asked_at = bytearray(), "", 0.0, 0.0
        for message in self.greeting() if fault != "stalls" else ():
            await connection.send(message)
        if fault in {"garbage", "complaint"}:
            await connection.send("\x00nonsense" if fault == "garbage" else self.trouble(f"No, {KEY}, no."))
        async for message in connection:
            ask = self.read(message)
            match ask.kind:
                case "audio":
                    heard.extend(ask.pcm)
                    seconds += len(ask.pcm) / 2 / RATE_HZ
                    words = understood(bytes(heard))
                    if words != told and fault != "stalls":
                        told = words
                        await connection.send(self.partial(words))
                        if fault == "breaks" and " " in words:
                            connection.transport.abort()
                case "ask" if fault == "hangs_up":
                    await connection.close(1011, "too busy")
                case "ask" if fault == "vanishes":
                    connection.transport.abort()
                case "ask" if fault != "stalls":
                    for final in self.final(understood(bytes(heard)), seconds):
                        await connection.send(final)
                    if seconds - asked_at < self.least_asked_seconds:
                        await connection.close(1008, "asked too soon")
                    asked_at = seconds
                    heard.clear()
                    told = ""
                case "alive":
                    at_work.kept_alive.set()
                case "bye":
                    at_work.said_goodbye = True
                case _:
                    pass
