"""Backups: what is in the file opens where it is restored, and a restore that fails can be begun again."""

import gzip
import io
import json
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from tests.support.databases import FreshDatabases
from tests.support.schema import migrated
from tests.unit.storage.conftest import NoJobs, opened

from vivavoce.base.errors import Conflict, Invalid, Problem, Unavailable
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.vault import KeyMissing
from vivavoce.storage.backup import Manifest, back_up, restore
from vivavoce.storage.database import Database
from vivavoce.storage.vault import SqlVault, master_keys

pytestmark = pytest.mark.anyio

WS, PURPOSE, PLAIN = "workspace_1", "secret:secret_1", "correct horse"
WORKSPACE = text("INSERT INTO workspaces (id, name, created_at) VALUES (:id, :name, 1)")


class BrokenBlobs(MemoryBlobs):
    """A store that is full."""

    async def put(self, workspace_id: str, path: str, content: object, **_: object) -> None:
        """Fail."""
        raise Unavailable("The blob store is full.")


@pytest.fixture
async def source(fresh_database: FreshDatabases, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with a workspace, a blob beside it, and a sealed secret."""
    async with opened(migrated(fresh_database, "sqlite")) as database:
        async with database.write() as connection:
            await connection.execute(WORKSPACE, {"id": WS, "name": "One"})
        await vault_over(database, tmp_path / "master.key").seal(WS, PURPOSE, PLAIN)
        yield database


def vault_over(database: Database, key_file: Path) -> SqlVault:
    return SqlVault(database, ManualClock(), master_keys(None, key_file), NoJobs())


async def backup_of(source: Database, file: Path, key_file: Path | None) -> Manifest:
    blobs = MemoryBlobs(ManualClock())
    await blobs.put(WS, "a.png", b"picture")
    return await back_up(file, source, blobs, now=1, made_by="test", key_file=key_file, progress=lambda _: None)


@asynccontextmanager
async def empty(folder: Path) -> AsyncIterator[Database]:
    await anyio.Path(folder).mkdir(exist_ok=True)
    async with opened(f"sqlite:///{folder / 'vivavoce.db'}") as database:
        yield database


async def restored(file: Path, folder: Path, blobs: MemoryBlobs | None = None) -> Manifest:
    async with empty(folder) as database:
        chosen = blobs or MemoryBlobs(ManualClock())
        return await restore(file, database, chosen, key_file=folder / "master.key", progress=lambda _: None)


async def test_a_backup_carries_the_key_that_is_in_force(source: Database, tmp_path: Path) -> None:
    manifest = await backup_of(source, tmp_path / "b", tmp_path / "master.key")
    assert manifest.has_master_key
    await restored(tmp_path / "b", tmp_path / "new")
    assert (tmp_path / "new" / "master.key").read_bytes() == (tmp_path / "master.key").read_bytes()


async def test_nobody_is_warned_of_what_is_as_it_should_be(
    source: Database, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    await backup_of(source, tmp_path / "b", None)
    await restored(tmp_path / "b", tmp_path / "new")
    assert [str(warning.message) for warning in recwarn] == []


async def test_a_key_that_comes_from_outside_stays_there(source: Database, tmp_path: Path) -> None:
    assert not (await backup_of(source, tmp_path / "b", None)).has_master_key
    await restored(tmp_path / "b", tmp_path / "new")
    assert not (tmp_path / "new" / "master.key").exists()


async def test_a_key_that_opens_nothing_is_not_taken_for_the_right_one(source: Database, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    master_keys(None, other)
    with pytest.raises(KeyMissing, match="protected by the master key"):
        await backup_of(source, tmp_path / "b", other)
    assert not (tmp_path / "b").exists()


async def test_a_restore_beside_another_key_is_refused_before_anything_is_written(
    source: Database, tmp_path: Path
) -> None:
    await backup_of(source, tmp_path / "b", tmp_path / "master.key")
    folder = tmp_path / "new"
    folder.mkdir()
    master_keys(None, folder / "master.key")
    before = (folder / "master.key").read_bytes()
    with pytest.raises(Conflict, match="another key"):
        await restored(tmp_path / "b", folder)
    assert (folder / "master.key").read_bytes() == before
    (folder / "master.key").unlink()
    await restored(tmp_path / "b", folder)


async def test_a_restore_that_fails_is_begun_again(source: Database, tmp_path: Path) -> None:
    await backup_of(source, tmp_path / "b", tmp_path / "master.key")
    with pytest.raises(Unavailable, match="full"):
        await restored(tmp_path / "b", tmp_path / "new", BrokenBlobs(ManualClock()))
    blobs = MemoryBlobs(ManualClock())
    await restored(tmp_path / "b", tmp_path / "new", blobs)
    assert await blobs.get(WS, "a.png") == b"picture"


async def test_two_backups_into_one_folder_share_no_unfinished_file(source: Database, tmp_path: Path) -> None:
    (tmp_path / "b.part").write_text("mine")
    await backup_of(source, tmp_path / "b", None)
    assert (tmp_path / "b.part").read_text() == "mine"


def archive_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name.replace("_json", ".json"))
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense" * 100,
        gzip.compress(b"no archive" * 100),
        archive_of(other=b"x"),
        archive_of(manifest_json=b"[1"),
        archive_of(manifest_json=b"[]"),
        archive_of(manifest_json=b"{}"),
        archive_of(manifest_json=b"{}")[:-20],
    ],
    ids=["empty", "nonsense", "no archive", "another archive", "half json", "a list", "no fields", "cut off"],
)
async def test_what_is_no_backup_is_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(Invalid, match="not a whole backup"):
        await restored(tmp_path / "b", tmp_path / "new")


async def test_a_bit_that_fell_over_is_noticed_before_anything_is_written(source: Database, tmp_path: Path) -> None:
    await backup_of(source, tmp_path / "b", None)
    whole = bytearray((tmp_path / "b").read_bytes())
    for place in range(40, len(whole) - 8, len(whole) // 8):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(Problem):
            await restored(tmp_path / "damaged", tmp_path / "new")
    await restored(tmp_path / "b", tmp_path / "new")


async def test_a_folder_and_a_newer_backup_are_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: Is a directory"):
        await restored(tmp_path, tmp_path / "new")
    newer = json.dumps({"format": 99, "vivavoce": "9.9"}).encode()
    (tmp_path / "b").write_bytes(archive_of(manifest_json=newer))
    with pytest.raises(Invalid, match=r"newer Vivavoce \(9\.9\)"):
        await restored(tmp_path / "b", tmp_path / "new")
