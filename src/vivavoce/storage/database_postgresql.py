"""PostgreSQL as a database, through asyncpg: a pool for transactions, and a small one for single reads.

The pools are apart because SQLAlchemy's costs more to ask than the read itself. Both open their connections when
they are first needed.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio.engine import AsyncConnection, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from vivavoce.base.errors import Unavailable
from vivavoce.storage.database import BUSY_TIMEOUT_SECONDS, Database, Driver, Row, driver_of
from vivavoce.storage.database_errors import UNREACHABLE, translated, unavailable

_CONNECTIONS = 8
_QUICK_CONNECTIONS = 4
_WAIT_SECONDS = 10.0
_CONNECT_SECONDS = 10


class PostgresqlDatabase(Database):
    """A database on a PostgreSQL server."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        super().__init__(postgresql_dialect())
        scheme, _, rest = url.partition("://")
        self._dsn = f"{scheme.partition('+')[0]}://{rest}"
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_WAIT_SECONDS,
            isolation_level="AUTOCOMMIT",
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_dead)
        self._quick: Any = None

    @property
    def dsn(self) -> str:
        """The address, as asyncpg takes it; it holds the password."""
        return self._dsn

    async def start(self) -> None:
        """Reach the server."""
        if not _has_possible_port(self._dsn):
            raise unavailable(UNREACHABLE, "No such port: it is a number up to 65535.")
        with translated():
            self._quick = await asyncpg.create_pool(
                connect=_opened, dsn=self._dsn, min_size=0, max_size=_QUICK_CONNECTIONS, reset=_keep_as_it_is
            )
            [(encoding,)] = await self._fetch("SHOW server_encoding", ())
        if encoding != "UTF8":
            raise Unavailable(
                f"The database is encoded in {encoding}. Make one with ENCODING 'UTF8'.", status=UNREACHABLE
            )

    async def close(self) -> None:
        """Close every connection."""
        if self._quick is not None:
            await self._quick.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that sees one moment of the database and cannot write."""
        with translated():
            async with (
                self._engine.connect() as connection,
                self._transaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            ):
                yield connection

    @asynccontextmanager
    async def write(self, *, lasting: bool = True) -> AsyncGenerator[AsyncConnection]:
        """A transaction that is committed at the end, or undone if the block raises."""
        with self._writing(), translated():
            async with self._engine.connect() as connection, self._transaction(connection, "BEGIN"):
                if not lasting:
                    await self._run(await driver_of(connection), "SET LOCAL synchronous_commit TO OFF")
                yield connection

    async def _fetch(self, text: str, arguments: Sequence[Any]) -> Sequence[Row]:
        async with self._quick.acquire(timeout=_WAIT_SECONDS) as driver:
            return cast("Sequence[Row]", await driver.fetch(text, *arguments))

    async def _run(self, driver: Driver, text: str, arguments: Sequence[Any] = ()) -> Sequence[Row]:
        return cast("Sequence[Row]", await driver.fetch(text, *arguments))

    async def _commit(self, driver: Driver) -> None:
        # PostgreSQL answers a COMMIT after a failed statement with a silent ROLLBACK.
        if await driver.execute("COMMIT") != "COMMIT":
            raise RuntimeError("A statement of this transaction failed and was passed over, so nothing was written.")

    async def _connect(self) -> Driver:
        return await _opened(self._dsn)


async def _opened(*arguments: Any, **options: Any) -> Driver:
    """A connection that waits for somebody else's lock as long as SQLite does, instead of for ever."""
    driver = cast(Driver, await asyncpg.connect(*arguments, timeout=_CONNECT_SECONDS, **options))
    await driver.execute(f"SET lock_timeout = {round(BUSY_TIMEOUT_SECONDS * 1000)}")
    return driver


def _has_possible_port(dsn: str) -> bool:
    try:
        return urlsplit(dsn).port != 0
    except ValueError:
        return False


async def _keep_as_it_is(_: Driver) -> None:
    """Single reads leave nothing behind on a connection that would have to be reset with a round trip."""


def _refuse_dead(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Has the pool replace a connection that died while it was idle."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError
