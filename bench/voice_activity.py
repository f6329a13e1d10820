"""What voice activity costs: windows of many calls in one batch, beside the same windows one by one.

    ./dev bench voice_activity [--rounds 7]

- `alone`: one window at a time through the same network, as a detector of its own for each call would do;
- `batched`: windows of 16, 50 and 100 calls in one batch;
- `whole`: `SileroActivity` as a process runs it: frames of 50 calls in, opinions out, the loop's share included.

Prints one JSON object, and keeps it under `artifacts/`. Figures are microseconds of processor time per window of 32 ms;
the best round counts, because on a shared machine everything else only adds. A batch of 16 has to cost at most
`GOAL_RATIO` of the same windows alone.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable

from tests.support.voices import said

from bench import _report
from vivavoce.ports.speech import Activity
from vivavoce.providers.speech._silero.model import WINDOW_SAMPLES, Batch, Silero
from vivavoce.providers.speech.silero import SileroActivity

GOAL_RATIO = 0.75
CALLS = (16, 50, 100)
WINDOWS = 400
FRAME_BYTES = 640
WHOLE_CALLS = 50
WHOLE_SECONDS = 4.0


def batches(calls: int, count: int, voice: bytes) -> list[Batch]:
    """Windows of a voice for so many calls."""
    size = 2 * WINDOW_SAMPLES
    windows = [voice[start : start + size] for start in range(0, len(voice) - size, size)]
    rows = list(range(calls))
    return [Batch(rows, [], b"".join(windows[(place + row) % len(windows)] for row in rows)) for place in range(count)]


def microseconds(rounds: int, windows: int, work: Callable[[], object]) -> float:
    """The least processor time per window."""
    times: list[float] = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return round(min(times) / windows * 1e6, 1)


def of_batches(network: Silero, calls: int, rounds: int, voice: bytes) -> float:
    """What a window costs in a batch of so many."""
    made = batches(calls, max(4, WINDOWS // calls), voice)
    return microseconds(rounds, calls * len(made), lambda: [network.probabilities(each) for each in made])


async def whole(voice: bytes) -> tuple[int, float]:
    """Calls as a process has them, as fast as it can: how many windows, and the processor time they took."""
    activity = SileroActivity(0.016)
    await activity.warm()
    heard = 0
    every = round(WHOLE_SECONDS * 32_000) // (2 * WINDOW_SAMPLES) * WHOLE_CALLS
    done = asyncio.Event()

    def take(opinion: Activity) -> None:
        nonlocal heard
        _ = opinion
        heard += 1
        if heard == every:
            done.set()

    streams = [activity.open(take) for _ in range(WHOLE_CALLS)]
    begun = time.process_time()
    for start in range(0, round(WHOLE_SECONDS * 32_000), FRAME_BYTES):
        for stream in streams:
            stream.add(start / 32_000, voice[start : start + FRAME_BYTES])
        await asyncio.sleep(0)
    await done.wait()
    took = time.process_time() - begun
    for stream in streams:
        stream.close()
    await activity.close()
    return heard, took


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each kind")
    options = parser.parse_args()
    voice = said(WHOLE_SECONDS + 0.1)
    network = Silero()
    alone = of_batches(network, 1, options.rounds, voice)
    batched = {calls: of_batches(network, calls, options.rounds, voice) for calls in CALLS}
    runs = [asyncio.run(whole(voice)) for _ in range(options.rounds)]
    result = {
        "microseconds_per_window": {
            "alone": alone,
            **{f"batched_{calls}": each for calls, each in batched.items()},
            f"whole_{WHOLE_CALLS}": round(min(took / heard for heard, took in runs) * 1e6, 1),
        },
        "percent_of_a_core_per_call": round(batched[50] / 32_000 * 100, 3),
        "goal_ratio": GOAL_RATIO,
        "ratio": round(batched[16] / alone, 2),
        "reached": batched[16] <= GOAL_RATIO * alone,
    }
    _report.write("voice_activity", result)
    print(json.dumps(result, indent=2))
    return 0 if result["reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
