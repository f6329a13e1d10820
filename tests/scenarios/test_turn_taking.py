"""Whose turn it is: pauses, numbers, ears that are late, detectors that are wrong."""

import pytest
from tests.scenarios.simulation import (
    Ears,
    Simulation,
    answer,
    coughs,
    hangs_up,
    happens,
    hears_agent_finish,
    plan,
    reports,
    says,
    turn,
    types,
    waits,
)

from vivavoce.engine.commands import Tell, TentativeUserTranscript, Think, UserTranscript
from vivavoce.engine.events import Heard, SpeechStarted, SpeechStopped, Thought, ToolReturned, Voiced
from vivavoce.engine.plan import Endpointing


def reply_delay(call: Simulation) -> float:
    """Seconds from the end of the caller's first turn to the request to the mind."""
    stopped = next(event.at for _, event, _ in call.log if isinstance(event, SpeechStopped))
    return call.times(Think)[0] - stopped


def one_turn(text: str = "where is my order", ears: Ears | None = None, **settings: object) -> Simulation:
    script = [hears_agent_finish(), says(text), hears_agent_finish(), hangs_up()]
    return Simulation(plan(turn=turn(**settings)), script, mind=[answer("On its way.")], ears=ears).run()


def test_a_turn_and_its_answer():
    call = one_turn()
    assert call.transcript() == ["agent: Hello.", "user: where is my order", "agent: On its way."]


@pytest.mark.parametrize(("eagerness", "silence"), [("eager", 0.2), ("normal", 0.5), ("patient", 1.0)])
def test_eagerness_decides_how_much_silence_ends_a_turn(eagerness: str, silence: float):
    assert reply_delay(one_turn(eagerness=eagerness)) == pytest.approx(silence, abs=0.001)


def test_own_endpointing_overrides_the_eagerness():
    settings = Endpointing(sure_seconds=0.3, unknown_seconds=0.3, unsure_seconds=0.3)
    assert reply_delay(one_turn(endpointing=settings)) == pytest.approx(0.3, abs=0.001)


def test_a_sure_turn_model_shortens_the_silence():
    assert reply_delay(one_turn(ears=Ears(probability=0.95))) == pytest.approx(0.4, abs=0.001)


def test_a_doubting_turn_model_lengthens_it():
    assert reply_delay(one_turn(ears=Ears(probability=0.1))) == pytest.approx(1.4, abs=0.001)


def test_an_even_turn_model_and_a_complete_sentence_are_enough():
    assert reply_delay(one_turn("Where is my order?", Ears(probability=0.5))) == pytest.approx(0.4, abs=0.001)


def test_silence_mode_ignores_the_turn_model():
    assert reply_delay(one_turn(ears=Ears(probability=0.1), mode="silence")) == pytest.approx(0.5, abs=0.001)


def test_a_turn_model_that_speaks_after_the_final_still_counts():
    script = [
        hears_agent_finish(),
        says("where is my order", final_delay=0.05),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("Here.")], ears=Ears(probability=0.9)).run()
    assert reply_delay(call) == pytest.approx(0.4, abs=0.001)


def test_the_delay_counts_from_the_audio_and_not_from_when_it_was_noticed():
    assert reply_delay(one_turn(ears=Ears(stop_delay=0.3))) == pytest.approx(0.5, abs=0.001)


def test_somebody_who_breaks_off_after_and_gets_patience():
    assert reply_delay(one_turn("I want a pizza and")) == pytest.approx(1.4, abs=0.001)


def test_somebody_who_trails_off_gets_patience():
    assert reply_delay(one_turn("I was thinking...")) == pytest.approx(1.4, abs=0.001)


@pytest.mark.parametrize("text", ["my number is five five one", "it is spelled B E R N", "call 5 5 1"])
def test_numbers_and_spelling_get_patience(text: str):
    assert reply_delay(one_turn(text)) == pytest.approx(1.5, abs=0.001)


def test_spelling_patience_can_be_switched_off():
    assert reply_delay(one_turn("it is five five one", spelling_patience="off")) == pytest.approx(0.5, abs=0.001)


def test_a_number_dictated_in_groups_is_one_turn():
    script = [
        hears_agent_finish(),
        says("five five one"),
        waits(0.9),
        says("three two four"),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("Thank you.")]).run()
    assert call.transcript()[1] == "user: five five one three two four"


def test_a_short_pause_does_not_end_the_turn():
    script = [hears_agent_finish(), says("I want"), waits(0.3), says("to return it"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer("Sure.")]).run()
    assert [one.text for one in call.user_turns()] == ["I want to return it"]
    assert len(call.all(Think)) == 1


