"""What is expected of ours, and whether a run met it.

Each expectation has a figure that was set on a 2-core machine beside LiveKit Agents 1.8.9, Pipecat 1.14.0 and a floor.
Where it makes sense it has ratios to these, too, as they were on that machine; ratios within one run hold on any
machine. Met means: the figure was reached, or, on a machine that is slower than that one, a ratio was, to a side that
held the same number of calls. (One that broke under them shows nothing.) An expectation without a row that is valid is
not met.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.calls.plan import SLOWEST_MS, Extent, held
from bench.calls.rows import Row

LEAST_CAPACITY = 100
LEAST_CAPACITY_RATIO = 2.0
REFUSED_WITHIN_MS = 1000.0
MOST_CHANGE_MS = 10.0
LEAKED_MB = 1.0
TELLING_CALLS = 1000


@dataclass(frozen=True)
class Expectation:
    """A figure of a row of ours at the main number of calls: the most it may be, or how much of another side's."""

    told: str
    path: str
    most: float
    ratios: Mapping[str, float] = field(default_factory=dict[str, float])

    def target(self) -> str:
        """In words."""
        return " or ".join([f"{self.most:g}", *(f"{ratio:g} x {side}" for side, ratio in self.ratios.items())])


AT_MAIN: Sequence[Expectation] = (
    Expectation("added latency p50, ms", "added_ms.p50", 10, {"floor": 0.36}),
    Expectation("added latency p99, ms", "added_ms.p99", 60, {"livekit": 0.25, "floor": 0.83}),
    Expectation("speech onset to silence p50, ms", "silence_ms.p50", 120, {"livekit": 0.75, "floor": 1.0}),
    Expectation("speech onset to silence p99, ms", "silence_ms.p99", 150, {"livekit": 0.55, "floor": 1.23}),
    Expectation("stale chunks", "stale_chunks", 0),
    Expectation("audio with a closed id", "stale_ids", 0),
    Expectation("false interruptions", "false_interruptions", 0),
    Expectation("processor per call, % of a core", "cpu_percent", 0.8, {"livekit": 0.62, "floor": 1.1}),
    Expectation("memory per call, MB", "memory_mb", 0.5, {"livekit": 0.62}),
    Expectation("underruns", "underrun_ms.n", 0),
    Expectation("first audio above the voice's delay p50, ms", "above_voice_ms.p50", 10, {"livekit": 1.43}),
    Expectation("first audio above the voice's delay p99, ms", "above_voice_ms.p99", 50, {"livekit": 3.8}),
    Expectation("first call after the start, ms", "first_call_ms", 150),
)


@dataclass(frozen=True)
class Verdict:
    """One line of the table."""

    what: str
    target: str
    ours: str
    others: Mapping[str, str]
    met: bool
    by_ratio: bool = False

    def told(self) -> str:
        """PASS, PASS by ratio, or FAIL."""
        return ("PASS (ratio)" if self.by_ratio else "PASS") if self.met else "FAIL"


def verdicts(rows: Sequence[Row], extent: Extent) -> list[Verdict]:
    """Everything that was expected, in the order of the table in README.md."""
    return [
        _capacity(rows),
        *(_at_main(rows, extent, expectation) for expectation in AT_MAIN),
        *_speculative(rows),
        *_chunks(rows),
        *_disturbed(rows),
        *_beside_rest(rows, extent),
        *_short(rows),
        *_overload(rows),
    ]


def capacity(rows: Sequence[Row], side: str) -> int:
    """The most calls that a side held."""
    return max((held(row) for row in rows if row["side"] == side and _is(row, "ladder")), default=0)


def _capacity(rows: Sequence[Row]) -> Verdict:
    ours, sides = capacity(rows, "ours"), sorted({row["side"] for row in rows} - {"ours"})
    others = {side: capacity(rows, side) for side in sides}
    rival = others.get("livekit", 0)
    ratio = f", {LEAST_CAPACITY_RATIO:g} x LiveKit"
    return Verdict(
        f"calls per core (p99 < {SLOWEST_MS:g} ms, none missed)",
        f"{LEAST_CAPACITY}{ratio}",
        str(ours),
        {side: _at_least(rows, side, most) for side, most in others.items()},
        ours >= LEAST_CAPACITY and ours >= LEAST_CAPACITY_RATIO * rival,
    )


def _at_least(rows: Sequence[Row], side: str, most: int) -> str:
    """A capacity in words: nobody knows how much further a ladder goes that never broke."""
    steps = [row["calls"] for row in rows if row["side"] == side and _is(row, "ladder")]
    return f"{most} at least" if most and most == max(steps) else str(most)


def _at_main(rows: Sequence[Row], extent: Extent, expected: Expectation) -> Verdict:
    ladders = _ladders(rows)
    found = {side: _at(row, expected.path) for side, steps in ladders.items() if (row := steps.get(extent.main))}
    ours = found.get("ours")
    reached = ours is not None and ours <= expected.most
    duels = [] if reached else list(_duels(ladders, extent.main, expected))
    by_ratio = any(duel.is_won for duel in duels)
    main = ladders.get("ours", {}).get(extent.main)
    return Verdict(
        f"{expected.told}, {extent.main} calls",
        expected.target(),
        _told(ours),
        {
            **{side: _told(value) for side, value in found.items() if side != "ours"},
            **{duel.side: duel.told() for duel in duels},
        },
        (reached or by_ratio) and main is not None and main["valid"] and main["alive"] == extent.main,
        by_ratio,
    )


