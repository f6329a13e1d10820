"""The cache outside the clone: where it is, and how something is built in it once.

A build is a folder named by the hash of its ingredients. It is complete when it holds `.complete`; one without it was
interrupted and is built anew. A file lock beside it lets one process build while others wait. (Building elsewhere and
renaming would not do: the scripts of a Python environment contain its path.)
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tooling.steps import StepError, say

MARKER = ".complete"
UNUSED_SECONDS = 30 * 24 * 3600


def cache_folder() -> Path:
    """The first place that is named or writable; HOME may be missing or read-only."""
    if named := os.environ.get("VIVAVOCE_CACHE_DIR"):
        return _writable(Path(named).absolute(), f"VIVAVOCE_CACHE_DIR={named}")
    if base := os.environ.get("XDG_CACHE_HOME"):
        return _writable(Path(base).absolute() / "vivavoce", f"XDG_CACHE_HOME={base}")
    home = os.environ.get("HOME") or Path("~").expanduser()
    try:
        return _writable(Path(home) / ".cache" / "vivavoce", str(home))
    except StepError:
        return _private_temporary_folder()


def digest(*ingredients: str | bytes) -> str:
    """A short name for exactly these ingredients."""
    total = hashlib.sha256()
    for ingredient in ingredients:
        data = ingredient.encode() if isinstance(ingredient, str) else ingredient
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()[:16]


def built(kind: str, key: str, build: Callable[[Path], None], *, alive: Callable[[Path], bool] | None = None) -> Path:
    """The complete folder `kind-key`, built first if it is missing, unfinished or no longer alive."""
    folder = cache_folder() / f"{kind}-{key}"
    if _is_complete(folder, alive):
        _mark_used(folder)
        return folder
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        _wait_for(lock.fileno(), kind)
        if not _is_complete(folder, alive):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            (folder / MARKER).touch()
            _remove_unused(folder.parent)
    return folder


def _is_complete(folder: Path, alive: Callable[[Path], bool] | None) -> bool:
    return (folder / MARKER).exists() and (alive is None or alive(folder))


def _wait_for(lock: int, kind: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"another ./dev is building the same {kind} environment; waiting for it ...")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _mark_used(folder: Path) -> None:
    marker = folder / MARKER
    if time.time() - marker.stat().st_mtime > UNUSED_SECONDS / 30:
        marker.touch()


def _remove_unused(cache: Path) -> None:
    """Builds whose ingredients changed long ago would otherwise stay for ever."""
    for marker in cache.glob(f"*/{MARKER}"):
        if time.time() - marker.stat().st_mtime > UNUSED_SECONDS:
            shutil.rmtree(marker.parent, ignore_errors=True)


def _writable(folder: Path, named: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StepError(f"cannot write to the cache {folder} ({named}): {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StepError(f"cannot write to the cache {folder} ({named}); set VIVAVOCE_CACHE_DIR to a folder of yours")
    return folder


def _private_temporary_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"vivavoce-cache-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise StepError(f"{folder} belongs to somebody else; set VIVAVOCE_CACHE_DIR to a folder of yours")
    return folder
