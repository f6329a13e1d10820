"""Blobs: bytes too large or too many for a database row, kept under a workspace and a path.

Recordings, avatars, uploaded documents. A blob is written whole and replaced whole.

Rules
- Every call names the workspace; a path never leads out of it. Paths are made by the house, of ids and fixed words:
  segments of letters, digits, `.`, `_` and `-` that begin with a letter or digit, joined by `/`. Anything else is
  refused before a store sees it, so `..`, an absolute path or a NUL cannot mean anything anywhere.
- A write is atomic: a reader sees the old blob or the new one, never half of one, and a writer that fails or is
  cancelled leaves what was there before.
- The content type is a function of the path's ending. Folders cannot remember one, so no form is asked to.
- Deleting what is not there is fine.
"""

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator
from mimetypes import MimeTypes
from typing import Protocol

from vivavoce.base.errors import NotFound
from vivavoce.base.frozen import frozen
from vivavoce.ports.clock import Clock

DEFAULT_CONTENT_TYPE = "application/octet-stream"
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST_PATH = 512
_LONGEST_SEGMENT = 200
_CHUNK_BYTES = 64 * 1024


class BadPath(ValueError):
    """A path that no blob may have; a mistake of the caller inside, never of a client."""


@frozen
class BlobInfo:
    """What is known of a blob without reading it. `etag` changes whenever the bytes do."""

    path: str
    size_bytes: int
    etag: str
    content_type: str
    modified_at: int


@frozen
class BlobStream:
    """A part of a blob on its way: bytes `start` to `end` (exclusive) of `info.size_bytes`."""

    info: BlobInfo
    start: int
    end: int
    chunks: AsyncIterator[bytes]


class Blobs(Protocol):
    """Bytes by workspace and path."""

    async def put(self, workspace_id: str, path: str, data: bytes | AsyncIterable[bytes]) -> BlobInfo:
        """Store or replace a blob, atomically, from bytes or from chunks as they come."""
        ...

    async def info(self, workspace_id: str, path: str) -> BlobInfo | None:
        """What is known of the blob, or None if there is none."""
        ...

    async def get(self, workspace_id: str, path: str) -> bytes:
        """The whole blob; `NotFound` if there is none."""
        ...

    async def stream(self, workspace_id: str, path: str, *, start: int = 0, end: int | None = None) -> BlobStream:
        """A range of the blob in chunks, cut to what is there; `NotFound` if there is none."""
        ...

    async def delete(self, workspace_id: str, path: str) -> None:
        """Remove a blob if it is there."""
        ...

    def list(self, workspace_id: str, folder: str = "") -> AsyncIterator[BlobInfo]:
        """Every blob below a folder (a whole segment of the path, not a part of one), in no order."""
        ...

    async def delete_folder(self, workspace_id: str, folder: str = "") -> int:
        """Remove every blob below a folder, or all of the workspace's; how many they were."""
        ...


def blob_key(workspace_id: str, path: str) -> str:
    """Where a blob lies within a store: `workspace/path`, checked."""
    return f"{_checked(workspace_id)}/{_checked(path)}"


def folder_key(workspace_id: str, folder: str) -> str:
    """Where a folder lies within a store, checked; an empty one is the workspace itself."""
    return blob_key(workspace_id, folder) if folder else _checked(workspace_id)


def _checked(path: str) -> str:
    too_long = len(path) > _LONGEST_PATH or any(len(part) > _LONGEST_SEGMENT for part in path.split("/"))
    if too_long or not _PATH.fullmatch(path):
        raise BadPath(f"{path[:80]!r} cannot be the path of a blob.")
    return path


def content_type_of(path: str) -> str:
    """The content type that a path's ending stands for, the same on every machine."""
    ending = "." + path.rsplit("/", 1)[-1].rpartition(".")[2].lower()
    return _TYPES.get(ending, DEFAULT_CONTENT_TYPE)


# Without files of the operating system, which differ; with what a voice platform keeps.
_TYPES = MimeTypes(filenames=()).types_map[True] | {
    ".wav": "audio/wav",
    ".opus": "audio/opus",
    ".flac": "audio/flac",
    ".md": "text/markdown",
    ".webp": "image/webp",
}


def clipped(size_bytes: int, start: int, end: int | None) -> tuple[int, int]:
    """A range as asked for, cut to what is there."""
    last = size_bytes if end is None else min(end, size_bytes)
    first = min(max(start, 0), size_bytes)
    return first, max(first, last)


def no_blob(path: str) -> NotFound:
    """The usual refusal for a blob that is not there."""
    return NotFound.of("blob", path)


class MemoryBlobs:
    """The double, and the form behind `memory://`: a dictionary that forgets at exit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blobs: dict[str, tuple[BlobInfo, bytes]] = {}

    async def put(self, workspace_id: str, path: str, data: bytes | AsyncIterable[bytes]) -> BlobInfo:
        """Store or replace a blob; nothing changes until the last chunk is here."""
        key = blob_key(workspace_id, path)
        whole = data if isinstance(data, bytes) else b"".join([chunk async for chunk in data])
        etag = f'"{hashlib.sha256(whole).hexdigest()[:32]}"'
        info = BlobInfo(path, len(whole), etag, content_type_of(path), self._clock.now())
        self._blobs[key] = (info, whole)
        return info

    async def info(self, workspace_id: str, path: str) -> BlobInfo | None:
        """What is known of the blob."""
        found = self._blobs.get(blob_key(workspace_id, path))
        return found[0] if found else None

    async def get(self, workspace_id: str, path: str) -> bytes:
        """The whole blob."""
        return self._find(workspace_id, path)[1]

    async def stream(self, workspace_id: str, path: str, *, start: int = 0, end: int | None = None) -> BlobStream:
        """A range of the blob in chunks."""
        info, whole = self._find(workspace_id, path)
        first, last = clipped(info.size_bytes, start, end)
        return BlobStream(info, first, last, _chunks(whole[first:last]))

    async def delete(self, workspace_id: str, path: str) -> None:
        """Remove a blob if it is there."""
        self._blobs.pop(blob_key(workspace_id, path), None)

    async def list(self, workspace_id: str, folder: str = "") -> AsyncIterator[BlobInfo]:
        """Every blob below a folder."""
        below = folder_key(workspace_id, folder) + "/"
        for key, (info, _) in [*self._blobs.items()]:
            if key.startswith(below):
                yield info

    async def delete_folder(self, workspace_id: str, folder: str = "") -> int:
        """Remove every blob below a folder."""
        paths = [info.path async for info in self.list(workspace_id, folder)]
        for path in paths:
            await self.delete(workspace_id, path)
        return len(paths)

    def _find(self, workspace_id: str, path: str) -> tuple[BlobInfo, bytes]:
        found = self._blobs.get(blob_key(workspace_id, path))
        if found is None:
            raise no_blob(path)
        return found


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for offset in range(0, len(data), _CHUNK_BYTES):
        yield data[offset : offset + _CHUNK_BYTES]
