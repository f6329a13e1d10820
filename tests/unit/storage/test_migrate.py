"""Migrations bring both databases from any step to the newest, once, and end at the declared tables."""

import asyncio
import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from tests.unit.storage.conftest import opened

import vivavoce
from vivavoce.base.errors import Unavailable
from vivavoce.storage.database import Database
from vivavoce.storage.migrate import FOLDER, migrate, steps, version
from vivavoce.storage.schema import metadata

pytestmark = pytest.mark.anyio

SOURCES = str(Path(vivavoce.__file__).parents[1])


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


def declared() -> Any:
    """The metadata, with the tables of every module of the house."""
    for module in pkgutil.walk_packages(vivavoce.__path__, f"{vivavoce.__name__}."):
        if module.name.endswith("tables"):
            importlib.import_module(module.name)
    return metadata


def differences(connection: Connection) -> list[Any]:
    """What Alembic would change to turn the database into what is declared."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), declared())


async def tables_differ(database: Database) -> list[Any]:
    async with database.read() as connection:
        return await connection.run_sync(differences)


async def test_the_migrated_tables_are_the_declared_ones(empty: Database) -> None:
    await migrate(empty)
    assert await tables_differ(empty) == []


async def test_a_forgotten_migration_would_be_noticed(empty: Database) -> None:
    await migrate(empty)
    async with empty.write() as connection:
        await connection.execute(text("DROP INDEX ix_documents_name"))
        await connection.execute(text("ALTER TABLE documents ADD COLUMN surprise TEXT"))
    found = {difference[0] for difference in await tables_differ(empty)}
    assert found == {"add_index", "remove_column"}


@pytest.mark.parametrize("start", [None, *steps()])
async def test_every_earlier_step_leads_to_the_newest(empty: Database, start: str | None) -> None:
    if start:
        await migrate(empty, to=start)
        assert await version(empty) == start
    await migrate(empty)
    assert await version(empty) == steps()[-1]
    assert await tables_differ(empty) == []


async def test_migrating_again_changes_nothing(empty: Database) -> None:
    await migrate(empty)
    await migrate(empty)
    assert await version(empty) == steps()[-1]


async def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    async def start() -> None:
        async with opened(database_url) as database:
            await migrate(database)

    await asyncio.gather(*(start() for _ in range(4)))
    async with opened(database_url) as database:
        assert await database.fetch(text("SELECT count(*) FROM alembic_version"), {}) is not None
        assert await tables_differ(database) == []


async def test_a_database_from_the_future_is_refused(empty: Database) -> None:
    await migrate(empty)
    async with empty.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer Vivavoce: it is at step 9999") as refused:
        await migrate(empty)
    assert refused.value.status == "database_too_new"


async def test_a_step_that_fails_leaves_everything_as_it_was(empty: Database) -> None:
    async with empty.write() as connection:  # in the way of the last table of the first step
        await connection.execute(text("CREATE TABLE document_references (x TEXT)"))
    with pytest.raises(Exception, match="document_references"):
        await migrate(empty)
    assert await version(empty) is None
    async with empty.write() as connection:
        await connection.execute(text("DROP TABLE document_references"))
    await migrate(empty)
    assert await tables_differ(empty) == []


START = """
import asyncio, sys
from vivavoce.storage.database import database_at
from vivavoce.storage.migrate import migrate

async def main(url):
    database = database_at(url)
    await database.start()
    await migrate(database)
    await database.close()

asyncio.run(main(sys.argv[1]))
print(*{"alembic", "asyncpg", "aiosqlite"}.intersection(sys.modules))
"""


async def test_an_up_to_date_database_is_opened_with_its_driver_alone(database_url: str) -> None:
    async with opened(database_url) as database:
        await migrate(database)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, database_url, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": SOURCES}
    )
    imported, _ = await process.communicate()
    assert imported.decode().split() == ["asyncpg" if database_url.startswith("postgresql") else "aiosqlite"]


def test_steps_are_one_line_of_numbers_without_gaps() -> None:
    assert list(steps()) == [f"{number:04}" for number in range(1, len(steps()) + 1)]
    for before, after in pairwise(sorted(FOLDER.glob("[0-9]*_*.py"))):
        assert f'down_revision = "{before.name[:4]}"' in after.read_text(), after.name
