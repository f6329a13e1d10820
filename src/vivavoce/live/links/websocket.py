"""The WebSocket line: the protocol of `wire.py` over a socket, with limits. It waits for nobody and needs no task.

    in    a message arrives -> `take`: audio goes straight to the call's hearing, the rest becomes events
    out   `tell`, `play` -> a frame -> the socket, which buffers

Rules
- The first frame out is the metadata, once. Whoever opened the socket has sent nothing before.
- What follows it waits until the client listens: the official one for JavaScript begins to listen when it has worked
  off the metadata, and in Node it loses whatever came in the same packet. Any message of the client's shows that it
  does, a ping asks for one, and nobody waits longer than `LISTENING_SECONDS`; audio, which takes its time, not at all.
- A client that does not read is a client that is gone: over `WAITING_BYTES` of unsent frames the line is dropped. A
  peer that vanished without a word is found by the socket's own pings.
- A client that sends nonsense, or far more than anybody can say, is told so in an `error` and closed with 1008.
- The end is said before it happens: what was told goes out, then the close frame with the code and the reason.
- `ping` is for latency. A client that answers late, or not at all, is a slow client and not a dead one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from vivavoce.base.errors import Malformed
from vivavoce.engine.commands import ClientEvent, Ending
from vivavoce.engine.events import Alignment, ContextGiven, LineDropped, Typed, UserActive
from vivavoce.live.formats import SAMPLE_BYTES, Format, Intake
from vivavoce.live.links import wire
from vivavoce.live.runner import BROKEN, Call
from vivavoce.ports.link import ShellEvent
from vivavoce.ports.standing_in import about_error

_log = logging.getLogger(__name__)

LEAD_SECONDS = 0.4
PING_SECONDS = 2.0
FIRST_PING_SECONDS = 0.01
LISTENING_SECONDS = 0.25
SETTLING_SECONDS = 1.0
WAITING_BYTES = 2 * 1024 * 1024
LARGEST_MESSAGE_BYTES = 1024 * 1024  # as audio: 24 seconds at 16 kHz, 8 at 48
NORMAL = 1000
LARGEST_REASON_BYTES = 123  # what a close frame can hold
# After a stall a minute of audio may come at once; on average nobody speaks four times as fast as time.
BURST_SECONDS = 60.0
FASTEST = 4.0
BURST_MESSAGES = 4_000
MESSAGES_PER_SECOND = 400


class Socket(Protocol):
    """What the line needs of a WebSocket. Nothing here waits but `close`."""

    def listen(self, take: Callable[[str | bytes], None], gone: Callable[[str, int], None]) -> None:
        """From now on every message goes to `take`; at the end `gone` hears once why there will be no more, and the
        code: 1000, or what the line was closed with for what the client sent.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Send a text frame, after those before it; without effect when the other side is gone."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """How much of what was sent still waits in this process."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Let what was sent go out, and close; within a limit, and without effect when that has happened."""
        ...


