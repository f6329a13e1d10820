"""The callers: one process, one loop, one clock for all of them. Prints JSON lines: when it measures, and what it saw.

    python -m bench.calls.generator '{"port": 9000, "path": "/v1/convai/conversation?agent_id=...", "calls": 10}'

Every caller sends one frame in every frame's length. Callers are spread evenly over that length, so that the server
never gets all frames at one moment. A row is worth something only if this process kept its own time: `lag_ms` (99th
percentile of how late its clock ticked, under 5) and `processor` (its share of a core, under 0.8) say so.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

import uvloop

from bench import _load
from bench.calls import scenario
from bench.calls.caller import Caller, Habit, Voice
from bench.calls.tally import Tally, distribution, percentile

LATEST_MS = 5.0
BUSIEST = 0.8
GOLDEN = 0.6180339887
AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Rest:
    """Requests to the HTTP API of the same server meanwhile."""

    key: str
    per_second: float
    gets: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Load:
    """What is asked of a server."""

    port: int
    path: str
    calls: int
    habit: Habit = "turns"
    chunk_ms: int = 20
    calls_per_second: float = 10.0
    warm_seconds: float = 5.0
    seconds: float = 20.0
    short_calls: int = 0
    """With the habit `short`: so many calls one after the other, `calls` at a time."""
    rest: Rest | None = None

    @classmethod
    def read(cls, text: str) -> "Load":
        """From what `text` wrote."""
        given = json.loads(text)
        rest = given.pop("rest", None)
        return cls(**given, rest=_rest(rest) if rest else None)

    def text(self) -> str:
        """As an argument of the process."""
        return json.dumps(asdict(self))


def _rest(given: dict[str, Any]) -> Rest:
    return Rest(given["key"], given["per_second"], tuple(given["gets"]), tuple(given["patches"]))


class Generator:
    """All callers of one run."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._voice = Voice.of(load.habit, load.chunk_ms)
        self._tally = Tally()
        self._tick_seconds = 0.004 if load.chunk_ms == 20 else 0.005
        self._slots: list[list[Caller]] = [[] for _ in range(round(load.chunk_ms / 1000 / self._tick_seconds))]
        self._placed = 0
        self._callers: list[Caller] = []
        self._calling = set[asyncio.Task[None]]()
        self._lags: list[float] = []
        self._over = asyncio.Event()
        self._stopped = False

    async def run(self) -> dict[str, Any]:
        """Everything; returns what was seen."""
        pacing = asyncio.create_task(self._pace())
        requests = asyncio.create_task(self._ask_rest())
        await self._ramp()
        await asyncio.sleep(self._load.warm_seconds)
        self._measure(True)
        began, used = time.perf_counter(), time.process_time()
        await self._hold()
        seconds = time.perf_counter() - began
        processor = (time.process_time() - used) / seconds
        self._measure(False)
        alive = sum(not caller.is_over for caller in self._callers)
        self._stopped = True
        await pacing
        for caller in self._callers:
            caller.hang_up()
        answers = await requests
        return {
            **self._tally.told(),
            "alive": alive,
            "seconds": round(seconds, 2),
            "path_ms": self._path_ms(),
            "rest_ms": distribution(answers),
            "generator": self._generator(processor),
        }

    def _path_ms(self) -> float:
        return scenario.path_ms(self._load.chunk_ms, self._voice.question.trailing_silence_ms)

    def _generator(self, processor: float) -> dict[str, Any]:
        lag = percentile(self._lags, 99) or 0.0
        return {
            "lag_ms": distribution(self._lags),
            "processor": round(processor, 3),
            "valid": lag < LATEST_MS and processor < BUSIEST,
        }

    def _measure(self, on: bool) -> None:
        self._tally.is_measuring = on
        if on:
            self._lags.clear()
        say({"phase": "measuring" if on else "measured"})

    async def _hold(self) -> None:
        if self._load.short_calls:
            await self._over.wait()
        else:
            await asyncio.sleep(self._load.seconds)

    # Calls

    async def _ramp(self) -> None:
        for _ in range(min(self._load.calls, self._load.short_calls or self._load.calls)):
            await self._call()
            await asyncio.sleep(1 / self._load.calls_per_second)

    async def _call(self) -> None:
        self._placed += 1
        address = f"127.0.0.1:{self._load.port}"

        def caller() -> Caller:
            return Caller(address, self._load.path, self._voice, self._tally, self._done)

        try:
            _, made = await asyncio.get_running_loop().create_connection(caller, "127.0.0.1", self._load.port)
        except OSError:
            self._tally.count("unconnected")
            self._done(False)
            return
        self._callers.append(made)
        self._slots[int(self._placed * GOLDEN * len(self._slots)) % len(self._slots)].append(made)

    def _call_soon(self) -> None:
        calling = asyncio.create_task(self._call())
        self._calling.add(calling)
        calling.add_done_callback(self._calling.discard)

    def _done(self, was_answered: bool) -> None:
        """A call is over; where many short ones are wanted, the next one begins. Who was refused tries again later."""
        if not self._load.short_calls:
            return
        if not was_answered:
            self._placed -= 1
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._call_soon)
        elif self._placed < self._load.short_calls:
            self._call_soon()
        elif all(caller.is_over for caller in self._callers):
            self._over.set()

    # Time

    async def _pace(self) -> None:
        began, ticks = time.perf_counter(), 0
        while not self._stopped:
            due = began + ticks * self._tick_seconds
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            now = time.perf_counter()
            self._lags.append((now - due) * 1000)
            slot = self._slots[ticks % len(self._slots)]
            for caller in slot:
                caller.tick(now)
            if slot and ticks % 512 < len(self._slots):
                slot[:] = [caller for caller in slot if not caller.is_over]
            ticks += 1

    # The HTTP API beside

    async def _ask_rest(self) -> list[float]:
        """Requests at a steady pace for as long as calls are measured."""
        rest = self._load.rest
        if rest is None:
            return []
        kinds = [
            *(_load.request("GET", path, rest.key) for path in rest.gets),
            *(_load.request("PATCH", path, rest.key, {"name": "Busy"}) for path in rest.patches),
        ]
        return await _load.steady(
            f"http://127.0.0.1:{self._load.port}", cycle(kinds), per_second=rest.per_second, until=lambda: self._stopped
        )


def say(what: dict[str, Any]) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    say({"phase": "over", **uvloop.run(Generator(Load.read(sys.argv[1])).run())})
