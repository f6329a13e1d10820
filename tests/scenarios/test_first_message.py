"""How a call begins."""

from tests.scenarios.simulation import (
    Simulation,
    answer,
    coughs,
    hangs_up,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import AgentResponse, Pause, Say, Think
from vivavoce.engine.events import Typed

LONG = "Hello and welcome to the house of flowers, what can I do for you today?"


def test_the_first_message_is_said_at_once_without_asking_the_mind():
    call = Simulation(plan(), [hears_agent_finish(), hangs_up()]).run()
    assert call.times(Say) == [0.0]
    assert call.all(Think) == []
    assert [event.text for event in call.all(AgentResponse)] == ["Hello."]
    assert call.agent_turns()[0].model is None


def test_without_a_first_message_the_caller_speaks_first():
    script = [waits(1.0), says("hello"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(first_message=""), script, mind=[answer("Hi.")]).run()
    assert call.transcript() == ["user: hello", "agent: Hi."]


def test_without_a_first_message_the_agent_speaks_up_after_the_initial_wait():
    settings = plan(first_message="", turn=turn(initial_wait_seconds=3.0))
    call = Simulation(settings, [hears_agent_finish(), hangs_up()], mind=[answer("Anybody there?")]).run()
    assert call.times(Think) == [3.0]


def test_the_initial_wait_is_the_turn_timeout_unless_it_is_set():
    call = Simulation(plan(first_message=""), [hears_agent_finish(), hangs_up()], mind=[answer("Hm?")]).run()
    assert call.times(Think) == [7.0]


def test_the_first_message_can_be_interrupted():
    script = [hears_agent_start(), waits(1.0), says("I need help"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(first_message=LONG), script, mind=[answer("Sure.")]).run()
    assert call.agent_turns()[0].interrupted
    assert call.transcript()[1:] == ["user: I need help", "agent: Sure."]


def test_the_first_message_cannot_be_interrupted_if_the_agent_says_so():
    script = [hears_agent_start(), waits(1.0), says("I need help"), hears_agent_finish(), waits(2.0), hangs_up()]
    call = Simulation(plan(first_message=LONG, interruptible=False), script).run()
    assert call.all(Pause) == []
    assert call.transcript() == [f"agent: {LONG}"]


def test_what_is_said_over_it_is_carried_into_the_next_turn_on_request():
    settings = turn(transcribes_when_uninterruptible=True)
    script = [
        hears_agent_start(),
        waits(1.0),
        says("I need help"),
        hears_agent_finish(),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(
        plan(first_message=LONG, interruptible=False, turn=settings), script, mind=[answer("Sure.")]
    ).run()
    assert call.transcript() == [f"agent: {LONG}", "user: I need help", "agent: Sure."]


def test_somebody_who_still_speaks_when_it_ends_is_heard():
    script = [
        hears_agent_start(),
        waits(4.0),
        says("I need help with my order please"),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(
        plan(first_message=LONG, interruptible=False),
        [*script[:-1], hears_agent_finish(), hangs_up()],
        mind=[answer("Sure.")],
    ).run()
    assert call.transcript()[1:] == ["user: I need help with my order please", "agent: Sure."]


def test_what_is_written_over_it_waits_until_it_is_over():
    script = [hears_agent_start(), types("help"), hears_agent_finish(), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(first_message=LONG, interruptible=False), script, mind=[answer("Sure.")]).run()
    assert call.transcript() == [f"agent: {LONG}", "user: help", "agent: Sure."]


def test_a_cough_over_it_changes_nothing():
    script = [hears_agent_start(), waits(0.5), coughs(), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(first_message=LONG), script).run()
    assert call.transcript() == [f"agent: {LONG}"]
    assert call.heard_once(1)


def test_a_long_first_message_is_said_in_pieces_that_join_to_it():
    call = Simulation(plan(first_message=LONG), [hears_agent_finish(), hangs_up()]).run()
    assert len(call.all(Say)) > 1
    assert call.agent_turns()[0].text == LONG


def test_the_history_begins_with_the_first_message():
    call = Simulation(
        plan(), [hears_agent_finish(), says("hi"), hears_agent_finish(), hangs_up()], mind=[answer("Yes?")]
    )
    call.run()
    kinds = [type(message).__name__ for message in call.all(Think)[0].messages]
    assert kinds == ["Instructions", "AgentMessage", "UserMessage"]


def test_what_is_written_before_the_line_is_open_is_answered_then():
    call = Simulation(plan(), [hears_agent_finish(), hears_agent_finish(), hangs_up()], mind=[answer("Yes.")])
    assert call.conversation.handle(Typed("are you there"), 0.0) == []
    call.run()
    assert call.transcript() == ["agent: Hello.", "user: are you there", "agent: Yes."]
