"""Soft timeouts: what is said while the mind is slow."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    answer,
    coughs,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    never,
    plan,
    says,
    sees,
    types,
    waits,
)

from vivavoce.engine.commands import AgentResponse, Hush, Interruption, Play, Say, Think
from vivavoce.engine.fillers import shuffled
from vivavoce.engine.plan import LanguagePreset, MindSettings, ModelChoice, SoftTimeout

PATIENT = MindSettings(model=ModelChoice(model="first"), cascade_timeout_seconds=15.0)


def slow(seconds: float, *acts, soft: SoftTimeout | None = None, fillers=(), **plan_changes) -> Simulation:
    soft = soft or SoftTimeout(timeout_seconds=1.0)
    script = [hears_agent_finish(), says("where is my order"), *acts, hears_agent_finish(), hangs_up()]
    return Simulation(
        plan(soft_timeout=soft, mind=PATIENT, **plan_changes),
        script,
        mind=[answer("It is on its way.", first_token=seconds), answer("Yes?")],
        fillers=fillers,
    ).run()


def said(call: Simulation) -> list[str]:
    return [say.text for say in call.all(Say)]


def test_a_slow_mind_is_covered_by_a_filler():
    call = slow(3.0)
    assert said(call) == ["Hello.", "Hhmmmm...yeah.", "It is on its way."]
    assert call.times(Say)[1] - call.times(Think)[0] == pytest.approx(1.0, abs=0.001)


def test_a_quick_mind_needs_none():
    assert said(slow(0.5)) == ["Hello.", "It is on its way."]


def test_it_is_off_by_default():
    assert said(slow(3.0, soft=SoftTimeout())) == ["Hello.", "It is on its way."]


def test_a_filler_is_no_part_of_the_answer():
    call = slow(3.0)
    assert call.transcript()[-1] == "agent: It is on its way."
    assert call.agent_turns()[-1].fillers == ("Hhmmmm...yeah.",)
    assert [event.text for event in call.all(AgentResponse)] == ["Hello.", "It is on its way."]


def test_several_fillers_come_one_after_the_other_and_the_last_repeats():
    soft = SoftTimeout(timeout_seconds=1.0, messages=("One.", "Two."), maximum_per_turn=3)
    call = slow(5.0, soft=soft)
    assert said(call)[1:-1] == ["One.", "Two.", "Two."]
    asked = call.times(Think)[0]
    assert [at - asked for at in call.times(Say)[1:-1]] == pytest.approx([1.0, 2.0, 3.0], abs=0.001)


def test_no_more_than_the_maximum():
    soft = SoftTimeout(timeout_seconds=1.0, messages=("One.",), maximum_per_turn=2)
    assert said(slow(9.0, soft=soft))[1:-1] == ["One.", "One."]


def test_the_answer_ends_a_filler_that_still_sounds():
    soft = SoftTimeout(timeout_seconds=1.0, messages=("Let me have a look at that for you right away.",))
    call = slow(1.5, soft=soft)
    [hush] = call.all(Hush)
    assert not hush.flush
    assert call.all(Interruption) == []
    assert call.heard_seconds(hush.run) < 2.0


def test_a_filler_and_its_answer_have_rising_ids():
    call = slow(3.0)
    ids = [play.event_id for play in call.all(Play)]
    assert ids == sorted(ids)


def test_shuffled_once_per_turn_from_the_seed():
    messages = ("One.", "Two.", "Three.", "Four.")
    soft = SoftTimeout(timeout_seconds=1.0, messages=messages, maximum_per_turn=4, randomised=True)
    first, second = said(slow(6.0, soft=soft, seed=1)), said(slow(6.0, soft=soft, seed=1))
    assert first == second
    assert sorted(first[1:-1]) == sorted(messages)
    assert len({shuffled(messages, seed, 1) for seed in range(50)}) > 10


def test_the_words_of_the_language_in_force():
    preset = LanguagePreset(code="de", soft_timeout_messages=("Einen Moment.",))
    assert said(slow(3.0, language="de", languages=(preset,)))[1] == "Einen Moment."


def test_not_before_the_callers_first_turn_if_asked():
    soft = SoftTimeout(timeout_seconds=1.0, waits_for_first_caller_turn=True)
    assert "Hhmmmm...yeah." in said(slow(3.0, soft=soft))


def test_the_mind_can_word_it():
    soft = SoftTimeout(timeout_seconds=1.0, asks_the_mind=True)
    call = slow(4.0, soft=soft, fillers=[answer("Looking for your order.")])
    assert said(call)[1] == "Looking for your order."
    assert [think.purpose for think in call.all(Think)] == ["answer", "filler"]


def test_if_the_mind_cannot_word_it_the_canned_one_is_said():
    soft = SoftTimeout(timeout_seconds=1.0, asks_the_mind=True, maximum_per_turn=2)
    assert said(slow(5.0, soft=soft, fillers=[never()]))[1] == "Hhmmmm...yeah."


def test_a_wording_that_comes_after_the_answer_is_not_said():
    soft = SoftTimeout(timeout_seconds=1.0, asks_the_mind=True)
    call = slow(1.3, soft=soft, fillers=[answer("Too late.", first_token=2.0)])
    assert said(call) == ["Hello.", "It is on its way."]


def test_a_cough_during_a_filler_does_not_lose_the_answer():
    call = slow(3.0, hears_agent_start(), coughs())
    assert call.transcript()[-1] == "agent: It is on its way."


def test_the_caller_can_interrupt_a_filler():
    call = slow(6.0, hears_agent_start(), waits(0.2), says("never mind then"))
    assert call.transcript()[1:] == ["user: where is my order", "user: never mind then", "agent: Yes?"]


def test_no_fillers_in_a_text_chat():
    call = Simulation(
        plan(text_only=True, soft_timeout=SoftTimeout(timeout_seconds=1.0), mind=PATIENT),
        [types("hello"), sees(AgentResponse, 2), hangs_up()],
        mind=[answer("Hi.", first_token=5.0)],
    ).run()
    assert call.all(Say) == []
    assert call.transcript()[-1] == "agent: Hi."
