"""`vivavoce backup FILE`: everything into one file, while the server runs."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from vivavoce.cli._options import ConfigFile, DataDir, settings_from


def command(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Write a backup of everything into one file. The server may run meanwhile. The file holds secrets."""
    from vivavoce.opening import back_up_into

    manifest = asyncio.run(
        back_up_into(file, settings_from(data_dir, config), progress=lambda line: print(f"  {line}"))
    )
    rows = sum(manifest.rows.values())
    print(f"{file}: {rows} rows, {manifest.blobs} blobs, {file.stat().st_size / 1024:.0f} KiB")
    if not manifest.has_master_key:
        print("The key of the secrets comes from outside (master_key) and is not in it: keep that too.")
