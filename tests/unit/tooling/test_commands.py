"""`./dev` as a person meets it: what it says, and its exit status."""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tooling import commands
from tooling.commands import COMMANDS
from tooling.steps import REPOSITORY


def dev(*arguments: str, path: str = os.environ["PATH"], **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        [REPOSITORY / "dev", *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder to be the whole PATH: the few commands that the script itself uses."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "sh"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_help_names_every_command() -> None:
    told = dev("help")
    assert told.returncode == 0
    for name, command in COMMANDS.items():
        assert f"./dev {name}" in told.stdout
        assert command.__doc__
        assert command.__doc__ in told.stdout


def test_an_unknown_command_is_an_error_with_a_remedy() -> None:
    told = dev("tets")
    assert told.returncode == 1
    assert told.stderr == "dev: there is no command 'tets'; ./dev help lists them\n"


def test_without_a_new_enough_python_it_names_what_to_install(bare_path: Path) -> None:
    program(bare_path / "python3", "exit 0")  # a Python too old for us prints nothing
    program(bare_path / "apt-get", "exit 1")
    told = dev("help", path=str(bare_path), VIVAVOCE_PYTHON="")
    assert told.returncode == 1
    assert "Python 3.11 or newer is needed" in told.stderr
    assert "sudo apt-get install python3 python3-venv" in told.stderr


def test_a_python_elsewhere_can_be_named(bare_path: Path, tmp_path: Path) -> None:
    program(tmp_path / "elsewhere", f'exec {shutil.which("python3")} "$@"')
    told = dev("help", path=f"{bare_path}:/usr/bin:/bin", VIVAVOCE_PYTHON=str(tmp_path / "elsewhere"))
    assert told.returncode == 0


def test_it_works_from_any_folder_and_through_a_path_with_spaces(tmp_path: Path) -> None:
    clone = tmp_path / "a clone"
    clone.mkdir()
    shutil.copy(REPOSITORY / "dev", clone)
    shutil.copytree(REPOSITORY / "tooling", clone / "tooling")
    told = subprocess.run([clone / "dev", "help"], cwd="/", capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_a_measurement_that_does_not_exist_is_named() -> None:
    told = dev("bench", "nothing-of-the-kind")
    assert told.returncode == 1
    assert "there is no measurement 'nothing-of-the-kind'" in told.stderr


def test_every_command_of_the_program_runs_from_a_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[list[str]]()
    monkeypatch.setattr(commands, "python_environment", Path)
    monkeypatch.setattr(commands, "replace_process", lambda command, _: done.append([*map(str, command)]))
    monkeypatch.setattr(commands.dashboard, "build_if_changed", lambda: done.append(["build"]))
    program = ["runtime/bin/python", "-P", "-m", "vivavoce"]
    assert commands.main(["vivavoce", "talk", "--text"]) == 0
    assert done == [[*program, "talk", "--text"]]
    assert commands.main(["serve", "--port", "0"]) == 0
    assert done[1:] == [["build"], [*program, "serve", "--port", "0"]]


WORKS_FOR_EVER = """
import sys
sys.path.insert(0, sys.argv[1])
from tooling import commands
from tooling.steps import do

def endless(_arguments):
    do("working", ["sh", "-c", f"exec 3>{sys.argv[2]}; echo up >&3; exec cat {sys.argv[3]}"], remedy="None.")

commands.COMMANDS = {"endless": endless}
sys.exit(commands.main(["endless"]))
"""


def test_what_works_for_it_ends_when_it_is_told_to_end(tmp_path: Path) -> None:
    said, never = tmp_path / "said", tmp_path / "never"
    for pipe in (said, never):
        os.mkfifo(pipe)
    ours = subprocess.Popen([sys.executable, "-c", WORKS_FOR_EVER, REPOSITORY, said, never])
    with said.open() as heard:
        assert heard.readline() == "up\n"
        ours.terminate()
        ours.wait()
        assert select.select([heard], [], [], 10)[0], "the step outlived ./dev"
        assert heard.read() == ""
    assert ours.returncode == 128 + signal.SIGTERM
