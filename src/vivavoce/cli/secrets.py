"""`vivavoce secrets`: the keys that stored secrets are sealed with, changed on the machine itself."""

import asyncio
from typing import Annotated

import typer

from vivavoce.cli._options import ConfigFile, DataDir, settings_from

group = typer.Typer(help="Stored secrets: change the keys they are sealed with.", no_args_is_help=True)


@group.callback()
def _group() -> None:
    """Without this, a group of one command would be that command."""


@group.command()
def rotate(
    master_key: Annotated[
        bool, typer.Option("--master-key", help="Make a new master key too, in the data folder's key file.")
    ] = False,
    data_dir: DataDir = None,
    config: ConfigFile = None,
) -> None:
    """Seal with new keys from now on. What is stored is sealed anew by a job. The server may run meanwhile."""
    from vivavoce.app import rotate_keys

    count = asyncio.run(rotate_keys(settings_from(data_dir, config), master_key=master_key))
    if master_key:
        print("There is a new master key. Make a backup: older ones hold the key of their time.")
    print(f"{count} workspaces have a new data key." if count != 1 else "One workspace has a new data key.")
    if count:
        print("A server seals what they have stored anew two minutes from now, or when it next runs.")
