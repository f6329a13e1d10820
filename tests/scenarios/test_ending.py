"""How a call ends: once, with its last words heard and everything stored."""

import pytest
from tests.scenarios.simulation import (
    Simulation,
    Voice,
    answer,
    calls,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    never,
    plan,
    reports,
    says,
    sees,
    types,
    waits,
)

from vivavoce.engine.commands import AgentToolResponse, HangUp, Remember, Say, StopThinking, Think
from vivavoce.engine.conversation import Conversation
from vivavoce.engine.events import Connected, EarFailed, Elapsed, HangUpAsked, Heard, LineDropped, SpeechStarted
from vivavoce.engine.plan import EndCall, Limits

ENDS = (EndCall(),)


def goodbye(*mind, acts=(), **changes) -> Simulation:
    script = [hears_agent_finish(), says("thank you, goodbye"), *acts]
    return Simulation(plan(system_tools=ENDS, **changes), script, mind=mind).run()


def test_the_agent_ends_the_call_after_its_last_words_were_heard():
    call = goodbye(calls("end_call", arguments={"reason": "done", "message": "Goodbye, take care."}))
    assert call.transcript()[-1] == "agent: Goodbye, take care."
    assert call.ending.cause == "agent_ended_call"
    assert call.ending.reason == "done"
    assert call.heard_seconds(call.all(Say)[-1].run) == pytest.approx(18 * 0.06)


def test_the_text_of_the_turn_is_the_goodbye_if_there_is_no_message():
    call = goodbye(calls("end_call", "Goodbye then.", arguments={"reason": "done"}))
    assert call.transcript()[-1] == "agent: Goodbye then."


def test_text_and_message_are_both_said_but_not_twice():
    both = calls("end_call", "Thank you.", arguments={"reason": "done", "message": "Goodbye."})
    same = calls("end_call", "Goodbye.", arguments={"reason": "done", "message": "Goodbye."})
    assert goodbye(both).transcript()[-1] == "agent: Thank you. Goodbye."
    assert goodbye(same).transcript()[-1] == "agent: Goodbye."


def test_without_any_words_it_ends_at_once():
    call = goodbye(calls("end_call", arguments={"reason": "done"}))
    assert call.now - call.times(Think)[0] < 0.3


def test_the_client_learns_of_it_only_after_the_last_sound():
    call = goodbye(calls("end_call", arguments={"reason": "done", "message": "Goodbye, take care."}))
    assert call.times(AgentToolResponse) == call.times(HangUp)
    kinds = [type(command).__name__ for command in call.log[-1][2]]
    assert kinds.index("Tell") < kinds.index("HangUp")


def test_the_goodbye_cannot_be_interrupted():
    message = "Goodbye, and thank you very much for calling us today."
    acts = (hears_agent_start(), waits(0.5), says("oh wait"))
    call = goodbye(calls("end_call", arguments={"reason": "done", "message": message}), acts=acts)
    assert call.transcript()[-1] == f"agent: {message}"


def test_what_is_written_over_the_goodbye_is_kept():
    acts = (hears_agent_start(), waits(0.5), types("one more thing"))
    call = goodbye(calls("end_call", arguments={"reason": "done", "message": "Goodbye, and thanks."}), acts=acts)
    assert call.transcript()[-1] == "user: one more thing"


def test_a_goodbye_that_no_voice_can_say_does_not_hold_the_line():
    call = Simulation(
        plan(system_tools=ENDS),
        [hears_agent_finish(), says("bye")],
        mind=[calls("end_call", arguments={"reason": "done", "message": "Goodbye."})],
        voice=Voice(silent_on=tuple(range(1, 9))),
    ).run()
    assert call.ending.cause == "agent_ended_call"
    assert call.now < 20


def test_end_call_without_being_switched_on_is_no_tool():
    call = Simulation(
        plan(),
        [hears_agent_finish(), says("bye"), hears_agent_finish(), hangs_up()],
        mind=[calls("end_call"), answer("I cannot hang up.")],
    ).run()
    assert call.ending.cause == "caller_hung_up"


