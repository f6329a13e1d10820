"""The bus between machines: LISTEN and NOTIFY on the database they share anyway.

One connection per process carries everything. A channel of the bus becomes a channel of PostgreSQL by its hash, so
that a process is only woken for what it hears. PostgreSQL takes less than 8000 bytes in a notification: what is
longer goes into the table `bus_messages` and its row's id is notified; rows live for a minute.

Whether anybody answers to a name is known without asking: an answerer holds a shared advisory lock on the name's hash
for as long as its connection lives, so that a question to a process that died fails at once.

A connection that is lost is opened again, with growing pauses up to a few seconds; readers then get a `Lost`. A dead
line that nobody closed is found by a small query twice a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias, TypeVar, cast

import orjson

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
    nobody,
    too_late,
    unwrapped,
)

_log = logging.getLogger(__name__)
T = TypeVar("T")
Connection: TypeAlias = Any  # asyncpg brings no types

CONNECT_SECONDS = 10.0
PROBE_SECONDS = 30.0
_PUBLISH_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 5.0
_LARGEST_NOTIFICATION_BYTES = 7 * 1024
_LOCK_SPACE = 0x6275  # the first half of the advisory locks' keys: "bu"

_KEEP_ROW = """
    WITH old AS (DELETE FROM bus_messages WHERE created_at < (extract(epoch from now()) * 1000000)::bigint - 60000000)
    INSERT INTO bus_messages (body, created_at) VALUES ($1, (extract(epoch from now()) * 1000000)::bigint) RETURNING id
