"""The database, SQLite or PostgreSQL, chosen by a URL: transactions to read and to write in, and single quick reads.

    database = database_at("sqlite:////var/lib/vivavoce/vivavoce.db")      one file, in WAL mode
    database = database_at("postgresql://user:password@host/vivavoce")
    database = database_at("sqlite://")                                    in a temporary folder, gone at `close`

    async with database.write() as connection:      all or nothing; a SQLAlchemy AsyncConnection
        await connection.execute(insert(table).values(...))
    async with database.read() as connection:       one moment of the database, and nothing can be written
        ...
    rows = await database.fetch(STATEMENT, {"id": id})      one statement, the quick way

Rules
- What `write` has committed survives the end of the process and of the machine's power. On SQLite that is
  `synchronous=FULL`, on PostgreSQL its default.
- SQLite has one writer at a time. Writers of this process wait in the order they came; those of other processes, and
  locks on PostgreSQL, are waited for up to `BUSY_TIMEOUT_SECONDS`. So a transaction is short, waits for nothing but
  the database, and is never opened inside another one (which would wait for itself; it raises instead).
- Transactions begin and end here, with plain BEGIN, COMMIT and ROLLBACK on the driver; SQLAlchemy is told that it is
  in autocommit mode and never to be asked for `commit`. That is how its statements, the quick ones and those of a
  library that wants the bare driver take part in the same transaction.
- Going through SQLAlchemy costs half a millisecond a statement, ten times what the driver needs. `fetch` and
  `fetch_on` therefore compile a statement once and hand its text to the driver from then on. Such a statement is a
  constant: every value in it is a named `bindparam`, and whoever builds statements by shape keeps those he has built.
- What goes wrong outside of our hands is `Unavailable` with a remedy: see `database_errors`.

The two databases are in `database_sqlite` and `database_postgresql`; tables are declared on `schema.metadata` and
made by `migrate`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Any, Literal, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio.engine import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler

from vivavoce.base.errors import Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.storage.database_errors import UNREACHABLE, is_broken_connection, translated, unavailable

DatabaseKind = Literal["sqlite", "postgresql"]
BUSY_TIMEOUT_SECONDS = 5.0

Row: TypeAlias = Sequence[Any]
Parameters: TypeAlias = Mapping[str, Any]
Driver: TypeAlias = Any  # aiosqlite.Connection or asyncpg.Connection; the latter brings no types


@frozen
class Compiled:
    """A statement's text for one database, the names of its parameters in the driver's order, and constants of it."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    def arguments(self, parameters: Parameters) -> list[Any]:
        """The parameters as the driver takes them."""
        if self.constants:
            parameters = {**self.constants, **parameters}
        return [parameters[name] for name in self.names]


class Database(ABC):
    """A database that is open from `start` to `close`."""

    kind: DatabaseKind

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: WeakKeyDictionary[ClauseElement, Compiled] = WeakKeyDictionary()
        self._writers: set[asyncio.Task[Any]] = set()

    @abstractmethod
    async def start(self) -> None:
        """Open it; `Unavailable` with a remedy if that cannot be."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that sees one moment of the database and cannot write."""

    @abstractmethod
    def write(self, *, lasting: bool = True) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that is committed at the end, or undone if the block raises.

        One that need not be `lasting` does not wait for the disk: it outlives this process, but maybe not the machine.
        """

    async def fetch(self, statement: ClauseElement, parameters: Parameters) -> Sequence[Row]:
        """The rows of one constant statement, read outside of any transaction."""
        text, arguments = self._bound(statement, parameters)
        with translated():
            try:
                return await self._fetch(text, arguments)
            except Exception as error:
                if not is_broken_connection(error):
                    raise
            # The connection had died while it was idle. Reading does no harm twice.
            return await self._fetch(text, arguments)

    async def fetch_on(
        self, connection: AsyncConnection, statement: ClauseElement, parameters: Parameters
    ) -> Sequence[Row]:
        """The rows of one constant statement, within a transaction."""
        text, arguments = self._bound(statement, parameters)
        return await self._run(await driver_of(connection), text, arguments)

    @abstractmethod
    async def _fetch(self, text: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """Run a reading statement on any connection."""

    @abstractmethod
    async def _run(self, driver: Driver, text: str, arguments: Sequence[Any] = ()) -> Sequence[Row]:
        """Run a statement on this connection."""

    @abstractmethod
    async def _commit(self, driver: Driver) -> None:
        """End a transaction well."""

    @asynccontextmanager
    async def _transaction(self, connection: AsyncConnection, begin: str) -> AsyncGenerator[AsyncConnection]:
        driver = await driver_of(connection)
        try:
            await self._run(driver, begin)
            yield connection
            await self._commit(driver)
        except BaseException:
            # If even this fails the connection is gone, and the transaction with it.
            with suppress(Exception):
                await asyncio.shield(self._run(driver, "ROLLBACK"))
            raise
        finally:
            # SQLAlchemy believes that its first statement began something; nothing is left to undo.
            if connection.in_transaction():
                await connection.rollback()

    @contextmanager
    def _writing(self) -> Any:
        """Notices a writer who would wait for himself."""
        task = asyncio.current_task()
        assert task is not None
        if task in self._writers:
            raise RuntimeError("A transaction was opened inside another one; it would wait for itself for ever.")
        self._writers.add(task)
        try:
            yield
        finally:
            self._writers.discard(task)

    def _bound(self, statement: ClauseElement, parameters: Parameters) -> tuple[str, list[Any]]:
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = self._compile(statement)
        return compiled.text, compiled.arguments(parameters)

    def _compile(self, statement: ClauseElement) -> Compiled:
        compiled = statement.compile(dialect=self._dialect)
        assert isinstance(compiled, SQLCompiler)
        names = tuple(compiled.positiontup or ())
        constants = {name: compiled.binds[name].value for name in names if not compiled.binds[name].required}
        return Compiled(str(compiled), names, constants)


async def driver_of(connection: AsyncConnection) -> Driver:
    """The driver's own connection under SQLAlchemy's, in the same transaction."""
    under = connection.sync_connection
    if under is None or under.closed or under.invalidated:
        raise unavailable(UNREACHABLE)
    # `get_raw_connection` says the same, by way of a greenlet that costs as much as the statement.
    return under.connection.driver_connection


def database_at(url: str) -> Database:
    """The database that a URL names, not yet open."""
    try:
        scheme = make_url(url).get_backend_name()
    except ArgumentError:
        scheme = ""
    match scheme:
        case "sqlite":
            from vivavoce.storage.database_sqlite import SqliteDatabase

            return SqliteDatabase(make_url(url).database or None)
        case "postgresql" | "postgres":
            from vivavoce.storage.database_postgresql import PostgresqlDatabase

            return PostgresqlDatabase(url)
        case _:
            raise Unavailable(
                "`database_url` must begin with sqlite:/// (and the path of a file) or postgresql://.",
                status=UNREACHABLE,
            )
