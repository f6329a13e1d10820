"""The hub of the bus on one machine: a Unix socket where the server's processes meet.

The supervisor holds it, so it is light (standard library and orjson) and does little: it knows who hears which
channel, who answers to which name, and passes frames on. It keeps nothing; when it restarts, clients come back and say
again what they hear.

- Only one hub serves a path: it holds a lock beside the socket while it lives. So a socket file without a lock is
  what a killed hub left, and is removed.
- The socket belongs to its user alone (0600).
- A client that reads slowly costs the others nothing: news for it waits in a bounded queue, the oldest goes first and
  the client is told. Questions and replies are never dropped; a client that lets those pile up is cut off.
- A client that talks nonsense is cut off.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
from collections import deque
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import IO

from vivavoce.base.errors import Conflict
from vivavoce.base.json import Json
from vivavoce.ports.bus import nobody, problem_reply
from vivavoce.storage.bus_wire import BadFrame, Frame, framed, read_frame

_log = logging.getLogger(__name__)

NEWS_WAITING = 1024
NEWS_WAITING_BYTES = 16 * 1024 * 1024
WAITING_BYTES = 64 * 1024 * 1024


@contextlib.asynccontextmanager
async def open_hub(path: str | Path) -> AsyncGenerator["Hub"]:
    """Serve the hub at a path until the block ends; `Conflict` if another process serves it."""
    hub = Hub()
    with private_listener(Path(path)) as listener:
        server = await asyncio.start_unix_server(hub.serve, sock=listener)
        try:
            yield hub
        finally:
            server.close()
            await hub.close()


@contextlib.contextmanager
def private_listener(place: Path) -> Generator[socket.socket]:
    """A socket of this user's alone, for as long as the block lasts; `Conflict` if another process holds it."""
    with place.with_name(place.name + ".lock").open("w") as lock:
        _lock(lock, place)
        place.unlink(missing_ok=True)
        listener = _private_socket(place)
        try:
            yield listener
        finally:
            listener.close()
            place.unlink(missing_ok=True)


def _private_socket(place: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)  # there is no moment at which others could connect
    try:
        listener.bind(os.fspath(place))
    finally:
        os.umask(before)
    return listener


