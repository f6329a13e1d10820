"""Transactions, quick reads, and what a database's complaints become."""

import asyncio
import contextlib
import os
import socket
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError
from tests.support.postgres import PostgresServer
from tests.unit.storage.conftest import opened

from vivavoce.base.errors import Unavailable
from vivavoce.storage import database as database_module
from vivavoce.storage.database import Database, database_at, driver_of
from vivavoce.storage.database_errors import problem_of
from vivavoce.storage.database_sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio

METADATA = MetaData()
NOTES = Table("notes", METADATA, Column("id", Integer, primary_key=True), Column("said", Text, unique=True))
SAID = select(NOTES.c.said).order_by(NOTES.c.id)
SAID_BY_ID = select(NOTES.c.said).where(NOTES.c.id == bindparam("id")).limit(bindparam("limit"))


@pytest.fixture
async def notes(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        yield database


async def said(database: Database) -> list[str]:
    return [row[0] for row in await database.fetch(SAID, {})]


async def say(database: Database, *words: str) -> None:
    async with database.write() as connection:
        for word in words:
            await connection.execute(insert(NOTES).values(said=word))


# Transactions


async def test_what_a_block_writes_is_there_after_it(notes: Database) -> None:
    await say(notes, "a", "b")
    assert await said(notes) == ["a", "b"]
    async with notes.read() as connection:
        assert (await connection.execute(SAID)).scalars().all() == ["a", "b"]


async def test_a_block_that_raises_writes_nothing(notes: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with notes.write() as connection:
            await connection.execute(insert(NOTES).values(said="a"))
            _ = 1 // 0
    await say(notes, "b")
    assert await said(notes) == ["b"]


async def test_only_what_need_not_last_does_not_wait_for_the_disk(notes: Database) -> None:
    asks = {"sqlite": ("PRAGMA synchronous", 2, 1), "postgresql": ("SHOW synchronous_commit", "on", "off")}
    question, waits, does_not = asks[notes.kind]
    for lasting, expected in ((True, waits), (False, does_not), (False, does_not), (True, waits), (False, does_not)):
        async with notes.write(lasting=lasting) as connection:
            await connection.execute(insert(NOTES).values(said=None))
            assert (await connection.execute(text(question))).scalar() == expected
    assert await said(notes) == [None] * 5


async def test_a_savepoint_can_be_undone_alone(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(insert(NOTES).values(said="a"))
        savepoint = await connection.begin_nested()
        await connection.execute(insert(NOTES).values(said="b"))
        await savepoint.rollback()
        async with connection.begin_nested():
            await connection.execute(insert(NOTES).values(said="c"))
    assert await said(notes) == ["a", "c"]


async def test_sqlalchemy_quick_statements_and_the_bare_driver_share_a_transaction(notes: Database) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with notes.write() as connection:
            driver = await driver_of(connection)
            await driver.execute("INSERT INTO notes (id, said) VALUES (1, 'driver')")
            await notes.fetch_on(connection, insert(NOTES).values(id=bindparam("id"), said="quick"), {"id": 2})
            await connection.execute(insert(NOTES).values(id=3, said="sqlalchemy"))
            assert [row[0] for row in await notes.fetch_on(connection, SAID, {})] == ["driver", "quick", "sqlalchemy"]
            _ = 1 // 0
    assert await said(notes) == []


async def test_a_reader_sees_one_moment(notes: Database) -> None:
    await say(notes, "a")
    async with notes.read() as connection:
        assert (await connection.execute(SAID)).scalars().all() == ["a"]
        await say(notes, "b")
        assert (await connection.execute(SAID)).scalars().all() == ["a"]
    assert await said(notes) == ["a", "b"]


async def test_a_reader_cannot_write(notes: Database) -> None:
    with pytest.raises(Unavailable) as refused:
        async with notes.read() as connection:
            await connection.execute(insert(NOTES).values(said="a"))
    assert refused.value.status == "database_read_only"
    assert await said(notes) == []


async def test_a_quick_read_of_sqlite_cannot_write(fresh_database: Any) -> None:
    async with opened(fresh_database("sqlite")) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        with pytest.raises(Unavailable) as refused:
            await database.fetch(insert(NOTES).values(said="a"), {})
        assert refused.value.status == "database_read_only"
        assert await said(database) == []


async def test_a_transaction_inside_a_transaction_raises_instead_of_waiting_for_itself(notes: Database) -> None:
    async with notes.write():
        with pytest.raises(RuntimeError, match="inside another one"):
            async with notes.write():
                pass
    await say(notes, "a")


async def test_a_failed_statement_that_is_passed_over_is_not_taken_for_success(notes: Database) -> None:
    await say(notes, "a")
    outcome = contextlib.nullcontext() if notes.kind == "sqlite" else pytest.raises(RuntimeError, match="nothing was")
    with outcome:
        async with notes.write() as connection:
            await connection.execute(insert(NOTES).values(said="b"))
            with pytest.raises(DBAPIError):
                await connection.execute(insert(NOTES).values(said="a"))
    assert await said(notes) == (["a", "b"] if notes.kind == "sqlite" else ["a"])


async def test_writers_take_turns_and_lose_nothing(notes: Database) -> None:
    await asyncio.gather(*(say(notes, f"{number}", f"{number} again") for number in range(20)))
    found = await said(notes)
    assert len(found) == 40
    assert notes.kind == "postgresql" or all(found[n + 1] == f"{found[n]} again" for n in range(0, 40, 2))


async def test_writers_of_sqlite_are_served_in_the_order_they_came(fresh_database: Any) -> None:
    async with opened(fresh_database("sqlite")) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        await asyncio.gather(*(say(database, f"{number:02}") for number in range(30)))
        assert await said(database) == [f"{number:02}" for number in range(30)]


@pytest.mark.parametrize("steps", range(12))
async def test_a_writer_cancelled_anywhere_leaves_nothing_behind(notes: Database, steps: int) -> None:
    """Cancelled after some turns of the event loop, wherever that is: before, in, or after its statement."""
    writer = asyncio.create_task(say(notes, "a"))
    for _ in range(steps):
        await asyncio.sleep(0)
    writer.cancel()
    done = (await asyncio.gather(writer, return_exceptions=True))[0] is None
    await say(notes, "b")
    assert await said(notes) == (["a", "b"] if done or "a" in await said(notes) else ["b"])


async def test_a_writer_cancelled_within_a_statement_lets_others_in(notes: Database) -> None:
    async def write() -> None:
        async with notes.write() as connection:
            await connection.execute(insert(NOTES).values(said="a"))
            begun.set()
            await connection.execute(text(slow))

    slow = (
        "SELECT pg_sleep(60)"
        if notes.kind == "postgresql"
        else "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT max(i) FROM n"
    )
    begun = asyncio.Event()
    writer = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0)
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    await say(notes, "b")
    assert await said(notes) == ["b"]


# Quick reads


async def test_a_quick_statement_is_compiled_once(notes: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await say(notes, "a")
    assert [tuple(row) for row in await notes.fetch(SAID_BY_ID, {"id": 1, "limit": 1})] == [("a",)]
    monkeypatch.setattr(type(SAID_BY_ID), "compile", None)
    assert [tuple(row) for row in await notes.fetch(SAID_BY_ID, {"id": 1, "limit": 1})] == [("a",)]
    with pytest.raises(KeyError, match="limit"):
        await notes.fetch(SAID_BY_ID, {"id": 1})


async def test_quick_reads_run_side_by_side(notes: Database) -> None:
    await say(notes, *(str(number) for number in range(1, 41)))
    rows = await asyncio.gather(*(notes.fetch(SAID_BY_ID, {"id": number, "limit": 1}) for number in range(1, 41)))
    assert [row[0][0] for row in rows] == [str(number) for number in range(1, 41)]


# What can be wrong outside


async def test_a_temporary_database_leaves_nothing(tmp_path: Path) -> None:
    async with opened("sqlite://") as database:
        assert isinstance(database, SqliteDatabase)
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        await say(database, "a")
        assert await said(database) == ["a"]
        path = database.path
        assert path.exists()
    assert not path.parent.exists()


async def test_sqlite_is_safe_against_power_loss(fresh_database: Any) -> None:
    async with opened(fresh_database("sqlite")) as database, database.write() as connection:
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2
        assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1


async def test_postgresql_is_safe_against_power_loss(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        assert [tuple(row) for row in await database.fetch(text("SHOW synchronous_commit"), {})] == [("on",)]


@pytest.mark.parametrize("url", ["", "nothing", "mysql://localhost/x", "http://localhost", "postgresql"])
def test_an_unknown_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(Unavailable, match="`database_url` must begin with"):
        database_at(url)


async def refusal(url: str) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        async with opened(url):
            pass
    return refused.value


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    problem = await refusal(f"sqlite:///{tmp_path}/none/vivavoce.db")
    assert (problem.status, f"{tmp_path}/none" in problem.message) == ("database_unreachable", True)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Sir or Madam, " * 100)
    assert (await refusal(f"sqlite:///{tmp_path}/letter.db")).status == "database_damaged"


async def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert (await refusal(f"sqlite:///{tmp_path}")).status == "database_unreachable"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and write, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


async def test_a_folder_without_rights_is_named(open_folder: Path) -> None:
    open_folder.chmod(0o555)  # noqa: ASYNC240
    with unprivileged():
        problem = await refusal(f"sqlite:///{open_folder}/vivavoce.db")
    assert (problem.status, str(open_folder) in problem.message) == ("database_read_only", True)


async def test_a_file_without_rights_is_named(open_folder: Path) -> None:
    file = open_folder / "vivavoce.db"
    async with opened(f"sqlite:///{file}"):
        pass
    file.chmod(0o444)
    with unprivileged():
        problem = await refusal(f"sqlite:///{file}")
    assert (problem.status, str(file) in problem.message) == ("database_read_only", True)


@contextlib.contextmanager
def unprivileged() -> Generator[None]:
    """Without root's right to open everything, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"postgresql://user:secret@127.0.0.1:{nobody_listens.getsockname()[1]}/x"
        problem = await refusal(url)
    assert problem.status == "database_unreachable"
    assert "secret" not in problem.message


async def test_a_wrong_password_or_name_is_unreachable(postgres_url: str, postgres_server: PostgresServer) -> None:
    assert (await refusal(postgres_url.replace(postgres_server.password, "wrong"))).status == "database_unreachable"
    assert (await refusal(postgres_server.url("no_such_database"))).status == "database_unreachable"


async def test_a_table_locked_by_somebody_else_says_so(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivavoce.storage.database_postgresql.BUSY_TIMEOUT_SECONDS", 0.05)
    async with opened(postgres_url) as database, opened(postgres_url) as other:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        async with other.write() as connection:
            await connection.execute(text("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE"))
            for asking in (said(database), say(database, "a")):
                with pytest.raises(Unavailable) as refused:
                    await asking
                assert (refused.value.status, refused.value.retry_after_seconds) == ("database_locked", 1.0)
        await say(database, "a")
        assert await said(database) == ["a"]


async def test_a_database_locked_by_another_program_says_so(
    fresh_database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vivavoce.storage.database_sqlite._PRAGMAS", "PRAGMA busy_timeout=20;")
    url = fresh_database("sqlite")
    async with opened(url) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked by another program") as refused:
            await say(database, "a")
        assert (refused.value.status, refused.value.retry_after_seconds) == ("database_locked", 1.0)
        assert await said(database) == []
        other.close()
        await say(database, "b")
        assert await said(database) == ["b"]


async def test_a_full_database_says_so_and_keeps_what_it_has(fresh_database: Any) -> None:
    async with opened(fresh_database("sqlite")) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        await say(database, "a")
        async with database.write() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count=10")
        with pytest.raises(Unavailable, match="no room left") as refused:
            await say(database, "b", "c" * 100_000)
        assert refused.value.status == "database_full"
        assert await said(database) == ["a"]
        await say(database, "d")
        assert await said(database) == ["a", "d"]


async def test_a_database_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    reader = sqlite3.connect(f"file:{tmp_path}/x.db?mode=rwc", uri=True)
    reader.execute("PRAGMA query_only=ON")
    with pytest.raises(sqlite3.OperationalError) as refused:
        reader.execute("CREATE TABLE x (y)")
    reader.close()
    problem = problem_of(refused.value)
    assert problem is not None
    assert problem.status == "database_read_only"
    assert (problem_of(PermissionError(13, "x")) or pytest.fail()).status == "database_read_only"
    assert (problem_of(OSError(28, "x")) or pytest.fail()).status == "database_full"
    assert problem_of(ValueError("x")) is None


async def test_reads_and_writes_go_on_after_the_server_dropped_idle_connections(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    async with opened(postgres_url) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        await say(database, "a")
        assert await said(database) == ["a"]
        drop_connections(postgres_server, postgres_url)
        assert await said(database) == ["a"]
        drop_connections(postgres_server, postgres_url)
        await say(database, "b")
        assert await said(database) == ["a", "b"]


async def test_a_connection_lost_within_a_transaction_is_a_problem_and_writes_nothing(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    async with opened(postgres_url) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        with pytest.raises(Unavailable) as refused:
            async with database.write() as connection:
                await connection.execute(insert(NOTES).values(said="a"))
                drop_connections(postgres_server, postgres_url)
        assert refused.value.status == "database_unreachable"
        await say(database, "b")
        assert await said(database) == ["b"]


def drop_connections(server: PostgresServer, url: str) -> None:
    """Ends every connection to the database of `url`, as a restart of the server would."""
    name = url.rsplit("/", 1)[1]
    server.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")


async def test_two_writers_in_each_others_way_are_told_to_come_again(postgres_url: str) -> None:
    async with opened(postgres_url) as database:
        async with database.write() as connection:
            await connection.run_sync(METADATA.create_all)
        await say(database, "a", "b")
        ready = [asyncio.Event(), asyncio.Event()]

        async def swap(mine: int, other: int) -> None:
            async with database.write() as connection:
                await connection.execute(text(f"UPDATE notes SET said = 'x{mine}' WHERE id = {mine}"))
                ready[mine - 1].set()
                await ready[other - 1].wait()
                await connection.execute(text(f"UPDATE notes SET said = 'x{mine}{mine}' WHERE id = {other}"))

        results = await asyncio.gather(swap(1, 2), swap(2, 1), return_exceptions=True)
        [problem] = [result for result in results if result is not None]
        assert isinstance(problem, Unavailable)
        assert problem.status == "database_busy"


async def test_no_database_module_imports_the_other_driver() -> None:
    assert not hasattr(database_module, "asyncpg")
    assert not hasattr(database_module, "aiosqlite")
