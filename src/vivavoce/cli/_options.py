"""What several commands share: their options, the way from them to the settings, a word about files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from vivavoce.settings import Settings

DataDir = Annotated[Path | None, typer.Option(help="The server's data folder.", show_default=False)]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.", show_default=False)]


def why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Why a file of text cannot be read, in words."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not text in UTF-8"


def settings_from(data_dir: Path | None, config: Path | None, **more: Any) -> "Settings":
    """The settings a command works with."""
    from vivavoce.settings import load

    return load({"data_dir": data_dir, **more}, config=config)
