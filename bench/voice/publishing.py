"""What the page of figures shows of each part: the newest figures that are valid, with the run they are from.

A whole run takes a quarter of an hour, and a machine that is lent by a hypervisor may stall in any minute of it. So
what was not valid is measured anew by itself, and is published with the other parts of earlier runs:

    ./dev bench voice --publish               crowd is not valid: not published, and the run is kept
    ./dev bench voice --only crowd --publish  crowd of this run, the others of the one before; the page names both

- A row that is not valid is never published, and a page without one of the parts neither.
- Runs of another extent or another machine are not mixed in.
- Parts that are compared with each other come from one run.
- Whether a figure is good has no part in the choice.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Results = Mapping[str, Any]

GROUPS = (("stack",), ("voices", "ears", "peers"), ("one",), ("crowd",))
"""Parts that come from one run."""
OPTIONAL = frozenset({"peers"})
"""What cannot be measured everywhere."""
PARTS = tuple(name for group in GROUPS for name in group)


@dataclass(frozen=True)
class Page:
    """The figures of a page, or what is lacking for one."""

    results: Results
    lacking: Sequence[str] = ()


def page(run: Results, earlier: Sequence[Results]) -> Page:
    """Of this run, and where that has nothing valid, of the newest earlier one that has. `earlier` is newest first."""
    parts: dict[str, Any] = {}
    measured: dict[str, Any] = {}
    for group in GROUPS:
        for source in _sources(group, run, earlier):
            for name in group:
                if name in source:
                    parts[name], measured[name] = source[name], source["measured"][name]
            break
    lacking = [name for name in PARTS if name not in parts and name not in OPTIONAL]
    return Page({"machine": run["machine"], "measured": measured, **parts}, lacking)


def _sources(group: Sequence[str], run: Results, earlier: Sequence[Results]) -> Iterator[Results]:
    """Runs that have these parts; those that have all of them first."""
    alike = [run, *(each for each in earlier if _is_like(each, run))]
    fitting = [each for each in alike if _has(each, [name for name in group if name not in OPTIONAL])]
    yield from sorted(fitting, key=lambda each: not _has(each, group))


def _is_like(earlier: Results, run: Results) -> bool:
    same = all(earlier.get(name) == run[name] for name in ("extent", "machine"))
    return same and "measured" in earlier


def _has(run: Results, names: Sequence[str]) -> bool:
    return all(name in run and is_valid(run[name]) for name in names)


def is_valid(part: Any) -> bool:
    """Whether its figures say something. What has no callers always does."""
    return not isinstance(part, Mapping) or bool(part.get("valid", True))


def kept(folder: Path) -> list[Results]:
    """The runs that are kept there, newest first."""
    files = sorted(folder.glob("bench-voice-2*.json"), reverse=True)
    return [json.loads(file.read_text("utf-8")) for file in files]
