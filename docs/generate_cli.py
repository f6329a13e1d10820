"""Writes docs/reference/cli.md from the commands themselves. Run by `./dev docs`."""

from pathlib import Path

import typer
from typer.main import get_command

from vivavoce.cli import build

PAGE = Path(__file__).parent / "reference" / "cli.md"
HEAD = """# Command line

Generated from `src/vivavoce/cli/` by `./dev docs`; change the words there.

Every command takes its settings from flags, variables and the settings file: see [settings](settings.md).
"""


def page() -> str:
    """The whole page."""
    command = get_command(build(chosen="serve"))
    return HEAD + "".join(_sections(command, "vivavoce"))


def _sections(command: object, path: str) -> list[str]:
    children = getattr(command, "commands", None)
    if children is None:
        return [_section(command, path)]
    return [section for name in sorted(children) for section in _sections(children[name], f"{path} {name}")]


def _section(command: object, path: str) -> str:
    words = [path, *(_argument(each) for each in command.params if each.param_type_name == "argument")]
    rows = [_row(each) for each in command.params if each.name != "help"]
    table = "\n| | |\n|---|---|\n" + "".join(rows) if rows else ""
    return f"\n## `{' '.join(words)}`\n\n{_one_line(command.help)}\n{table}"


def _argument(parameter: object) -> str:
    name = parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def _row(parameter: object) -> str:
    if parameter.param_type_name == "argument":
        shown = parameter.name.upper()
    else:
        shown = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return f"| `{shown}` | {_one_line(parameter.help)} |\n"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    typer.echo(f"{PAGE.name}: {PAGE.write_text(page(), 'utf-8')} characters")
