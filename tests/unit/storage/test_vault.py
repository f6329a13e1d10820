"""The vault: what is sealed opens for its workspace and purpose alone, on the double, SQLite and PostgreSQL."""

import base64
import logging
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support.databases import FreshDatabases
from tests.support.schema import migrated
from tests.unit.storage.conftest import NoJobs, opened

from vivavoce.base.errors import Conflict, Unavailable
from vivavoce.ports.bus import LocalBus
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.jobs import RunningJob
from vivavoce.ports.vault import GlassVault, KeyMissing, Reseal, SealBroken, Vault
from vivavoce.storage.database import Database
from vivavoce.storage.job_worker import SqlJobWorker
from vivavoce.storage.jobs import SqlJobs
from vivavoce.storage.vault import MasterKeys, SqlVault, add_master_key, master_keys, reseal_job

pytestmark = pytest.mark.anyio

WS, OTHER, PURPOSE = "workspace_1", "workspace_2", "secret:secret_1"
OLD, NEW = b"o" * 32, b"n" * 32
PLAIN = "sk-correct-horse-battery-staple"


@pytest.fixture(params=["glass", "sqlite", "postgresql"])
async def vault(request: pytest.FixtureRequest, fresh_database: FreshDatabases) -> AsyncIterator[Vault]:
    if request.param == "glass":
        yield GlassVault()
        return
    async with opened(migrated(fresh_database, request.param)) as database:
        yield SqlVault(database, ManualClock(), MasterKeys([OLD]), NoJobs())


@pytest.mark.parametrize("plaintext", [PLAIN, "", "ä\x00\n.{}", "x" * 100_000, "\ud800"])
async def test_what_was_sealed_opens(vault: Vault, plaintext: str) -> None:
    if isinstance(vault, GlassVault) and plaintext == "\ud800":
        plaintext = "a whole character"
    sealed = await vault.seal(WS, PURPOSE, plaintext)
    assert await vault.open(WS, PURPOSE, sealed) == plaintext
    assert await vault.is_current(WS, sealed)
    assert sealed.isascii()


async def test_sealed_text_opens_nowhere_else(vault: Vault) -> None:
    sealed = await vault.seal(WS, PURPOSE, PLAIN)
    await vault.seal(OTHER, PURPOSE, "so that it has a key")
    for workspace_id, purpose in ((OTHER, PURPOSE), (WS, "secret:secret_2"), (WS, "")):
        with pytest.raises(SealBroken) as refused:
            await vault.open(workspace_id, purpose, sealed)
        assert PLAIN not in str(refused.value)


@pytest.mark.parametrize("sealed", ["", "v1", "v1..", "v1.dkey_none.AAAA", "v2.a.b", "a.b.c.d", "v1.dkey.ä", PLAIN])
async def test_what_was_never_sealed_is_refused(vault: Vault, sealed: str) -> None:
    with pytest.raises(SealBroken, match="Set it again"):
        await vault.open(WS, PURPOSE, sealed)


# What only the real one has


def vault_of(database: Database, *keys: bytes, clock: ManualClock | None = None) -> SqlVault:
    clock = clock or ManualClock()
    return SqlVault(database, clock, MasterKeys(keys or [OLD]), SqlJobs(database, clock, LocalBus()))


async def test_a_changed_text_is_refused_and_the_same_secret_looks_different_each_time(database: Database) -> None:
    vault = vault_of(database)
    sealed = await vault.seal(WS, PURPOSE, PLAIN)
    assert await vault.seal(WS, PURPOSE, PLAIN) != sealed
    for position in range(len("v1."), len(sealed), 7):
        changed = sealed[:position] + ("A" if sealed[position] != "A" else "B") + sealed[position + 1 :]
        with pytest.raises(SealBroken):
            await vault.open(WS, PURPOSE, changed)


