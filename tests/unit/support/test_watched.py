"""Coverage watches what is new, and what is not watched is run all the same."""

import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import sys
import pytest
from hypothesis import given, strategies

COLLECTED_WATCHED = sys.gettrace() is not None

def test_collecting():
    assert COLLECTED_WATCHED is {collected}

@pytest.mark.parametrize("value", range(4))
def test_values(value):
    assert (sys.gettrace() is not None) is (value < 2)

@given(value=strategies.booleans())
def test_chance(value):
    assert sys.gettrace() is None

def test_after_them():
    assert sys.gettrace() is not None
"""


@pytest.mark.parametrize(("process", "collected"), [("gw0", True), ("gw1", False)])
def test_a_function_is_watched_with_its_first_values(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, process: str, collected: bool
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", process)
    pytester.makepyfile(TESTS.replace("{collected}", str(collected)))
    pytester.makeconftest("import sys\nfrom tests.support.watched import *\nsys.settrace(lambda *_: None)\n")
    pytester.syspathinsert(Path(__file__).parents[3])
    watcher = sys.gettrace()
    try:
        done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:cov")
    finally:
        sys.settrace(watcher)
    done.assert_outcomes(passed=7)
