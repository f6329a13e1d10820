"""The API beside a floor: create, get, list and patch of agents over loopback HTTP, on SQLite and on PostgreSQL.

    ./dev bench api                          both databases, 5,000 agents, lists up to 100,000
    ./dev bench api --quick                  a smaller run that shows whether something went wrong
    ./dev bench api --database sqlite

Ours is `vivavoce serve` as people start it. The floor (`_floor.py`) is a bare FastAPI application in a process of its
own that reads the same rows of the same database. The two take turns, round by round, and the ratio of a round is what
counts; the median of all rounds is reported.

Expected: get and list reach at least half of the floor's throughput; list stays flat from 100 to 100,000 agents; the
idle server's processes share less than 150 MB (PSS); `vivavoce --help` answers within 0.4 s. The exit status says
whether all of that was met.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import uvloop
from tests.support.postgres import running as running_postgres
from tests.support.servers import KEY, RunningServer, serving

from bench import _report
from bench._agents import agent_body, size_bytes
from bench._crowd import grow_to
from bench._load import Measured, load, request

LEAST_RATIO = 0.5
FLATTEST = 1.5
MOST_IDLE_MB = 150.0
LONGEST_HELP_SECONDS = 0.4
AGENTS_PATH = "/v1/convai/agents"


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    agents: int
    crowd: int
    rounds: int
    per_round: int
    connections: int


WHOLE = Extent(agents=5000, crowd=100_000, rounds=9, per_round=1000, connections=16)
QUICK = Extent(agents=500, crowd=5000, rounds=3, per_round=200, connections=16)


@dataclass(frozen=True)
class Side:
    """Ours or the floor: where it is, and its processes."""

    address: str
    pids: list[int]

    def cpu_seconds(self) -> float:
        """What its processes have used of the processor so far; 0 where nobody says so."""
        try:
            stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids]
        except OSError:
            return 0.0
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Comparison:
    """One operation, ours and the floor's, in requests per second; medians over the rounds."""

    operation: str
    ours: float
    floor: float
    ratio: float
    ours_p50_ms: float
    ours_p99_ms: float
    floor_p50_ms: float
    floor_p99_ms: float
    ours_cpu_ms: float
    floor_cpu_ms: float

    @classmethod
    def of(cls, operation: str, rounds: list[tuple[Measured, Measured]]) -> "Comparison":
        def middle(value: Callable[[Measured], float], side: int) -> float:
            return round(statistics.median(value(pair[side]) for pair in rounds), 2)

        return cls(
            operation,
            middle(lambda m: m.per_second, 0),
            middle(lambda m: m.per_second, 1),
            round(statistics.median(ours.per_second / floor.per_second for ours, floor in rounds), 3),
            middle(lambda m: m.p50_ms, 0),
            middle(lambda m: m.p99_ms, 0),
            middle(lambda m: m.p50_ms, 1),
            middle(lambda m: m.p99_ms, 1),
            middle(lambda m: m.cpu_ms, 0),
            middle(lambda m: m.cpu_ms, 1),
        )


