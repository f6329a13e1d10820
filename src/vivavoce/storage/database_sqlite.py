"""SQLite as a database: one file in WAL mode, one connection that writes, a few that read.

Each connection of aiosqlite is a thread that does one thing after the other, so a slow statement never holds up the
event loop. `fetch` is one step there; its connections are apart from those of `read`, which are taken for as long
as a block lasts. All of them open when they are first needed.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from vivavoce.base.errors import Unavailable
from vivavoce.storage.database import BUSY_TIMEOUT_SECONDS, Database, Driver, Row, driver_of
from vivavoce.storage.database_errors import LOCKED, READ_ONLY, UNREACHABLE, translated, unavailable

_READERS = 3
_QUICK_READERS = 2
_CACHED_STATEMENTS = 256
_WAL_ATTEMPTS = 100
_WAL_PAUSE_SECONDS = 0.05

# A megabyte of pages for each connection: a process has several, and the system keeps the file at hand anyway.
_PRAGMAS = f"""
PRAGMA busy_timeout={round(BUSY_TIMEOUT_SECONDS * 1000)};
PRAGMA foreign_keys=ON;
PRAGMA synchronous=FULL;
PRAGMA temp_store=MEMORY;
PRAGMA cache_size=-1000;
PRAGMA journal_size_limit=16777216;
"""


class SqliteDatabase(Database):
    """A SQLite file; without a path, one in a temporary folder that goes at `close`."""

    kind = "sqlite"

    def __init__(self, path: str | None) -> None:
        super().__init__(sqlite_dialect())
        self._path = None if path is None else Path(path)
        self._temporary: Path | None = None
        self._turn = asyncio.Lock()
        self._write_engine = self._engine(read_only=False, size=1)
        self._read_engine = self._engine(read_only=True, size=_READERS)
        self._writer: AsyncConnection | None = None
        self._waits_for_the_disk = True
        self._quick: list[_QuickReader] = []

    @property
    def path(self) -> Path:
        """The file, once the database has been started."""
        assert self._path is not None, "a temporary database has no file before it is started"
        return self._path

    async def start(self) -> None:
        """Open the file, or make it."""
        if self._path is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="vivavoce-"))
            self._path = self._temporary / "vivavoce.db"
        _check_rights(self._path)
        with translated():
            driver = await self._open(read_only=False)
            try:
                await _use_wal(driver)
            finally:
                await driver.close()

    async def close(self) -> None:
        """Close every connection; what the last one leaves of the write-ahead log is put into the file."""
        async with self._turn:
            if self._writer is not None:
                await self._writer.close()
                self._writer = None
        for reader in self._quick:
            await reader.close()
        await self._read_engine.dispose()
        await self._write_engine.dispose()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that sees one moment of the database and cannot write."""
        with translated():
            async with self._read_engine.connect() as connection, self._transaction(connection, "BEGIN"):
                yield connection

    @asynccontextmanager
    async def write(self, *, lasting: bool = True) -> AsyncGenerator[AsyncConnection]:
        """A transaction of the one writer, whose turn it is."""
        with self._writing(), translated():
            async with self._turn:
                writer = await self._writing_connection()
                await self._wait_for_the_disk(writer, wait=lasting)
                async with self._transaction(writer, "BEGIN IMMEDIATE") as connection:
                    yield connection

    async def _wait_for_the_disk(self, writer: AsyncConnection, *, wait: bool) -> None:
        """Whether the next commits do. (In WAL mode none of them can leave the file broken.)"""
        if wait is not self._waits_for_the_disk:
            await self._run(await driver_of(writer), f"PRAGMA synchronous={'FULL' if wait else 'NORMAL'}")
            self._waits_for_the_disk = wait

    async def _writing_connection(self) -> AsyncConnection:
        """The one connection that writes, held for good: taking it from the pool each time costs more than a write."""
        if self._writer is None or self._writer.invalidated or self._writer.closed:
            if self._writer is not None:
                await self._writer.close()
            self._writer = await self._write_engine.connect()
            self._waits_for_the_disk = True
        return self._writer

    async def _fetch(self, text: str, arguments: Sequence[Any]) -> Sequence[Row]:
        reader = min(self._quick, key=_QuickReader.waiting, default=None)
        if reader is None or (reader.waiting() and len(self._quick) < _QUICK_READERS):
            reader = _QuickReader(self)
            self._quick.append(reader)
        return await reader.fetch(text, arguments)

    async def _run(self, driver: Driver, text: str, arguments: Sequence[Any] = ()) -> Sequence[Row]:
        return cast("Sequence[Row]", await driver.execute_fetchall(text, arguments))

    async def _commit(self, driver: Driver) -> None:
        await driver.execute_fetchall("COMMIT")

    def _engine(self, *, read_only: bool, size: int) -> AsyncEngine:
        return create_async_engine(
            "sqlite+aiosqlite://",
            async_creator=lambda: self._open(read_only=read_only),
            poolclass=AsyncAdaptedQueuePool,
            pool_size=size,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",
        )

    async def _open(self, *, read_only: bool) -> aiosqlite.Connection:
        driver = aiosqlite.connect(self.path, isolation_level=None, cached_statements=_CACHED_STATEMENTS)
        # A process that ends in a hurry is not held up by an idle thread.
        driver._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
        await driver
        try:
            await driver.executescript(_PRAGMAS + ("PRAGMA query_only=ON;" if read_only else ""))
        except BaseException:
            await driver.close()
            raise
        return driver


class _QuickReader:
    """A connection for single reads, opened at the first."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._opening = asyncio.ensure_future(database._open(read_only=True))  # pyright: ignore[reportPrivateUsage]
        self._waiting = 0

    def waiting(self) -> int:
        """How many reads are before the next one."""
        return self._waiting

    async def fetch(self, text: str, arguments: Sequence[Any]) -> Sequence[Row]:
        self._waiting += 1
        try:
            driver = self._opening.result() if self._opening.done() else await asyncio.shield(self._opening)
            return cast("Sequence[Row]", await driver.execute_fetchall(text, arguments))
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        await (await self._opening).close()


def _check_rights(path: Path) -> None:
    """SQLite opens a file that it may not write without a word, and does not say what is wrong with a folder."""
    folder = path.parent
    if not folder.is_dir():
        raise unavailable(UNREACHABLE, f"There is no folder {str(folder)!r}.")
    effective = os.access in os.supports_effective_ids
    for place in (folder, path):
        if place.exists() and not os.access(place, os.R_OK | os.W_OK, effective_ids=effective):
            raise unavailable(READ_ONLY, f"It is {str(path)!r}.")


async def _use_wal(driver: aiosqlite.Connection) -> None:
    """Switch the file to WAL mode, which it then stays in.

    SQLite does not wait when two processes switch at the same time, so we do.
    """
    for _ in range(_WAL_ATTEMPTS):
        try:
            [(mode,)] = await driver.execute_fetchall("PRAGMA journal_mode=WAL")
        except aiosqlite.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY":
                raise
            await asyncio.sleep(_WAL_PAUSE_SECONDS)
        else:
            if mode != "wal":
                raise Unavailable(
                    "The data folder's file system cannot share memory, which SQLite needs. Choose a local folder.",
                    status=UNREACHABLE,
                )
            return
    raise unavailable(LOCKED)
