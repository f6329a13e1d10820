"""One PostgreSQL for a whole test session, shared by the processes of pytest-xdist and gone after it.

Whoever first needs the database starts a *keeper*, a process of its own that runs the server. The session's main
process holds `session.lock` while it lives; the keeper waits for that lock and stops the server once it gets it. So the
server ends with the session even when the session is killed, and nobody has to watch anybody.

The session folder holds:
    session.lock    locked by the main test process
    keeper.lock     locked by the keeper; the main process waits for it, so that nothing outlives the command
    start.lock      locked while a keeper is being started, so that there is one
    server.json     where the server is, written once it is ready
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.support.postgres import PostgresError, PostgresServer, running

REPOSITORY = Path(__file__).parents[2]
READY = "ready"
PREFIX = "vivavoce-tests-"
LEFT_BEHIND_SECONDS = 3600  # younger ones may belong to a session that is about to take its lock


class PostgresSession:
    """The main process's hold on the session: opened before the first test, closed after the last."""

    def __init__(self) -> None:
        _remove_what_killed_sessions_left()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = (self.folder / "session.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Lets the keeper go, and waits until server and folder are gone."""
        with (self.folder / "keeper.lock").open("w") as keeper_lock:
            self._lock.close()
            fcntl.flock(keeper_lock, fcntl.LOCK_EX)
        shutil.rmtree(self.folder, ignore_errors=True)


def shared_server(session_folder: Path) -> PostgresServer:
    """The session's server, started if nobody has needed it yet. Any process of the session may ask."""
    described = session_folder / "server.json"
    with locked(session_folder / "start.lock"):
        if not described.exists():
            _start_keeper(session_folder)
    return _read(described)


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Holds a file lock, between processes as well as between threads."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_what_killed_sessions_left() -> None:
    """A session that is killed before it has a keeper cannot tidy up; the next one does."""
    for lock_path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/session.lock"):
        try:
            with lock_path.open() as lock:
                if time.time() - lock_path.stat().st_mtime < LEFT_BEHIND_SECONDS:
                    continue
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock_path.parent, ignore_errors=True)
        except OSError:  # it lives, is somebody else's, or has just gone
            continue


def _read(described: Path) -> PostgresServer:
    found = json.loads(described.read_text())
    folder, binaries = Path(found.pop("folder")), Path(found.pop("binaries"))
    return PostgresServer(folder=folder, binaries=binaries, **found)


def _start_keeper(session_folder: Path) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.support.postgres_session", str(session_folder)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert keeper.stdout is not None
    with keeper.stdout as said:
        heard = ""
        for line in said:
            if line.strip() == READY:
                return
            heard += line
    raise PostgresError(f"the test database did not start:\n{heard}")


def keep(session_folder: Path) -> None:
    """The keeper: runs the server until the session's main process lets go of its lock."""
    signal.signal(signal.SIGTERM, _end)
    with locked(session_folder / "keeper.lock"), running(in_memory=True) as server:
        (session_folder / "server.json").write_text(json.dumps(asdict(server), default=str))
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        _let_go_of_output()
        with locked(session_folder / "session.lock"):
            shutil.rmtree(session_folder, ignore_errors=True)


def _end(_signal: int, _frame: object) -> None:
    sys.exit(1)


def _let_go_of_output() -> None:
    """The starter has closed its end; a later message must not end the keeper."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
