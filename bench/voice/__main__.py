"""`./dev bench voice`: measures, shows, keeps; the exit status says whether everything was as expected."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bench.voice
from bench import _figures, _report
from bench.voice import figures, hearing, models, publishing, speaking, talking
from bench.voice.models import Missing
from bench.voice.verdicts import Verdict, verdicts

CALLS_PER_CORE = 12
ATTEMPTS = 2
"""So often a row is measured if it is not valid the first time. Those that are not are kept beside it."""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    sentences: int
    one_turns: int
    crowd_turns: int
    attempts: int


WHOLE = Extent(sentences=12, one_turns=30, crowd_turns=10, attempts=ATTEMPTS)
QUICK = Extent(sentences=3, one_turns=5, crowd_turns=2, attempts=1)


class Parts:
    """What can be measured, by its name."""

    def __init__(self, extent: Extent, *, first: bool) -> None:
        self._extent = extent
        self._first = first
        self._clips = cache(lambda: hearing.clips(extent.sentences))

    def named(self) -> dict[str, Callable[[], Any]]:
        """In the order of a run."""
        return {
            "stack": self._stack,
            "voices": lambda: speaking.rows(self._extent.sentences),
            "ears": lambda: hearing.ours(self._clips()),
            "peers": lambda: hearing.peers(self._clips()),
            "one": lambda: self._talk("one", 1, self._extent.one_turns, one_core=False),
            "crowd": lambda: self._talk("crowd", CALLS_PER_CORE, self._extent.crowd_turns, one_core=True),
        }

    def _talk(self, name: str, callers: int, turns: int, *, one_core: bool) -> Any:
        discarded: list[Any] = []
        while True:
            row = talking.row(name, callers, turns, one_core=one_core, first=self._first)
            if row["valid"] or len(discarded) + 1 >= self._extent.attempts:
                return row | {"discarded": discarded}
            print(f"  {name} is not valid ({'; '.join(row['objections'])}), and is measured once more ...", flush=True)
            discarded.append(row)

    def _stack(self) -> Any:
        with models.alone() as folder:
            command = [sys.executable, "-m", "bench.voice.stack", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_report.REPOSITORY)
        if done.returncode != 0:
            raise Missing(f"the speech stack could not be loaded: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    """Everything, or what was asked for."""
    options = _options()
    extent = QUICK if options.quick else WHOLE
    models.pull()
    if not options.quick:
        with suppress(Missing):
            models.pull(models.BETTER)
    results: dict[str, Any] = {}
    missing: dict[str, str] = {}
    measured: dict[str, Any] = {}
    for name, measure in Parts(extent, first=not options.shared).named().items():
        if options.only and name not in options.only:
            continue
        print(f"  {name} ...", flush=True)
        try:
            results[name] = measure()
        except Missing as why:
            missing[name] = str(why)
            print(f"  no {name}: {why}")
        else:
            measured[name] = {"at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "commit": _report.commit()}
            print(f"  {name}: {json.dumps(results[name])[:600]}", flush=True)
            for why in results[name].get("objections", ()) if isinstance(results[name], dict) else ():
                print(f"  {name} is not valid: {why}", flush=True)
    met = verdicts(results)
    kept = {
        **results,
        "measured": measured,
        "extent": asdict(extent),
        "machine": {"cores": os.cpu_count(), "processor": _processor(), "first": not options.shared},
        "missing": missing,
        "verdicts": [asdict(verdict) for verdict in met],
        "valid": all(map(publishing.is_valid, results.values())),
    }
    earlier = publishing.kept(_report.FOLDER)
    show(met)
    print(f"\n  {_report.write('voice', kept)}")
    if options.publish:
        _publish(kept, earlier)
    return 0 if all(verdict.met for verdict in met) else 1


def _publish(run: publishing.Results, earlier: Sequence[publishing.Results]) -> None:
    page = publishing.page(run, earlier)
    if page.lacking:
        names = " ".join(page.lacking)
        print(
            f"  Not published: there is nothing valid of {names}. To measure that alone, and publish it with the rest:"
        )
        print(f"  ./dev bench voice --only {names} --publish")
        return
    _figures.publish("voice", figures.section(page.results, verdicts(page.results)))
    print(f"  Published in {_figures.PAGE.relative_to(_report.REPOSITORY)}.")


def show(met: Sequence[Verdict]) -> None:
    """What was expected, and what came of it."""
    lines = [["", "expected", "found", ""]]
    lines += [[each.what, each.target, each.found, "PASS" if each.met else "FAIL"] for each in met]
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    print()
    for line in lines:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="./dev bench voice", description=(bench.voice.__doc__ or "").splitlines()[0])
    names = list(Parts(QUICK, first=False).named())
    parser.add_argument("--quick", action="store_true", help="a smaller run")
    parser.add_argument("--only", choices=names, nargs="+", help="some parts")
    parser.add_argument(
        "--publish", action="store_true", help="write the figures into the docs, as far as they are valid"
    )
    parser.add_argument(
        "--shared", action="store_true", help="without precedence on its core: kinder to others, open to their noise"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
