"""Backup and restore: everything an installation keeps, in one file, while the server runs.

    manifest.json            what this is, when it was made, at which step of the migrations
    tables/NAME.jsonl        every table, one row a line, all of one moment of the database
    blobs/WORKSPACE/PATH     every blob
    master.key               the key of the sealed secrets, where it lies in the data folder and is in force

Rules
- The tables are read in one transaction, so they agree with each other. Blobs are copied before and once more after
  it, so that none which the tables know is missing; one too many does no harm.
- Rows are plain JSON, not a database's own format: a backup of SQLite restores into PostgreSQL and the other way.
- A restore goes into an empty installation only. It puts blobs and key in their places, brings the tables to the
  backup's step, fills them in one transaction and then migrates on. It leaves nothing half-done: until that
  transaction commits, the database is empty and the restore can be begun again.
- A key that does not open the secrets of the database is never taken for theirs, neither way.
- What is only true of running processes (who holds which call) is left out.
- The file holds secrets and the key to them. It is made for its owner alone (0600); keep it like a password.
"""

import base64
import gzip
import io
import json
import os
import secrets
import tarfile
import tempfile
import warnings
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from json import JSONDecodeError
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, Table, func, insert, select, text
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Conflict, Invalid, NotFound, Problem
from vivavoce.base.frozen import frozen
from vivavoce.ports.blobs import Blobs
from vivavoce.storage.database import Database
from vivavoce.storage.migrate import migrate, steps, version
from vivavoce.storage.vault import master_keys, master_keys_in_use

FORMAT = 1
MASTER_KEY = "master.key"
_EPHEMERAL = frozenset({"alembic_version", "bus_messages", "slots", "registrations"})
_BATCH_ROWS = 500
_READ_BYTES = 1024 * 1024

Progress = Callable[[str], None]


@frozen
class Manifest:
    """What a backup says of itself."""

    format: int
    vivavoce: str
    step: str
    created_at: int
    database: str
    rows: Mapping[str, int]
    blobs: int
    has_master_key: bool


# ---------------------------------------------------------------------------------------------------------------
# Backing up


async def back_up(
    target: Path, database: Database, blobs: Blobs, *, now: int, made_by: str, key_file: Path | None, progress: Progress
) -> Manifest:
    """Write everything into `target`, which must not exist; it appears when it is complete.

    Without a `key_file` the key of the secrets comes from elsewhere and stays there.
    """
    step = await version(database)
    if step is None or not await is_installed(database):
        raise Conflict("There is nothing to back up: this installation has never been started.", status="empty")
    key = _key_in(key_file, await master_keys_in_use(database))
    with _private_archive(target) as archive:
        workspaces = await _workspaces(database)
        kept = await _add_blobs(archive, blobs, workspaces, set(), progress)
        rows = await _add_tables(archive, database, progress)
        kept = await _add_blobs(archive, blobs, await _workspaces(database), kept, progress)
        if key is not None:
            _add(archive, MASTER_KEY, key)
        manifest = Manifest(FORMAT, made_by, step, now, database.kind, rows, len(kept), key is not None)
        _add(archive, "manifest.json", json.dumps(asdict(manifest), indent=1).encode())
    return manifest


@contextmanager
def _private_archive(target: Path) -> Generator[tarfile.TarFile]:
    if target.exists():
        raise Conflict(f"{target} exists already; name another file.", status="file_exists")
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")  # two at once do not share one
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise Problem(f"{target} cannot be written: {error.strerror}.", status="backup_not_written") from None
    finally:
        part.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(data))


def _key_in(key_file: Path | None, in_use: Collection[str]) -> bytes | None:
    """What is in the key file, if there is one; `KeyMissing` if it does not open this database's secrets."""
    if key_file is None or not key_file.is_file():
        return None
    keys = master_keys(None, key_file)
    for id in sorted(in_use):
        keys.get(id)
    return key_file.read_bytes()


