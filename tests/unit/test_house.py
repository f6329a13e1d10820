"""What must not be in the repository: promises of later work, places on somebody's machine, waiting in tests."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LATER = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
WAITING = re.compile(r"(?<!pg_)\bsleep\((?!0\))")  # sleep(0) only lets others run
COSTLY_CLASS = re.compile(r"@dataclass\(frozen=True, slots=True")
HOST_OF_A_REGISTRY = re.compile(r"registry\.npmjs|pypi\.org/simple|files\.pythonhosted|registry\.yarnpkg")
PLACE_ON_A_MACHINE = re.compile(r"(?<![\w.])/(root|home/[a-z]+|Users/[a-zA-Z]+|work|opt/pypi)/")
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-[A-Za-z0-9]{32,}|\bghp_[A-Za-z0-9]{30,}|\bAKIA[0-9A-Z]{16}\b"
)
LARGEST_BYTES = 2_000_000
LONGEST_LINE = 2_000  # beyond it a file is a bundle of somebody else's


def tracked(*patterns: str) -> Iterator[Path]:
    """The files of the repository: tracked, or new and not ignored."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
    done = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("these tests look at a git clone")
    for name in filter(None, done.stdout.split("\0")):
        if (path := REPOSITORY / name).is_file() and path != Path(__file__):
            yield path


def lines_with(expression: re.Pattern[str], paths: Iterator[Path]) -> list[str]:
    """Where it stands, as `file:line: text`, in files that people wrote."""
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(_text(path).splitlines(), 1)
        if len(line) <= LONGEST_LINE and expression.search(line)
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_nothing_is_left_for_later() -> None:
    assert lines_with(LATER, tracked("src/*", "tooling/*")) == []


def test_no_test_waits_for_time_to_pass() -> None:
    assert lines_with(WAITING, tracked("tests/*.py")) == []


def test_frozen_classes_are_those_that_are_declared_quickly() -> None:
    assert lines_with(COSTLY_CLASS, (path for path in tracked("src/*.py") if path.name != "frozen.py")) == []


def test_nothing_names_a_package_registry() -> None:
    assert lines_with(HOST_OF_A_REGISTRY, tracked()) == []


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    assert lines_with(PLACE_ON_A_MACHINE, tracked()) == []


def test_no_secret_is_committed() -> None:
    assert lines_with(SECRET, tracked("src/*", "docs/*", "requirements/*", "*.toml", "*.yaml", "*.yml")) == []


def test_no_large_file_is_committed() -> None:
    assert [str(path) for path in tracked() if path.stat().st_size > LARGEST_BYTES] == []


def test_the_npm_lock_has_hashes_and_no_host() -> None:
    for lock in tracked("*package-lock.json"):
        text = lock.read_text("utf-8")
        assert '"resolved"' not in text, lock
        assert text.count('"integrity"') == text.count('"node_modules/'), lock


@pytest.mark.parametrize("bad", ["x = 1  # TODO later", "raise NotImplementedError", "# FIXME"])
def test_a_promise_of_later_work_is_noticed(bad: str) -> None:
    assert LATER.search(bad)


def test_waiting_is_noticed_and_yielding_is_not() -> None:
    assert WAITING.search("await asyncio.sleep(0.1)")
    assert WAITING.search("time.sleep(1)")
    assert not WAITING.search("await asyncio.sleep(0)")
    assert not WAITING.search("SELECT pg_sleep(60)")
