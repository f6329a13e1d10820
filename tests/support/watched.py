"""What coverage watches, which doubles the time of whatever it watches.

A test that runs with many values runs the same lines with each of them, and one that draws its values by chance does so
a hundred times over. So a function is watched with its first two sets of values (a database of each kind, in most), and
a property that hypothesis checks not at all, nor what is marked `unwatched`: lines are covered by examples. Everything
is run all the same. Each process of pytest-xdist collects all tests and imports all modules for it, which is watched in
the first one alone.
"""

import os
import sys
import threading
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

WATCHED_SETS = 2
WATCHED_PROCESSES = ("gw0", None)  # as pytest-xdist names them; None is a run without it
UNWATCHED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    seen: Counter[str] = Counter()
    for item in items:
        function = item.nodeid.partition("[")[0]
        seen[function] += 1
        by_chance = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        marked = item.get_closest_marker("unwatched") is not None
        item.stash[UNWATCHED] = by_chance or marked or seen[function] > WATCHED_SETS


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, Any, None]:
    if os.environ.get("PYTEST_XDIST_WORKER") in WATCHED_PROCESSES:
        yield
        return
    with unwatched_here():
        yield


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, None]:
    if not item.stash[UNWATCHED]:
        yield
        return
    with unwatched_here():
        yield


@contextmanager
def unwatched_here() -> Generator[None]:
    """This thread is not watched."""
    watcher = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(watcher)


@contextmanager
def unwatched() -> Generator[None]:
    """Threads that begin in the block are not watched either."""
    watcher = threading.gettrace()
    threading.settrace(None)  # pyright: ignore[reportArgumentType]
    try:
        yield
    finally:
        threading.settrace(watcher)  # pyright: ignore[reportArgumentType]
