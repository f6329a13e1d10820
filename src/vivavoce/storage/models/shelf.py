"""The folder of models: which of them this machine has, and how they get there.

    MODELS/whisper-base/model.bin ...     a complete model; receipt.json says which files of which hashes it has
    MODELS/.pulling/whisper-base/         one that is being fetched, or was; the next pull goes on from there
    MODELS/.pulling/packages/             what was downloaded for it
    MODELS/.lock                          held while somebody changes the folder

Rules
- A model appears complete and checked, by one rename, or not at all. So a model that is there can be loaded without
  another look; `verify` reads every byte again.
- A receipt that the list does not agree with counts as missing: a new version may want other files. So does a model
  with a file that is gone, or longer or shorter than it should be: the next pull puts it right.
- Folders that nobody knows are left alone but for `prune`, which says what it removes.
"""

import asyncio
import fcntl
import json
import shutil
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, cast

from vivavoce.base.errors import Problem, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.ports.outbound import Outbound
from vivavoce.storage.models.manifest import Manifest, Model
from vivavoce.storage.models.pulling import Progress, Pulled, Pulling, read, telling
from vivavoce.storage.models.sources import Sources, digest_of

RECEIPT = "receipt.json"
PULLING = ".pulling"
PACKAGES = "packages"
_LOCK = ".lock"
# Beside the file itself its packages lie there while it is put together.
_ROOM_FACTOR = 2

State = Literal["here", "begun", "missing"]


@frozen
class Damage:
    """A file that is not what it should be."""

    model_id: str
    file_name: str
    what: str


@frozen
class Removed:
    """What `prune` took away."""

    name: str
    size_bytes: int


