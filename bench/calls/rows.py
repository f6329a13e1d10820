"""One server under one load: starts both, watches the server while the callers are measured, and makes a row of it.

A row is a flat JSON object. `name` and `side` say what it is, `valid` whether the callers kept their own time; what the
callers saw is there under the names of `tally.py`. On top of that:

    added_ms          voice to voice minus the path of fixed delays (`scenario.path_ms`)
    above_voice_ms    first audio after connecting, minus the voice's own delay
    first_call_ms     the same of the very first call after the start
    cpu_percent       of one core, per call that was taken
    memory_mb         per call: the most while measured minus what the idle server had
    kept              threads, files, sockets and MB after all calls are over, minus before
    complaints        lines that ours wrote to its log meanwhile, warnings and worse
    neighbours        how much of the server's core went to other programs
    waited            for how long the server's threads were ready and had no core, per second
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.support.servers import KEY

from bench import _report
from bench.calls import machine, scenario
from bench.calls.generator import Load, Rest
from bench.calls.servers import Side, SideName, Wishes, call_api, running
from bench.calls.tally import distribution

Row = dict[str, Any]

WATCH_SECONDS = 1.0
LEFT_SECONDS = 15.0
"""So long a server may take to put everything away after the last call."""


@dataclass(frozen=True)
class Plan:
    """A row that is to be measured."""

    name: str
    side: SideName
    load: Load
    wishes: Wishes = field(default_factory=Wishes)
    rest_per_second: float = 0.0
    rehearsal: Load | None = None
    """Calls before the ones that count, so that what a server keeps for good is not taken for a leak."""


def measure(plan: Plan, *, realtime: bool) -> Row:
    """The row."""
    with running(plan.side, plan.wishes, realtime=realtime) as side:
        if plan.rehearsal is not None:
            _call(side, plan.rehearsal, realtime=realtime)
            _wait_until_put_away(side)
        before = side.usage()
        seen, watch = _call(side, _with_rest(plan, side), realtime=realtime)
        lags = side.loop_lags_ms()
        if plan.rehearsal is not None:
            _wait_until_put_away(side, before)
        return {
            "name": plan.name,
            "side": plan.side,
            "profile": plan.wishes.profile,
            "calls": plan.load.calls,
            "chunk_ms": plan.load.chunk_ms,
            "habit": plan.load.habit,
            "ready_seconds": side.ready_seconds,
            **_latencies(seen),
            **watch.figures(seen["alive"] or plan.load.calls, before),
            **_kept(before, side.usage()),
            "complaints": len(side.complaints()),
            "first_complaints": side.complaints()[:3],
            "loop_lag_ms": distribution(lags),
            "valid": seen["generator"]["valid"],
            **seen,
        }


def _latencies(seen: Row) -> Row:
    return {
        "added_ms": _minus(seen["voice_to_voice_ms"], seen["path_ms"]),
        "above_voice_ms": _minus(seen["first_audio_ms"], scenario.FIRST_BYTE_MS),
        "first_call_ms": None if seen["first_ms"] is None else round(seen["first_ms"] - scenario.FIRST_BYTE_MS, 1),
    }


def _minus(times: Row, ms: float) -> Row:
    return {name: value if name == "n" or value is None else round(value - ms, 2) for name, value in times.items()}


def _with_rest(plan: Plan, side: Side) -> Load:
    """The load, with agents to read and change if requests are to be made meanwhile."""
    if not plan.rest_per_second or side.server is None:
        return replace(plan.load, path=side.path, port=side.port)
    agents = "/v1/convai/agents"
    made = [
        call_api(side.server.address, "POST", f"{agents}/create", {"name": f"Idle {number}", "conversation_config": {}})
        for number in range(40)
    ]
    paths = [f"{agents}/{each['agent_id']}" for each in made]
    rest = Rest(KEY, plan.rest_per_second, gets=(*paths[:34], *[agents] * 4), patches=tuple(paths[36:]))
    return replace(plan.load, path=side.path, port=side.port, rest=rest)


# The callers


def _call(side: Side, load: Load, *, realtime: bool) -> "tuple[Row, Watch]":
    load = replace(load, path=side.path, port=side.port)
    command = [*machine.pinned(machine.CALLERS_CORE, realtime=realtime), sys.executable, "-m", "bench.calls.generator"]
    watch = Watch(side)
    with subprocess.Popen(
        [*command, load.text()], cwd=_report.REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as callers:
        assert callers.stdout is not None
        for line in callers.stdout:
            told = json.loads(line)
            match told["phase"]:
                case "measuring":
                    watch.start()
                case "measured":
                    watch.stop()
                case _:
                    return told, watch
    raise RuntimeError(f"the callers ended with status {callers.returncode}")


class Watch:
    """Looks at a server's processes while its callers are measured."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._began = self._ended = 0.0
        self._first: machine.Usage | None = None
        self._last: machine.Usage | None = None
        self._busy = 0.0
        self._most_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """From now on."""
        self._first, self._began = self._side.usage(), time.perf_counter()
        self._busy = machine.busy_seconds(machine.SERVER_CORE)
        self._thread.start()

    def stop(self) -> None:
        """Up to now."""
        self._last, self._ended = self._side.usage(), time.perf_counter()
        self._busy = machine.busy_seconds(machine.SERVER_CORE) - self._busy
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            now = self._side.usage()
            self._most_mb = max(self._most_mb, now.memory_mb if now else 0.0)

    def figures(self, calls: int, before: machine.Usage | None) -> Row:
        """Processor and memory, for the server and for each call."""
        if self._first is None or self._last is None or before is None:
            names = ("cpu_cores", "cpu_percent", "idle_mb", "memory_mb", "neighbours", "waited")
            return dict.fromkeys(names)
        seconds = self._ended - self._began
        used = self._last.cpu_seconds - self._first.cpu_seconds
        most_mb = max(self._most_mb, self._last.memory_mb)
        return {
            "cpu_cores": round(used / seconds, 3),
            "cpu_percent": round(100 * used / seconds / calls, 2),
            "idle_mb": before.memory_mb,
            "memory_mb": round((most_mb - before.memory_mb) / calls, 3),
            "waited": round((self._last.waited_seconds - self._first.waited_seconds) / seconds, 3),
            "neighbours": round(max(0.0, self._busy - used) / seconds, 3) if machine.can_pin() else None,
        }


