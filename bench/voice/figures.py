"""A run as tables: for a terminal, and for the page of figures in the docs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench import _figures
from bench.voice.verdicts import Verdict

Results = Mapping[str, Any]


def section(results: Results, met: Sequence[Verdict]) -> str:
    """The section of the docs."""
    machine = results["machine"]
    parts = [
        "## Spoken calls offline",
        f"{machine['processor']}, {machine['cores']} cores.",
        _runs(results["measured"]),
        _figures.table(
            ["", "expected", "found", ""],
            [[each.what, each.target, each.found, "met" if each.met else "not met"] for each in met],
        ),
        *(["### From the end of a question to the answer", _calls(results)] if _rows(results) else []),
        *(["### Ears", _ears(results)] if results.get("ears") else []),
        *(["### Voices", _voices(results)] if results.get("voices") else []),
    ]
    return "\n\n".join(parts)


def _runs(measured: Mapping[str, Mapping[str, str]]) -> str:
    """Which part is of which run."""
    origins = {name: f"{origin['at']}, version `{origin['commit']}`" for name, origin in measured.items()}
    by_origin = {origin: [name for name in origins if origins[name] == origin] for origin in origins.values()}
    return "\n".join(f"- {', '.join(names)}: {origin}" for origin, names in by_origin.items())


def _rows(results: Results) -> list[Mapping[str, Any]]:
    return [results[name] for name in ("one", "crowd") if results.get(name)]


def _calls(results: Results) -> str:
    rows = _rows(results)
    heads = ["ms", *(f"{_counted(row['calls'], 'call')}, {_counted(row['cores'], 'core')}" for row in rows)]
    figures = [
        ("voice to voice p50 / p90 / p95", [_spread(row["voice_to_voice_ms"]) for row in rows]),
        ("compute after the end of the turn p50 / p90 / p95", [_spread(row["compute_ms"]) for row in rows]),
    ]
    stages = list(dict.fromkeys(name for row in rows for name in row["stages_ms"]))
    figures += [(f"{name}, p50", [_number(row["stages_ms"].get(name)) for row in rows]) for name in stages]
    figures += [
        (
            "answers counted / missed / too early / set aside, because the caller was held up",
            [f"{row['turns']} / {row['missed']} / {row['early']} / {len(row['disturbed_ms'])}" for row in rows],
        ),
        (
            "runs before this one that were not valid",
            [str(len(row["discarded"])) for row in rows],
        ),
        ("processor per call, % of a core", [_number(row["cpu_percent"]) for row in rows]),
        ("server's memory, MB", [_number(row["memory_mb"]) for row in rows]),
    ]
    return _figures.table(heads, [[name, *values] for name, values in figures])


def _ears(results: Results) -> str:
    rows = [*results["ears"], *(results.get("peers") or {}).get("ears", ())]
    lines = list(results["ears"][0]["wrong_percent"])
    table = _figures.table(
        ["ear", "processor for a sentence, ms", *(f"wrong words, {line}, %" for line in lines)],
        [
            [row["ear"], _number(row["cpu_ms"]["p50"]), *(_number(row["wrong_percent"].get(line)) for line in lines)]
            for row in rows
        ],
    )
    seconds = results["ears"][0]["seconds"]
    return f"A sentence has {seconds:g} s. All have the same weights, in int8, and a thread.\n\n{table}"


def _voices(results: Results) -> str:
    peer = (results.get("peers") or {}).get("voice")
    rows = [*results["voices"], *([peer] if peer else [])]
    factors = ("real_time_factor", "cpu_factor")
    return _figures.table(
        ["voice", "first audio of twelve words, ms", "time for a second of speech, s", "processor for it, s"],
        [
            [
                row["voice"],
                _number(row["first_ms"]["p50"]),
                *(f"{row[name]:.3f}" for name in factors),
            ]
            for row in rows
        ],
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _spread(spread: Mapping[str, Any]) -> str:
    return " / ".join(_number(spread[name]) for name in ("p50", "p90", "p95"))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value >= 10 else f"{value:g}"
