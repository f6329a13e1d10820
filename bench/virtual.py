"""How much faster than real time the engine lives through a call, on one core.

    ./dev bench virtual [--minutes 10] [--rounds 9]

A simulated caller asks, listens, coughs and barges in for some minutes of virtual time, with the ears, mind and voice
of the scenario tests (30 ms windows of voice activity do not reach the engine: events do). Then the same events are
given to fresh engines, and timed:

- `engine`: `Conversation.handle` and `deadline` alone, as the shell calls them;
- `journaled`: the same with each entry encoded and its digest made, as every call has it; this has to reach the goal;
- `simulated`: the whole simulation, engine, doubles and checks together.

Prints one JSON object, and keeps it under `artifacts/`. `times_real_time` is seconds of call per second of processor
time; of each stretch of some hundred events the best round counts, because on a shared machine everything else only
adds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise

from tests.scenarios.simulation import (
    Act,
    Answer,
    Ears,
    Simulation,
    Voice,
    coughs,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    turn,
    waits,
)

from bench import _report
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.journal import encode_entry
from vivavoce.engine.plan import Endpointing, Limits

GOAL_TIMES_REAL_TIME = 2000
STRETCH_EVENTS = 256
REPLY = (
    "Of course I can help you with that request. Your order left the warehouse early this morning. "
    "It should arrive at your door tomorrow afternoon."
)
ENDPOINT = Endpointing(sure_seconds=0.2, unknown_seconds=0.2, unsure_seconds=0.2)
ROUND: tuple[Act, ...] = (
    says("where is my order"),
    hears_agent_finish(),
    waits(0.7),
    says("where is my order"),
    hears_agent_start(),
    waits(1.2),
    coughs(),
    waits(1.5),
    says("no wait please"),
    hears_agent_finish(),
    waits(0.7),
)
"""A question and its answer; a question, a cough and an interruption, and the answer to that."""


def simulate(minutes: float) -> Simulation:
    """One call of about so many minutes."""
    rounds = max(1, round(minutes * 60 / 29))
    call = Simulation(
        plan(
            first_message="Hello there, this is the scripted agent speaking.",
            turn=turn(endpointing=ENDPOINT),
            limits=Limits(maximum_duration_seconds=None),
            client_events=("audio", "interruption", "user_transcript", "agent_response", "agent_response_correction"),
        ),
        [hears_agent_finish(), *(ROUND * rounds), hangs_up()],
        mind=[Answer(REPLY)] * (3 * rounds),
        ears=Ears(),
        voice=Voice(chunk=0.1),
        checks=False,
    )
    return call.run(until=minutes * 120)


def live_through(call: Simulation, *, journaled: bool) -> list[float]:
    """Give the events of a call to a new engine; the processor time of each stretch."""
    conversation = Conversation(call.plan, 0.0)
    marks = [time.process_time()]
    for number, (now, event, _) in enumerate(call.log, 1):
        commands = conversation.handle(event, now)
        conversation.deadline()
        if journaled:
            encode_entry(now, event, commands)
        if number % STRETCH_EVENTS == 0:
            marks.append(time.process_time())
    return [later - earlier for earlier, later in pairwise([*marks, time.process_time()])]


def best_seconds(rounds: int, what: Callable[[], list[float]]) -> float:
    """The least processor time of several runs, stretch by stretch."""
    runs = [what() for _ in range(rounds)]
    return sum(min(stretch) for stretch in zip(*runs, strict=True))


def simulated(minutes: float) -> list[float]:
    """The processor time of a whole simulation, as one stretch."""
    begun = time.process_time()
    simulate(minutes)
    return [time.process_time() - begun]


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the simulated call")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each kind")
    options = parser.parse_args()
    call = simulate(options.minutes)
    seconds = {
        "engine": best_seconds(options.rounds, lambda: live_through(call, journaled=False)),
        "journaled": best_seconds(options.rounds, lambda: live_through(call, journaled=True)),
        "simulated": best_seconds(1, lambda: simulated(options.minutes)),
    }
    journal_bytes = len(call.journal_text().encode())
    result = {
        "call_seconds": round(call.now, 1),
        "turns": len(call.turns()),
        "events": len(call.log),
        "journal_bytes_per_minute": round(journal_bytes / (call.now / 60)),
        "goal_times_real_time": GOAL_TIMES_REAL_TIME,
        **{
            name: {
                "times_real_time": round(call.now / took),
                "microseconds_per_event": round(took / len(call.log) * 1e6, 1),
            }
            for name, took in seconds.items()
        },
    }
    result["reached"] = result["journaled"]["times_real_time"] >= GOAL_TIMES_REAL_TIME
    _report.write("virtual", result)
    print(json.dumps(result, indent=2))
    return 0 if result["reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
