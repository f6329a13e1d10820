"""In which order tests begin: first those that wait for browsers, for whole servers and for what breaks them.

They take minutes and little of the processor, so they run beside all the others. At the end there are small tests
alone, of which pytest-xdist gives each process as many as it has time for.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FIRST = ("dashboard", "e2e", "faults")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.path))


def place(path: Path) -> int:
    """Where a file's tests stand among the others; those of one place keep their order."""
    folder = path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) else ""
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
