"""The command line is found by itself, explained, documented, and quick to ask for help."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from vivavoce import cli

COMMANDS = get_command(cli.build(chosen="serve"))


def test_each_file_is_a_command() -> None:
    files = {path.stem for path in Path(cli.__file__).parent.glob("[!_]*.py")}
    assert set(COMMANDS.commands) == files


def test_every_command_and_option_is_explained() -> None:
    for name, command in _leaves(COMMANDS):
        assert command.help, f"{name} has no help"
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help, f"{name} {parameter.name} has no help"


def test_the_reference_is_what_the_commands_say() -> None:
    sys.path.insert(0, "docs")
    try:
        from generate_cli import page
    finally:
        sys.path.remove("docs")
    assert Path("docs/reference/cli.md").read_text("utf-8") == page(), "run ./dev docs"


@pytest.mark.parametrize("arguments", [["--help"], ["keys", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; sys.argv = ['vivavoce', *sys.argv[1:]]\n"
        "from vivavoce.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'fastapi', 'sqlalchemy', 'uvicorn', 'structlog'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _leaves(command: object, path: str = "") -> list[tuple[str, object]]:
    children = getattr(command, "commands", None)
    if children is None:
        return [(path, command)]
    return [leaf for name, child in children.items() for leaf in _leaves(child, f"{path} {name}")]