# What is left


def _wait_until_put_away(side: Side, before: machine.Usage | None = None) -> None:
    """Until the server uses no more than before, or has stopped changing, or for as long as it may take."""
    give_up_at = time.monotonic() + LEFT_SECONDS
    latest = side.usage()
    while time.monotonic() < give_up_at:
        time.sleep(WATCH_SECONDS)
        now = side.usage()
        if now is None or (_is_back(now, before) if before else _things(now) == _things(latest)):
            return
        latest = now


def _things(usage: machine.Usage | None) -> tuple[int, ...]:
    return (usage.threads, usage.files, usage.sockets) if usage else ()


def _is_back(now: machine.Usage, before: machine.Usage) -> bool:
    return all(new <= old for new, old in zip(_things(now), _things(before), strict=True))


def _kept(before: machine.Usage | None, after: machine.Usage | None) -> Row:
    if before is None or after is None:
        return {"kept": None}
    old, new = asdict(before), asdict(after)
    return {"kept": {name: round(new[name] - old[name], 2) for name in ("threads", "files", "sockets", "memory_mb")}}


@contextmanager
def told(plan: Plan) -> Iterator[None]:
    """Says on the terminal what is being measured, because a row takes half a minute."""
    began = time.perf_counter()
    sys.stderr.write(f"  {plan.name:<14} {plan.side:<8} {plan.load.calls:>4} calls ... ")
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(f"{time.perf_counter() - began:.0f} s\n")
