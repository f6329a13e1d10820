"""What all callers of one run saw, and the percentiles of it."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

EXACT_MS = 30.0
"""A reply that was paused and resumed may repeat or skip so much: the way between the two clocks."""


def _list() -> list[float]:
    return []


@dataclass(slots=True)
class Tally:
    """The counts and times of one run. Times count only while it is measured; what goes wrong counts always."""

    is_measuring: bool = False
    first_audio_ms: list[float] = field(default_factory=_list)
    voice_to_voice_ms: list[float] = field(default_factory=_list)
    silence_ms: list[float] = field(default_factory=_list)
    underrun_ms: list[float] = field(default_factory=_list)
    pause_ms: list[float] = field(default_factory=_list)
    repeated_ms: list[float] = field(default_factory=_list)
    skipped_ms: list[float] = field(default_factory=_list)
    refused_ms: list[float] = field(default_factory=_list)
    reasons: Counter[str] = field(default_factory=Counter[str])
    counts: Counter[str] = field(default_factory=Counter[str])

    def count(self, what: str) -> None:
        """Count something that may go wrong at any time."""
        self.counts[what] += 1

    def observed(self, what: str) -> None:
        """Count something of the time that is measured."""
        if self.is_measuring:
            self.counts[what] += 1

    def time(self, times: list[float], ms: float) -> None:
        """Keep a time of the time that is measured."""
        if self.is_measuring:
            times.append(ms)

    def told(self) -> dict[str, Any]:
        """As JSON: distributions and counts, those that are zero among them."""
        # The first call after the start is a figure of its own.
        first, *others = self.first_audio_ms or [None]
        times = ("voice_to_voice", "silence", "underrun", "pause", "repeated", "skipped", "refused")
        return {
            **{f"{name}_ms": distribution(getattr(self, f"{name}_ms")) for name in times},
            "refusals": dict(self.reasons),
            "first_ms": first,
            "first_audio_ms": distribution([each for each in others if each is not None]),
            **{name: self.counts[name] for name in COUNTED},
        }


COUNTED = (
    "admitted",  # calls that were answered with audio
    "refused",  # told so before any audio
    "unclear",  # ended before any audio, and nobody said why
    "lost",  # answered, and then broken off by the server
    "silent",  # connected, and no audio in 20 seconds
    "unconnected",
    "replies",
    "missed_turns",
    "missed_interruptions",
    "false_interruptions",
    "early_replies",  # the server answered while the caller still spoke
    "stale_chunks",  # audio of the old reply after the interruption
    "stale_ids",  # audio with an id that the interruption has closed
    "disturbed",  # replies into which the caller coughed or hummed
    "paused",  # those that fell silent for it
    "cut_short",  # those that never went on
    "torn",  # those that went on with other audio
    "inexact",  # those that repeated or skipped something
)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """By linear interpolation; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 2)


def distribution(values: Sequence[float]) -> dict[str, Any]:
    """Number, percentiles, largest and mean."""
    return {
        "n": len(values),
        "p50": percentile(values, 50),
        "p95": percentile(values, 95),
        "p99": percentile(values, 99),
        "max": round(max(values), 2) if values else None,
        "mean": round(statistics.fmean(values), 2) if values else None,
    }
