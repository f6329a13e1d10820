"""`vivavoce reindex`: what documents are found by, derived anew, after an upgrade that derives it otherwise."""

import asyncio

import typer

from vivavoce.cli._options import ConfigFile, DataDir, settings_from


def command(data_dir: DataDir = None, config: ConfigFile = None) -> None:
    """Derive anew what lists, searches and references are read from. The server may run meanwhile."""
    from vivavoce.app import reindex

    done = asyncio.run(reindex(settings_from(data_dir, config), progress=lambda line: print(f"  {line}")))
    print(f"{done.seen} documents, {done.changed} of them had to be changed.")
    for kind, count in sorted(done.unknown.items()):
        typer.echo(f"{count} of a kind that this version does not know were left alone: {kind}", err=True)
