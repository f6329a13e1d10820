"""The dashboard in a headless Chromium: how fast pages are there, and how smoothly long ones scroll.

    ./dev bench page             100,000 conversations, some minutes
    ./dev bench page --quick     fewer of them and fewer rounds; shows whether something went wrong
    ./dev bench page --publish   writes the figures into docs/reference/figures.md
    ./dev bench page --postgresql  on a PostgreSQL of its own, not on SQLite

Ours is `vivavoce serve` as people start it, with the built dashboard. The floor is an empty page in the same browser
and the same run: one with a heading and a link, and one that is as tall as a long list.

Expected, of the dashboard and of the talk page: interactive within a second of an empty cache, 200 kB of scripts for
it. Every later page is there within 200 ms of the click; scrolling drops at most 2 % more frames than the floor and
holds nothing up for a tenth of a second; a transcript of 2,000 turns is in the page as a whole. The exit status says
whether all of that was met.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop
from tests.contract.calling import QUESTION, CallServer, call_server
from tests.contract.javascript import node, node_modules
from tests.support import postgres

from bench import _figures, _report
from bench.page import figures, seed
from bench.page.verdicts import Verdict, is_valid, verdicts

HERE = Path(__file__).parent
TURNS = 2_000
AGENTS = 30


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    conversations: int
    rounds: int
    scroll_seconds: float


WHOLE = Extent(conversations=100_000, rounds=7, scroll_seconds=6.0)
QUICK = Extent(conversations=2_000, rounds=3, scroll_seconds=2.0)


@contextmanager
def _database(folder: str, on_postgresql: bool) -> Iterator[str]:
    if not on_postgresql:
        yield f"sqlite:///{folder}/vivavoce.db"
        return
    with postgres.running() as server:
        yield server.url()


def measure(extent: Extent, *, on_postgresql: bool) -> dict[str, Any]:
    """A server full of conversations, and what the browser finds."""
    chromium = os.environ.get("VIVAVOCE_CHROMIUM")
    if not chromium:
        raise SystemExit("There is no Chromium to measure with: ./dev bench finds one where it is installed.")
    with (
        tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as folder,
        _database(folder, on_postgresql) as url,
        call_server(Path(folder), database_url=url) as server,
    ):
        agent, long = _fill(server, url, extent)
        wanted = {"agent": agent, "long": long, "rounds": extent.rounds, "scrollSeconds": extent.scroll_seconds}
        setting = json.dumps({"address": server.address, "key": server.key, **wanted})
        command = [node(), HERE / "browse.cjs", node_modules(), chromium, setting]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout.splitlines()[-1])


def _fill(server: CallServer, url: str, extent: Extent) -> tuple[str, str]:
    """Agents, many conversations, and the newest one long; its agent and its id."""
    for number in range(AGENTS):
        server.agent({"name": f"Gardener {number:03}"})
    agent = server.agent({"name": "Front desk"})
    model = server.chatted(agent, QUESTION, "hello")
    began = time.perf_counter()
    uvloop.run(seed.grow(url, model, extent.conversations))
    _say(f"{extent.conversations:,} conversations written in {time.perf_counter() - began:.1f} s")
    long = server.chatted(agent, QUESTION, "hello")
    uvloop.run(seed.lengthen(url, long, TURNS))
    return agent, long


def main() -> int:
    """Measures, shows, keeps; 1 if something was not as expected."""
    parser = argparse.ArgumentParser(prog="./dev bench page", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller run")
    parser.add_argument("--publish", action="store_true", help="write the figures into the docs")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own, not on SQLite")
    options = parser.parse_args()
    extent = QUICK if options.quick else WHOLE
    results = {
        "extent": asdict(extent),
        "conversations": extent.conversations,
        "day": time.strftime("%Y-%m-%d"),
        "commit": _report.commit(),
        "machine": {"processor": _processor(), "cores": os.cpu_count()},
        "database": "PostgreSQL" if options.postgresql else "SQLite",
        **measure(extent, on_postgresql=options.postgresql),
    }
    met = verdicts(results)
    _show(met)
    valid = is_valid(results)
    _say(f"\n{_report.write('page', {**results, 'met': all(each.met for each in met), 'valid': valid})}")
    if not valid:
        _say("NOT VALID: other programs kept the machine busy, so that even an empty page was slow.")
    elif options.publish:
        _figures.publish("page", figures.section(results, met))
    return 0 if valid and all(each.met for each in met) else 1


def _show(met: Sequence[Verdict]) -> None:
    for each in met:
        _say(f"  {'ok ' if each.met else 'NOT'} {each.what:<66} expected {each.target:<18} found {each.found}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