class Bench:
    """One database: ours and the floor, and what is asked of them."""

    def __init__(self, ours: Side, floor: Side, extent: Extent) -> None:
        self._ours = ours
        self._floor = floor
        self._extent = extent
        self._chance = random.Random(7)
        self._ids: list[str] = []
        self._floor_ids: list[str] = []

    async def _one(self, side: Side, requests: list[bytes], *, keep: bool = False) -> Measured:
        before = side.cpu_seconds()
        measured = await load(side.address, requests, connections=self._extent.connections, keep_bodies=keep)
        return replace(measured, cpu_seconds=side.cpu_seconds() - before)

    async def create(self, count: int) -> Comparison:
        """Creates agents on both sides, in as many rounds as the rest has."""
        rounds: list[tuple[Measured, Measured]] = []
        for part in range(self._extent.rounds):
            numbers = range(part * count // self._extent.rounds, (part + 1) * count // self._extent.rounds)
            requests = [request("POST", f"{AGENTS_PATH}/create", KEY, agent_body(number)) for number in numbers]
            ours = await self._one(self._ours, requests, keep=True)
            floor = await self._one(self._floor, requests, keep=True)
            self._ids += [orjson.loads(body)["agent_id"] for body in ours.bodies]
            self._floor_ids += [orjson.loads(body)["agent_id"] for body in floor.bodies]
            rounds.append((ours, floor))
        return Comparison.of("create", rounds)

    async def get(self) -> Comparison:
        """Reads agents by id."""

        def requests() -> list[bytes]:
            ids = self._chance.choices(self._ids, k=self._extent.per_round)
            return [request("GET", f"{AGENTS_PATH}/{id}", KEY) for id in ids]

        return await self._compare("get", requests, requests)

    async def list_page(self, name: str = "list") -> Comparison:
        """Reads the first page of the list."""

        def requests() -> list[bytes]:
            return [request("GET", AGENTS_PATH, KEY)] * (self._extent.per_round // 4)

        return await self._compare(name, requests, requests)

    async def patch(self) -> Comparison:
        """Changes agents."""

        def requests(ids: list[str]) -> list[bytes]:
            chosen = self._chance.sample(ids, k=min(len(ids), self._extent.per_round // 2))
            return [
                request("PATCH", f"{AGENTS_PATH}/{id}", KEY, {"name": f"Gardener {self._chance.random():.9f}"})
                for id in chosen
            ]

        return await self._compare("patch", lambda: requests(self._ids), lambda: requests(self._floor_ids))

    async def _compare(
        self, operation: str, ours: Callable[[], list[bytes]], floor: Callable[[], list[bytes]]
    ) -> Comparison:
        rounds: list[tuple[Measured, Measured]] = []
        for number in range(self._extent.rounds + 1):
            pair = await self._one(self._ours, ours()), await self._one(self._floor, floor())
            if number:  # the first round warms both up
                rounds.append(pair)
        return Comparison.of(operation, rounds)


async def measure(url: str, ours: Side, floor: Side, extent: Extent) -> list[Comparison]:
    """Everything on one database."""
    bench = Bench(ours, floor, extent)
    await bench.create(100)
    found = [await bench.list_page("list of 100")]
    found.append(await bench.create(extent.agents))
    found += [await bench.get(), await bench.list_page(f"list of {extent.agents + 100}"), await bench.patch()]
    await grow_to(url, extent.crowd)
    found.append(await bench.list_page(f"list of {extent.crowd}"))
    return found


@contextmanager
def running_floor(url: str) -> Generator[Side]:
    """The floor, for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench._floor", url], cwd=_report.REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Side(process.stdout.readline().strip(), [process.pid])
    finally:
        process.terminate()
        process.wait()


def bench_database(kind: str, extent: Extent) -> dict[str, Any]:
    """Ours and the floor on a new database of one kind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vivavoce-bench-")))
        if kind == "sqlite":
            url = f"sqlite:///{folder}/vivavoce.db"
        else:
            postgres = stack.enter_context(running_postgres())
            postgres.execute("CREATE DATABASE bench")
            url = postgres.url("bench")
        ours = stack.enter_context(serving(folder, url, "--requests-per-minute", "0"))
        idle_mb = memory_mb(ours)
        floor = stack.enter_context(running_floor(url))
        comparisons = uvloop.run(measure(url, Side(ours.address, ours.pids()), floor, extent))
        return {
            "idle_mb": idle_mb,
            "busy_mb": memory_mb(ours),
            "comparisons": [asdict(comparison) for comparison in comparisons],
        }


def memory_mb(server: RunningServer) -> float | None:
    """What the server's processes hold of memory, shared pages counted in shares; None where nobody says so."""
    try:
        lines = [line for pid in server.pids() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    except OSError:
        return None
    return round(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024, 1)


def help_seconds() -> float:
    """How long `vivavoce --help` takes; the median of some tries."""
    tries: list[float] = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "vivavoce", "--help"], stdout=subprocess.DEVNULL, check=True)
        tries.append(time.perf_counter() - began)
    return round(statistics.median(tries), 3)


def verdicts(results: dict[str, Any]) -> list[tuple[str, bool]]:
    """What was expected, and whether it was met."""
    found = [
        (
            f"vivavoce --help in {results['help_seconds']} s, expected {LONGEST_HELP_SECONDS}",
            results["help_seconds"] <= LONGEST_HELP_SECONDS,
        )
    ]
    for kind, measured in results["databases"].items():
        if measured["idle_mb"] is not None:
            told = f"{kind}: {measured['idle_mb']} MB when idle, expected {MOST_IDLE_MB}"
            found.append((told, measured["idle_mb"] <= MOST_IDLE_MB))
        lists = [row for row in measured["comparisons"] if row["operation"].startswith("list")]
        for row in measured["comparisons"]:
            if row["operation"] == "get" or row in lists:
                told = f"{kind}: {row['operation']} reaches {row['ratio']} of the floor, expected {LEAST_RATIO}"
                found.append((told, row["ratio"] >= LEAST_RATIO))
        stretch = round(lists[0]["ours"] / lists[-1]["ours"], 2)
        told = f"{kind}: the {lists[-1]['operation']} takes {stretch} times as long as the {lists[0]['operation']}"
        found.append((f"{told}, expected {FLATTEST}", stretch <= FLATTEST))
    return found


def show(kind: str, measured: dict[str, Any]) -> None:
    """The table for people."""
    print(f"\n{kind}   idle {measured['idle_mb']} MB, busy {measured['busy_mb']} MB")
    print("  operation             ours/s   floor/s   ratio    ours p50/p99 ms   floor p50/p99 ms   cpu ms of both")
    for row in measured["comparisons"]:
        ours, floor = (f"{row[f'{side}_p50_ms']:.1f} / {row[f'{side}_p99_ms']:.1f}" for side in ("ours", "floor"))
        rates = f"{row['ours']:>9.0f} {row['floor']:>9.0f} {row['ratio']:>7.2f}"
        used = f"{row['ours_cpu_ms']:.2f} / {row['floor_cpu_ms']:.2f}"
        print(f"  {row['operation']:<18} {rates} {ours:>18} {floor:>18} {used:>16}")


def main() -> int:
    """Measures, shows, keeps; 1 if something was not as expected."""
    parser = argparse.ArgumentParser(prog="./dev bench api", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--quick", action="store_true", help="a smaller run")
    options = parser.parse_args()
    extent = QUICK if options.quick else WHOLE
    results: dict[str, Any] = {
        "extent": asdict(extent),
        "body_bytes": size_bytes(),
        "help_seconds": help_seconds(),
        "databases": {},
    }
    for kind in options.database or ("sqlite", "postgresql"):
        measured = results["databases"][kind] = bench_database(kind, extent)
        show(kind, measured)
    met = verdicts(results)
    print()
    for told, fine in met:
        print(f"  {'ok ' if fine else 'NOT'} {told}")
    print(f"\n  {_report.write('api', {**results, 'met': all(fine for _, fine in met)})}")
    return 0 if all(fine for _, fine in met) else 1


if __name__ == "__main__":
    sys.exit(main())