@pytest.mark.parametrize(
    "before",
    [
        (),
        (hears_agent_start(),),
        (hears_agent_finish(),),
        (hears_agent_finish(), says("where is my order", seconds=2.0), sees(Think)),
        (hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(0.5)),
        (hears_agent_finish(), reports(SpeechStarted), waits(0.3)),
    ],
    ids=["at once", "first message", "listening", "thinking", "speaking", "talking"],
)
def test_a_caller_who_hangs_up_in_any_state(before):
    call = Simulation(plan(), [*before, hangs_up()], mind=[answer("It is on its way to you.")] * 3).run()
    assert call.ending.cause == "caller_hung_up"
    assert len(call.all(HangUp)) == 1
    assert call.log[-1][2][-1] == call.all(HangUp)[0]


def test_hanging_up_stops_the_mind_and_keeps_what_was_heard():
    acts = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(0.8), hangs_up()]
    slow = answer("It is on its way. It should be there. " * 5, per_token=0.2)
    call = Simulation(plan(), acts, mind=[slow]).run()
    assert call.all(StopThinking)
    assert call.agent_turns()[-1].interrupted
    assert call.agent_turns()[-1].text.startswith("It is on")


def test_a_turn_that_is_cut_off_by_the_end_is_still_a_turn():
    script = [
        hears_agent_finish(),
        reports(SpeechStarted),
        waits(0.8),
        reports(lambda now: Heard("I would like", now, final=False)),
        hangs_up(),
    ]
    call = Simulation(plan(), script).run()
    assert call.transcript() == ["agent: Hello.", "user: I would like"]


def test_the_api_can_end_a_call():
    script = [hears_agent_finish(), happens(HangUpAsked("An operator ended the call."))]
    call = Simulation(plan(), script).run()
    assert (call.ending.cause, call.ending.reason) == ("hang_up_asked", "An operator ended the call.")


def test_a_line_that_never_opens_is_given_up():
    conversation = Conversation(plan(), 0.0)
    deadline = conversation.deadline()
    assert deadline is not None
    [hang_up] = conversation.handle(Elapsed(), deadline.at)
    assert isinstance(hang_up, HangUp)


def test_nothing_follows_the_end():
    conversation = Conversation(plan(), 0.0)
    conversation.handle(LineDropped(), 1.0)
    assert conversation.handle(Connected(), 2.0) == []
    assert conversation.handle(LineDropped(), 3.0) == []
    assert conversation.deadline() is None


def test_without_an_ear_the_call_is_over():
    call = Simulation(plan(), [hears_agent_finish(), happens(EarFailed("gone"))]).run()
    assert call.ending.error_type == "asr_transcription_error"
    assert call.ending.close_code == 1002


def test_the_usage_of_the_whole_call_goes_with_the_end():
    call = Simulation(
        plan(), [hears_agent_finish(), says("hi"), hears_agent_finish(), hangs_up()], mind=[answer("On its way.")]
    ).run()
    usage = call.all(HangUp)[0].usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 3)
    assert usage.voiced_characters == len("Hello.") + len("On its way.")
    assert usage.voiced_seconds == pytest.approx(17 * 0.06)


def test_every_turn_is_stored_before_the_end():
    call = Simulation(
        plan(limits=Limits(maximum_duration_seconds=6.0)),
        [hears_agent_finish(), says("tell me a story")],
        mind=[answer("Once upon a time there was a little girl. " * 9)],
    ).run()
    assert call.times(Remember)[-1] <= call.times(HangUp)[0]
    assert [turn.index for turn in call.turns()] == list(range(len(call.turns())))


def test_a_mind_that_hangs_does_not_hang_the_call():
    call = Simulation(plan(), [hears_agent_finish(), says("hello")], mind=[never()] * 9).run()
    assert call.ending.cause == "mind_failed"
    assert call.now < 30
