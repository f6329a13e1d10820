"""Databases with the house's tables, for tests: each a copy of a template that is migrated once in the session."""

import asyncio

from tests.support.databases import DatabaseKind, FreshDatabases

from vivavoce.storage.database import database_at
from vivavoce.storage.migrate import migrate


def migrated(fresh_database: FreshDatabases, kind: DatabaseKind) -> str:
    """The URL of a new database that has every table and no row."""
    return fresh_database(kind, template="schema", prepare=_prepare)


def _prepare(url: str) -> None:
    asyncio.run(_migrate(url))


async def _migrate(url: str) -> None:
    database = database_at(url)
    await database.start()
    try:
        await migrate(database)
    finally:
        await database.close()
