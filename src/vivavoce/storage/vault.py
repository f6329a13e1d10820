"""The vault with AES-256-GCM: data keys in the database, each wrapped by a master key that is not.

    sealed text     v1.<data key's id>.<base64 of nonce and ciphertext>
    wrapped key     base64 of nonce and ciphertext, under the master key that the row names

What the ciphertext is bound to (its associated data) is the workspace, the purpose and the key's id, and for a data
key its own id and workspace; so neither opens anywhere else. A master key is named by the beginning of a hash, which
tells people which one is missing and nothing about it.

Keys in memory are dropped after a minute, so that a rotation or a `forget` in another process is noticed. Data keys
that were rotated away stay in the table: whatever is still sealed with one opens, and `reseal_job` moves it on.
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Collection, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Conflict, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.jobs import Handler, Job, RunningJob
from vivavoce.ports.vault import KeyMissing, SealedThings, no_seal
from vivavoce.storage.database import Database
from vivavoce.storage.jobs import JobsInTransactions

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


KEY_BYTES = 32
RESEAL = "vault.reseal"
_NONCE_BYTES = 12
_VERSION = "v1"
_KEEP_IN_MEMORY = 60 * SECOND
# A process seals with what it remembers, and stores that in a transaction a moment later.
_RESEAL_AFTER = 2 * _KEEP_IN_MEMORY
_REWRAP_AT_ONCE = 200

_INSERT: Final = text("""
    INSERT INTO data_keys (id, workspace_id, master_key_id, wrapped, created_at)
    VALUES (:id, :workspace_id, :master_key_id, :wrapped, :created_at) RETURNING id
""")
_NEWEST: Final = text("""
    SELECT id, master_key_id, wrapped FROM data_keys WHERE workspace_id = :workspace_id
    ORDER BY created_at DESC, id DESC LIMIT 1
""")
_BY_ID: Final = text("""
    SELECT id, master_key_id, wrapped FROM data_keys WHERE workspace_id = :workspace_id AND id = :id
""")
_WORKSPACES: Final = text("SELECT DISTINCT workspace_id FROM data_keys ORDER BY workspace_id")
_MASTERS: Final = text("SELECT DISTINCT master_key_id FROM data_keys ORDER BY master_key_id")
_TO_REWRAP: Final = text("""
    SELECT id, workspace_id, master_key_id, wrapped FROM data_keys WHERE master_key_id <> :master_key_id
    ORDER BY id LIMIT :at_most
""")
_REWRAP: Final = text("""
    UPDATE data_keys SET master_key_id = :master_key_id, wrapped = :wrapped WHERE id = :id RETURNING id
""")
_FORGET: Final = text("DELETE FROM data_keys WHERE workspace_id = :workspace_id RETURNING id")


# Master keys


@frozen
class MasterKey:
    """A key that wraps data keys, and the name it goes by."""

    id: str
    secret: bytes = field(repr=False)


class MasterKeys:
    """The master keys that were given: the first wraps, all of them unwrap.

    Those of a key file are read again when the file was changed, so that a running server follows a rotation.
    """

    def __init__(self, keys: Sequence[bytes], key_file: Path | None = None) -> None:
        self._key_file = key_file
        self._take(keys)

    def get(self, id: str) -> MasterKey:
        """The key of this name; `KeyMissing` with the remedy if it was not given."""
        if id not in self._by_id:
            self.look_again()
        if id not in self._by_id:
            raise _not_given(id)
        return self._by_id[id]

    def look_again(self) -> None:
        """Read the key file again, if there is one."""
        if self._key_file is not None:
            self._take(_keys_in(self._key_file))

    def _take(self, keys: Sequence[bytes]) -> None:
        named = [MasterKey(hashlib.sha256(b"vivavoce master key" + key).hexdigest()[:8], key) for key in keys]
        self._by_id = {key.id: key for key in named}
        self.current = named[0]


def _not_given(id: str) -> KeyMissing:
    return KeyMissing(
        f"Stored secrets are protected by the master key {id}, which was not given. Set VIVAVOCE_MASTER_KEY "
        "to it, or put its key file back; several keys may be given with commas between, the newest first."
    )


async def master_keys_in_use(database: Database) -> frozenset[str]:
    """The names of the master keys that stored secrets need."""
    return frozenset(id for [id] in await database.fetch(_MASTERS, {}))


def master_keys(setting: str | None, key_file: Path, in_use: Collection[str] = ()) -> MasterKeys:
    """The master keys in the settings, else the one in the key file, made if there is none and none is in use.

    A new key beside sealed secrets would open none of them, and would pass for theirs in the next backup.
    """
    if setting:
        return MasterKeys([_decoded_key(part, "VIVAVOCE_MASTER_KEY") for part in setting.split(",")])
    try:
        if not key_file.exists():
            if in_use:
                raise _not_given(min(in_use))
            _make_key_file(key_file)
    except OSError as error:
        raise _unusable(key_file, error) from None
    return MasterKeys(_keys_in(key_file), key_file)


def add_master_key(key_file: Path) -> None:
    """Put a new key before those in the file, which stay: what they wrapped may lie in a database elsewhere still.

    The new file is made beside the old one under a name that only one of two rotations can have at a time.
    """
    beside = key_file.with_name(f"{key_file.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(
            f"Another rotation is at work on {key_file}, or one was broken off before it changed anything. In that "
            f"case remove {beside} and repeat.",
            status="rotation_at_work",
        ) from None
    except OSError as error:
        raise _unusable(key_file, error) from None
    try:
        keys = [secrets.token_bytes(KEY_BYTES), *_keys_in(key_file)]
        _write_keys(descriptor, keys)
        beside.replace(key_file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _keys_in(key_file: Path) -> list[bytes]:
    try:
        mode = stat.S_IMODE(key_file.stat().st_mode)
        if mode & 0o077:
            raise Unavailable(f"{key_file} can be read by other users of this machine. Run: chmod 600 '{key_file}'")
        lines = key_file.read_text("ascii", errors="replace").split()
    except OSError as error:
        raise _unusable(key_file, error) from None
    return [_decoded_key(line, str(key_file)) for line in lines or [""]]


def _unusable(key_file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"The key file {key_file} cannot be used ({error.strerror}). Give it to this user, or set VIVAVOCE_MASTER_KEY."
    )


def _decoded_key(text: str, where: str) -> bytes:
    try:
        standard = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise Unavailable(f"{where} must hold {KEY_BYTES} random bytes in base64; make some: openssl rand -base64 32")
    return key


def _make_key_file(path: Path) -> None:
    """Write a new key beside its place and link it there: of two processes, one wins, and nobody reads half a key."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_keys(descriptor, [secrets.token_bytes(KEY_BYTES)])
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()