async def _add_tables(archive: tarfile.TarFile, database: Database, progress: Progress) -> dict[str, int]:
    counts: dict[str, int] = {}
    async with database.read() as connection:
        for table in await _tables(connection):
            with tempfile.TemporaryFile() as lines:
                counts[table.name] = await _write_rows(connection, table, lines)
                entry = tarfile.TarInfo(f"tables/{table.name}.jsonl")
                entry.size = lines.tell()
                lines.seek(0)
                archive.addfile(entry, lines)
            progress(f"{table.name}: {counts[table.name]} rows")
    return counts


async def _write_rows(connection: AsyncConnection, table: Table, lines: IO[bytes]) -> int:
    count = 0
    async for row in await connection.stream(select(table).order_by(*table.primary_key.columns)):
        lines.write(json.dumps([_plain(value) for value in row], separators=(",", ":")).encode() + b"\n")
        count += 1
    return count


async def _tables(connection: AsyncConnection) -> Sequence[Table]:
    """The tables as they are in the database, those that others refer to first."""
    found = MetaData()
    await connection.run_sync(_reflect, found)
    return [table for table in found.sorted_tables if table.name not in _EPHEMERAL]


def _reflect(connection: Connection, found: MetaData) -> None:
    with warnings.catch_warnings():
        # Only rows are wanted, and whoever makes a backup must not wonder what is said of an index.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index", SAWarning)
        found.reflect(connection)


async def _workspaces(database: Database) -> Sequence[str]:
    async with database.read() as connection:
        rows = await connection.execute(text("SELECT id FROM workspaces ORDER BY id"))
        return [row[0] for row in rows]


async def _add_blobs(
    archive: tarfile.TarFile, blobs: Blobs, workspaces: Sequence[str], kept: set[str], progress: Progress
) -> set[str]:
    """Add the blobs that are not there yet; returns all that are."""
    all_kept = set(kept)
    for workspace_id in workspaces:
        async for blob in blobs.list(workspace_id):
            name = f"blobs/{workspace_id}/{blob.path}"
            if name in all_kept:
                continue
            with suppress(NotFound):  # deleted since it was listed
                _add(archive, name, await blobs.get(workspace_id, blob.path))
                all_kept.add(name)
    if len(all_kept) > len(kept):
        progress(f"blobs: {len(all_kept)}")
    return all_kept


def _plain(value: Any) -> Any:
    """A column's value as JSON; bytes and what else JSON lacks are marked."""
    match value:
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case None | bool() | int() | float() | str():
            return value
        case list() | dict():
            return {"json": value}  # pyright: ignore[reportUnknownVariableType]
        case _:
            return {"text": str(value)}


# ---------------------------------------------------------------------------------------------------------------
# Restoring


async def restore(source: Path, database: Database, blobs: Blobs, *, key_file: Path, progress: Progress) -> Manifest:
    """Fill an empty installation from a backup."""
    with _opened(source) as archive:
        manifest = _manifest(archive, source)
        if await is_installed(database):
            raise Conflict(
                "There is an installation already, and a restore would mix the two. Name an empty data folder or "
                "database.",
                status="not_empty",
            )
        if manifest.has_master_key:
            _write_key(key_file, _read(archive, MASTER_KEY))
        await _put_blobs(archive, blobs, progress)
        await migrate(database, manifest.step)
        async with database.write() as connection:
            await _fill(connection, archive, manifest, progress)
    await migrate(database)
    return manifest


@contextmanager
def _opened(source: Path) -> Generator[tarfile.TarFile]:
    try:
        with source.open("rb") as file:
            _read_through(file)
            with tarfile.open(fileobj=file) as archive:
                yield archive
    except FileNotFoundError as error:
        if error.filename != str(source):
            raise
        raise Invalid(("file",), f"There is no file {source}.") from None
    except (tarfile.TarError, EOFError, KeyError, JSONDecodeError, gzip.BadGzipFile, zlib.error):
        raise Invalid(
            ("file",), f"{source} is not a whole backup: it was cut off, changed, or never was one."
        ) from None
    except OSError as error:
        if error.filename != str(source):
            raise
        raise Invalid(("file",), f"{source} cannot be read: {error.strerror}.") from None


def _read_through(file: IO[bytes]) -> None:
    """Read the whole file once: its checksum stands at the end, where nobody would come by who looks for members."""
    with gzip.open(file) as packed:
        while packed.read(_READ_BYTES):
            pass
    file.seek(0)


def _manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    found = json.loads(_read(archive, "manifest.json"))
    if not isinstance(found, dict) or not {"format", "vivavoce"} <= found.keys():
        raise KeyError("manifest.json")
    if found["format"] != FORMAT or found.get("step") not in steps():
        raise Invalid(("file",), f"{source} was made by a newer Vivavoce ({found['vivavoce']}). Upgrade first.")
    return Manifest(**found)  # pyright: ignore[reportUnknownArgumentType]


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


async def is_installed(database: Database) -> bool:
    """Whether there is an installation in a database, which may have tables without one."""
    if await version(database) is None:
        return False
    return bool(await _workspaces(database))


async def _fill(connection: AsyncConnection, archive: tarfile.TarFile, manifest: Manifest, progress: Progress) -> None:
    for table in await _tables(connection):
        if table.name not in manifest.rows:
            continue
        file = archive.extractfile(f"tables/{table.name}.jsonl")
        if file is None:
            raise KeyError(table.name)
        await connection.execute(table.delete())  # what a migration may have put there
        for batch in _batches(file):
            await connection.execute(insert(table), [_row(table, values) for values in batch])
        await _count_on(connection, table)
        progress(f"{table.name}: {manifest.rows[table.name]} rows")
    for name in sorted(set(manifest.rows) - {table.name for table in await _tables(connection)}):
        progress(f"{name}: left out, this kind of database has no such table")


def _batches(file: IO[bytes]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for line in file:
        batch.append(json.loads(line))
        if len(batch) == _BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(table: Table, values: Sequence[Any]) -> dict[str, Any]:
    return {column.name: _value(value) for column, value in zip(table.columns, values, strict=True)}


def _value(value: Any) -> Any:
    match value:
        case {"bytes": str(armoured)}:
            return base64.b64decode(armoured)
        case {"text": written} | {"json": written}:
            return written  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


async def _count_on(connection: AsyncConnection, table: Table) -> None:
    """Have PostgreSQL go on counting where the rows end."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.columns:
        if column.server_default is not None and "nextval" in str(getattr(column.server_default, "arg", "")):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await connection.execute(select(func.setval(sequence, func.coalesce(func.max(column), 1))))


async def _put_blobs(archive: tarfile.TarFile, blobs: Blobs, progress: Progress) -> None:
    count = 0
    for entry in archive.getmembers():
        top, _, rest = entry.name.partition("/")
        if top != "blobs" or not entry.isfile():
            continue
        workspace_id, _, path = rest.partition("/")
        file = archive.extractfile(entry)
        assert file is not None
        await blobs.put(workspace_id, path, _chunks(file))
        count += 1
    progress(f"blobs: {count}")


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(1024 * 1024):
        yield chunk


def _write_key(key_file: Path, key: bytes) -> None:
    """Put the key where the server looks for it; `Conflict` if another one is there."""
    try:
        if key_file.exists():
            _require_same(key_file, key)
            return
        key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(key)
    except OSError as error:
        raise Problem(f"{key_file} cannot be written: {error.strerror}.", status="key_not_written") from None


def _require_same(key_file: Path, key: bytes) -> None:
    if key_file.read_bytes().split() != key.split():
        raise Conflict(
            f"{key_file} holds another key than the one that opens the secrets of this backup. Move it away, or name "
            "an empty data folder.",
            status="other_master_key",
        )
