"""What is expected of spoken calls offline, and whether a run met it.

The milliseconds were set on a machine with two cores and the vector instructions of 2022. An expectation whose row is
not there, or is not valid, is not met.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Expectation:
    """A figure, and the most it may be."""

    told: str
    part: str
    path: tuple[str, ...]
    most: float


EXPECTATIONS = (
    Expectation("one call: compute after the end of the turn p50, ms", "one", ("compute_ms", "p50"), 350),
    Expectation("one call: voice to voice p50, ms", "one", ("voice_to_voice_ms", "p50"), 600),
    Expectation("one call: voice to voice p95, ms", "one", ("voice_to_voice_ms", "p95"), 900),
    Expectation("one call: questions without an answer", "one", ("missed",), 0),
    Expectation("one call: answers while the caller still spoke", "one", ("early",), 0),
    Expectation("12 calls on a core: compute after the end of the turn p90, ms", "crowd", ("compute_ms", "p90"), 700),
    Expectation("12 calls on a core: questions without an answer", "crowd", ("missed",), 0),
    Expectation("speech stack with interims: memory, MB", "stack", ("memory_mb",), 700),
    Expectation("speech stack: loaded and used once, s", "stack", ("load_seconds",), 3),
)
MOST_WRONG_PERCENT = {
    "clear": 3.0,
    "telephone": 5.0,
    "noise 10 dB": 12.0,
    "people": 8.0,
    "people, telephone": 6.0,
}
"""Of the default ear, in these conditions."""
DEFAULT_EAR = "whisper-base"
LEAST_SPEEDUP = 2.0
"""Times the processor time of faster-whisper as it comes, for the same sentences."""


@dataclass(frozen=True)
class Verdict:
    """One line of the table."""

    what: str
    target: str
    found: str
    met: bool


def verdicts(results: Results) -> list[Verdict]:
    """Everything that was expected of the parts that were measured."""
    return [*_limits(results), *_understood(results), *_beside(results)]


def _limits(results: Results) -> Iterator[Verdict]:
    for expected in EXPECTATIONS:
        row = results.get(expected.part)
        if row is None:
            continue
        value: Any = row
        for name in expected.path:
            value = value.get(name) if value else None
        is_valid = row.get("valid", True)
        met = value is not None and value <= expected.most and is_valid and not row.get("lost")
        yield Verdict(
            expected.told, f"{expected.most:g}", _told(value) if is_valid else f"{_told(value)} (not valid)", met
        )


def _understood(results: Results) -> Iterator[Verdict]:
    for row in results.get("ears") or ():
        if row["ear"] == DEFAULT_EAR:
            for line, most in MOST_WRONG_PERCENT.items():
                wrong = row["wrong_percent"].get(line)
                met = wrong is not None and wrong <= most
                yield Verdict(f"{DEFAULT_EAR}: wrong words, {line}, %", f"{most:g}", _told(wrong), met)


def _beside(results: Results) -> Iterator[Verdict]:
    stock = next((row for row in (results.get("peers") or {}).get("ears", ()) if row["ear"] == "faster-whisper"), None)
    ours = next((row for row in results.get("ears") or () if row["ear"] == DEFAULT_EAR), None)
    if stock and ours:
        ratio = stock["cpu_ms"]["p50"] / ours["cpu_ms"]["p50"]
        told = f"{ratio:.1f} x"
        yield Verdict(f"{DEFAULT_EAR} beside faster-whisper: processor time", "2 x less", told, ratio >= LEAST_SPEEDUP)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
