"""What a database's complaints mean, in words that say what to do.

    database_locked        somebody else holds the write lock for too long
    database_full          no room left, on the disk or under a limit
    database_read_only     the file, its folder or the server does not let us write
    database_unreachable   no such file or folder, no server, or the connection broke
    database_busy          all connections are taken, or two writers were in each other's way
    database_damaged       the file is not a database, or is broken
    database_disk_error    the disk under the file refused to read or write
    database_too_new       a newer Vivavoce has migrated it (see `migrate`)

All of these are `Unavailable`: nothing is wrong with the request, nothing of it was written, and it may be repeated.
Any other complaint is a mistake of ours, and is left as it is.
"""

import asyncio
import errno
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from vivavoce.base.errors import Unavailable

LOCKED = "database_locked"
FULL = "database_full"
READ_ONLY = "database_read_only"
UNREACHABLE = "database_unreachable"
BUSY = "database_busy"
DAMAGED = "database_damaged"
DISK_ERROR = "database_disk_error"
TOO_NEW = "database_too_new"

_MESSAGES = {
    LOCKED: "The database is locked by another program. Try again; if it stays, see who else has it open.",
    FULL: "The database has no room left. Free some space where it is stored, then try again.",
    READ_ONLY: "The database cannot be written. Check the permissions of its folder, file or server.",
    UNREACHABLE: "The database cannot be reached. Check that it is there and that `database_url` is right.",
    BUSY: "The database is busy. Try again in a moment.",
    DISK_ERROR: "The disk under the database refuses to read or write. Check its health and its free space.",
    DAMAGED: "The database file is damaged or is no database. Restore it from a backup.",
}

_SQLITE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": DISK_ERROR,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_CANTOPEN": UNREACHABLE,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html, by code, then by class
_POSTGRESQL = {
    "25006": READ_ONLY,
    "3D000": UNREACHABLE,
    "40001": BUSY,
    "40P01": BUSY,
    "42501": READ_ONLY,
    "53100": FULL,
    "53300": BUSY,
    "55P03": LOCKED,
    "57014": BUSY,
    "57P01": UNREACHABLE,
    "57P02": UNREACHABLE,
    "57P03": UNREACHABLE,
    "08": UNREACHABLE,
    "28": UNREACHABLE,
}

_RETRY_AFTER_SECONDS = {LOCKED: 1.0, BUSY: 1.0, UNREACHABLE: 2.0}


@contextmanager
def translated() -> Generator[None]:
    """Turns what databases complain about into `Unavailable`, where somebody can act on it."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error, OSError) as error:
        if problem := problem_of(error):
            raise problem from error
        raise
    except Exception as error:
        # asyncpg is only imported where PostgreSQL is used, so its errors are known by what they carry.
        if type(error).__module__.startswith("asyncpg.") and (problem := problem_of(error)):
            raise problem from error
        raise


def problem_of(error: BaseException) -> Unavailable | None:
    """What a complaint means, or None if it is a mistake of ours."""
    status = next((status for cause in _causes(error) if (status := _status(cause))), None)
    return unavailable(status) if status else None


def unavailable(status: str, details: str = "") -> Unavailable:
    """The problem that a status stands for."""
    message = f"{_MESSAGES[status]} {details}".strip()
    return Unavailable(message, status=status, retry_after_seconds=_RETRY_AFTER_SECONDS.get(status))


def is_broken_connection(error: BaseException) -> bool:
    """Whether the connection went away, so that a read may be tried on another one."""
    return any(_status(cause) == UNREACHABLE for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (seen.orig if isinstance(seen, DBAPIError) else None)


def _status(error: BaseException) -> str | None:
    match error:
        case PoolTimeout():
            return BUSY
        case sqlite3.Error():
            return _sqlite_status(error)
        case ConnectionError() | TimeoutError() | asyncio.IncompleteReadError():
            return UNREACHABLE
        case OSError():
            return _system_status(error)
        case _:
            return _postgresql_status(error)


def _sqlite_status(error: sqlite3.Error) -> str | None:
    # "SQLITE_READONLY_DIRECTORY" and its like say more than we need.
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    return _SQLITE.get(name)


def _system_status(error: OSError) -> str | None:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return FULL
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return READ_ONLY
        case _:
            return UNREACHABLE


def _postgresql_status(error: BaseException) -> str | None:
    code = getattr(error, "sqlstate", None)
    if isinstance(code, str):
        return _POSTGRESQL.get(code) or _POSTGRESQL.get(code[:2])
    # "connection is closed", "connection was closed in the middle of operation": these carry no code.
    is_asyncpg = type(error).__module__.startswith("asyncpg.")
    return UNREACHABLE if is_asyncpg and "connection" in str(error) and "closed" in str(error) else None


def is_unique_violation(error: BaseException) -> bool:
    """Whether a statement met a unique key that is taken."""
    codes = {getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) for cause in _causes(error)}
    return not codes.isdisjoint({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505"})
