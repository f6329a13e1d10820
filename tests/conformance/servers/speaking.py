"""What the doubles of voices share: sound that can be read back, and ways to go wrong.

Every character sounds for ten milliseconds, as loud as its number says. So the sound of a reply tells which text was
spoken, how often, in which order, and where in the sound each character is.
"""

import asyncio
import json
from array import array
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.conformance.servers.double import KEY
from tests.support.lines import Opened, web_sockets
from websockets.asyncio.server import ServerConnection

CHARACTER_SECONDS = 0.01
CHUNK_CHARACTERS = 4
_LOUDER = 64

Fault = Literal["", "key", "rate", "garbage", "complaint", "hangs_up", "vanishes", "breaks", "stalls", "holds", "late"]
"""What is wrong with a connection: it ends before the first sound (hangs_up, vanishes) or after it (breaks), says
nothing (stalls), nothing more after the first sound (holds), or something more after it was told to be quiet (late)."""


def sound_of(text: str, rate_hz: int) -> bytes:
    """A text as sound."""
    spoken = array("h")
    for character in text:
        spoken.extend([_LOUDER * ord(character)] * round(CHARACTER_SECONDS * rate_hz))
    return spoken.tobytes()


def text_in(pcm: bytes, rate_hz: int) -> str:
    """Sound as text."""
    samples = array("h", pcm)
    return "".join(chr(sample // _LOUDER) for sample in samples[:: round(CHARACTER_SECONDS * rate_hz)])


@dataclass
class Wished:
    """How something was to be spoken, as far as a vendor knows of it."""

    text: str = ""
    voice: str = ""
    language: str = ""
    speed: float | None = None
    stability: float | None = None


@dataclass
class VoiceServer:
    """A double at work."""

    url: str = ""
    connections: int = 0
    wished: list[Wished] = field(default_factory=list[Wished])
    complaints: list[str] = field(default_factory=list[str])
    said: asyncio.Event = field(default_factory=asyncio.Event)
    hushed: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    hang_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by a test that wants an idle line to be ended."""


class VoiceDouble(Protocol):
    """One vendor's server."""

    provider: str
    rate_hz: int
    aligns: bool
    has_lines: bool
    faults: Sequence[Fault]
    voice_there: str
    """The name of one of its voices."""
    stability: bool

    def options(self, url: str) -> dict[str, Any]:
        """What the settings say of it."""
        ...

    def serving(self, *faults: Fault) -> AbstractAsyncContextManager[VoiceServer]:
        """A server whose first connections have these faults, the last of them for ever."""
        ...


def fault_of(faults: Sequence[Fault], number: int) -> Fault:
    """The fault of one connection."""
    return faults[min(number, len(faults)) - 1] if faults else ""


def chunks_of(text: str) -> Iterator[tuple[int, str]]:
    """A text in the chunks that it is spoken in, and where each begins."""
    for begin in range(0, len(text), CHUNK_CHARACTERS):
        yield begin, text[begin : begin + CHUNK_CHARACTERS]


@dataclass
class Say:
    """A client wants something spoken."""

    context: str
    wished: Wished


@dataclass
class Hush:
    """A client wants something spoken no more."""

    contexts: Sequence[str]


class WebSocketVoiceDouble:
    """A voice behind a WebSocket. A vendor's double says how its messages look."""

    provider: str
    rate_hz = 24_000
    aligns = True
    has_lines = True
    stability = False
    voice_there: str
    faults: Sequence[Fault] = (
        "key", "rate", "garbage", "complaint", "hangs_up", "vanishes", "breaks", "stalls", "holds", "late",
    )  # fmt: skip
    key_header = "authorization"
    key_prefix = ""
    stock_path: str
    stock: Any

    def options(self, url: str) -> dict[str, Any]:
        return {"base_url": url, "api_key": KEY}

    def complaint_about(self, path: str, query: Mapping[str, Sequence[str]], opened: Opened) -> str:
        """What the real server would not accept."""
        raise AssertionError("said by each vendor")

    def listed(self, query: Mapping[str, Sequence[str]]) -> Any:
        """Its voices, or a page of them."""
        return self.stock

    def session(self, path: str, query: Mapping[str, Sequence[str]]) -> Any:
        """What a connection's reading needs to remember."""
        return path, query

    def read(self, message: str | bytes, session: Any) -> Say | Hush | None:
        raise AssertionError("said by each vendor")

    def sound(self, context: str, text: str, begin: int) -> Sequence[str | bytes]:
        raise AssertionError("said by each vendor")

    def over(self, context: str) -> Sequence[str | bytes]:
        raise AssertionError("said by each vendor")

    def trouble(self, context: str, said: str) -> str:
        raise AssertionError("said by each vendor")

    @asynccontextmanager
    async def serving(self, *faults: Fault) -> AsyncGenerator[VoiceServer]:
        at_work = VoiceServer()
        sessions: list[Any] = []

        def admit(opened: Opened) -> tuple[int, str] | None:
            target = urlsplit(opened.target)
            query = parse_qs(target.query)
            lists = target.path == self.stock_path
            at_work.connections += not lists
            fault = fault_of(faults, at_work.connections or 1)
            if fault == "key" or opened.headers.get(self.key_header) != self.key_prefix + KEY:
                return 401, f"The key {opened.headers.get(self.key_header)} is wrong."
            if fault == "rate":
                return 429, "Too many."
            if lists:
                return 200, json.dumps(self.listed(query))
            if wrong := self.complaint_about(target.path, query, opened):
                at_work.complaints.append(wrong)
                return 400, wrong
            sessions.append(self.session(target.path, query))
            return None

        async def behave(connection: ServerConnection) -> None:
            fault = fault_of(faults, at_work.connections)
            ending = asyncio.create_task(self._ended(connection, at_work))
            try:
                await self._speak(connection, at_work, fault, sessions[-1])
            finally:
                ending.cancel()
                at_work.left.set()

        async with web_sockets(behave, admit) as server:
            at_work.url = server.url()
            yield at_work

    async def _ended(self, connection: ServerConnection, at_work: VoiceServer) -> None:
        await at_work.hang_up.wait()
        at_work.hang_up.clear()
        await connection.close(1000, "idle")

    async def _speak(self, connection: ServerConnection, at_work: VoiceServer, fault: Fault, session: Any) -> None:
        async for message in connection:
            match self.read(message, session):
                case Say(context, wished):
                    at_work.wished.append(wished)
                    await self._say(connection, at_work, fault, context, wished.text)
                    at_work.said.set()
                case Hush(contexts):
                    at_work.hushed.set()
                    for context in contexts if fault == "late" else ():
                        for late in [*self.sound(context, "LATE", 0), *self.over(context)]:
                            await connection.send(late)
                case None:
                    pass

    async def _say(
        self, connection: ServerConnection, at_work: VoiceServer, fault: Fault, context: str, text: str
    ) -> None:
        match fault:
            case "garbage":
                await connection.send("\x00nonsense")
            case "complaint":
                await connection.send(self.trouble(context, f"No, {KEY}, no."))
            case "hangs_up":
                await connection.close(1011, "too busy")
            case "vanishes":
                connection.transport.abort()
            case "stalls":
                return
            case _:
                for begin, part in chunks_of(text):
                    for message in self.sound(context, part, begin):
                        await connection.send(message)
                    if fault in {"holds", "late"}:
                        return
                    if fault == "breaks":
                        await connection.close(1011, "too busy")
                        return
                for message in self.over(context):
                    await connection.send(message)
