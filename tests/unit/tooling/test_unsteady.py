"""What fails twice is broken; what fails once is named and lets the change through."""

import os
import sys
from pathlib import Path

import pytest
from tooling.steps import REPOSITORY
from tooling.unsteady import FEW, passed_in_the_end

PYTEST = [sys.executable, "-P", "-m", "pytest", "-q", "-c", REPOSITORY / "pyproject.toml"]
BARE = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
ONCE = """
def test_loses_a_race_once():
    from pathlib import Path
    seen = Path(__file__).with_name("seen")
    first = not seen.exists()
    seen.touch()
    assert not first
"""
GOOD = "def test_good(): pass\n"


def verdict(folder: Path, text: str) -> bool:
    tests = folder / "test_some.py"
    tests.write_text(text)
    return passed_in_the_end([*PYTEST, f"--rootdir={folder}"], [tests], environment=BARE, folder=folder)


def test_what_passes_is_run_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert verdict(tmp_path, GOOD)
    assert "alone" not in capfd.readouterr().err


def test_what_loses_a_race_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert verdict(tmp_path, GOOD + ONCE)
    told = capfd.readouterr()
    assert "\n1 passed" in told.out
    assert told.err.splitlines()[-1].endswith("test_some.py::test_loses_a_race_once")


def test_what_fails_alone_is_broken(tmp_path: Path) -> None:
    assert not verdict(tmp_path, GOOD + "def test_bad(): assert False\n")


def test_what_fails_with_many_others_gets_no_second_look(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    many = "".join(
        ONCE.replace("once", f"once_{number}").replace("seen", f"seen_{number}") for number in range(FEW + 1)
    )
    assert not verdict(tmp_path, "".join(many))
    assert "alone" not in capfd.readouterr().err
