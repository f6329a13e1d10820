"""A run as tables: for a terminal, and for the page of figures in the docs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench import _figures
from bench.page.verdicts import Verdict

Results = Mapping[str, Any]


def section(results: Results, met: Sequence[Verdict]) -> str:
    """The section of the docs."""
    machine = results["machine"]
    return "\n\n".join(
        [
            "## The dashboard",
            f"Run of {results['day']}, version `{results['commit']}`, {machine['processor']}, {machine['cores']} "
            f"cores, Chromium {results['browser']}, {results['conversations']:,} conversations on "
            f"{results['database']}.",
            _figures.table(
                ["", "expected", "found", ""],
                [[each.what, each.target, each.found, "met" if each.met else "not met"] for each in met],
            ),
            "### First load, with an empty cache",
            _loads(results),
            "### From the click to the page",
            _pages(results),
            "### Scrolling",
            _scrolls(results),
        ]
    )


def _loads(results: Results) -> str:
    sides = results["first_load_ms"]
    rows = [
        ("first paint, ms", "painted"),
        ("interactive, ms", "interactive"),
    ]
    return _figures.table(
        ["p50 / worst", "dashboard", "talk page", "empty page"],
        [[told, *(_spread(sides[side][name]) for side in ("ours", "talk", "floor"))] for told, name in rows],
    )


def _pages(results: Results) -> str:
    return _figures.table(
        ["page", "p50 / worst, ms", "processor of its main thread, ms"],
        [[name, _spread(row), f"{row['processor_p50']:g}"] for name, row in results["pages_ms"].items()],
    )


def _scrolls(results: Results) -> str:
    names = ("dropped_percent", "longest_gap_ms", "long_tasks", "longest_task_ms", "frames", "nodes")
    heads = ["", "frames dropped, %", "longest gap, ms", "long tasks", "longest task, ms", "frames", "elements"]
    return _figures.table(
        heads, [[name, *(f"{row[each]:g}" for each in names)] for name, row in results["scrolls"].items()]
    )


def _spread(row: Mapping[str, float]) -> str:
    return f"{row['p50']:g} / {row['worst']:g}"
