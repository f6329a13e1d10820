"""Databases for tests: an own, empty one for each test that asks, on SQLite or on the session's PostgreSQL.

A test that wants tables names a template: `prepare(url)` fills it once in the session, and each test gets a copy, which
costs about 50 ms on PostgreSQL and one on SQLite. `prepare` is called outside of any event loop, so it may run one.
"""

import re
import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from tests.support.postgres import PostgresServer
from tests.support.postgres_session import locked, shared_server

DatabaseKind = Literal["sqlite", "postgresql"]
DATABASE_KINDS: tuple[DatabaseKind, ...] = ("sqlite", "postgresql")
Prepare = Callable[[str], object]

# Those that this process has seen to be there. They stay as long as the session; asking each time costs a `psql`.
_TEMPLATES: set[tuple[Path, str]] = set()


class FreshDatabases:
    """Makes databases on demand and removes all of them at `close`."""

    def __init__(self, session_folder: Path, folder: Path) -> None:
        self._session_folder = session_folder
        self._folder = folder
        self._made: list[str] = []

    def __call__(self, kind: DatabaseKind, *, template: str = "", prepare: Prepare | None = None) -> str:
        """The URL of a new database: empty, or a copy of the template that `prepare` fills the first time."""
        assert bool(template) == (prepare is not None), "a template has a name and a way to prepare it"
        match kind:
            case "sqlite":
                return self._new_sqlite(template, prepare)
            case "postgresql":
                return self._new_postgresql(template, prepare)

    def close(self) -> None:
        """Drops what was made, with whatever connections are still open to it."""
        if self._made:
            server = self._server()
            server.execute(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in self._made))
            self._made.clear()

    def _server(self) -> PostgresServer:
        return shared_server(self._session_folder)

    def _new_sqlite(self, template: str, prepare: Prepare | None) -> str:
        path = self._folder / f"{secrets.token_hex(8)}.sqlite"
        if prepare is not None:
            shutil.copyfile(self._sqlite_template(template, prepare), path)
        return sqlite_url(path)

    def _sqlite_template(self, name: str, prepare: Prepare) -> Path:
        path = self._session_folder / f"template-{name}.sqlite"
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                unfinished = path.with_suffix(".unfinished")
                unfinished.unlink(missing_ok=True)
                _outside_of_any_loop(prepare, sqlite_url(unfinished))
                unfinished.rename(path)
        return path

    def _new_postgresql(self, template: str, prepare: Prepare | None) -> str:
        server = self._server()
        source = "template0" if prepare is None else self._postgresql_template(server, template, prepare)
        name = f"test_{secrets.token_hex(8)}"
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        self._made.append(name)
        return server.url(name)

    def _postgresql_template(self, server: PostgresServer, name: str, prepare: Prepare) -> str:
        assert re.fullmatch(r"[a-z0-9_]+", name), name
        template, unfinished = f"template_{name}", f"unfinished_{name}"
        if (self._session_folder, name) in _TEMPLATES:
            return template
        with locked(self._session_folder / f"template-{name}.postgresql.lock"):
            if not server.execute(f"SELECT 1 FROM pg_database WHERE datname = '{template}'"):
                server.execute(f'DROP DATABASE IF EXISTS "{unfinished}"', f'CREATE DATABASE "{unfinished}"')
                _outside_of_any_loop(prepare, server.url(unfinished))
                server.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"')
        _TEMPLATES.add((self._session_folder, name))
        return template


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file, with four slashes because the path is absolute."""
    assert path.is_absolute(), path
    return f"sqlite:///{path}"


def _outside_of_any_loop(prepare: Prepare, url: str) -> None:
    """Calls `prepare` in a new thread: the asking thread may be running an event loop."""
    failure: list[BaseException] = []

    def call() -> None:
        try:
            prepare(url)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
