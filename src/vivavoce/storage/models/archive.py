"""Models in one file: carried to a machine without a network on whatever can carry a file.

The file is a plain tar (model files do not compress) of `ID/file` for each model. On the way in every file is checked
against the list like one from anywhere else; what the list does not name is refused.
"""

import asyncio
import shutil
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from vivavoce.base.errors import Conflict, Invalid, NotFound, Problem
from vivavoce.storage.models.manifest import Model, ModelFile
from vivavoce.storage.models.shelf import PULLING, Shelf
from vivavoce.storage.models.sources import digest_of

Named = Callable[[str], None]


async def export_models(shelf: Shelf, models: Sequence[Model], target: Path, progress: Named) -> None:
    """Write models that are here into one file, which must not exist yet."""
    missing = [model.id for model in models if shelf.state(model) != "here"]
    if missing:
        raise NotFound(f"Not on this machine yet: {', '.join(missing)}. Pull first.", status="model_not_here")
    async with shelf.changing():
        await asyncio.to_thread(_write, shelf, models, target, progress)


def _write(shelf: Shelf, models: Sequence[Model], target: Path, progress: Named) -> None:
    if target.exists():
        raise Conflict(f"{target} exists already; name another file.", status="file_exists")
    part = target.with_name(target.name + ".part")
    try:
        with tarfile.open(part, "w") as archive:
            for model in models:
                progress(model.id)
                for file in model.files:
                    archive.add(shelf.folder / model.id / file.name, f"{model.id}/{file.name}", recursive=False)
        part.replace(target)
    except OSError as error:
        raise Problem(f"{target} cannot be written: {error.strerror}.", status="export_not_written") from None
    finally:
        part.unlink(missing_ok=True)


async def import_models(shelf: Shelf, source: Path, progress: Named) -> Sequence[str]:
    """Put the models of a file on the shelf; their ids."""
    async with shelf.changing():
        return await asyncio.to_thread(_read, shelf, source, progress)


def _read(shelf: Shelf, source: Path, progress: Named) -> Sequence[str]:
    with _opened(source) as archive:
        try:
            models = _models_in(shelf, archive)
            for model in models:
                progress(model.id)
                _take(shelf, archive, model)
        except tarfile.TarError as error:
            raise _no_export(source, error) from None
        except OSError as error:
            raise Problem(
                f"{shelf.folder} cannot hold the models: {error.strerror or error}. Make room, or name another folder "
                "with --models-dir.",
                status="models_not_writable",
            ) from None
    return [model.id for model in models]


def _opened(source: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(source, "r:")
    except tarfile.TarError as error:
        raise _no_export(source, error) from None
    except OSError as error:
        raise Problem(f"{source} cannot be read: {error.strerror or error}.", status="import_not_readable") from None


def _no_export(source: Path, error: tarfile.TarError) -> Problem:
    return Problem(f"{source} is no export of models: {error}.", status="import_not_readable")


def _models_in(shelf: Shelf, archive: tarfile.TarFile) -> Sequence[Model]:
    """Whose files they are. Every name must be one of the list, so none can lead out of the folder."""
    models = [shelf.manifest.model(id) for id in dict.fromkeys(name.split("/")[0] for name in archive.getnames())]
    known = {f"{model.id}/{file.name}" for model in models for file in model.files}
    strange = [member.name for member in archive if member.name not in known or not member.isfile()]
    if strange:
        raise Invalid(("file",), f"{strange[0][:80]!r} in this file belongs to no model that this version knows.")
    lacking = known - set(archive.getnames())
    if lacking:
        raise Invalid(("file",), f"This file lacks {min(lacking)}: it was not written to its end.")
    return models


def _take(shelf: Shelf, archive: tarfile.TarFile, model: Model) -> None:
    begun = shelf.folder / PULLING / model.id
    shutil.rmtree(begun, ignore_errors=True)
    for file in model.files:
        target = begun / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _take_file(archive, f"{model.id}/{file.name}", file, target)
    shelf.put(model, begun)


def _take_file(archive: tarfile.TarFile, name: str, file: ModelFile, target: Path) -> None:
    source = archive.extractfile(name)
    assert source is not None
    with source, target.open("wb") as written:
        shutil.copyfileobj(source, written)
    if digest_of(target) != file.sha256:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise Invalid(("file",), f"{name} in this file is damaged: its SHA-256 is not the expected one.")
