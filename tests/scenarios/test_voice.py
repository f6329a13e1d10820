"""The voice: failing over, alignment that is missing, lines that do not report."""

import pytest
from tests.scenarios.simulation import (
    PHONE,
    Ears,
    Simulation,
    Voice,
    answer,
    coughs,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    waits,
)

from vivavoce.engine.commands import (
    AgentResponseCorrection,
    AgentResponsePart,
    FinishSaying,
    Hush,
    Play,
    RememberStandIn,
    Say,
)
from vivavoce.engine.events import SteppedIn

REPLY = "Of course I can help you. Your order left this morning. It should arrive tomorrow afternoon."


def speak(*acts, voice: Voice, text: str = REPLY, **changes) -> Simulation:
    script = [hears_agent_finish(), says("where is my order"), *acts, hears_agent_finish(), hangs_up()]
    return Simulation(plan(**changes), script, mind=[answer(text), answer("Yes?")], voice=voice).run()


def test_a_voice_that_fails_is_tried_again_and_nothing_is_lost_or_repeated():
    call = speak(voice=Voice(fails_on=(2,)))
    assert call.transcript()[-1] == f"agent: {REPLY}"
    assert {say.voice.voice_id for say in call.all(Say)} == {"ada"}
    for run in {play.run for play in call.all(Play)}:
        assert call.heard_once(run)


def test_a_voice_that_fails_twice_in_a_reply_has_failed():
    call = speak(voice=Voice(fails_on=(2, 4)))
    assert call.ending.error_type == "tts_cascade_error"
    assert any("failed again" in note for note in call.notes())


def test_a_voice_that_is_silent_has_failed():
    call = speak(voice=Voice(silent_on=(2,)))
    assert call.transcript()[-1] == f"agent: {REPLY}"
    assert any("no audio for 5 s" in note for note in call.notes())


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_every_word_is_heard_once_whichever_piece_the_voice_loses(lost: int):
    call = speak(voice=Voice(silent_on=(lost,)))
    runs = {say.run for say in call.all(Say)}
    heard = sum(call.heard_characters(run) for run in runs)
    assert heard == pytest.approx(len(("Hello." + REPLY).replace(" ", "")), abs=1)
    assert call.transcript()[-1] == f"agent: {REPLY}"


def test_without_any_voice_the_call_is_over():
    call = speak(voice=Voice(silent_on=tuple(range(1, 40))))
    assert call.ending.error_type == "tts_cascade_error"
    assert call.now < 60


def test_the_rest_is_heard_after_what_the_first_voice_made():
    call = speak(voice=Voice(fails_on=(2,), speed=50.0))
    runs = [run for run, _, _ in call.line.heard]
    assert runs == sorted(runs)


@pytest.mark.parametrize("alignment", ["characters", "words", "none"])
def test_the_heard_prefix_with_and_without_alignment(alignment: str):
    call = speak(hears_agent_start(), waits(2.0), says("stop it please"), voice=Voice(alignment=alignment))
    [correction] = call.all(AgentResponseCorrection)
    heard = call.heard_seconds(call.all(Hush)[0].run)
    expected = len(REPLY[: int(heard / 0.06)])
    assert REPLY.startswith(correction.corrected)
    assert abs(len(correction.corrected) - expected) < 12


@pytest.mark.parametrize("alignment", ["characters", "words", "none"])
def test_only_whole_words_are_heard(alignment: str):
    call = speak(hears_agent_start(), waits(1.7), says("stop it please"), voice=Voice(alignment=alignment))
    [correction] = call.all(AgentResponseCorrection)
    rest = REPLY[len(correction.corrected) :]
    assert rest[0] in " .," or not correction.corrected


def test_a_line_that_reports_nothing_is_believed_after_a_while():
    script = [hears_agent_finish(), says("hi"), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer(REPLY)])
    call.line.reports = False
    call.run()
    assert call.transcript()[-1] == f"agent: {REPLY}"
    assert call.ending.cause == "caller_hung_up"


def test_a_voice_slower_than_real_time_is_waited_for():
    call = speak(voice=Voice(speed=0.7, chunk=0.2))
    assert call.transcript()[-1] == f"agent: {REPLY}"
    assert call.heard_once(call.all(Play)[-1].run)


def test_a_cough_while_the_voice_is_slow_loses_nothing():
    call = speak(hears_agent_start(), waits(0.5), coughs(), voice=Voice(speed=0.7, chunk=0.2))
    assert call.transcript()[-1] == f"agent: {REPLY}"
    assert call.heard_once(call.all(Play)[-1].run)


def test_a_voice_that_fails_while_the_reply_is_paused_goes_on_after_it():
    call = speak(hears_agent_start(), waits(0.1), coughs(1.0), voice=Voice(fails_on=(2,), speed=1.5))
    assert call.transcript()[-1] == f"agent: {REPLY}"


def test_each_run_is_told_when_its_text_is_complete():
    call = speak(voice=Voice())
    runs = {say.run for say in call.all(Say)}
    assert {finish.run for finish in call.all(FinishSaying)} == runs


def test_audio_is_released_in_the_order_of_the_text():
    call = speak(voice=Voice(chunk=0.1))
    for run in {play.run for play in call.all(Play)}:
        plays = [play for play in call.all(Play) if play.run == run]
        ends = [play.end_seconds for play in plays]
        assert [play.start_seconds for play in plays[1:]] == ends[:-1]


def test_an_echo_on_a_phone_does_not_stop_the_agent():
    call = Simulation(
        plan(line=PHONE),
        [
            hears_agent_finish(),
            says("where is my order"),
            hears_agent_start(),
            waits(2.5),
            says("I can help you"),
            hears_agent_finish(),
            hangs_up(),
        ],
        mind=[answer(REPLY)],
        ears=Ears(),
    ).run()
    assert call.agent_turns()[-1].text == REPLY


def test_what_is_written_beside_the_voice_is_closed_once_whole_or_cut():
    call = speak(waits(0.5), says("no wait, the other one"), voice=Voice())
    begun = [part.event_id for part in call.all(AgentResponsePart) if part.kind == "start"]
    closed = [part.event_id for part in call.all(AgentResponsePart) if part.kind == "stop"]
    assert begun == closed
    assert len(begun) == 3


def test_the_same_voice_tried_again_is_no_stand_in():
    assert not speak(voice=Voice(fails_on=(2,))).all(RememberStandIn)


def test_what_stepped_in_within_the_installation_is_remembered_once():
    down = happens(SteppedIn("ear", "far", "near", "no line"))
    call = speak(down, down, happens(SteppedIn("ear", "near", "far", "no line")), voice=Voice())
    kept = [command.stand_in for command in call.all(RememberStandIn)]
    assert [(each.failed, each.instead) for each in kept] == [("far", "near"), ("near", "far")]
