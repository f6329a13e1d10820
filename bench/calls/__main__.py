"""`./dev bench calls`: measures, shows, keeps; the exit status says whether everything was as expected."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import bench.calls
from bench import _report
from bench.calls import machine
from bench.calls.plan import QUICK, WHOLE, Run
from bench.calls.rows import Plan, Row, measure, told
from bench.calls.servers import SIDES, Missing
from bench.calls.verdicts import Verdict, capacity, verdicts


def main() -> int:
    """Everything."""
    options = _options()
    extent = QUICK if options.quick else WHOLE
    if options.calls:
        extent = replace(extent, ladders=dict.fromkeys(SIDES, options.calls), main=max(options.calls))
    missing: dict[str, str] = {}
    rows: list[Row] = []

    def measured(plan: Plan) -> Row | None:
        try:
            with told(plan):
                return measure(plan, realtime=not options.shared)
        except Missing as why:
            missing[plan.side if plan.name != "turn model" else f"{plan.side} with a turn model"] = str(why)
            sys.stderr.write(f"  no {plan.side}: {why}\n")
            return None

    with machine.awake():
        for side in options.only or SIDES:
            for row in Run(extent, side, measured, options.rows or ()).rows():
                rows.append(row)
                show_row(row)
    met = verdicts(rows, extent) if any(row["side"] == "ours" for row in rows) else []
    show(met, missing)
    kept = {
        "extent": asdict(extent),
        "machine": {"cores": os.cpu_count(), "pinned": machine.can_pin(), "realtime": not options.shared},
        "missing": missing,
        "capacity": {side: capacity(rows, side) for side in SIDES},
        "rows": rows,
        "verdicts": [{**asdict(verdict), "told": verdict.told()} for verdict in met],
        "valid": all(row["valid"] for row in rows),
    }
    print(f"\n  {_report.write('calls', kept)}")
    return 0 if all(verdict.met for verdict in met) else 1


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="./dev bench calls", description=(bench.calls.__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller run")
    parser.add_argument("--only", choices=SIDES, action="append", help="one side, or several")
    parser.add_argument("--calls", type=int, nargs="+", help="these steps of the ladder instead, for every side")
    parser.add_argument("--rows", nargs="+", metavar="NAME", help="only rows of this name, such as: ladder cough")
    parser.add_argument(
        "--shared", action="store_true", help="without the real-time class: kinder to others, open to their noise"
    )
    return parser.parse_args()


def show_row(row: Row) -> None:
    """A line for people."""
    times = " ".join(
        f"{name} {_pair(row[key])}"
        for name, key in (("added", "added_ms"), ("silence", "silence_ms"), ("first", "above_voice_ms"))
    )
    wrong = [f"{row[name]} {name}" for name in _WRONG if row.get(name)]
    flags = [] if row["valid"] else ["NOT VALID: the callers were late"]
    cost = f"cpu {row['cpu_percent']} % mem {row['memory_mb']} MB"
    print(f"  {row['name']:<14} {row['side']:<8} {row['calls']:>4}  {times}  {cost}  {', '.join(wrong + flags)}")
    sys.stdout.flush()


_WRONG = (
    "missed_turns",
    "missed_interruptions",
    "false_interruptions",
    "stale_chunks",
    "stale_ids",
    "lost",
    "refused",
    "unclear",
    "silent",
    "unconnected",
    "cut_short",
    "torn",
    "inexact",
    "complaints",
)


def _pair(times: Row) -> str:
    return "-" if times["p50"] is None else f"{times['p50']:.0f}/{times['p99']:.0f}"


def show(met: Sequence[Verdict], missing: Row) -> None:
    """The table: what was expected of ours, what came of it, and what the others did beside it."""
    if not met:
        return
    others = [side for side in SIDES if side != "ours" and side not in missing]
    heads = ["", "target", "ours", *others, ""]
    lines = [[v.what, v.target, v.ours, *(v.others.get(side, "") for side in others), v.told()] for v in met]
    widths = [max(len(line[place]) for line in [heads, *lines]) for place in range(len(heads))]
    print()
    for line in [heads, *lines]:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
