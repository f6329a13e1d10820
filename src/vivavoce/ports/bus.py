"""The bus: short messages between the processes of one installation, now or never.

Three things travel on it: news (`publish` to everybody who subscribed to a channel), questions (`request` to the one
process that answers to a name) and their replies. It wakes job workers, reaches the process that holds a call
(monitor, takeover, hang-up) and tells caches to forget.

Rules
- Nothing is kept. Whoever is not listening misses the message, so whatever must not be lost is in the database too
  and the bus only says "look".
- Messages of one publisher reach one subscriber in order. A publisher hears its own messages.
- A subscription has a bounded buffer. When it is full the oldest message goes, and the reader is told with a `Lost`
  in the place where messages are missing. A lost connection that came back is told the same way, count unknown.
- `publish` never fails because the other side is away: it is a hint. `request` does (`Unavailable`), and says so as
  soon as it is known: at once where nobody answers to the name, else at the timeout.
- A name belongs to one process by its making: a process's id, a call's id. Nobody answers to another's.
- Messages are JSON and at most `LARGEST_BYTES`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import orjson

from vivavoce.base import errors
from vivavoce.base.errors import Problem, TooLarge, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json

_log = logging.getLogger(__name__)

LARGEST_BYTES = 4 * 1024 * 1024
BUFFER_MESSAGES = 256
NOBODY_ANSWERS = "nobody_answers"


@frozen
class Message:
    """News on a channel."""

    channel: str
    body: Json


@frozen
class Lost:
    """Here messages are missing; `count` is None where nobody can know how many."""

    count: int | None = None


News = Message | Lost
Answer = Callable[[Json], Awaitable[Json]]


class Bus(Protocol):
    """News, questions and replies between processes."""

    async def publish(self, channel: str, body: Json) -> None:
        """Tell everybody who subscribed to the channel."""
        ...

    def subscribe(
        self, *channels: str, buffer: int = BUFFER_MESSAGES
    ) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Hear the channels: from when the block is entered, nothing published later is missed silently."""
        ...

    async def request(self, target: str, body: Json, *, timeout_seconds: float = 5.0) -> Json:
        """Ask the process that answers to `target`. Its `Problem` is raised here; `Unavailable` without a reply."""
        ...

    def answer(self, target: str, handler: Answer) -> AbstractAsyncContextManager[None]:
        """Answer to a name: within the block, `handler` gets what is asked of `target`."""
        ...


class Mailbox:
    """A subscriber's bounded buffer: full, it drops the oldest and says so in its place."""

    def __init__(self, buffer: int) -> None:
        self._buffer = buffer
        self._news: deque[News] = deque()
        self._missing: Lost | None = None  # before the oldest that is left
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, news: News) -> None:
        """Add news, at the price of the oldest where there is no room."""
        if len(self._news) >= self._buffer:
            self._missing = _without(self._missing, self._news.popleft())
        self._news.append(news)
        self._filled.set()

    def close(self) -> None:
        """End the reader's iteration after what is buffered."""
        self._closed = True
        self._filled.set()

    def __aiter__(self) -> AsyncIterator[News]:
        """The reader's side."""
        return self

    async def __anext__(self) -> News:
        """What is next, waiting for it if need be."""
        while not self._missing and not self._news:
            if self._closed:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        if self._missing:
            missing, self._missing = self._missing, None
            return missing
        return self._news.popleft()


def _without(missing: Lost | None, gone: News) -> Lost:
    before = missing.count if missing else 0
    more = gone.count if isinstance(gone, Lost) else 1
    return Lost(None if before is None or more is None else before + more)


class Mailboxes:
    """Who in this process hears which channel."""

    def __init__(self) -> None:
        self._by_channel: dict[str, list[Mailbox]] = {}

    def open(self, channels: tuple[str, ...], buffer: int) -> Mailbox:
        """A new mailbox for these channels."""
        mailbox = Mailbox(buffer)
        for channel in channels:
            self._by_channel.setdefault(channel, []).append(mailbox)
        return mailbox

    def close(self, mailbox: Mailbox, channels: tuple[str, ...]) -> None:
        """Forget a mailbox."""
        mailbox.close()
        for channel in channels:
            boxes = self._by_channel[channel]
            boxes.remove(mailbox)
            if not boxes:
                del self._by_channel[channel]

    def deliver(self, message: Message) -> None:
        """Put a message into every mailbox of its channel."""
        for mailbox in self._by_channel.get(message.channel, ()):
            mailbox.put(message)

    def lose(self) -> None:
        """Tell every reader that messages are missing."""
        for mailbox in {id(box): box for boxes in self._by_channel.values() for box in boxes}.values():
            mailbox.put(Lost())

    @property
    def channels(self) -> list[str]:
        """Every channel somebody here hears."""
        return list(self._by_channel)