async def test_neither_database_nor_messages_hold_a_secret_or_a_key(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vault = vault_of(database)
    sealed = await vault.seal(WS, PURPOSE, PLAIN)
    [row] = await database.fetch(text("SELECT * FROM data_keys"), {})
    with pytest.raises(KeyMissing) as refused:
        await vault_of(database, NEW).open(WS, PURPOSE, sealed)
    shown = "\n".join([sealed, repr(row), str(refused.value), caplog.text, repr(vault), repr(vars(vault))])
    for hidden in (PLAIN, OLD.decode(), NEW.decode(), base64.b64encode(OLD).decode(), repr(OLD)):
        assert hidden not in shown


async def test_the_wrong_master_key_is_named_with_the_remedy(database: Database) -> None:
    await vault_of(database, OLD).seal(WS, PURPOSE, PLAIN)
    wrong = vault_of(database, NEW)
    for attempt in (wrong.start(), wrong.seal(WS, PURPOSE, "more")):
        with pytest.raises(KeyMissing, match=r"master key [0-9a-f]{8}, which was not given. Set VIVAVOCE_MASTER_KEY"):
            await attempt
    await vault_of(database, NEW, OLD).start()


async def test_a_master_key_is_rotated_without_sealing_anything_again(database: Database) -> None:
    first = vault_of(database, OLD)
    sealed = {workspace_id: await first.seal(workspace_id, PURPOSE, PLAIN) for workspace_id in (WS, OTHER)}
    both = vault_of(database, NEW, OLD)
    assert await both.open(WS, PURPOSE, sealed[WS]) == PLAIN
    await both.start()
    assert await both.rewrap() == 0
    only_new = vault_of(database, NEW)
    await only_new.start()
    assert [await only_new.open(ws, PURPOSE, sealed[ws]) for ws in (WS, OTHER)] == [PLAIN, PLAIN]
    with pytest.raises(KeyMissing):
        await vault_of(database, OLD).open(WS, PURPOSE, sealed[WS])


async def test_a_wrapped_key_opens_in_its_own_row_alone(database: Database) -> None:
    vault = vault_of(database)
    sealed = await vault.seal(WS, PURPOSE, PLAIN)
    await vault.seal(OTHER, PURPOSE, "theirs")
    async with database.write() as connection:
        await connection.execute(
            text("UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE workspace_id = 'workspace_2')")
        )
    with pytest.raises(SealBroken):
        await vault_of(database).open(WS, PURPOSE, sealed)


class Shelf:
    """Somebody who stores sealed text."""

    def __init__(self, **sealed: str) -> None:
        self.sealed = sealed

    async def reseal(self, workspace_id: str, reseal: Reseal) -> None:
        self.sealed = {purpose: await reseal(purpose, text) for purpose, text in self.sealed.items()}


async def test_a_data_key_is_rotated_and_a_job_seals_anew(database: Database) -> None:
    clock = ManualClock()
    vault, elsewhere = vault_of(database, clock=clock), vault_of(database, clock=clock)
    shelf = Shelf(a=await vault.seal(WS, "a", "one"), b=await elsewhere.seal(WS, "b", "two"))
    before = dict(shelf.sealed)
    clock.advance(1)
    await vault.rotate_data_key(WS)
    shelf.sealed["c"] = await vault.seal(WS, "c", "three")
    handler = reseal_job(elsewhere, [shelf])
    await handler.run(RunningJob("job_1", handler.name, WS, {}, 1))
    assert [await vault.is_current(WS, sealed) for sealed in shelf.sealed.values()] == [True, True, True]
    assert [await vault.open(WS, purpose, sealed) for purpose, sealed in shelf.sealed.items()] == [
        "one",
        "two",
        "three",
    ]
    assert [await vault.open(WS, purpose, sealed) for purpose, sealed in before.items()] == ["one", "two"]
    assert not await vault.is_current(WS, before["a"])


async def test_a_rotation_has_everything_sealed_anew_once_every_process_knows_the_new_key(database: Database) -> None:
    clock = ManualClock()
    vault, elsewhere = vault_of(database, clock=clock), vault_of(database, clock=clock)
    shelf = Shelf(a=await vault.seal(WS, "a", "one"), b=await elsewhere.seal(WS, "b", "two"))
    clock.advance(1)
    await vault.rotate_data_key(WS)
    clock.advance(59)
    shelf.sealed["c"] = await elsewhere.seal(WS, "c", "by a process that has not noticed")
    jobs = SqlJobs(database, clock, LocalBus())
    assert await jobs.waiting() == 0, "too early"
    clock.advance(61)
    assert await jobs.waiting() == 1
    worker = SqlJobWorker(database, clock, LocalBus())
    await worker.run([reseal_job(vault, [shelf])], leave_after_seconds=0.01)
    assert await jobs.waiting() == 0
    assert [await vault.is_current(WS, sealed) for sealed in shelf.sealed.values()] == [True] * 3


async def test_a_rotation_that_cannot_have_its_job_does_not_happen(database: Database) -> None:
    clock = ManualClock()
    sealed = await vault_of(database, clock=clock).seal(WS, PURPOSE, PLAIN)
    clock.advance(1)
    with pytest.raises(AssertionError):
        await SqlVault(database, clock, MasterKeys([OLD]), NoJobs()).rotate_data_key(WS)
    assert await vault_of(database, clock=clock).is_current(WS, sealed)


async def test_another_process_notices_a_rotation_within_a_minute(database: Database) -> None:
    clock = ManualClock()
    here, there = vault_of(database, clock=clock), vault_of(database, clock=clock)
    await there.seal(WS, PURPOSE, PLAIN)
    clock.advance(61)
    await here.rotate_data_key(WS)
    assert await here.is_current(WS, await there.seal(WS, PURPOSE, PLAIN))


async def test_a_forgotten_workspace_never_opens_again(database: Database) -> None:
    vault = vault_of(database)
    sealed, theirs = await vault.seal(WS, PURPOSE, PLAIN), await vault.seal(OTHER, PURPOSE, PLAIN)
    await vault.forget(WS)
    with pytest.raises(SealBroken):
        await vault.open(WS, PURPOSE, sealed)
    assert await vault.open(OTHER, PURPOSE, theirs) == PLAIN
    assert await vault.open(WS, PURPOSE, await vault.seal(WS, PURPOSE, "new")) == "new"


async def test_sealing_the_first_secret_within_a_transaction_is_refused_not_waited_for(database: Database) -> None:
    vault = vault_of(database)
    async with database.write():
        with pytest.raises(RuntimeError, match="inside another"):
            await vault.seal(WS, PURPOSE, PLAIN)


# Master keys


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_a_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    first, again = master_keys(None, path), master_keys(None, path)
    assert first.current == again.current
    assert len(first.current.secret) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    master_keys(None, path)
    path.chmod(0o640)
    with pytest.raises(Unavailable, match="chmod 600"):
        master_keys(None, path)


def test_a_key_file_is_not_made_beside_secrets_of_another_key(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(KeyMissing, match="put its key file back"):
        master_keys(None, path, in_use={"f67771f3"})
    assert not path.exists()


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.mkdir(mode=0o700)
    with pytest.raises(Unavailable, match=r"master\.key cannot be used \(Is a directory\)"):
        master_keys(None, path)


def test_the_setting_wins_and_its_first_key_is_the_current_one(tmp_path: Path) -> None:
    keys = master_keys(f"{encoded(NEW)}, {encoded(OLD).rstrip('=')}", tmp_path / "master.key")
    assert keys.current.secret == NEW
    assert keys.get(MasterKeys([OLD]).current.id).secret == OLD
    assert not (tmp_path / "master.key").exists()


@pytest.mark.parametrize("setting", ["short", "hush-hush" * 9, f"{encoded(OLD)},", encoded(OLD) + "!"])
def test_a_setting_that_is_no_key_is_refused_and_not_repeated(setting: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="VIVAVOCE_MASTER_KEY must hold 32 random bytes") as refused:
        master_keys(setting, tmp_path / "master.key")
    assert setting not in str(refused.value)


@pytest.mark.parametrize("content", ["", "\n", "nonsense\n", "\xff\xfe"])
def test_a_damaged_key_file_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(content, "latin-1")
    path.chmod(0o600)
    with pytest.raises(Unavailable, match=r"master\.key must hold 32 random bytes"):
        master_keys(None, path)


# The rotation of both, as `vivavoce secrets rotate` does it beside running servers


def vault_over(database: Database, key_file: Path, clock: ManualClock) -> SqlVault:
    return SqlVault(database, clock, master_keys(None, key_file), SqlJobs(database, clock, LocalBus()))


async def test_a_server_that_runs_follows_a_new_master_key(database: Database, tmp_path: Path) -> None:
    clock, key_file = ManualClock(), tmp_path / "master.key"
    server, command = vault_over(database, key_file, clock), vault_over(database, key_file, clock)
    sealed = await server.seal(WS, PURPOSE, PLAIN)
    [[old]] = await database.fetch(text("SELECT master_key_id FROM data_keys"), {})
    add_master_key(key_file)
    assert await command.rewrap() == 1
    clock.advance(61)
    assert await server.open(WS, PURPOSE, sealed) == PLAIN
    await server.seal(OTHER, PURPOSE, "the first of its workspace")
    [[new]] = await database.fetch(text("SELECT DISTINCT master_key_id FROM data_keys"), {})
    assert new != old
    await vault_over(database, key_file, clock).start()


async def test_every_workspace_gets_a_data_key_and_a_job(database: Database) -> None:
    clock = ManualClock()
    vault = vault_of(database, clock=clock)
    sealed = [(workspace_id, await vault.seal(workspace_id, PURPOSE, PLAIN)) for workspace_id in (WS, OTHER)]
    clock.advance(1)
    assert await vault.rotate_data_keys() == 2
    assert [await vault.is_current(*each) for each in sealed] == [False, False]
    clock.advance(120)
    assert await SqlJobs(database, clock, LocalBus()).waiting() == 2


def test_a_new_master_key_stands_before_the_old_ones(tmp_path: Path) -> None:
    key_file = tmp_path / "master.key"
    first = master_keys(None, key_file).current
    add_master_key(key_file)
    add_master_key(key_file)
    keys = master_keys(None, key_file)
    assert keys.current != first
    assert keys.get(first.id) == first
    assert len(key_file.read_text().split()) == 3
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [key_file]


def test_two_rotations_at_once_do_not_lose_a_key(tmp_path: Path) -> None:
    key_file = tmp_path / "master.key"
    before = master_keys(None, key_file).current
    (tmp_path / "master.key.new").touch()
    with pytest.raises(Conflict, match=r"remove .*master\.key\.new"):
        add_master_key(key_file)
    assert master_keys(None, key_file).current == before


def test_a_rotation_without_a_key_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be used"):
        add_master_key(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []
