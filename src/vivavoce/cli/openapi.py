"""`vivavoce openapi`: the description of the API, as this version serves it."""

from typing import Annotated

import typer

from vivavoce.base.errors import Problem


def command(
    output: Annotated[str, typer.Option("--output", "-o", help="A file to write to; - is the terminal.")] = "-",
) -> None:
    """Print the OpenAPI document of this version. No server and no data folder is needed."""
    from pathlib import Path

    from vivavoce.api.openapi import committed_document

    text = committed_document().decode()
    if output == "-":
        print(text, end="")
        return
    try:
        Path(output).write_text(text, "utf-8")
    except OSError as error:
        raise Problem(f"{output} cannot be written: {error.strerror}.") from None
