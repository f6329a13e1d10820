"""What every test may ask for: real databases, on SQLite and on a PostgreSQL that the session starts by itself.

    async def test_a_row_survives(database_url): ...       runs twice, on an empty SQLite and an empty PostgreSQL
    def test_only_on_postgresql(postgres_url): ...         an empty PostgreSQL database
    def test_copies(fresh_database): ...                   fresh_database("sqlite", template="x", prepare=migrate)
    def test_many_reads(fresh_module_database): ...        the same, kept for the tests of one module

The server starts when the first test needs it and is shared by the processes of pytest-xdist.
"""

import gc
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract import report as contract_report
from tests.support import order, watched
from tests.support.databases import DATABASE_KINDS, DatabaseKind, FreshDatabases
from tests.support.postgres import PostgresServer
from tests.support.postgres_session import PostgresSession, shared_server

SESSION = pytest.StashKey[PostgresSession]()
WORKER_INPUT = "postgres_session_folder"


# httpx tries to import it with every request to an application of this process, and looks into each folder of the path.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # pyright: ignore[reportArgumentType]

# Imports and collecting make millions of objects that all stay; looking for garbage among them is a fifth of the time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(contract_report)
    config.pluginmanager.register(watched)
    config.pluginmanager.register(order)
    if not hasattr(config, "workerinput"):
        config.stash[SESSION] = PostgresSession()


def pytest_unconfigure(config: pytest.Config) -> None:
    if session := config.stash.get(SESSION, None):
        session.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a new process of pytest-xdist which session it belongs to."""
    node.workerinput[WORKER_INPUT] = str(node.config.stash[SESSION].folder)


@pytest.fixture(scope="session")
def postgres_session_folder(pytestconfig: pytest.Config) -> Path:
    """The folder that the processes of this test session share."""
    told: dict[str, str] | None = getattr(pytestconfig, "workerinput", None)
    return Path(told[WORKER_INPUT]) if told else pytestconfig.stash[SESSION].folder


@pytest.fixture(scope="session")
def postgres_server(postgres_session_folder: Path) -> PostgresServer:
    """The session's PostgreSQL, with pgvector and fsync on."""
    return shared_server(postgres_session_folder)


@pytest.fixture
def fresh_database(postgres_session_folder: Path, tmp_path: Path) -> Iterator[FreshDatabases]:
    """Makes databases for one test; they are gone after it."""
    databases = FreshDatabases(postgres_session_folder, tmp_path)
    yield databases
    databases.close()


@pytest.fixture(scope="module")
def fresh_module_database(
    postgres_session_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FreshDatabases]:
    """Makes databases that the tests of one module share."""
    databases = FreshDatabases(postgres_session_folder, tmp_path_factory.mktemp("databases"))
    yield databases
    databases.close()


@pytest.fixture(params=DATABASE_KINDS)
def database_kind(request: pytest.FixtureRequest) -> DatabaseKind:
    """Runs a test once for each kind of database."""
    kind: DatabaseKind = request.param
    return kind


@pytest.fixture
def database_url(database_kind: DatabaseKind, fresh_database: FreshDatabases) -> str:
    """An empty database of each kind in turn."""
    return fresh_database(database_kind)


@pytest.fixture
def postgres_url(fresh_database: FreshDatabases) -> str:
    """An empty PostgreSQL database."""
    return fresh_database("postgresql")
