"""Accept the present engine's decisions in the recordings, or make the scripted ones anew."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.scenarios.simulation import (
    PHONE,
    Ears,
    Simulation,
    Tool,
    Voice,
    answer,
    calls,
    coughs,
    fails,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    turn,
    types,
    waits,
)

from vivavoce.engine.journal import approve, decode
from vivavoce.engine.plan import EndCall, Limits, MindSettings, ModelChoice, SoftTimeout, ToolSpec

FOLDER = Path(__file__).parent
REPLY = "Of course I can help you with that. Your order left this morning. It should arrive tomorrow afternoon."
VOICE = Voice(chunk=1.0)


def barge_in_over_a_websocket() -> Simulation:
    """A cough, then an interruption."""
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(1.0), coughs(), waits(1.5)]
    script += [says("no wait, I mean the other one"), hears_agent_finish(), hangs_up()]
    return Simulation(plan(), script, mind=[answer(REPLY), answer("The other one has arrived.")], voice=VOICE)


def back_channel_on_the_phone() -> Simulation:
    """The caller says "mhm", and the agent goes on."""
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(1.0), says("mhm")]
    return Simulation(plan(line=PHONE), [*script, hears_agent_finish(), hangs_up()], mind=[answer(REPLY)], voice=VOICE)


def thinking_ahead() -> Simulation:
    """One guess is dropped, one is right."""
    script = [hears_agent_finish(), says("I want"), waits(0.35), says("to return my order"), hears_agent_finish()]
    return Simulation(
        plan(turn=turn(speculative=True)),
        [*script, hangs_up()],
        mind=[answer("What do you want?"), answer("I will send you a label.")],
        ears=Ears(last_interim=True),
        voice=VOICE,
    )


def tools_and_a_goodbye() -> Simulation:
    """A tool that answers, one that does not, and the agent ends the call."""
    specs = (ToolSpec(name="order"), ToolSpec(name="stock", timeout_seconds=2.0))
    script = [hears_agent_finish(), says("is it in stock"), hears_agent_finish(), says("thank you, goodbye")]
    return Simulation(
        plan(tools=specs, system_tools=(EndCall(),)),
        script,
        mind=[
            answer("Let me look.", tools=(("order", {"id": 7}), ("stock", {}))),
            answer("Your order is there, but I cannot see the stock."),
            calls("end_call", arguments={"reason": "The caller said goodbye.", "message": "Goodbye."}),
        ],
        tools={"order": Tool(result="found"), "stock": Tool(result=None)},
        voice=VOICE,
    )


def a_bad_day() -> Simulation:
    """Models and voices fail, the caller falls silent, and time runs out."""
    mind = MindSettings(model=ModelChoice(model="first"), backups=(ModelChoice(model="second"),))
    limits = Limits(maximum_duration_seconds=40.0, maximum_duration_message="We have to stop here.")
    script = [hears_agent_finish(), says("hello"), hears_agent_finish(), types("are you there")]
    return Simulation(
        plan(mind=mind, limits=limits, soft_timeout=SoftTimeout(timeout_seconds=1.0)),
        script,
        mind=[fails(3, "I am here. How can"), answer("I am here. What can I do?"), answer("Yes.", first_token=3.0)]
        + [answer("Are you still there?")] * 5,
        voice=Voice(chunk=1.0, fails_on=(2,)),
    )


SCRIPTED: tuple[Callable[[], Simulation], ...] = (
    barge_in_over_a_websocket,
    back_channel_on_the_phone,
    thinking_ahead,
    tools_and_a_goodbye,
    a_bad_day,
)


def main() -> None:
    """Rewrite the recordings."""
    if "--record" in sys.argv[1:]:
        for make in SCRIPTED:
            (FOLDER / f"{make.__name__}.jsonl").write_text(make().run().journal_text())
    for path in sorted(FOLDER.glob("*.jsonl")):
        path.write_text(approve(decode(path.read_text())))
        print(f"approved {path.name}")  # noqa: T201


if __name__ == "__main__":
    main()
