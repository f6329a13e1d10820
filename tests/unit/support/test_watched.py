"""Coverage watches what is new, and what is not watched is run all the same."""

import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import sys
import pytest
from hypothesis import given, strategies

@pytest.mark.parametrize("value", range(4))
def test_values(value):
    assert (sys.gettrace() is not None) is (value < 2)

@given(value=strategies.booleans())
def test_chance(value):
    assert sys.gettrace() is None

def test_after_them():
    assert sys.gettrace() is not None
"""


def test_a_function_is_watched_with_its_first_values(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    pytester.makeconftest("import sys\nfrom tests.support.watched import *\nsys.settrace(lambda *_: None)\n")
    pytester.syspathinsert(Path(__file__).parents[3])
    watcher = sys.gettrace()
    try:
        done = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:cov")
    finally:
        sys.settrace(watcher)
    done.assert_outcomes(passed=6)
