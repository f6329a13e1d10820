"""Blobs in a folder, in S3 and what speaks like it, in Google or Azure storage, or in memory.

    file:///var/lib/vivavoce/blobs
    memory://
    s3://bucket/prefix?region=eu-central-1&endpoint=https://minio.internal:9000
    gs://bucket/prefix            az://container/prefix?account_name=...

What follows the `?` are obstore's option names. Credentials are better left to the environment (AWS_ACCESS_KEY_ID,
GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_KEY, ...) than written into a URL.

obstore does the work outside the event loop, writes a file beside its place and renames it, and cuts large or
streamed blobs into parts. What this module adds: checked paths, one kind of error, ranges cut to what is there.
A part that a killed process left behind is invisible. In a folder `sweep_blobs` removes it after a day; in a bucket
that is what a lifecycle rule for incomplete uploads is for.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from vivavoce.base.errors import Unavailable
from vivavoce.ports.blobs import (
    BlobInfo,
    Blobs,
    BlobStream,
    MemoryBlobs,
    blob_key,
    clipped,
    content_type_of,
    folder_key,
    no_blob,
)
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.jobs import Handler, RunningJob

if TYPE_CHECKING:
    from obstore import Attributes, ObjectMeta
    from obstore.store import ObjectStore

_log = logging.getLogger(__name__)
_DELETE_AT_ONCE = 1000  # what one request of S3 takes
_TRIES = 3
_UNFINISHED = re.compile(r"#\d+$")  # what obstore calls a file while it is being written
_LEFT_BEHIND_SECONDS = 86_400


class BadBlobsUrl(Unavailable):
    """A `blobs_url` that cannot be used; says what is wrong with it."""

    status = "blobs_url_invalid"


def open_blobs(url: str, clock: Clock) -> Blobs:
    """The store behind a `blobs_url`."""
    match urlsplit(url).scheme:
        case "memory":
            return MemoryBlobs(clock)
        case "file":
            folder = _folder(url)
            return StoredBlobs(lambda: _folder_store(folder), clock, folder=folder)
        case "s3" | "gs" | "az":
            store = _bucket_store(url)
            return StoredBlobs(lambda: store, clock)
        case scheme:
            raise BadBlobsUrl(f"blobs_url begins with {scheme!r}; use file://, s3://, gs://, az:// or memory://.")


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/") or parts.query:
        raise BadBlobsUrl("A folder's blobs_url is file:// and an absolute path: file:///var/lib/vivavoce/blobs.")
    folder = Path(unquote(parts.path))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadBlobsUrl(f"blobs_url: the folder {folder} cannot be used ({error.strerror}).") from error
    return folder


def _folder_store(folder: Path) -> ObjectStore:
    from obstore.store import LocalStore

    return LocalStore(folder, automatic_cleanup=True, mkdir=True)


def _bucket_store(url: str) -> ObjectStore:
    from obstore import store

    from_url: Any = store.from_url  # its overloads want to know the kind of store when this is written
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    # Plain HTTP is for a store on the same machine or network, and named so in the URL.
    plain = str(options.get("endpoint", "")).startswith("http://")
    try:
        return from_url(
            urlunsplit(parts._replace(query="", fragment="")),
            config=options or None,
            client_options={"allow_http": plain},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
    except Exception as error:
        # Option values may be credentials: only the names are repeated.
        given = f" with the options {', '.join(sorted(options))}" if options else ""
        raise BadBlobsUrl(
            f"blobs_url: {parts.scheme}://{parts.netloc}{parts.path}{given} is not understood "
            f"({type(error).__name__}). Write it like {parts.scheme}://bucket/prefix?region=..."
        ) from None


class StoredBlobs:
    """Blobs in one of obstore's stores, which is opened at first need: most processes never touch a blob."""

    def __init__(self, open_store: Callable[[], ObjectStore], clock: Clock, *, folder: Path | None = None) -> None:
        self._open_store = open_store
        self._clock = clock
        self.folder = folder

    @cached_property
    def _store(self) -> ObjectStore:
        return self._open_store()

    async def put(self, workspace_id: str, path: str, data: bytes | AsyncIterable[bytes]) -> BlobInfo:
        """Store or replace a blob, atomically."""
        import obstore

        key, content_type = blob_key(workspace_id, path), content_type_of(path)
        attributes: Attributes | None = None if self.folder else {"Content-Type": content_type}
        if isinstance(data, bytes):
            with _told(path):
                result = await obstore.put_async(self._store, key, data, attributes=attributes)
            size_bytes = len(data)
        else:
            counted = _Counted(data)
            with _told(path):
                result = await obstore.put_async(self._store, key, counted.chunks(), attributes=attributes)
            size_bytes = counted.size_bytes
        return BlobInfo(path, size_bytes, result["e_tag"] or "", content_type, self._clock.now())

    async def info(self, workspace_id: str, path: str) -> BlobInfo | None:
        """What is known of the blob."""
        import obstore

        try:
            with _told(path):
                return _info(path, await obstore.head_async(self._store, blob_key(workspace_id, path)))
        except FileNotFoundError:
            return None

    async def get(self, workspace_id: str, path: str) -> bytes:
        """The whole blob."""
        import obstore

        try:
            with _told(path):
                result = await obstore.get_async(self._store, blob_key(workspace_id, path))
                return bytes(await result.bytes_async())
        except FileNotFoundError:
            raise no_blob(path) from None

    async def stream(self, workspace_id: str, path: str, *, start: int = 0, end: int | None = None) -> BlobStream:
        """A range of the blob in chunks."""
        from obstore.exceptions import PreconditionError

        for _ in range(_TRIES):
            info = await self.info(workspace_id, path)
            if info is None:
                raise no_blob(path)
            first, last = clipped(info.size_bytes, start, end)
            try:
                chunks = await self._range(workspace_id, info, first, last)
            except FileNotFoundError:
                raise no_blob(path) from None
            except PreconditionError:  # replaced since we asked for its size
                continue
            return BlobStream(info, first, last, chunks)
        raise Unavailable(f"The blob {path!r} is being replaced all the time; try again.")

    async def _range(self, workspace_id: str, info: BlobInfo, first: int, last: int) -> AsyncIterator[bytes]:
        import obstore

        if first == last:
            return _nothing()
        with _told(info.path):
            result = await obstore.get_async(
                self._store,
                blob_key(workspace_id, info.path),
                options={"range": (first, last), "if_match": info.etag or None},
            )
        return _read(info.path, result.stream())

    async def delete(self, workspace_id: str, path: str) -> None:
        """Remove a blob if it is there."""
        await self._delete(path, blob_key(workspace_id, path))

    async def list(self, workspace_id: str, folder: str = "") -> AsyncIterator[BlobInfo]:
        """Every blob below a folder."""
        import obstore

        with _told(folder):
            async for batch in obstore.list(self._store, prefix=folder_key(workspace_id, folder)):
                for meta in batch:
                    yield _info(meta["path"].removeprefix(f"{workspace_id}/"), meta)

    async def delete_folder(self, workspace_id: str, folder: str = "") -> int:
        """Remove every blob below a folder."""
        keys = [blob_key(workspace_id, info.path) async for info in self.list(workspace_id, folder)]
        for offset in range(0, len(keys), _DELETE_AT_ONCE):
            await self._delete_batch(folder, keys[offset : offset + _DELETE_AT_ONCE])
        return len(keys)

    async def _delete_batch(self, folder: str, keys: list[str]) -> None:
        import obstore

        try:
            with _told(folder):
                await obstore.delete_async(self._store, keys)
        except FileNotFoundError:  # somebody else deletes too; a folder stops at the first that is gone
            for key in keys:
                await self._delete(folder, key)

    async def _delete(self, path: str, key: str) -> None:
        import obstore

        try:
            with _told(path):
                await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return