def _lock(file: IO[str], place: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Conflict(
            f"Another server is running with this data folder (it holds {place}). Stop it, or give --data-dir.",
            status="data_dir_in_use",
        ) from None


class Hub:
    """Passes news, questions and replies between the processes that are connected."""

    def __init__(self) -> None:
        self._peers: set[_Peer] = set()
        self._by_channel: dict[str, set[_Peer]] = {}
        self._by_target: dict[str, _Peer] = {}
        self._questions: dict[int, _Question] = {}
        self._next_question = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        peer = _Peer(writer)
        self._peers.add(peer)
        try:
            while frame := await read_frame(reader):
                self._handle(peer, frame)
        except (BadFrame, KeyError, TypeError) as error:
            _log.warning("A client of the bus was cut off: %s.", type(error).__name__)
        finally:
            self._forget(peer)
            await peer.close()

    async def close(self) -> None:
        """Cut everybody off."""
        for peer in [*self._peers]:
            await peer.close()

    def _handle(self, peer: "_Peer", frame: Frame) -> None:
        match frame["op"]:
            case "tell":
                self._tell(frame["channel"], frame["body"])
            case "ask":
                self._ask(peer, frame)
            case "reply":
                self._reply(peer, frame["n"], frame["reply"])
            case "hear":
                for channel in frame["channels"]:
                    self._by_channel.setdefault(channel, set()).add(peer)
                peer.send({"op": "done", "n": frame["n"]})
            case "unhear":
                for channel in frame["channels"]:
                    self._unhear(peer, channel)
            case "answer":
                self._by_target[frame["target"]] = peer
                peer.send({"op": "done", "n": frame["n"]})
            case "unanswer":
                self._unanswer(peer, frame["target"])
            case _:
                raise BadFrame("An unknown frame.")

    def _tell(self, channel: str, body: Json) -> None:
        peers = self._by_channel.get(channel)
        if not peers:
            return
        raw = framed({"op": "told", "channel": channel, "body": body})
        for peer in peers:
            peer.tell(raw)

    def _ask(self, asker: "_Peer", frame: Frame) -> None:
        target = frame["target"]
        answerer = self._by_target.get(target)
        if answerer is None:
            asker.send({"op": "replied", "n": frame["n"], "reply": problem_reply(nobody(target))})
            return
        self._next_question += 1
        self._questions[self._next_question] = _Question(asker, frame["n"], answerer, target)
        answerer.send({**frame, "op": "asked", "n": self._next_question})

    def _reply(self, peer: "_Peer", n: int, reply: Json) -> None:
        question = self._questions.get(n)
        if question is not None and question.answerer is peer:
            del self._questions[n]
            question.asker.send({"op": "replied", "n": question.n, "reply": reply})

    def _unhear(self, peer: "_Peer", channel: str) -> None:
        peers = self._by_channel.get(channel, set())
        peers.discard(peer)
        if not peers:
            self._by_channel.pop(channel, None)

    def _unanswer(self, peer: "_Peer", target: str) -> None:
        if self._by_target.get(target) is peer:
            del self._by_target[target]

    def _forget(self, peer: "_Peer") -> None:
        self._peers.discard(peer)
        for channel in [channel for channel, peers in self._by_channel.items() if peer in peers]:
            self._unhear(peer, channel)
        for target in [target for target, answerer in self._by_target.items() if answerer is peer]:
            self._unanswer(peer, target)
        for n, question in [*self._questions.items()]:
            if question.answerer is peer:
                self._reply(peer, n, problem_reply(nobody(question.target)))
            elif question.asker is peer:
                del self._questions[n]


class _Question:
    """A question on its way: who asked under which number, and who is to answer."""

    def __init__(self, asker: "_Peer", n: int, answerer: "_Peer", target: str) -> None:
        self.asker, self.n, self.answerer, self.target = asker, n, answerer, target


class _Peer:
    """A connected process and what waits to be sent to it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: deque[tuple[bool, bytes]] = deque()  # whether it is news that may be dropped
        self._news = 0
        self._news_bytes = 0
        self._bytes = 0
        self._lost = False
        self._filled = asyncio.Event()
        self._sender = asyncio.create_task(self._send_waiting())

    def send(self, frame: Frame) -> None:
        """Send a frame that must not be lost; cut the connection rather than grow without end."""
        raw = framed(frame)
        if self._bytes + len(raw) > WAITING_BYTES:
            _log.warning("A client of the bus was cut off: it does not read what it asked for.")
            self._writer.transport.abort()
            return
        self._add(False, raw)

    def tell(self, raw: bytes) -> None:
        """Send news, at the price of the oldest where too much waits."""
        while self._news and (self._news >= NEWS_WAITING or self._news_bytes + len(raw) > NEWS_WAITING_BYTES):
            self._drop_oldest_news()
        self._news += 1
        self._news_bytes += len(raw)
        self._add(True, raw)

    async def close(self) -> None:
        """End the connection; what waits is not sent."""
        self._sender.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def _add(self, news: bool, raw: bytes) -> None:
        self._waiting.append((news, raw))
        self._bytes += len(raw)
        self._filled.set()

    def _drop_oldest_news(self) -> None:
        index = next(index for index, (news, _) in enumerate(self._waiting) if news)
        raw = self._waiting[index][1]
        del self._waiting[index]
        self._count_down(True, raw)
        self._lost = True

    def _count_down(self, news: bool, raw: bytes) -> None:
        self._bytes -= len(raw)
        if news:
            self._news -= 1
            self._news_bytes -= len(raw)

    async def _send_waiting(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._filled.wait()
                if self._lost:
                    self._lost = False
                    self._writer.write(framed({"op": "lost"}))
                while self._waiting and not self._lost:
                    news, raw = self._waiting.popleft()
                    self._count_down(news, raw)
                    self._writer.write(raw)
                    await self._writer.drain()
                if not self._waiting and not self._lost:
                    self._filled.clear()