class Shelf:
    """The models of one machine."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    # Looking

    def state(self, model: Model) -> State:
        """Whether a model can be loaded."""
        if self._receipt(model.id) == _hashes(model) and self._is_whole(model):
            return "here"
        return "begun" if (self.folder / PULLING / model.id).exists() else "missing"

    def _is_whole(self, model: Model) -> bool:
        """Whether every file is as long as it should be, as far as a look at the folder tells."""
        try:
            return all((self.folder / model.id / file.name).stat().st_size == file.size_bytes for file in model.files)
        except OSError:
            return False

    def place(self, model_id: str) -> Path | None:
        """The folder of a complete model."""
        model = self.manifest.model(model_id)
        return self.folder / model_id if self.state(model) == "here" else None

    def pulling(self) -> Pulling | None:
        """The pull that is under way, or that failed last."""
        found = read(self.folder / PULLING)
        return found if found is not None and (found.failure or self._is_being_changed()) else None

    def free_bytes(self) -> int | None:
        """The room there is for more; of a folder that is not there yet, the room around it."""
        for folder in (self.folder, *self.folder.parents):
            with suppress(OSError):
                return shutil.disk_usage(folder).free
        return None

    def changed_at(self) -> int:
        """A number that is another one after a model came or went."""
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _is_being_changed(self) -> bool:
        try:
            with (self.folder / _LOCK).open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def _receipt(self, model_id: str) -> Mapping[str, str] | None:
        try:
            receipt: Any = json.loads((self.folder / model_id / RECEIPT).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return cast(Mapping[str, str], receipt.get("files")) if isinstance(receipt, dict) else None

    # Getting

    async def pull(
        self, models: Sequence[Model], outbound: Outbound, progress: Progress, *, own: str | None = None
    ) -> None:
        """Fetch what is missing of some models. `own` is the operator's own folder or address, tried first."""
        async with self.changing():
            wanted = [model for model in models if self.state(model) != "here"]
            with telling(self.folder / PULLING, wanted) as teller:

                def told(pulled: Pulled) -> None:
                    teller.tell(pulled)
                    progress(pulled)

                self._require_room(wanted)
                await self._pull_each(wanted, Sources(self.manifest.packages, self._scratch, outbound, own), told)

    @property
    def _scratch(self) -> Path:
        return self.folder / PULLING / PACKAGES

    async def _pull_each(self, models: Sequence[Model], sources: Sources, progress: Progress) -> None:
        """One that cannot be had keeps no other one away."""
        failures: list[Unavailable] = []
        try:
            for model in models:
                try:
                    await self._pull(model, sources, progress)
                except Unavailable as failure:
                    failures.append(failure)
        except OSError as error:
            raise Unavailable(
                f"{self.folder} cannot hold the models: {error.strerror or error}. Make room or name another folder "
                "with --models-dir, then pull again: it goes on from there.",
                status="models_not_writable",
            ) from None
        if failures:
            more = f" And {len(failures) - 1} more of them." if len(failures) > 1 else ""
            raise Unavailable(f"{failures[0].message.rstrip('.')}.{more}", status=failures[0].status)
        shutil.rmtree(self._scratch, ignore_errors=True)

    async def _pull(self, model: Model, sources: Sources, progress: Progress) -> None:
        begun = self.folder / PULLING / model.id
        before = 0
        for file in model.files:
            target = begun / file.name
            target.parent.mkdir(parents=True, exist_ok=True)

            def done(count: int, name: str = file.name, before: int = before) -> None:
                progress(Pulled(model.id, name, before + count, model.size_bytes))

            # What lies there under its own name was checked before it got it.
            if not target.exists():
                await sources.get(model.id, file, target, done)
            before += file.size_bytes
            done(file.size_bytes, before=before - file.size_bytes)
        self.put(model, begun)

    def put(self, model: Model, complete: Path) -> None:
        """Take a folder with all files of a model, checked, into the shelf."""
        receipt = {"id": model.id, "licence": model.licence, "upstream": model.upstream, "files": _hashes(model)}
        (complete / RECEIPT).write_text(json.dumps(receipt, indent=1), "utf-8")
        place = self.folder / model.id
        if place.exists():
            outdated = complete.with_name(complete.name + ".outdated")
            shutil.rmtree(outdated, ignore_errors=True)
            place.rename(outdated)
            complete.rename(place)
            shutil.rmtree(outdated)
        else:
            complete.rename(place)

    def _require_room(self, models: Iterable[Model]) -> None:
        needed = _ROOM_FACTOR * sum(model.size_bytes for model in models)
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise Unavailable(
                f"{self.folder} has {megabytes(free)} free, and {megabytes(needed)} are needed to fetch these models. "
                "Make room, or name another folder with --models-dir.",
                status="no_room",
            )

    # Checking and clearing

    async def verify(self, models: Iterable[Model]) -> list[Damage]:
        """Read every byte of the models that are here; what is not as the list says."""
        return [
            damage
            for model in models
            if (self.folder / model.id).exists()
            for damage in await asyncio.to_thread(self._damages, model)
        ]

    def _damages(self, model: Model) -> list[Damage]:
        return list(self._look_for_damages(model))

    def _look_for_damages(self, model: Model) -> Iterator[Damage]:
        if self._receipt(model.id) != _hashes(model):
            yield Damage(model.id, RECEIPT, "is not this version's: pull the model again")
        for file in model.files:
            path = self.folder / model.id / file.name
            if not path.is_file():
                yield Damage(model.id, file.name, "is missing")
            elif path.stat().st_size != file.size_bytes:
                yield Damage(model.id, file.name, f"has {path.stat().st_size} bytes instead of {file.size_bytes}")
            elif digest_of(path) != file.sha256:
                yield Damage(model.id, file.name, "has other bytes than it should")

    async def drop(self, model_ids: Iterable[str]) -> None:
        """Take models off the shelf, so that the next pull fetches them anew."""
        async with self.changing():
            for model_id in model_ids:
                await asyncio.to_thread(shutil.rmtree, self.folder / model_id, ignore_errors=True)

    async def prune(self, keep: Iterable[Model]) -> list[Removed]:
        """Remove everything but some models: begun pulls, models this version does not know, the others."""
        async with self.changing():
            kept = {model.id for model in keep} | {_LOCK}
            removed = [_removed(path) for path in sorted(self.folder.iterdir()) if path.name not in kept]
            for one in removed:
                await asyncio.to_thread(_remove, self.folder / one.name)
            return removed

    @asynccontextmanager
    async def changing(self) -> AsyncGenerator[None]:
        """Only one process changes the folder at a time; the others wait."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("w")
        except OSError as error:
            raise Problem(f"{self.folder} cannot be written: {error.strerror}.", status="models_not_writable") from None
        with lock:
            await asyncio.to_thread(_lock, lock)
            yield


def megabytes(count: int) -> str:
    """A size for people."""
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def _hashes(model: Model) -> dict[str, str]:
    return {file.name: file.sha256 for file in model.files}


def _lock(file: IO[str]) -> None:
    fcntl.flock(file, fcntl.LOCK_EX)


def _removed(path: Path) -> Removed:
    files = path.rglob("*") if path.is_dir() else [path]
    return Removed(path.name, sum(file.stat().st_size for file in files if file.is_file()))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
