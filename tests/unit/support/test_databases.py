"""The databases of the tests: apart from each other, real, and gone afterwards."""

import asyncio
import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from tests.support.databases import DatabaseKind, FreshDatabases
from tests.support.postgres import PostgresServer, running
from tests.support.postgres_session import PREFIX, REPOSITORY, PostgresSession


async def _run_on_postgresql(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            return connection.execute(statement).fetchall()
    return asyncio.run(_run_on_postgresql(url, statement))


def test_a_new_database_is_empty_each_time(database_kind: DatabaseKind, fresh_database: FreshDatabases) -> None:
    first, second = fresh_database(database_kind), fresh_database(database_kind)
    run(first, "CREATE TABLE notes (text TEXT)")
    run(second, "CREATE TABLE notes (text TEXT)")
    run(first, "INSERT INTO notes VALUES ('a')")
    assert run(second, "SELECT * FROM notes") == []


def test_a_template_is_prepared_once_and_copied(database_kind: DatabaseKind, fresh_database: FreshDatabases) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        run(url, "CREATE TABLE notes (text TEXT)")

    copies = [fresh_database(database_kind, template="notes", prepare=prepare) for _ in range(2)]
    run(copies[0], "INSERT INTO notes VALUES ('a')")
    assert run(copies[1], "SELECT * FROM notes") == []
    assert len(prepared) == 1


def test_a_template_that_fails_to_prepare_is_not_kept(
    database_kind: DatabaseKind, fresh_database: FreshDatabases
) -> None:
    def fail(url: str) -> None:
        run(url, "CREATE TABLE half (text TEXT)")
        raise ValueError("no such luck")

    with pytest.raises(ValueError, match="no such luck"):
        fresh_database(database_kind, template="failing", prepare=fail)
    copy = fresh_database(
        database_kind, template="failing", prepare=lambda url: run(url, "CREATE TABLE whole (text TEXT)")
    )
    assert run(copy, "SELECT * FROM whole") == []
    with pytest.raises((sqlite3.OperationalError, asyncpg.UndefinedTableError)):
        run(copy, "SELECT * FROM half")


def test_a_database_is_dropped_with_its_open_connections(
    postgres_server: PostgresServer, postgres_session_folder: Path, tmp_path: Path
) -> None:
    databases = FreshDatabases(postgres_session_folder, tmp_path)
    url = databases("postgresql")

    async def connect_and_drop() -> None:
        connection = await asyncpg.connect(url)
        try:
            await asyncio.to_thread(databases.close)
        finally:
            connection.terminate()

    asyncio.run(connect_and_drop())
    name = url.rsplit("/", 1)[1]
    assert postgres_server.execute(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "0"


def test_the_server_is_durable_and_has_pgvector(postgres_url: str) -> None:
    assert run(postgres_url, "SHOW fsync") == [("on",)]
    run(postgres_url, "CREATE EXTENSION vector")
    assert run(postgres_url, "SELECT ('[1,2]'::vector <-> '[4,6]'::vector)::int") == [(5,)]


def test_a_port_needs_the_password(postgres_server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        run(postgres_server.url().replace(postgres_server.password, "guess"), "SELECT 1")


def test_nothing_is_left_of_a_server() -> None:
    with running({"shared_buffers": "16MB"}) as server:
        assert run(server.url(), "SHOW shared_buffers") == [("16MB",)]
    assert not server.folder.exists()
    with pytest.raises(OSError, match="Connect call failed"):
        run(server.url(), "SELECT 1")


HOLD_A_SESSION = """
import sys
from tests.support.postgres_session import PostgresSession, shared_server
session = PostgresSession()
server = shared_server(session.folder)
print(session.folder, server.folder, flush=True)
sys.stdin.read()
"""


def test_the_server_ends_with_a_session_that_is_killed(tmp_path: Path) -> None:
    session = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SESSION],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert session.stdout is not None
    session_folder, server_folder = map(Path, session.stdout.readline().split())
    with (session_folder / "keeper.lock").open() as keeper_lock:
        session.send_signal(signal.SIGKILL)
        session.communicate()
        fcntl.flock(keeper_lock, fcntl.LOCK_EX)
    assert not server_folder.exists()
    assert not session_folder.exists()


def test_a_session_tidies_up_after_killed_ones_and_leaves_living_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("tests.support.postgres_session.LEFT_BEHIND_SECONDS", -1)
    dead = tmp_path / f"{PREFIX}dead"
    dead.mkdir()
    (dead / "session.lock").touch()
    living = PostgresSession()
    assert not dead.exists()
    another = PostgresSession()
    assert living.folder.exists()
    for session in (another, living):
        session.close()
    assert list(tmp_path.iterdir()) == []