@dataclass(frozen=True)
class _Duel:
    """The same figure of ours and of another side, at a number of calls that both held."""

    side: str
    calls: int
    ours: float
    theirs: float
    is_won: bool

    def told(self) -> str:
        """Theirs, beside ours."""
        return f"{self.theirs:g}, ours {self.ours:g} ({self.calls} calls)"


def _duels(ladders: Mapping[str, Mapping[int, Row]], main: int, expected: Expectation) -> Iterator[_Duel]:
    mine = ladders.get("ours", {})
    for side, ratio in expected.ratios.items():
        theirs = ladders.get(side, {})
        both = [calls for calls in mine.keys() & theirs.keys() if calls <= main]
        fair = [calls for calls in both if all(row["valid"] and _is_full(row) for row in (mine[calls], theirs[calls]))]
        if not fair:
            continue
        calls = max(fair)
        ours, other = _at(mine[calls], expected.path), _at(theirs[calls], expected.path)
        if ours is not None and other is not None:
            yield _Duel(side, calls, ours, other, ours <= ratio * other)


def _ladders(rows: Sequence[Row]) -> Mapping[str, Mapping[int, Row]]:
    """Each side's steps, by their number of calls."""
    ladders: dict[str, dict[int, Row]] = {}
    for row in _named(rows, "ladder"):
        ladders.setdefault(row["side"], {})[row["calls"]] = row
    return ladders


def _speculative(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in _named(rows, "speculative"):
        added = row["added_ms"]["p50"]
        yield _simple(row, "added latency p50 with speculation, ms", "below 0", added, lambda value: value < 0)


def _chunks(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in rows:
        if row["name"].startswith("chunks"):
            what = f"added latency p99 with frames of {row['chunk_ms']} ms, ms"
            yield _simple(row, what, "60", row["added_ms"]["p99"], lambda value: value <= 60)


def _disturbed(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in rows:
        if row["name"] not in ("cough", "mhm"):
            continue
        wrong = {what: row[what] for what in ("cut_short", "torn", "inexact", "missed_turns") if row[what]}
        heard = f"{row['disturbed']} replies, {row['paused']} paused" + "".join(f", {n} {w}" for w, n in wrong.items())
        met = row["valid"] and row["disturbed"] > 0 and row["paused"] > 0 and not wrong
        yield Verdict(f"{row['name']}: the rest is heard exactly once", "every reply", heard, {}, met)


def _beside_rest(rows: Sequence[Row], extent: Extent) -> Iterator[Verdict]:
    alone = next((row for row in _named(rows, "ladder") if row["side"] == "ours" and row["calls"] == extent.main), None)
    for row in _named(rows, "beside REST"):
        before, after = alone and alone["added_ms"]["p99"], row["added_ms"]["p99"]
        change = round(after - before, 1) if before is not None and after is not None and _is_full(row) else None
        what = f"change of p99 beside {extent.rest_per_second:g} REST requests/s, ms"
        yield _simple(row, what, f"{MOST_CHANGE_MS:g}", change, lambda value: value <= MOST_CHANGE_MS)


def _short(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in _named(rows, "short calls"):
        kept = row["kept"] or {}
        things = {name: kept.get(name, 0) for name in ("threads", "files", "sockets")}
        failed = row["unclear"] + row["lost"] + row["silent"] + row["unconnected"]
        ours = ", ".join(f"{count:+d} {name}" for name, count in things.items())
        megabytes = kept.get("memory_mb", 0.0)
        # What a server keeps at first (pages of the database, for one) would look like a leak in a shorter run.
        is_flat = megabytes <= LEAKED_MB or row["admitted"] < TELLING_CALLS
        met = row["valid"] and not failed and all(count <= 0 for count in things.values()) and is_flat
        target = f"no thread, file, socket; {LEAKED_MB:g} MB of {TELLING_CALLS}"
        yield Verdict(
            f"left after {row['admitted']} short calls",
            target,
            f"{ours}, {megabytes:+.1f} MB, {failed} failed",
            {},
            met,
        )


def _overload(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in _named(rows, "overload"):
        added, latest = row["added_ms"]["p99"], row["refused_ms"]["max"]
        broken = row["lost"] + row["unclear"] + row["silent"] + row["missed_turns"] + row["missed_interruptions"]
        keeps = row["valid"] and added is not None and added < SLOWEST_MS and not broken
        clear = row["refused"] > 0 and latest is not None and latest <= REFUSED_WITHIN_MS
        told = f"{row['admitted']} kept, p99 {_told(added)}; "
        told += f"{row['refused']} refused within {_told(latest)}; {broken} broken"
        target = f"p99 < {SLOWEST_MS:g}, refused in {REFUSED_WITHIN_MS:g}, 0 broken"
        yield Verdict(f"{row['calls']} calls offered, ms", target, told, {}, keeps and clear)


def _simple(row: Row, what: str, target: str, value: float | None, is_met: Any) -> Verdict:
    return Verdict(what, target, _told(value), {}, row["valid"] and value is not None and is_met(value))


def _is_full(row: Row) -> bool:
    """Every call that was wanted was there, and held well."""
    return held(row) == row["calls"]


def _named(rows: Sequence[Row], name: str) -> list[Row]:
    return [row for row in rows if _is(row, name)]


def _is(row: Row, name: str) -> bool:
    return row["name"] == name and row["profile"] == "fast"


def _at(row: Row, path: str) -> float | None:
    value: Any = row
    for name in path.split("."):
        value = value[name] if value is not None else None
    return value


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
