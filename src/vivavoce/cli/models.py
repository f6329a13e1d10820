"""`vivavoce models`: the local models for ears, voices and the rest: fetched, checked, carried about, removed.

Nothing here needs a running server or an installation; a server takes up what it finds in the folder.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivavoce.base.errors import Malformed
from vivavoce.cli._options import ConfigFile, DataDir, settings_from

if TYPE_CHECKING:
    from vivavoce.storage.models.manifest import Model
    from vivavoce.storage.models.shelf import Shelf

group = typer.Typer(
    help="Local models: list, pull, verify, prune them, carry them to another machine.", no_args_is_help=True
)

Ids = Annotated[list[str] | None, typer.Argument(help="Models by id, from `vivavoce models list`.", show_default=False)]
Profile = Annotated[
    str | None, typer.Option(help="A set of models: small, default, quality or llm.", show_default=False)
]
ModelsDir = Annotated[Path | None, typer.Option(help="The folder of the models.", show_default=False)]


@group.command("list")
def list_models(
    profile: Profile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    models_dir: ModelsDir = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """List the models that this version can use, and which of them are here."""
    shelf = _shelf(data_dir, config, models_dir)
    models = _chosen(shelf, None, profile)
    if as_json:
        print(json.dumps([_facts(shelf, model) for model in models], indent=2))
        return
    rows = [("ID", "ROLE", "LANGUAGES", "LICENCE", "SIZE", "STATE"), *(_row(shelf, model) for model in models)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"\nThey lie in {shelf.folder}. `vivavoce models pull` fetches the default profile.")


@group.command()
def pull(
    model_ids: Ids = None,
    *,
    profile: Profile = None,
    again: Annotated[bool, typer.Option("--again", help="Fetch anew what is here already.")] = False,
    source: Annotated[
        str | None, typer.Option(help="A folder or address to try first, with ID/file in it.", show_default=False)
    ] = None,
    models_dir: ModelsDir = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Fetch models, check them, and put them where the server finds them. Goes on where an earlier pull broke off."""
    from vivavoce.opening import model_outbound
    from vivavoce.storage.models.meter import Meter
    from vivavoce.storage.models.shelf import megabytes

    settings = settings_from(data_dir, config, models_dir=models_dir, models_source=source)
    shelf = _shelf(data_dir, config, models_dir)
    models = _chosen(shelf, model_ids, profile or (None if model_ids else "default"))

    async def work() -> None:
        if again:
            await shelf.drop(model.id for model in models)
        async with model_outbound() as outbound:
            await shelf.pull(models, outbound, meter.show, own=settings.models_source)

    wanted = [model for model in models if again or shelf.state(model) != "here"]
    if not wanted:
        print(f"Everything is here already: {_names(models)}.")
        return
    print(f"Fetching {_names(wanted)}: {megabytes(sum(model.size_bytes for model in wanted))}.")
    meter = Meter()
    asyncio.run(work())
    meter.end()
    print(f"Ready in {shelf.folder}: {_names(models)}.")


@group.command()
def verify(
    model_ids: Ids = None, models_dir: ModelsDir = None, data_dir: DataDir = None, config: ConfigFile = None
) -> None:
    """Read every byte of the models that are here and compare it with what it should be."""
    shelf = _shelf(data_dir, config, models_dir)
    # Also those that nobody would load, because what says that they are whole is gone or of another version.
    models = [model for model in _chosen(shelf, model_ids, None) if model_ids or (shelf.folder / model.id).exists()]
    absent = [model.id for model in models if not (shelf.folder / model.id).exists()]
    damages = asyncio.run(shelf.verify(models))
    for damage in damages:
        print(f"{damage.model_id}/{damage.file_name} {damage.what}")
    if absent:
        print(f"Not here: {', '.join(absent)}.")
    if damages:
        print(f"Mend it: vivavoce models pull --again {' '.join(dict.fromkeys(each.model_id for each in damages))}")
    if damages or absent:
        sys.exit(1)
    print(f"All good: {_names(models)}." if models else "No models are here yet. `vivavoce models pull` fetches some.")


@group.command()
def prune(
    profile: Profile = None, models_dir: ModelsDir = None, data_dir: DataDir = None, config: ConfigFile = None
) -> None:
    """Remove pulls that were never finished and models this version does not know; with --profile all others too."""
    from vivavoce.storage.models.shelf import megabytes

    shelf = _shelf(data_dir, config, models_dir)
    removed = asyncio.run(shelf.prune(_chosen(shelf, None, profile)))
    for one in removed:
        print(f"removed {one.name} ({megabytes(one.size_bytes)})")
    if not removed:
        print("There was nothing to remove.")


@group.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    model_ids: Ids = None,
    *,
    profile: Profile = None,
    models_dir: ModelsDir = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Write models that are here into one file, for a machine without a network."""
    from vivavoce.storage.models.archive import export_models

    shelf = _shelf(data_dir, config, models_dir)
    models = _chosen(shelf, model_ids, profile)
    if not model_ids and profile is None:
        models = [model for model in models if shelf.state(model) == "here"]
    if not models:
        raise Malformed("No models are here yet. `vivavoce models pull` fetches some.")
    asyncio.run(export_models(shelf, models, file, progress=lambda name: print(f"  {name}")))
    print(f"{file}: {_names(models)}.")


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `vivavoce models export` wrote.")],
    models_dir: ModelsDir = None,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Take the models of an export in, each file checked."""
    from vivavoce.storage.models.archive import import_models

    shelf = _shelf(data_dir, config, models_dir)
    taken = asyncio.run(import_models(shelf, file, progress=lambda name: print(f"  {name}")))
    print(f"Ready in {shelf.folder}: {', '.join(taken)}.")


def _shelf(data_dir: Path | None, config: Path | None, models_dir: Path | None) -> "Shelf":
    from vivavoce.opening import model_shelf

    return model_shelf(settings_from(data_dir, config, models_dir=models_dir))


def _chosen(shelf: "Shelf", model_ids: Sequence[str] | None, profile: str | None) -> Sequence["Model"]:
    """The models that were named, by themselves or by their profile; all of them if none were."""
    if model_ids and profile:
        raise Malformed("Name models or a profile, not both.")
    if model_ids:
        return [shelf.manifest.model(model_id) for model_id in dict.fromkeys(model_ids)]
    return shelf.manifest.profile(profile) if profile else list(shelf.manifest.models.values())


def _facts(shelf: "Shelf", model: "Model") -> dict[str, Any]:
    return {
        "id": model.id,
        "role": model.role,
        "title": model.title,
        "languages": list(model.languages),
        "licence": model.licence,
        "upstream": model.upstream,
        "size_bytes": model.size_bytes,
        "state": shelf.state(model),
        "profiles": [name for name, members in shelf.manifest.profiles.items() if model.id in members],
    }


def _row(shelf: "Shelf", model: "Model") -> tuple[str, ...]:
    from vivavoce.storage.models.shelf import megabytes

    languages = "many" if list(model.languages) == ["*"] else ", ".join(model.languages[:4])
    more = ", ..." if len(model.languages) > 4 else ""
    return (model.id, model.role, languages + more, model.licence, megabytes(model.size_bytes), shelf.state(model))


def _names(models: Iterable["Model"]) -> str:
    return ", ".join(model.id for model in models)