class WebSocketLink:
    """One client on a WebSocket."""

    lead_seconds = LEAD_SECONDS

    def __init__(
        self, socket: Socket, conversation_id: str, incoming: Format, outgoing: Format, *, sends_audio: bool = True
    ) -> None:
        self._sends_audio = sends_audio
        """Some clients want to be told everything and to hear nothing."""
        self._socket = socket
        self._conversation_id = conversation_id
        self._incoming = incoming
        self._outgoing = outgoing
        self._loop = asyncio.get_running_loop()
        self._intake = Intake(incoming)
        self._incoming_bytes_per_second = incoming.rate_hz * SAMPLE_BYTES
        self._outgoing_bytes_per_second = outgoing.rate_hz * SAMPLE_BYTES
        self._allowance = Allowance(self._loop.time())
        self._latency = Latency()
        self._ping_timer: asyncio.TimerHandle | None = None
        self._held: list[bytes] | None = None
        """What waits until the client listens; None once it does."""
        self._has_begun = False
        """The metadata is out."""
        self._call: Call | None = None
        self._is_deaf = False
        self._over = False

    @property
    def input_rate_hz(self) -> int:
        """The rate of what the caller says."""
        return self._incoming.rate_hz

    @property
    def output_rate_hz(self) -> int:
        """The rate of what the caller hears."""
        return self._outgoing.rate_hz

    @property
    def latency_ms(self) -> int | None:
        """How long the way to the client and back was last; None before its first answer."""
        return self._latency.ms

    async def serve(
        self, call: Call, begin: Callable[[], Awaitable[None]], settle: Callable[[], Awaitable[None]] | None = None
    ) -> Ending:
        """Connect a call to the socket, to the end of both.

        The call gets ready to speak at once, and goes on when `begin` returns; nothing of it goes out before. `settle`
        runs between the two ends: who sees the line close may ask for the call's record at once.
        """
        self._call = call
        self._held = []
        calling = self._loop.create_task(call.run(at_once=False), name="call")
        try:
            await begin()
        except BaseException:
            calling.cancel()
            await asyncio.wait({calling})
            raise
        ending = await self._serve(call, calling)
        if settle is not None:
            await _within(SETTLING_SECONDS, settle)
        reason = wire.reason_for_clients(ending.error_type, ending.reason)
        await self._socket.close(ending.close_code, as_close_reason(reason))
        return ending

    async def _serve(self, call: Call, calling: asyncio.Task[Ending]) -> Ending:
        self._has_begun = True
        self._put(wire.metadata(self._conversation_id, self._outgoing.name, self._incoming.name))
        call.go_on()
        # What arrived already is handed over at once, but the call must have begun before it hears anything.
        self._loop.call_soon(self._socket.listen, self._take, self._drop)
        self._ping_timer = self._loop.call_later(FIRST_PING_SECONDS, self._ping)
        listening_timer = self._loop.call_later(LISTENING_SECONDS, self._client_listens)
        try:
            return await calling
        finally:
            self._client_listens()
            self._over = True
            listening_timer.cancel()
            self._ping_timer.cancel()

    # Out

    def tell(self, event: ClientEvent | ShellEvent) -> None:
        """Tell the client."""
        self._send(wire.encoded(event))

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """The next audio."""
        if not self._sends_audio:
            return
        seconds = len(pcm) / self._outgoing_bytes_per_second
        self._client_listens()
        self._send(wire.audio(self._outgoing.to_wire(pcm), event_id, alignment, seconds))

    def close(self, ending: Ending) -> None:
        """The call is over; `serve` closes the socket with the reason."""
        _ = ending
        self._over = True

    def _send(self, frame: bytes) -> None:
        if self._over:
            return
        if self._held is None:
            self._put(frame)
        else:
            self._held.append(frame)

    def _put(self, frame: bytes) -> None:
        self._socket.send(frame)
        if self._socket.waiting_bytes > WAITING_BYTES:
            self._drop("The client does not read what it is sent.")

    def _client_listens(self) -> None:
        if not self._has_begun:
            return
        held, self._held = self._held, None
        for frame in held or ():
            self._put(frame)

    def _ping(self) -> None:
        self._ping_timer = self._loop.call_later(PING_SECONDS, self._ping)
        if not self._over:
            self._put(wire.ping(self._latency.asked(self._loop.time()), self._latency.ms))

    # In

    def _drop(self, reason: str, code: int = NORMAL) -> None:
        self._over = True
        if self._call is not None:
            self._call.report(LineDropped(reason, code, None if code == NORMAL else "invalid_message"))

    def _refuse(self, ending: Ending) -> None:
        """Hear no more of this client; the call says why, and ends."""
        self._is_deaf = True
        if self._call is not None:
            self._call.report(LineDropped(ending.reason, ending.close_code, ending.error_type))

    def _take(self, message: str | bytes) -> None:
        call = self._call
        if self._over or self._is_deaf or call is None:
            return
        if self._held is not None:
            self._client_listens()
        try:
            if len(message) > LARGEST_MESSAGE_BYTES:
                raise _too_large()
            data = wire.audio_in(message)
            if data is not None:
                self._hear(call, data)
            else:
                self._allowance.take(self._loop.time())
                self._act_on(call, wire.decoded(message))
        except Malformed as problem:
            self._refuse(Ending("caller_hung_up", problem.message, 1008, problem.status))
        except Exception as error:
            about = about_error(error, keeps_content=False)
            _log.error("A message broke the line (%s).", type(error).__name__, extra=about)
            self._refuse(BROKEN)

    def _hear(self, call: Call, data: bytes) -> None:
        pcm = self._intake.pcm(data)
        self._allowance.take(self._loop.time(), len(pcm) / self._incoming_bytes_per_second)
        call.hear(pcm)

    def _act_on(self, call: Call, heard: wire.Incoming | None) -> None:
        match heard:
            case wire.UserMessage(text, file_ids):
                call.report(Typed(text, file_ids))
            case wire.UserActivity():
                call.report(UserActive())
            case wire.ContextualUpdate(text, context_id):
                call.report(ContextGiven(text, context_id))
            case wire.ClientToolResult(call_id, result, is_error):
                call.client_answered(call_id, result, is_error=is_error)
            case wire.Feedback(event_id, score):
                call.feedback(event_id, score)
            case wire.Pong(event_id):
                self._latency.answered(event_id, self._loop.time())
            case wire.AudioChunk(data):
                self._hear(call, data)
            case wire.Initiation() | wire.EnclaveSetup() | None:
                # Audio went another way, the other two came before the call began, and None is for what is not built.
                pass


class Latency:
    """How long the way to the client and back is, by the newest ping that was answered."""

    def __init__(self) -> None:
        self.ms: int | None = None
        self._event_id = 0
        self._asked_at: float | None = None

    def asked(self, now: float) -> int:
        """Another ping goes out now; its id."""
        self._event_id += 1
        self._asked_at = now
        return self._event_id

    def answered(self, event_id: int, now: float) -> None:
        """A pong came. One for an older ping, or a second one, says nothing."""
        if event_id != self._event_id or self._asked_at is None:
            return
        self.ms = round((now - self._asked_at) * 1000)
        self._asked_at = None


class Allowance:
    """How much a client may send: two buckets that fill with time."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._messages = float(BURST_MESSAGES)
        self._seconds = BURST_SECONDS

    def take(self, now: float, seconds: float = 0.0) -> None:
        """Count a message, and the audio in it."""
        passed, self._at = now - self._at, now
        messages = self._messages + passed * MESSAGES_PER_SECOND - 1
        left = self._seconds + passed * FASTEST - seconds
        self._messages = messages if messages < BURST_MESSAGES else BURST_MESSAGES
        self._seconds = left if left < BURST_SECONDS else BURST_SECONDS
        if messages < 0:
            raise Malformed(
                f"Too many messages: at most {MESSAGES_PER_SECOND} a second are read.", status="rate_limited"
            )
        if left < 0:
            raise Malformed("Audio arrives much faster than it can have been spoken.", status="rate_limited")


async def _within(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Wait for something, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work()


def as_close_reason(reason: str) -> str:
    """As much of a reason as a close frame can hold."""
    return reason.encode()[:LARGEST_REASON_BYTES].decode("utf-8", "ignore")


def _too_large() -> Malformed:
    return Malformed(f"A message may have {LARGEST_MESSAGE_BYTES:,} bytes at most.", status="invalid_message")