"""
_SOMEBODY = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
        AND classid = $1::bigint::oid AND objid = $2::bigint::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


@contextlib.asynccontextmanager
async def open_postgres_bus(url: str, *, connect_seconds: float = CONNECT_SECONDS) -> AsyncGenerator[PostgresBus]:
    """A bus over the database at `url`, connected; `Unavailable` if it cannot be reached."""
    bus = PostgresBus(url.replace("postgresql+asyncpg://", "postgresql://", 1))
    try:
        async with asyncio.timeout(connect_seconds):
            await bus.connect()
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"bus_url: the database cannot be reached ({type(error).__name__}).") from error
    tasks = [asyncio.create_task(bus.keep_connected()), asyncio.create_task(bus.deliver())]
    try:
        yield bus
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bus.close()


class PostgresBus:
    """The bus as notifications of a database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Connection | None = None
        self._one_at_a_time = asyncio.Lock()
        self._lost = asyncio.Event()
        self._arrived: asyncio.Queue[str | None] = asyncio.Queue()
        self._mailboxes = Mailboxes()
        self._handlers: dict[str, Answer] = {}
        self._replies: dict[str, asyncio.Future[Json]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._n = 0
        self._name = ""

    async def publish(self, channel: str, body: Json) -> None:
        """Tell every subscriber of every process; dropped while the database is away."""
        raw = encoded(body)
        try:
            # A line that is dead and does not say so must not hold up whoever only wanted to give a hint.
            async with asyncio.timeout(_PUBLISH_SECONDS):
                await self._notify(_hashed("news", channel), {"channel": channel}, raw)
        except (Unavailable, TimeoutError):
            _log.warning("The bus is away; news for %s was dropped.", channel)

    @contextlib.asynccontextmanager
    async def subscribe(self, *channels: str, buffer: int = BUFFER_MESSAGES) -> AsyncGenerator[AsyncIterator[News]]:
        """Hear the channels."""
        mailbox = self._mailboxes.open(channels, buffer)
        try:
            for channel in channels:
                await self._listen(_hashed("news", channel))
            yield mailbox
        finally:
            self._mailboxes.close(mailbox, channels)
            for channel in channels:
                if channel not in self._mailboxes.channels:
                    await self._unlisten(_hashed("news", channel))

    async def request(self, target: str, body: Json, *, timeout_seconds: float = 5.0) -> Json:
        """Ask the process that answers to `target`."""
        raw = encoded(body)
        self._n += 1
        n = f"{self._name}.{self._n}"
        reply = self._replies[n] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_seconds):
                if not await self._is_answered(target):
                    raise nobody(target)
                question = {"target": target, "n": n, "from": self._name, "timeout_seconds": timeout_seconds}
                await self._notify(_hashed("ask", target), question, raw)
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
            await self._begin_answering(target)
            yield
        finally:
            if self._handlers.get(target) is handler:
                del self._handlers[target]
                await self._unlisten(_hashed("ask", target))
                with contextlib.suppress(Unavailable):
                    await self._run(lambda c: c.execute("SELECT pg_advisory_unlock_shared($1, $2)", *_lock(target)))

    # The connection

    async def connect(self) -> None:
        """Connect, and listen to everything that is heard and answered to."""
        connection = await _connected(self._dsn)
        self._connection = connection
        self._lost.clear()
        connection.add_termination_listener(self._on_end)
        self._name = f"bus_{connection.get_server_pid()}_{id(self):x}"
        await self._listen(_hashed("reply", self._name))
        for channel in self._mailboxes.channels:
            await self._listen(_hashed("news", channel))
        for target in [*self._handlers]:
            await self._begin_answering(target)

    def _on_end(self, connection: Connection) -> None:
        if connection is self._connection:
            self._lost.set()

    async def keep_connected(self) -> None:
        """Connect again whenever the connection is lost, until cancelled."""
        while True:
            await self._until_lost()
            self._break_off()
            pause = _FIRST_PAUSE_SECONDS
            while not await self._reconnected():
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            self._arrived.put_nowait(None)

    async def _until_lost(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._lost.wait()
                return
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._run(lambda connection: connection.execute("SELECT 1"))
            except (Unavailable, TimeoutError):
                return

    async def _reconnected(self) -> bool:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self.connect()
        except Exception as error:  # the database may say anything while it starts or fails over
            _log.warning("The bus cannot reach the database (%s); trying again.", type(error).__name__)
            self._break_off()
            return False
        return True

    def _break_off(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(Unavailable("The bus went away while a reply was awaited; try again."))

    async def close(self) -> None:
        """End the connection and whatever is being answered."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            with contextlib.suppress(OSError, TimeoutError):
                await connection.close(timeout=1)

    # Speaking

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Use the connection, one at a time; `Unavailable` if it is away."""
        import asyncpg

        async with self._one_at_a_time:
            if self._connection is None:
                raise Unavailable("The bus is away for a moment; try again.")
            try:
                return await work(self._connection)
            except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
                raise Unavailable("The bus is away for a moment; try again.") from error

    async def _notify(self, channel: str, envelope: dict[str, Any], raw: bytes) -> None:
        payload = orjson.dumps({**envelope, "body": orjson.Fragment(raw)})
        if len(payload) <= _LARGEST_NOTIFICATION_BYTES:
            await self._run(lambda c: c.execute("SELECT pg_notify($1, $2)", channel, payload.decode()))
            return
        await self._run(lambda connection: self._notify_row(connection, channel, payload.decode()))

    async def _notify_row(self, connection: Connection, channel: str, payload: str) -> None:
        async with connection.transaction():
            row = await connection.fetchval(_KEEP_ROW, payload)
            await connection.execute("SELECT pg_notify($1, $2)", channel, f'{{"row":{row}}}')

    async def _is_answered(self, target: str) -> bool:
        return bool(await self._run(lambda connection: connection.fetchval(_SOMEBODY, *_lock(target))))

    # Hearing

    async def _listen(self, channel: str) -> None:
        """Listen now if connected; the next connection will in any case."""
        with contextlib.suppress(Unavailable):
            await self._run(lambda connection: connection.add_listener(channel, self._hear))

    async def _unlisten(self, channel: str) -> None:
        with contextlib.suppress(Unavailable):
            await self._run(lambda connection: connection.remove_listener(channel, self._hear))

    async def _begin_answering(self, target: str) -> None:
        await self._listen(_hashed("ask", target))
        with contextlib.suppress(Unavailable):
            await self._run(lambda c: c.execute("SELECT pg_advisory_lock_shared($1, $2)", *_lock(target)))

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._arrived.put_nowait(str(payload))

    async def deliver(self) -> None:
        """Hand on what arrives, in order, until cancelled."""
        while True:
            payload = await self._arrived.get()
            if payload is None:
                self._mailboxes.lose()
                continue
            try:
                await self._deliver_one(payload)
            except Exception:
                _log.exception("A message of the bus could not be delivered.")
                self._mailboxes.lose()

    async def _deliver_one(self, payload: str) -> None:
        envelope = orjson.loads(payload)
        if "row" in envelope:
            body = await self._run(lambda c: c.fetchval("SELECT body FROM bus_messages WHERE id = $1", envelope["row"]))
            if body is None:  # older than its minute
                self._mailboxes.lose()
                return
            envelope = orjson.loads(body)
        if "channel" in envelope:
            self._mailboxes.deliver(Message(envelope["channel"], envelope["body"]))
        elif "target" in envelope:
            task = asyncio.create_task(self._answer(envelope))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        else:
            reply = self._replies.get(envelope["n"])
            if reply is not None and not reply.done():
                reply.set_result(envelope["body"])

    async def _answer(self, question: dict[str, Any]) -> None:
        target, timeout_seconds = question["target"], question["timeout_seconds"]
        reply = await answered(self._handlers.get(target), target, question["body"], timeout_seconds=timeout_seconds)
        with contextlib.suppress(Unavailable):
            await self._notify(_hashed("reply", question["from"]), {"n": question["n"]}, orjson.dumps(reply))


async def _connected(dsn: str) -> Connection:
    import asyncpg

    # Without a cache of prepared statements a pooler that keeps sessions apart may stand between.
    connect = cast("Any", asyncpg).connect
    return await connect(dsn, statement_cache_size=0, server_settings={"application_name": "vivavoce bus"})


def _hashed(kind: str, name: str) -> str:
    """A channel of PostgreSQL, which is an identifier of at most 63 bytes, for any name at all."""
    return f"vivavoce_{hashlib.sha256(f'{kind}:{name}'.encode()).hexdigest()[:32]}"


def _lock(target: str) -> tuple[int, int]:
    """The advisory lock that says that a name is answered to. Two names with one hash cost no more than a timeout."""
    return _LOCK_SPACE, int.from_bytes(hashlib.sha256(target.encode()).digest()[:4], "big") >> 1
