"""The wheel: everything that a running server needs, and nothing that must be compiled or fetched later."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
list(WheelBuilder(".").build(directory=sys.argv[1]))
"""


def package_name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip())[0]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_what_an_isolated_build_hides_is_not_hidden_from_the_dashboard_s_build(tmp_path: Path) -> None:
    told = tmp_path / "told"
    customised = f"import sys\nif any(each.endswith('tooling') for each in sys.orig_argv): open({str(told)!r}, 'w')\n"
    (tmp_path / "sitecustomize.py").write_text(customised)
    command = [sys.executable, "-c", BUILD, str(tmp_path / "out")]
    surroundings = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=REPOSITORY, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not told.exists()


def test_it_is_for_every_machine(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_it_carries_every_file_of_the_package(wheel: Path) -> None:
    sources = REPOSITORY / "src"
    files = (path for path in (sources / "vivavoce").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert {str(path.relative_to(sources)) for path in files} - packed == set()


def test_it_names_its_licence_and_its_command(unpacked: Path) -> None:
    information = next(unpacked.glob("*.dist-info"))
    assert "License-Expression: Apache-2.0" in (information / "METADATA").read_text()
    assert (information / "licenses" / "LICENSE").exists()
    assert "vivavoce = vivavoce.__main__:main" in (information / "entry_points.txt").read_text()


def test_the_command_works_from_anywhere(unpacked: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(unpacked), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from vivavoce.__main__ import main; main()", "--help"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_it_requires_is_what_is_locked(unpacked: Path) -> None:
    metadata = next(unpacked.glob("*.dist-info")) / "METADATA"
    required = {
        package_name(line.removeprefix("Requires-Dist: "))
        for line in metadata.read_text().splitlines()
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    }
    asked = {
        package_name(line)
        for line in (REPOSITORY / "requirements" / "runtime.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    assert required == asked