async def answered(handler: Answer | None, target: str, body: Json, *, timeout_seconds: float) -> Json:
    """A handler's reply in the form that travels: `{"ok": ...}` or the problem it raised.

    A handler is not left to work on a reply that nobody awaits any more.
    """
    if handler is None:
        return problem_reply(nobody(target))
    try:
        async with asyncio.timeout(timeout_seconds):
            reply = await handler(body)
        encoded(reply)
    except TimeoutError:
        return problem_reply(too_late(target, timeout_seconds))
    except Problem as problem:
        return problem_reply(problem)
    except Exception as error:
        # The asker learns that it failed; what failed stays with the process that knows.
        _log.exception("Answering %s failed.", target)
        return problem_reply(Unavailable(f"{target!r} failed to answer ({type(error).__name__})."))
    return {"ok": reply}


def problem_reply(problem: Problem) -> Json:
    """A problem in the form that travels."""
    return {"problem": type(problem).__name__, "message": problem.message, "status": problem.status}


def unwrapped(reply: Json) -> Json:
    """The body of a reply; raises the problem that travelled in it."""
    if "problem" not in reply:
        return reply["ok"]
    kind = _TRAVELLING.get(reply["problem"], Unavailable)
    raise kind(reply["message"], status=reply["status"])


# Those that need nothing but a message; any other arrives as Unavailable.
_TRAVELLING: dict[str, type[Problem]] = {
    kind.__name__: kind
    for kind in (
        errors.Malformed,
        errors.Unauthorized,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.TooLarge,
        errors.NotBuilt,
    )
}


def nobody(target: str) -> Unavailable:
    """The usual refusal where no process answers to a name."""
    return Unavailable(f"No process answers to {target!r}; it may just have ended.", status=NOBODY_ANSWERS)


def too_late(target: str, timeout_seconds: float) -> Unavailable:
    """The usual refusal where no reply came in time."""
    return Unavailable(f"{target!r} did not answer within {timeout_seconds:g} s.", status="no_answer")


def encoded(body: Json) -> bytes:
    """A message as it travels; `TooLarge` if it is no longer a short one."""
    raw = orjson.dumps(body)
    if len(raw) > LARGEST_BYTES:
        raise TooLarge(
            f"A message of {len(raw)} bytes is over the bus's {LARGEST_BYTES}; store it and send where it is."
        )
    return raw


class LocalBus:
    """The double, and the form for a single process: the same rules without a wire."""

    def __init__(self) -> None:
        self._mailboxes = Mailboxes()
        self._handlers: dict[str, Answer] = {}

    async def publish(self, channel: str, body: Json) -> None:
        """Tell every subscriber of this process."""
        self._mailboxes.deliver(Message(channel, orjson.loads(encoded(body))))

    @asynccontextmanager
    async def subscribe(self, *channels: str, buffer: int = BUFFER_MESSAGES) -> AsyncGenerator[AsyncIterator[News]]:
        """Hear the channels."""
        mailbox = self._mailboxes.open(channels, buffer)
        try:
            yield mailbox
        finally:
            self._mailboxes.close(mailbox, channels)

    async def request(self, target: str, body: Json, *, timeout_seconds: float = 5.0) -> Json:
        """Ask whoever answers to `target`."""
        handler, received = self._handlers.get(target), orjson.loads(encoded(body))
        reply = await answered(handler, target, received, timeout_seconds=timeout_seconds)
        return unwrapped(orjson.loads(orjson.dumps(reply)))

    @asynccontextmanager
    async def answer(self, target: str, handler: Answer) -> AsyncGenerator[None]:
        """Answer to a name."""
        self._handlers[target] = handler
        try:
            yield
        finally:
            if self._handlers.get(target) is handler:
                del self._handlers[target]
