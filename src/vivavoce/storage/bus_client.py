"""A process's side of the hub: one connection that carries everything, and comes back by itself.

While the hub is away, news is dropped (readers get a `Lost` when it is back), questions fail at once, and what this
process hears and answers to is said again on the new connection. Reconnecting pauses a little longer each time, up to
a second.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from vivavoce.base.errors import Unavailable
from vivavoce.base.json import Json
from vivavoce.ports.bus import (
    BUFFER_MESSAGES,
    Answer,
    Mailboxes,
    Message,
    News,
    answered,
    encoded,
    too_late,
    unwrapped,
)
from vivavoce.storage.bus_wire import BadFrame, Frame, framed, read_frame

_log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0
_UNSENT_BYTES = 16 * 1024 * 1024


@contextlib.asynccontextmanager
async def open_hub_bus(path: Path, *, connect_seconds: float = CONNECT_SECONDS) -> AsyncGenerator["HubBus"]:
    """A bus over the hub at `path`, connected; `Unavailable` if there is none."""
    bus = HubBus(path)
    keeping = asyncio.create_task(bus.keep_connected())
    try:
        try:
            async with asyncio.timeout(connect_seconds):
                await bus.connected.wait()
        except TimeoutError:
            raise Unavailable(f"No server holds {path}. Start it with `vivavoce serve`.") from None
        yield bus
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await bus.stop_answering()


class HubBus:
    """The bus as a client of the hub."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._mailboxes = Mailboxes()
        self._handlers: dict[str, Answer] = {}
        self._done: dict[int, asyncio.Future[None]] = {}
        self._replies: dict[int, asyncio.Future[Json]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._n = 0
        self.connected = asyncio.Event()

    async def publish(self, channel: str, body: Json) -> None:
        """Tell every subscriber of every process; dropped while the hub is away or does not keep up."""
        # Encoded twice, here for its size only: messages are short, and the limit is the sender's error to get.
        encoded(body)
        if self._writer is not None and self._writer.transport.get_write_buffer_size() < _UNSENT_BYTES:
            self._write({"op": "tell", "channel": channel, "body": body})

    @contextlib.asynccontextmanager
    async def subscribe(self, *channels: str, buffer: int = BUFFER_MESSAGES) -> AsyncGenerator[AsyncIterator[News]]:
        """Hear the channels."""
        mailbox = self._mailboxes.open(channels, buffer)
        try:
            await self._said({"op": "hear", "channels": list(channels)})
            yield mailbox
        finally:
            self._mailboxes.close(mailbox, channels)
            unheard = [channel for channel in channels if channel not in self._mailboxes.channels]
            self._write({"op": "unhear", "channels": unheard})

    async def request(self, target: str, body: Json, *, timeout_seconds: float = 5.0) -> Json:
        """Ask the process that answers to `target`."""
        encoded(body)
        if self._writer is None:
            raise Unavailable("The bus is away for a moment; try again.")
        n = self._number()
        reply = self._replies[n] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._send(
                    {"op": "ask", "n": n, "target": target, "body": body, "timeout_seconds": timeout_seconds}
                )
                return unwrapped(await reply)
        except TimeoutError:
            raise too_late(target, timeout_seconds) from None
        finally:
            del self._replies[n]

    @contextlib.asynccontextmanager
    async def answer(self, target: str, handler: Answer) -> AsyncGenerator[None]:
        """Answer to a name."""
        self._handlers[target] = handler
        try:
            await self._said({"op": "answer", "target": target})
            yield
        finally:
            if self._handlers.get(target) is handler:
                del self._handlers[target]
                self._write({"op": "unanswer", "target": target})

    # The connection

    async def keep_connected(self) -> None:
        """Connect, serve the connection, and connect again, until cancelled."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
            except OSError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            pause = _FIRST_PAUSE_SECONDS
            try:
                self._come_back(writer)
                await self._read(reader)
            finally:
                await self._gone(writer)

    def _come_back(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        overdue, self._done = list(self._done.values()), {}
        for target in self._handlers:
            self._write({"op": "answer", "target": target, "n": self._ack()})
        self._write({"op": "hear", "channels": self._mailboxes.channels, "n": self._ack(*overdue)})
        if self.connected.is_set():
            self._mailboxes.lose()
        self.connected.set()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while frame := await read_frame(reader):
                self._handle(frame)
        except BadFrame:
            _log.exception("The hub of the bus sent something else than a frame; connecting again.")

    async def _gone(self, writer: asyncio.StreamWriter) -> None:
        self._writer = None
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(Unavailable("The bus went away while a reply was awaited; try again."))
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def _handle(self, frame: Frame) -> None:
        match frame["op"]:
            case "told":
                self._mailboxes.deliver(Message(frame["channel"], frame["body"]))
            case "lost":
                self._mailboxes.lose()
            case "asked":
                task = asyncio.create_task(self._answer(frame))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            case "replied":
                reply = self._replies.get(frame["n"])
                if reply is not None and not reply.done():
                    reply.set_result(frame["reply"])
            case "done":
                done = self._done.pop(frame["n"], None)
                if done is not None and not done.done():
                    done.set_result(None)
            case _:
                raise BadFrame("An unknown frame.")

    async def _answer(self, frame: Frame) -> None:
        target, timeout_seconds = frame["target"], frame["timeout_seconds"]
        reply = await answered(self._handlers.get(target), target, frame["body"], timeout_seconds=timeout_seconds)
        await self._send({"op": "reply", "n": frame["n"], "reply": reply})

    async def stop_answering(self) -> None:
        """Break off what is being answered."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    # Frames

    def _number(self) -> int:
        self._n += 1
        return self._n

    def _ack(self, *also: asyncio.Future[None]) -> int:
        """The number of a frame that the hub will acknowledge; who waited for an older one is told too."""
        n = self._number()
        done = self._done[n] = asyncio.get_running_loop().create_future()
        for waiting in also:
            done.add_done_callback(lambda _, waiting=waiting: waiting.done() or waiting.set_result(None))
        return n

    async def _said(self, frame: Frame) -> None:
        """Say something, and wait until the hub knows; over a reconnection, until the new hub was told."""
        n = self._ack()
        done = self._done[n]
        self._write({**frame, "n": n})
        await done

    def _write(self, frame: Frame) -> None:
        if self._writer is not None:
            self._writer.write(framed(frame))

    async def _send(self, frame: Frame) -> None:
        self._write(frame)
        if self._writer is not None:
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()
