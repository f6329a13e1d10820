"""A caller by hand: the protocol's messages one by one over a real socket, for what no official client would do.

with calling(server, agent_id) as caller:
    caller.begin(text_only=True)
    caller.until("agent_response")
    caller.send({"type": "user_message", "text": "Hi"})
    ended = caller.ended()          the close frame, and the error that was told before it
"""

import json
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

WITHIN_SECONDS = 20.0


@dataclass(frozen=True)
class Ended:
    """How the server ended it."""

    code: int
    reason: str
    error: Mapping[str, Any] | None = None
    """The last `error_event`, if one was told."""

    @property
    def error_type(self) -> str | None:
        """What kind of error was told, in the contract's words."""
        return self.error["error_type"] if self.error else None

    @property
    def status(self) -> str | None:
        """The same, where we have a more exact word for it."""
        return self.error.get("details", {}).get("status", self.error["error_type"]) if self.error else None


@dataclass
class Caller:
    """One line. Pings are answered by the way, as every client does."""

    line: ClientConnection
    told: list[Any] = field(default_factory=list)
    conversation_id: str = ""
    deaf: bool = False

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        self.line.send(json.dumps(message))

    def begin(self, *, text_only: bool = False, **data: Any) -> str:
        """Say hello as a client does; the conversation's id."""
        override = {"conversation": {"text_only": True}} if text_only else {}
        self.send({"type": "conversation_initiation_client_data", "conversation_config_override": override, **data})
        first = self._next(WITHIN_SECONDS)
        assert first["type"] == "conversation_initiation_metadata", first
        self.conversation_id = first["conversation_initiation_metadata_event"]["conversation_id"]
        return self.conversation_id

    def write(self, text: str) -> None:
        """Send a text message."""
        self.send({"type": "user_message", "text": text})

    def speak(self, pcm: bytes, chunk_bytes: int = 8_000) -> None:
        """Send audio as fast as the socket takes it."""
        for start in range(0, len(pcm), chunk_bytes):
            self.send({"user_audio_chunk": b64encode(pcm[start : start + chunk_bytes]).decode()})

    def until(self, kind: str, fits: Callable[[Any], object] = lambda _: True, within: float = WITHIN_SECONDS) -> Any:
        """The next message of this kind that fits; fails with what was told if the line closes before."""
        last = time.monotonic() + within
        while True:
            try:
                message = self._next(last - time.monotonic())
            except ConnectionClosed as closed:
                raise AssertionError(f"closed before a {kind}: {closed.rcvd}; told: {self.told}") from None
            if message["type"] == kind and fits(message):
                return message

    def ended(self, within: float = WITHIN_SECONDS) -> Ended:
        """Read until the server closes."""
        last = time.monotonic() + within
        while True:
            try:
                self._next(last - time.monotonic())
            except ConnectionClosed as closed:
                assert closed.rcvd is not None, f"closed without a close frame; told: {self.told}"
                errors = [message["error_event"] for message in self.told if message["type"] == "error"]
                return Ended(closed.rcvd.code, closed.rcvd.reason, errors[-1] if errors else None)

    def vanish(self) -> None:
        """Be gone without a word: no close frame, only the end of the connection."""
        with suppress(OSError):
            self.line.socket.shutdown(socket.SHUT_RDWR)

    def go_deaf(self) -> None:
        """Read nothing and answer nothing from now on, but keep the connection."""
        self.line.recv_flow_control.acquire()
        self.deaf = True

    def _next(self, within: float) -> Any:
        try:
            message = json.loads(self.line.recv(timeout=max(0.0, within)))
        except TimeoutError:
            raise AssertionError(f"nothing more was told in time; before: {self.told}") from None
        self.told.append(message)
        if message["type"] == "ping":
            with suppress(ConnectionClosed):
                self.send({"type": "pong", "event_id": message["ping_event"]["event_id"]})
        return message


@contextmanager
def calling(
    sockets: str, agent_id: str, *, origin: str | None = None, small: bool = False, **query: str
) -> Iterator[Caller]:
    """A line to an agent; nothing was sent on it yet. A `small` one holds little of what it does not read."""
    url = f"{sockets}/v1/convai/conversation?{urlencode({'agent_id': agent_id, **query})}"
    with calling_url(url, origin=origin, small=small) as caller:
        yield caller


@contextmanager
def calling_url(url: str, *, origin: str | None = None, small: bool = False) -> Iterator[Caller]:
    """A line to an address, as a signed URL is one."""
    options: dict[str, Any] = {"origin": origin, "max_size": None, "max_queue": 1 if small else 1024}
    with connect(url, sock=_small_socket(url) if small else None, close_timeout=2, **options) as line:
        caller = Caller(line)
        try:
            yield caller
        finally:
            if caller.deaf:
                caller.vanish()
                line.recv_flow_control.release()


def _small_socket(url: str) -> socket.socket:
    place = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((place.hostname, place.port))
    return connection
