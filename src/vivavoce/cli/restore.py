"""`vivavoce restore FILE`: a backup into an empty installation."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from vivavoce.cli._options import ConfigFile, DataDir, settings_from


def command(
    file: Annotated[Path, typer.Argument(help="A file that `vivavoce backup` wrote.")],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Fill an empty data folder or database from a backup. An installation that is there is left alone."""
    from vivavoce.cli.serve import prepare_data_dir
    from vivavoce.opening import restore_from

    settings = settings_from(data_dir, config)
    prepare_data_dir(settings)
    asyncio.run(restore_from(file, settings, progress=lambda line: print(f"  {line}")))
    print(f"Restored into {settings.data_dir}. Start it with: vivavoce serve --data-dir {settings.data_dir}")