def sweep_blobs(blobs: Blobs, clock: Clock) -> Handler:
    """The daily job that removes what killed writers left in a folder: files of a name that no blob can have."""

    async def sweep(_: RunningJob) -> None:
        if isinstance(blobs, StoredBlobs) and blobs.folder is not None:
            await asyncio.to_thread(_sweep, blobs.folder, clock.now() / SECOND - _LEFT_BEHIND_SECONDS)

    return Handler("blobs.sweep", sweep, every_seconds=_LEFT_BEHIND_SECONDS)


def _sweep(folder: Path, before: float) -> None:
    for path in folder.rglob("*#*"):
        with suppress(FileNotFoundError):
            if _UNFINISHED.search(path.name) and path.is_file() and path.stat().st_mtime < before:
                path.unlink()


class _Counted:
    """Chunks on their way, and how many bytes they were."""

    def __init__(self, data: AsyncIterable[bytes]) -> None:
        self._data = data
        self.size_bytes = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._data:
            self.size_bytes += len(chunk)
            yield chunk


def _info(path: str, meta: ObjectMeta) -> BlobInfo:
    modified_at = round(meta["last_modified"].timestamp() * SECOND)
    return BlobInfo(path, meta["size"], meta["e_tag"] or "", content_type_of(path), modified_at)


async def _read(path: str, chunks: AsyncIterable[Any]) -> AsyncIterator[bytes]:
    with _told(path):
        async for chunk in chunks:
            yield bytes(chunk)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""  # makes this a generator


@contextmanager
def _told(path: str) -> Generator[None]:
    """The store's own troubles as `Unavailable`; that a blob is missing or changed is for the caller to say."""
    from obstore.exceptions import BaseError, PreconditionError

    try:
        yield
    except PreconditionError:
        raise
    except BaseError as error:
        _log.error("The blob store failed on %r: %s", path, _first_line(error))
        raise Unavailable("The blob store cannot be used now; the server's log says why.") from error


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0]
