"""Thinking ahead at a pause: adopted if the turn really ended there, dropped without a trace if not."""

from dataclasses import replace

import pytest
from tests.scenarios.simulation import (
    Ears,
    Simulation,
    answer,
    calls,
    fails,
    hangs_up,
    happens,
    hears_agent_finish,
    plan,
    says,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import CallTool, Note, Remember, Say, StopThinking, Tell, Think
from vivavoce.engine.events import ContextGiven
from vivavoce.engine.plan import ToolSpec

AHEAD = turn(speculative=True)


def speculative(*acts, mind=(), **how) -> Simulation:
    how.setdefault("plan_", plan(turn=AHEAD))
    return Simulation(script=[hears_agent_finish(), *acts, hears_agent_finish(), hangs_up()], mind=mind, **how).run()


def test_the_mind_is_asked_at_the_pause_and_answers_when_the_turn_is_over():
    call = speculative(says("where is my order"), mind=[answer("On its way.")])
    assert [think.purpose for think in call.all(Think)] == ["speculation"]
    plain = speculative(says("where is my order"), mind=[answer("On its way.")], plan_=plan())
    assert call.times(Say)[1] < plain.times(Say)[1]
    assert call.transcript() == plain.transcript()


def test_nothing_is_said_or_told_of_it_before_the_turn_is_over():
    call = speculative(says("where is my order"), mind=[answer("On its way.", first_token=0.05)])
    asked, over = call.times(Think)[0], call.times(Remember)[1]
    between = [one for now, _, commands in call.log if asked < now < over for one in commands]
    assert all(isinstance(one, Tell | Note) and "On its way" not in repr(one) for one in between)


def test_it_is_dropped_when_the_caller_goes_on():
    call = speculative(
        says("I want"),
        waits(0.35),
        says("to go home"),
        mind=[answer("What do you want?"), answer("Then go.")],
    )
    assert len(call.all(StopThinking)) == 1
    assert call.transcript()[1:] == ["user: I want to go home", "agent: Then go."]
    assert "What do you want" not in repr([*call.all(Tell), *call.all(Remember), *call.all(Say)])


def test_it_is_dropped_when_the_final_words_are_others():
    call = speculative(
        says("where is my border", last_interim=True, final_delay=0.4, final_text="where is my order"),
        mind=[answer("Which border?"), answer("On its way.")],
    )
    assert call.transcript()[1:] == ["user: where is my order", "agent: On its way."]


def test_punctuation_and_case_do_not_matter():
    call = speculative(
        says("where is my order", last_interim=True, final_delay=0.4, final_text="Where is my order?"),
        mind=[answer("On its way.")],
    )
    assert call.all(StopThinking) == []
    assert call.transcript()[-1] == "agent: On its way."


def test_a_final_that_only_confirms_keeps_it():
    call = speculative(says("hello my friend", last_interim=True, final_delay=0.45), mind=[answer("Hi.")])
    assert [think.purpose for think in call.all(Think)] == ["speculation"]
    assert call.all(StopThinking) == []


def test_a_tool_of_a_speculation_is_called_only_when_it_is_adopted():
    tools = (ToolSpec(name="order"),)
    call = speculative(
        says("where is my order"),
        mind=[calls("order", first_token=0.05), answer("On its way.")],
        plan_=plan(turn=AHEAD, tools=tools),
    )
    assert call.times(CallTool)[0] == call.times(Remember)[1]


def test_a_tool_of_a_dropped_speculation_is_never_called():
    tools = (ToolSpec(name="order"),)
    call = speculative(
        says("I want"),
        waits(0.35),
        says("to go home"),
        mind=[calls("order", first_token=0.05), answer("Then go.")],
        plan_=plan(turn=AHEAD, tools=tools),
    )
    assert call.all(CallTool) == []


def test_a_failed_speculation_is_thought_again():
    call = speculative(says("where is my order"), mind=[fails(), answer("On its way.")])
    assert [think.purpose for think in call.all(Think)] == ["speculation", "answer"]
    assert call.transcript()[-1] == "agent: On its way."


def test_context_that_arrives_makes_it_stale():
    call = Simulation(
        plan(turn=AHEAD),
        [
            hears_agent_finish(),
            says("where am I"),
            waits(0.2),
            happens(ContextGiven("page: cart")),
            hears_agent_finish(),
        ],
        mind=[answer("Nowhere."), answer("In your cart.")],
    )
    call.run(until=30)
    assert call.transcript()[-1] == "agent: In your cart."


def test_writing_drops_it():
    call = speculative(
        says("where is my order"), waits(0.2), types("never mind"), mind=[answer("Gone."), answer("Fine.")]
    )
    assert call.transcript()[-1] == "agent: Fine."
    assert "Gone" not in repr(call.all(Remember))


def test_a_turn_has_only_so_many_guesses():
    acts = []
    for number in range(6):
        acts += [says(f"part {number} of it"), waits(0.35)]
    call = speculative(*acts, mind=[answer(f"guess {number}") for number in range(6)])
    assert len([think for think in call.all(Think) if think.purpose == "speculation"]) == 3


def test_it_is_off_unless_asked_for():
    call = speculative(says("where is my order"), mind=[answer("On its way.")], plan_=plan())
    assert [think.purpose for think in call.all(Think)] == ["answer"]


@pytest.mark.parametrize("pause", [0.3, 0.35, 0.4])
def test_a_call_whose_guesses_are_all_dropped_is_the_same_as_one_without(pause: float):
    """Invariant 7, as a comparison: same words, same transcript, same times."""

    def visible(*, ahead: bool):
        mind = [answer("Too early."), answer("Then go.")] if ahead else [answer("Then go.")]
        settings = replace(AHEAD, speculative=ahead)
        call = speculative(
            says("I want"),
            waits(pause),
            says("to go home"),
            mind=mind,
            plan_=plan(turn=settings),
            ears=Ears(final_delay=0.12),
        )
        shown = [one for one in call.log for one in one[2] if isinstance(one, Tell | Remember)]
        return [repr(one) for one in shown if "usage" not in repr(one)], call.transcript()

    with_guesses, without = visible(ahead=True), visible(ahead=False)
    assert with_guesses[1] == without[1]
    assert [one for one in with_guesses[0] if "Then go" not in one] == [
        one for one in without[0] if "Then go" not in one
    ]
