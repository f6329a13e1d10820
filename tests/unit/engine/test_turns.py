"""One turn of the caller: when it is over, noise, or stuck."""

import pytest

from vivavoce.engine.plan import TurnSettings
from vivavoce.engine.turns import CallerTurn, is_equivalent, reads_complete, reads_spelled, reads_unfinished

NORMAL = TurnSettings()


def spoken(text: str = "hello you", *, final: bool = True) -> CallerTurn:
    turn = CallerTurn()
    turn.speech_started(1.0)
    turn.speech_stopped(2.0)
    if text:
        turn.heard(text, 2.1, final=final)
    return turn


def test_it_is_over_after_silence_and_a_final():
    assert spoken().is_over_at(NORMAL) == pytest.approx(2.5)


def test_a_missing_final_is_waited_for():
    assert spoken(final=False).is_over_at(NORMAL) == pytest.approx(3.5)


def test_an_ear_that_is_at_work_is_waited_for_longer():
    turn = spoken(final=False)
    turn.ear_is_at_work(2.0)
    assert turn.is_over_at(NORMAL) == pytest.approx(8.5)
    turn.heard("hello you there", 2.0, final=True)
    assert turn.is_over_at(NORMAL) == pytest.approx(2.5)


def test_a_sound_is_no_noise_before_the_ear_that_is_at_work_has_had_time_to_say_so():
    turn = spoken("")
    turn.ear_is_at_work(2.0)
    assert turn.is_noise_at() == pytest.approx(8.0)
    turn.heard("", 2.0, final=True)
    assert turn.is_noise_at() == pytest.approx(4.0)


def test_an_ear_that_works_on_something_older_begins_no_turn():
    turn = CallerTurn()
    turn.ear_is_at_work(2.0)
    assert not turn.has_begun
    assert turn.at_work_until is None


def test_a_final_that_ends_long_before_the_sound_is_not_the_last():
    turn = CallerTurn()
    turn.speech_started(1.0)
    turn.heard("hello", 1.4, final=True)
    turn.speech_stopped(2.0)
    assert not turn.is_transcribed
    assert turn.is_over_at(NORMAL) == pytest.approx(3.5)


def test_it_is_not_over_while_they_speak_or_without_words():
    turn = spoken()
    turn.speech_started(2.2)
    assert turn.is_over_at(NORMAL) is None
    assert spoken("").is_over_at(NORMAL) is None


def test_it_is_not_over_while_the_silence_is_in_doubt():
    turn = spoken()
    turn.silence_in_doubt(2.7)
    assert turn.is_over_at(NORMAL) == pytest.approx(2.7)
    turn.silence_in_doubt(2.45)
    assert turn.is_over_at(NORMAL) == pytest.approx(2.5)


def test_an_opinion_on_the_last_pause_does_not_count_for_the_next():
    turn = spoken()
    turn.likely_over(0.95)
    assert turn.is_over_at(NORMAL) == pytest.approx(2.4)
    turn.speech_started(2.1)
    turn.speech_stopped(3.0)
    turn.heard("and more words", 3.1, final=True)
    assert turn.is_over_at(NORMAL) == pytest.approx(3.5)


def test_noise_is_forgotten_and_a_stuck_detector_not_believed():
    assert spoken("").is_noise_at() == pytest.approx(4.0)
    assert spoken().is_noise_at() is None
    turn = CallerTurn()
    turn.speech_started(1.0)
    assert turn.is_noise_at() == pytest.approx(13.0)
    turn.heard("words", 3.0, final=False)
    assert turn.is_stuck_at() == pytest.approx(15.0)


def test_without_a_detector_words_are_the_sound():
    turn = CallerTurn()
    turn.heard("hello", 1.0, final=False)
    turn.heard("hello", 1.5, final=False)
    assert turn.last_sound_at == 1.0
    turn.heard("hello you", 2.0, final=True)
    assert turn.is_over_at(NORMAL) == pytest.approx(2.5)


def test_an_empty_final_before_any_sound_is_nothing():
    turn = CallerTurn()
    turn.heard("", 1.0, final=True)
    assert not turn.has_begun
    assert not turn.is_transcribed


@pytest.mark.parametrize(
    ("text", "complete", "unfinished", "spelled"),
    [
        ("That is all.", True, False, False),
        ("Is it?", True, False, False),
        ("I want to", False, True, False),
        ("Well...", False, True, False),
        ("my number is five five", False, False, True),
        ("A B C", False, False, True),
        ("room 12 34", False, False, True),
        ("I am a", False, True, False),
        ("und dann noch", False, False, False),
        ("", False, False, False),
    ],
)
def test_how_a_text_reads(text: str, complete: bool, unfinished: bool, spelled: bool):
    assert (reads_complete(text), reads_unfinished(text), reads_spelled(text)) == (complete, unfinished, spelled)


def test_equivalence_is_about_words():
    assert is_equivalent("Where is my order?", "where is my order")
    assert not is_equivalent("where is my order", "where is my border")
