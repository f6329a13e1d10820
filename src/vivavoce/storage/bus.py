"""Which bus: a hub on this machine, PostgreSQL between machines, or this process alone.

    hub                     the Unix socket that the supervisor holds for its data folder
    postgresql://...        LISTEN and NOTIFY on that database
    local                   nobody but this process; for tests and for commands that run alone

Light on purpose: the command line asks it where the hub's socket is.
"""

import asyncio
import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from vivavoce.base.errors import Unavailable
from vivavoce.ports.bus import Bus, LocalBus

# The kernel takes 108 bytes with the closing NUL (104 on macOS), and the lock's name is a little longer.
_LONGEST_PATH_BYTES = 95


@contextlib.asynccontextmanager
async def open_bus(url: str, data_dir: Path) -> AsyncGenerator[Bus]:
    """The bus behind a `bus_url`, connected, until the block ends."""
    if url == "local":
        yield LocalBus()
    elif url == "hub":
        from vivavoce.storage.bus_client import open_hub_bus

        async with open_hub_bus(hub_path(data_dir)) as bus:
            yield bus
    elif url.startswith("postgres"):
        from vivavoce.storage.bus_postgres import open_postgres_bus

        async with open_postgres_bus(url) as bus:
            yield bus
    else:
        raise Unavailable(f"bus_url is {url.split(':', 1)[0]!r}; use hub, or a postgresql:// address.")


async def bus_for_a_command(url: str, data_dir: Path) -> str:
    """The `bus_url` of a command that works beside a server or without one: nobody's where no hub answers."""
    if url != "hub":
        return url
    try:
        _, writer = await asyncio.open_unix_connection(hub_path(data_dir))
    except OSError:
        return "local"
    writer.close()
    return url


def hub_path(data_dir: Path) -> Path:
    """Where the hub of a data folder has its socket: inside, or where that is too long, in a short private folder."""
    return _socket_path(data_dir, "bus.sock", ".sock")


def models_path(data_dir: Path) -> Path:
    """Where the process with the local models of a data folder has its socket."""
    return _socket_path(data_dir, "models.sock", ".m.sock")


def _socket_path(data_dir: Path, name: str, suffix: str) -> Path:
    inside = data_dir.absolute() / name
    if len(os.fsencode(inside)) <= _LONGEST_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir.absolute())).hexdigest()[:16]
    return _runtime_dir() / f"{digest}{suffix}"


def _runtime_dir() -> Path:
    """A short folder of this user's own. One that others could write to would let them pose as the hub."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and len(os.fsencode(base)) < _LONGEST_PATH_BYTES // 2 and Path(base).is_dir():
        folder = Path(base) / "vivavoce"
    else:
        folder = Path(tempfile.gettempdir()) / f"vivavoce-{os.getuid()}"
        if len(os.fsencode(folder)) > _LONGEST_PATH_BYTES - 25:
            folder = Path("/tmp") / f"vivavoce-{os.getuid()}"  # noqa: S108 - checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unavailable(f"{folder} must be a folder of yours alone (chmod 700), or give a shorter --data-dir.")
    return folder