def test_a_late_final_transcript_is_waited_for():
    call = one_turn(ears=Ears(final_delay=1.2))
    assert reply_delay(call) == pytest.approx(1.2, abs=0.001)
    assert call.user_turns()[0].text == "where is my order"


def test_a_transcript_that_never_comes_is_replaced_by_the_words_so_far():
    call = one_turn("where is the nearest station please", ears=Ears(finals=False))
    assert reply_delay(call) == pytest.approx(1.5, abs=0.001)
    assert call.user_turns()[0].text == "where is the nearest station"


@pytest.mark.parametrize("interims", [True, False])
def test_an_ear_that_is_slow_but_at_work_is_waited_for(interims: bool):
    """A machine that is busy: half the words would be the wrong question, and no words no question at all."""
    ears = Ears(final_delay=4.0, interims=interims, tells_its_work=True)
    call = one_turn("where is the nearest station please", ears=ears)
    assert [one.text for one in call.user_turns()] == ["where is the nearest station please"]
    assert reply_delay(call) == pytest.approx(4.0, abs=0.001)


def test_an_ear_at_work_is_not_waited_for_for_ever():
    ears = Ears(finals=False, tells_its_work=True)
    call = one_turn("where is the nearest station please", ears=ears)
    assert reply_delay(call) == pytest.approx(6.5, abs=0.001)
    assert call.user_turns()[0].text == "where is the nearest station"


def test_a_final_that_comes_after_the_turn_was_settled_is_not_a_new_turn():
    call = one_turn(ears=Ears(final_delay=1.7))
    assert len(call.user_turns()) == 1
    assert call.transcript()[-1] == "agent: On its way."


def test_sound_without_any_transcript_is_no_turn():
    script = [hears_agent_finish(), coughs(0.5), waits(4.0), hangs_up()]
    call = Simulation(plan(), script).run()
    assert call.all(Think) == []
    assert call.user_turns() == []


def test_noise_does_not_stop_the_next_turn():
    script = [hears_agent_finish(), coughs(), waits(3.0), says("hello there"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer("Yes?")]).run()
    assert call.transcript()[1:] == ["user: hello there", "agent: Yes?"]


def test_an_ear_without_a_voice_detector_is_enough():
    call = one_turn(ears=Ears(detector=False))
    assert call.transcript()[1:] == ["user: where is my order", "agent: On its way."]


def test_an_ear_that_gives_only_finals_is_enough():
    call = one_turn(ears=Ears(interims=False))
    assert call.transcript()[1:] == ["user: where is my order", "agent: On its way."]


def test_two_finals_are_one_turn():
    script = [
        hears_agent_finish(),
        reports(SpeechStarted),
        waits(0.5),
        reports(lambda now: Heard("I have", now)),
        waits(0.5),
        reports(SpeechStopped),
        reports(lambda now: Heard("a question", now)),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("Yes?")]).run()
    assert call.user_turns()[0].text == "I have a question"


def test_a_voice_detector_that_never_says_stop_does_not_hang_the_call():
    script = [
        hears_agent_finish(),
        reports(SpeechStarted),
        waits(1.0),
        reports(lambda now: Heard("are you there", now)),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("I am.")]).run()
    assert call.transcript()[1:] == ["user: are you there", "agent: I am."]


def test_a_detector_that_reports_twice_changes_nothing():
    script = [
        hears_agent_finish(),
        reports(SpeechStarted),
        reports(SpeechStarted),
        waits(1.0),
        reports(SpeechStopped),
        reports(SpeechStopped),
        reports(lambda now: Heard("once", now)),
        hears_agent_finish(),
        hangs_up(),
    ]
    call = Simulation(plan(), script, mind=[answer("Yes.")]).run()
    assert [one.text for one in call.user_turns()] == ["once"]


def test_the_client_sees_the_words_while_they_are_spoken_and_then_the_turn():
    call = one_turn()
    told = [command.event for command in call.all(Tell)]
    tentative = [event.text for event in told if isinstance(event, TentativeUserTranscript)]
    assert tentative == ["where", "where is", "where is my", "where is my order"]
    assert [event.text for event in told if isinstance(event, UserTranscript)] == ["where is my order"]


def test_writing_in_the_middle_of_a_spoken_turn_keeps_both():
    script = [hears_agent_finish(), says("my name is"), waits(0.2), types("Zoë"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer("Hello Zoë.")]).run()
    assert call.transcript()[1:] == ["user: my name is", "user: Zoë", "agent: Hello Zoë."]


def test_events_of_dead_runs_change_nothing():
    script = [
        hears_agent_finish(),
        happens(Thought(99, "boo"), Voiced(99, 0, 1.0), ToolReturned("x", "y")),
        waits(1.0),
        hangs_up(),
    ]
    call = Simulation(plan(), script).run()
    assert call.transcript() == ["agent: Hello."]
