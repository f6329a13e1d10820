"""Brings a database's tables to what this code expects, and refuses one that is ahead of it.

    await migrate(database)        at every start; a look at one row when there is nothing to do

Alembic runs the steps of `migrations`, all of them in one transaction, so that a database is either where it was or
where it should be. Several processes may start together: the first takes the database's write lock (on PostgreSQL an
advisory one), the others wait and then find nothing left to do. Alembic is imported only when there are steps to run;
it would take a third of a second at every start.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Unavailable
from vivavoce.storage.database import Database, DatabaseKind, Row
from vivavoce.storage.database_errors import LOCKED, TOO_NEW

FOLDER = Path(__file__).parent / "migrations"

_LOCK = text("SELECT pg_advisory_xact_lock(8462932130416)")  # any number that nobody else takes
_LOCK_ATTEMPTS = 24  # each of BUSY_TIMEOUT_SECONDS: a migration of much data takes its time

_VERSION = text("SELECT version_num FROM alembic_version")
_HAS_VERSION: dict[DatabaseKind, TextClause] = {
    "sqlite": text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"),
    "postgresql": text("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"),
}


@cache
def steps() -> Sequence[str]:
    """The numbers of all migrations, in order."""
    return sorted(path.name.split("_")[0] for path in FOLDER.glob("[0-9]*_*.py"))


async def migrate(database: Database, to: str | None = None) -> None:
    """Bring the tables up to a step, which is the newest unless a test says otherwise."""
    target = to or steps()[-1]
    for attempt in range(_LOCK_ATTEMPTS):
        if await version(database) == target:
            return
        try:
            async with database.write() as connection:
                await _migrate_on(database, connection, target)
        except Unavailable as problem:
            if problem.status != LOCKED or attempt == _LOCK_ATTEMPTS - 1:
                raise
        else:
            return


async def version(database: Database) -> str | None:
    """The step that a database is at, None if it is empty; `Unavailable` if it is ahead of this code."""
    if not await database.fetch(_HAS_VERSION[database.kind], {}):
        return None
    return _known(await database.fetch(_VERSION, {}))


async def _migrate_on(database: Database, connection: AsyncConnection, target: str) -> None:
    if database.kind == "postgresql":
        await connection.execute(_LOCK)
    has_version = (await connection.execute(_HAS_VERSION[database.kind])).first()
    rows = (await connection.execute(_VERSION)).all() if has_version else ()
    if _known(rows) != target:
        await connection.run_sync(_run_steps, target)


def _known(rows: Sequence[Row]) -> str | None:
    if not rows:
        return None
    [[found]] = rows
    if found not in steps():
        raise Unavailable(
            f"This database was made by a newer Vivavoce: it is at step {found}, this one knows steps up to "
            f"{steps()[-1]}. Upgrade Vivavoce, or restore a backup that was made before.",
            status=TOO_NEW,
        )
    return found


def _run_steps(connection: Connection, target: str) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    assert connection.in_transaction(), "Alembic leaves transactions alone that it did not begin"
    scripts = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])
    context = MigrationContext.configure(
        connection,
        # What `alembic upgrade` does, without its configuration file and environment.
        opts={"fn": lambda now, _: scripts._upgrade_revs(target, now)},  # pyright: ignore
    )
    with Operations.context(context):
        context.run_migrations()
