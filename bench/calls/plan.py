"""Which rows a run has.

The ladder of a side is climbed until it breaks: a step is held if its 99th percentile of added latency stays under
250 ms and nobody was missed. The most calls of a step that was held are the side's capacity; a call that was clearly
refused is none of them, and ends the ladder. Everything else is measured once, at 50 calls or at a number that makes it
readable; the overload offers ours twice its capacity.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.calls import scenario
from bench.calls.generator import Load
from bench.calls.rows import Plan, Row
from bench.calls.servers import SideName, Wishes

SLOWEST_MS = 250.0
MOST_UNDERRUNS = 0.01
"""Of all replies."""
REHEARSED = 2
"""So many times as many short calls come before those that are counted: each of the database's connections keeps up to
1 MB of pages, and while these fill memory grows."""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    ladders: Mapping[SideName, Sequence[int]]
    main: int
    """The number of calls at which sides are compared."""
    chunks_ms: Sequence[int]
    chunk_calls: int
    seconds: float
    disturbed_seconds: float
    disturbed_calls: int
    short_calls: int
    warm_seconds: float = 5.0
    names: Sequence[str] = ()
    """The rows that are measured; none are all."""
    rest_per_second: float = 200.0


WHOLE = Extent(
    ladders={
        "ours": (1, 10, 25, 50, 100, 150, 200),
        "livekit": (10, 25, 50, 100),
        "pipecat": (10, 20, 25, 50),
        "floor": (10, 25, 50, 100),
    },
    main=50,
    chunks_ms=(25, 100, 250),
    chunk_calls=25,
    seconds=16.0,
    disturbed_seconds=30.0,
    disturbed_calls=10,
    short_calls=1000,
)
QUICK = Extent(
    ladders={"ours": (25,), "livekit": (25,), "pipecat": (), "floor": (25,)},
    main=25,
    chunks_ms=(250,),
    chunk_calls=10,
    seconds=14.0,
    disturbed_seconds=18.0,
    disturbed_calls=5,
    short_calls=100,
    warm_seconds=2.0,
    names=("ladder", "cough", "mhm", "short calls"),
)


class Run:
    """All rows of a side, or those that are named, in order: later ones depend on earlier ones."""

    def __init__(
        self, extent: Extent, side: SideName, measure: Callable[[Plan], Row | None], names: Sequence[str] = ()
    ) -> None:
        self._extent = extent
        self._names = names
        self._side: SideName = side
        self._measure = measure

    def rows(self) -> Iterator[Row]:
        """Every row, as it is measured."""
        capacity = 0
        for row in self._climb() if self._wants("ladder") else ():
            capacity = max(capacity, held(row))
            yield row
        for plan in self._others(capacity):
            if self._wants(plan.name) and (row := self._measure(plan)) is not None:
                yield row

    def _others(self, capacity: int) -> Iterator[Plan]:
        if self._side != "floor":
            calls = self._extent.disturbed_calls
            yield Plan("turn model", self._side, self._load(calls), Wishes(profile="default"))
        if self._side == "ours":
            yield from self._of_ours(capacity)

    def _wants(self, name: str) -> bool:
        names = self._names or self._extent.names
        return not names or name in names

    def _climb(self) -> Iterator[Row]:
        for calls in self._extent.ladders[self._side]:
            row = self._measure(Plan("ladder", self._side, self._load(calls)))
            if row is None:
                return
            yield row
            if held(row) < calls and (calls >= self._extent.main or self._side != "ours"):
                return

    def _of_ours(self, capacity: int) -> Iterator[Plan]:
        extent = self._extent
        for chunk_ms in extent.chunks_ms:
            yield Plan(f"chunks {chunk_ms}", "ours", self._load(extent.chunk_calls, chunk_ms=chunk_ms))
        yield Plan("speculative", "ours", self._load(extent.main), Wishes(speculative=True))
        yield Plan("cough", "ours", self._disturbed("cough"))
        hums = Wishes(lines=(scenario.QUESTION, *self._hums()), least_speech_ms=scenario.INTERIM_MS)
        yield Plan("mhm", "ours", self._disturbed("mhm"), hums)
        yield Plan("beside REST", "ours", self._load(extent.main), rest_per_second=extent.rest_per_second)
        rehearsal = self._short(REHEARSED * extent.short_calls)
        yield Plan("short calls", "ours", self._short(extent.short_calls), rehearsal=rehearsal)
        yield Plan("overload", "ours", self._load(2 * max(capacity, extent.main), calls_per_second=20.0))

    def _load(self, calls: int, *, chunk_ms: int = 20, calls_per_second: float = 10.0) -> Load:
        return Load(
            0,
            "",
            calls,
            chunk_ms=chunk_ms,
            calls_per_second=calls_per_second,
            warm_seconds=self._extent.warm_seconds,
            seconds=self._extent.seconds,
        )

    def _disturbed(self, habit: str) -> Load:
        extent = self._extent
        assert habit in ("cough", "mhm")
        return Load(0, "", extent.disturbed_calls, habit=habit, seconds=extent.disturbed_seconds)

    def _short(self, calls: int) -> Load:
        return Load(0, "", min(15, calls), habit="short", warm_seconds=0.0, short_calls=calls)

    def _hums(self) -> Iterator[str]:
        """After the first question and its undisturbed reply, every reply is hummed into."""
        for _ in range(50):
            yield scenario.QUESTION
            yield scenario.BACK_CHANNEL


def held(row: Row) -> int:
    """How many calls a server held: those that it took, if all of them were held well."""
    return row["alive"] if _holds(row) else 0


def _holds(row: Row) -> bool:
    added = row["added_ms"]["p99"]
    return (
        row["valid"]
        and added is not None
        and added < SLOWEST_MS
        and row["alive"] + row["refused"] == row["calls"]
        and not any(row[what] for what in ("missed_turns", "missed_interruptions", "lost", "silent", "unconnected"))
        and row["underrun_ms"]["n"] <= MOST_UNDERRUNS * max(1, row["replies"])
    )