def _write_keys(descriptor: int, keys: Sequence[bytes]) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.writelines(base64.b64encode(key).decode() + "\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())


# The vault


@frozen
class _DataKey:
    id: str
    cipher: "AESGCM" = field(repr=False)
    read_at: int


class SqlVault:
    """The vault over a database."""

    def __init__(self, database: Database, clock: Clock, masters: MasterKeys, jobs: JobsInTransactions) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._masters = masters
        self._newest: dict[str, _DataKey] = {}
        self._known: dict[tuple[str, str], _DataKey] = {}

    async def start(self) -> None:
        """See whether every stored secret could be opened, `KeyMissing` if not; finish a change of the master key."""
        in_use = await master_keys_in_use(self._database)
        for id in in_use:
            self._masters.get(id)
        if in_use - {self._masters.current.id}:
            await self.rewrap()

    async def seal(self, workspace_id: str, purpose: str, plaintext: str) -> str:
        """Text that only `open` with the same workspace and purpose can read."""
        key = await self._newest_key(workspace_id)
        nonce = self._clock.entropy(_NONCE_BYTES)
        sealed = nonce + key.cipher.encrypt(nonce, _bytes(plaintext), _bound_to(workspace_id, purpose, key.id))
        return f"{_VERSION}.{key.id}.{base64.urlsafe_b64encode(sealed).decode()}"

    async def open(self, workspace_id: str, purpose: str, sealed: str) -> str:
        """What was sealed."""
        id, blob = _parsed(sealed)
        key = await self._key(workspace_id, id)
        return _decrypted(key.cipher, blob, _bound_to(workspace_id, purpose, id)).decode(errors="surrogatepass")

    async def is_current(self, workspace_id: str, sealed: str) -> bool:
        """Whether the text is sealed with the workspace's newest data key."""
        return _parsed(sealed)[0] == (await self._newest_key(workspace_id)).id

    async def forget(self, workspace_id: str) -> None:
        """Destroy a workspace's data keys."""
        async with self._database.write() as connection:
            gone = await self._database.fetch_on(connection, _FORGET, {"workspace_id": workspace_id})
        self._newest.pop(workspace_id, None)
        for [id] in gone:
            self._known.pop((workspace_id, id), None)

    # Rotation

    def look_again(self, workspace_id: str) -> None:
        """Ask the database for the newest data key at the next use; another process may have made one."""
        self._newest.pop(workspace_id, None)

    async def rotate_data_key(self, workspace_id: str) -> None:
        """Seal with a new data key from now on; what was sealed before still opens, and is sealed anew by a job.

        The job waits until every process has noticed the new key, so that nothing is sealed with the old one after it.
        """
        id, secret = self._new_key()
        job = Job(RESEAL, workspace_id, run_at=self._clock.now() + _RESEAL_AFTER)
        async with self._database.write() as connection:
            await self._insert(connection, workspace_id, id, secret)
            await self._jobs.enqueue_on(connection, job)
        await self._jobs.announce()
        self._remember(workspace_id, id, secret)

    async def rotate_data_keys(self) -> int:
        """A new data key for every workspace that has one; how many these are."""
        workspaces = await self._database.fetch(_WORKSPACES, {})
        for [workspace_id] in workspaces:
            await self.rotate_data_key(workspace_id)
        return len(workspaces)

    async def rewrap(self) -> int:
        """Wrap every data key with the first of the master keys; how many were not.

        The rotation of a master key: give the new one before the old one, start, then take the old one away.
        """
        self._masters.look_again()
        count = 0
        while rewrapped := await self._rewrap_some():
            count += rewrapped
        return count

    async def _rewrap_some(self) -> int:
        current = self._masters.current
        async with self._database.write() as connection:
            wanted = {"master_key_id": current.id, "at_most": _REWRAP_AT_ONCE}
            rows = await self._database.fetch_on(connection, _TO_REWRAP, wanted)
            for id, workspace_id, master_key_id, wrapped in rows:
                secret = self._unwrapped(workspace_id, id, master_key_id, wrapped)
                again = {"id": id, "master_key_id": current.id, "wrapped": self._wrapped(workspace_id, id, secret)}
                await self._database.fetch_on(connection, _REWRAP, again)
        return len(rows)

    # Data keys

    async def _newest_key(self, workspace_id: str) -> _DataKey:
        known = self._newest.get(workspace_id)
        if known and self._is_fresh(known):
            return known
        rows = await self._database.fetch(_NEWEST, {"workspace_id": workspace_id})
        if not rows:
            return await self._make_key(workspace_id)
        [(id, master_key_id, wrapped)] = rows
        key = self._newest[workspace_id] = self._read(workspace_id, id, master_key_id, wrapped)
        return key

    async def _key(self, workspace_id: str, id: str) -> _DataKey:
        known = self._known.get((workspace_id, id))
        if known and self._is_fresh(known):
            return known
        rows = await self._database.fetch(_BY_ID, {"workspace_id": workspace_id, "id": id})
        if not rows:
            raise no_seal()
        [(_, master_key_id, wrapped)] = rows
        key = self._known[workspace_id, id] = self._read(workspace_id, id, master_key_id, wrapped)
        return key

    async def _make_key(self, workspace_id: str) -> _DataKey:
        id, secret = self._new_key()
        async with self._database.write() as connection:
            await self._insert(connection, workspace_id, id, secret)
        return self._remember(workspace_id, id, secret)

    def _new_key(self) -> tuple[str, bytes]:
        self._masters.look_again()  # keys are made rarely, and never with a master key that was rotated away
        return self._clock.new_id("dkey"), self._clock.entropy(KEY_BYTES)

    def _remember(self, workspace_id: str, id: str, secret: bytes) -> _DataKey:
        key = self._newest[workspace_id] = _DataKey(id, _cipher(secret), self._clock.now())
        return key

    async def _insert(self, connection: AsyncConnection, workspace_id: str, id: str, secret: bytes) -> None:
        row = {
            "id": id,
            "workspace_id": workspace_id,
            "master_key_id": self._masters.current.id,
            "wrapped": self._wrapped(workspace_id, id, secret),
            "created_at": self._clock.now(),
        }
        await self._database.fetch_on(connection, _INSERT, row)

    def _read(self, workspace_id: str, id: str, master_key_id: str, wrapped: str) -> _DataKey:
        secret = self._unwrapped(workspace_id, id, master_key_id, wrapped)
        return _DataKey(id, _cipher(secret), self._clock.now())

    def _wrapped(self, workspace_id: str, id: str, secret: bytes) -> str:
        nonce = self._clock.entropy(_NONCE_BYTES)
        ciphertext = _cipher(self._masters.current.secret).encrypt(nonce, secret, _bound_to(workspace_id, "key", id))
        return base64.b64encode(nonce + ciphertext).decode()

    def _unwrapped(self, workspace_id: str, id: str, master_key_id: str, wrapped: str) -> bytes:
        master = _cipher(self._masters.get(master_key_id).secret)
        return _decrypted(master, base64.b64decode(wrapped), _bound_to(workspace_id, "key", id))

    def _is_fresh(self, key: _DataKey) -> bool:
        return self._clock.now() - key.read_at < _KEEP_IN_MEMORY


def reseal_job(vault: SqlVault, things: Sequence[SealedThings]) -> Handler:
    """The job that seals anew whatever a workspace has sealed with older data keys."""

    async def reseal_all(job: RunningJob) -> None:
        vault.look_again(job.workspace_id)

        async def reseal(purpose: str, sealed: str) -> str:
            if await vault.is_current(job.workspace_id, sealed):
                return sealed
            return await vault.seal(job.workspace_id, purpose, await vault.open(job.workspace_id, purpose, sealed))

        for thing in things:
            await thing.reseal(job.workspace_id, reseal)

    return Handler(RESEAL, reseal_all)


def _bytes(plaintext: str) -> bytes:
    return plaintext.encode(errors="surrogatepass")  # JSON lets half a character through; it comes back as it went


def _cipher(secret: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(secret)


def _decrypted(cipher: "AESGCM", blob: bytes, bound_to: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise no_seal() from None


def _bound_to(workspace_id: str, purpose: str, key_id: str) -> bytes:
    return orjson.dumps([_VERSION, workspace_id, purpose, key_id])


def _parsed(sealed: str) -> tuple[str, bytes]:
    try:
        version, id, blob = sealed.split(".")
        if version == _VERSION:
            return id, base64.b64decode(blob, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        pass
    raise no_seal()
