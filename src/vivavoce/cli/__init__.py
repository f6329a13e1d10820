"""The command line: one command, one file, found by itself.

A module here with a function `command` is the command of its name; one with a typer app `group` is a group of
commands. Modules import nothing heavy at their top, so that `vivavoce --help` stays instant. A `Problem` that
reaches `main` is printed as its sentence, without a traceback, and the exit status is 1.
"""

import gc
import importlib
import pkgutil
import sys
from typing import Annotated

import typer

from vivavoce import __version__
from vivavoce.base.errors import Problem

_SEEN_BY_EVERYONE = "A self-hostable platform for voice AI agents. `vivavoce serve` starts it."


def build(chosen: str | None = None) -> typer.Typer:
    """The command line with every command there is; the chosen one may take its time to complete its options."""
    app = typer.Typer(
        help=_SEEN_BY_EVERYONE,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_before_any_command)
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "group"):
            app.add_typer(module.group, name=found.name)
        else:
            if found.name == chosen and hasattr(module, "complete"):
                module.complete()
            app.command(found.name)(module.command)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"vivavoce {__version__}")
        raise typer.Exit


def _before_any_command(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    _ = version


def main() -> None:
    """The entry point of the `vivavoce` command."""
    # Loading makes a million objects that all stay; looking for garbage among them is a quarter of a short command.
    gc.set_threshold(200_000, 10, 10)
    try:
        build(next((word for word in sys.argv[1:] if not word.startswith("-")), None))(prog_name="vivavoce")
    except Problem as problem:
        print(f"vivavoce: {problem.message}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
