"""Clocks: nobody speaks, for how long, and what happens then."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    answer,
    calls,
    coughs,
    fails,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    never,
    plan,
    reports,
    says,
    turn,
    waits,
)

from vivavoce.engine.commands import AgentResponseCorrection, HearAgain, Hush, Say, Think, Trouble
from vivavoce.engine.events import Draining, Heard, Played, UserActive
from vivavoce.engine.plan import Limits, SkipTurn


def silent(*acts, mind=(), until: float = 120.0, **settings) -> Simulation:
    call = Simulation(plan(turn=turn(**settings)), [hears_agent_finish(), *acts], mind=mind)
    return call.run(until=until)


def last_played(call: Simulation, number: int = 0) -> float:
    return [event.at for _, event, _ in call.log if isinstance(event, Played)][number]


def test_the_agent_speaks_up_after_the_turn_timeout():
    call = silent(hears_agent_finish(), hangs_up(), mind=[answer("Are you still there?")])
    [think] = call.all(Think)
    assert think.purpose == "re_engagement"
    assert call.times(Think)[0] - last_played(call) == pytest.approx(7.0, abs=0.001)
    assert call.transcript()[-1] == "agent: Are you still there?"


def test_it_speaks_up_again_and_again():
    call = silent(hears_agent_finish(), hears_agent_finish(), hangs_up(), mind=[answer("Hello?"), answer("Anybody?")])
    assert [one.text for one in call.agent_turns()] == ["Hello.", "Hello?", "Anybody?"]


def test_the_mind_knows_how_long_it_was_silent():
    call = silent(hears_agent_finish(), hangs_up(), mind=[answer("Hello?")])
    assert "silent for 7 seconds" in call.all(Think)[0].messages[-1].text


def test_activity_of_the_user_puts_it_off():
    call = silent(waits(5.0), happens(UserActive()), hears_agent_finish(), hangs_up(), mind=[answer("Hello?")])
    assert call.times(Think)[0] - last_played(call) == pytest.approx(12.0, abs=0.1)


def test_a_cough_puts_it_off_only_as_long_as_it_may_be_speech():
    call = silent(waits(6.5), coughs(), hears_agent_finish(), hangs_up(), mind=[answer("Hello?")])
    assert 7.0 < call.times(Think)[0] - last_played(call) < 10.0


def test_a_caller_who_speaks_at_the_last_moment_is_listened_to():
    call = silent(waits(6.8), says("I am here"), hears_agent_finish(), hangs_up(), mind=[answer("Good.")])
    assert call.transcript()[1:] == ["user: I am here", "agent: Good."]


def test_a_mind_that_fails_to_speak_up_does_not_end_the_call():
    call = silent(
        waits(10.0),
        says("hello"),
        hears_agent_finish(),
        hears_agent_finish(),
        hangs_up(),
        mind=[fails(), fails(), fails(), answer("Hi.")],
    )
    assert call.transcript()[1:] == ["user: hello", "agent: Hi."]
    assert call.ending.cause == "caller_hung_up"


def test_silence_ends_the_call():
    call = silent(mind=[answer("Hello?")], silence_end_call_seconds=15.0)
    assert call.ending.cause == "silence"
    assert call.ending.close_code == 1000
    assert call.now == pytest.approx(15.0, abs=0.001)


def test_silence_counts_from_the_callers_last_word_and_not_from_the_agents():
    call = silent(
        says("hello"),
        hears_agent_finish(),
        mind=[answer("Hello. " * 10), answer("Still there?"), never()],
        silence_end_call_seconds=20.0,
    )
    spoke = call.user_turns()[0].at
    assert call.now - spoke == pytest.approx(21.0, abs=1.0)


def test_after_a_long_reply_the_caller_still_gets_a_moment():
    call = silent(says("hello"), mind=[answer("Hello. " * 60)], silence_end_call_seconds=10.0)
    finished = [event.at for _, event, _ in call.log if isinstance(event, Played)][-1]
    assert call.now - finished == pytest.approx(2.0, abs=0.001)


def test_silence_does_not_end_a_call_while_the_caller_speaks():
    call = silent(
        waits(9.0),
        says("let me think about that for a while", seconds=4.0),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("Take your time."), answer("Yes.")],
        silence_end_call_seconds=10.0,
    )
    assert call.ending.cause == "caller_hung_up"


def test_skip_turn_stops_the_clocks_until_the_caller_speaks():
    tools = (SkipTurn(),)
    call = Simulation(
        plan(system_tools=tools, turn=turn(silence_end_call_seconds=20.0)),
        [
            hears_agent_finish(),
            says("one moment please"),
            hears_agent_finish(),
            waits(60.0),
            says("I am back"),
            hears_agent_finish(),
            hangs_up(),
        ],
        mind=[calls("skip_turn"), answer("Welcome back.")],
    ).run()
    assert [think.purpose for think in call.all(Think)] == ["answer", "answer"]
    assert call.transcript()[-1] == "agent: Welcome back."
    assert call.ending.cause == "caller_hung_up"


def test_skip_turn_says_nothing():
    call = Simulation(
        plan(system_tools=(SkipTurn(),)),
        [hears_agent_finish(), says("one moment please"), waits(3.0), hangs_up()],
        mind=[calls("skip_turn", arguments={"reason": "they asked"})],
    ).run()
    assert len(call.all(Say)) == 1
    assert call.agent_turns()[-1].calls[0].name == "skip_turn"
    assert "skip_turn_success" in call.agent_turns()[-1].results[0].text


def test_what_was_recorded_is_transcribed_again_before_the_agent_speaks_up():
    call = silent(
        waits(7.2),
        reports(lambda now: Heard("very quiet words", now)),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("I heard you.")],
        retranscribe_on_turn_timeout=True,
    )
    assert len(call.all(HearAgain)) == 1
    assert call.transcript()[1:] == ["user: very quiet words", "agent: I heard you."]


def test_if_there_was_nothing_it_speaks_up():
    call = silent(hears_agent_finish(), hangs_up(), mind=[answer("Hello?")], retranscribe_on_turn_timeout=True)
    assert call.times(Think)[0] - call.times(HearAgain)[0] == pytest.approx(1.5, abs=0.001)


def test_the_longest_call_ends_silently_without_a_message():
    call = Simulation(plan(limits=Limits(maximum_duration_seconds=30.0)), mind=[answer("Hello?")] * 9).run()
    assert call.now == 30.0
    assert call.ending.cause == "max_duration"
    assert call.all(Trouble)[0].error_type == "max_duration_exceeded"


def test_it_ends_with_its_message_heard_to_the_end():
    limits = Limits(maximum_duration_seconds=10.0, maximum_duration_message="We have to stop here. Goodbye.")
    call = Simulation(plan(limits=limits), mind=[answer("Hello?")] * 9).run()
    assert call.transcript()[-1] == "agent: We have to stop here. Goodbye."
    assert call.now == pytest.approx(10.0 + 0.1 + 1.8, abs=0.1)


def test_it_cuts_what_is_being_said():
    limits = Limits(maximum_duration_seconds=5.0, maximum_duration_message="Goodbye.")
    call = Simulation(
        plan(limits=limits), [hears_agent_finish(), says("tell me a story")], mind=[answer("Once upon a time. " * 20)]
    ).run()
    assert call.agent_turns()[1].interrupted
    assert len(call.all(AgentResponseCorrection)) == 1
    assert call.transcript()[-1] == "agent: Goodbye."


def test_nobody_can_interrupt_that_message():
    limits = Limits(maximum_duration_seconds=5.0, maximum_duration_message="We have to stop here, I am afraid.")
    call = Simulation(plan(limits=limits), [waits(5.5), says("no wait please")]).run()
    assert call.all(Hush) == []
    assert call.transcript()[-1] == "agent: We have to stop here, I am afraid."


def test_no_limit_is_no_limit():
    call = Simulation(
        plan(limits=Limits(maximum_duration_seconds=None)), [waits(4000.0), hangs_up()], mind=[answer("Hello?")] * 600
    ).run(until=5000)
    assert call.ending.cause == "caller_hung_up"


def test_draining_lets_the_call_go_on_for_its_time():
    script = [hears_agent_finish(), happens(Draining(20.0)), says("hello"), hears_agent_finish()]
    call = Simulation(plan(), script, mind=[answer("Hi."), *[answer("Hello?")] * 3]).run()
    assert call.ending.cause == "drained"
    assert call.now == pytest.approx(20.0, abs=1.0)
    assert "agent: Hi." in call.transcript()


def test_being_told_again_does_not_prolong_it():
    script = [hears_agent_finish(), happens(Draining(20.0)), waits(1.0), happens(Draining(60.0))]
    call = Simulation(plan(), script, mind=[answer("Hello?")] * 9).run()
    assert call.ending.cause == "drained"
    assert call.now == pytest.approx(20.0, abs=1.0)


def test_a_ten_minute_call_of_silence_and_speech_is_an_instant_test():
    acts = []
    for number in range(80):
        acts += [says(f"question number {number} for you"), hears_agent_finish(), waits(3.0)]
    call = Simulation(
        plan(limits=Limits(maximum_duration_seconds=None)),
        [hears_agent_finish(), *acts, hangs_up()],
        mind=[answer("A good question, that. Let me tell you. It depends.") for _ in range(80)],
    ).run()
    assert call.now > 600
    assert len(call.user_turns()) == 80


def test_a_mind_that_never_speaks_up_is_given_up_quietly():
    call = silent(waits(30.0), hangs_up(), mind=[never()] * 9)
    assert call.ending.cause == "caller_hung_up"


def test_speaking_while_the_agent_is_about_to_speak_up_wins():
    call = silent(
        waits(7.05),
        says("sorry I was away"),
        hears_agent_start(),
        hears_agent_finish(),
        hangs_up(),
        mind=[answer("Are you still there?", first_token=0.5), answer("No problem.")],
    )
    assert call.transcript()[1:] == ["user: sorry I was away", "agent: No problem."]
