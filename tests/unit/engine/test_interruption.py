"""The table of verdicts, row by row."""

import pytest

from vivavoce.engine.interruption import Cut, Ignore, Surroundings, Wait, is_backchannel, judge
from vivavoce.engine.plan import TurnSettings
from vivavoce.engine.turns import CallerTurn
from vivavoce.engine.words import words_of


def around(*, said: str = "", interims: bool = True, **settings) -> Surroundings:
    return Surroundings(TurnSettings(**settings), "en", words_of(said), interims)


def sound(text: str = "", *, seconds: float | None = 0.5, final: bool = True) -> CallerTurn:
    turn = CallerTurn()
    turn.speech_started(10.0)
    if text:
        turn.heard(text, 10.2, final=False)
    if seconds is not None:
        turn.speech_stopped(10.0 + seconds)
        if text and final:
            turn.heard(text, 10.0 + seconds + 0.1, final=True)
    return turn


@pytest.mark.parametrize(
    ("turn", "now", "verdict"),
    [
        (sound(seconds=None), 10.1, Wait(12.0)),
        (sound(seconds=None), 12.0, Ignore("a voice without words")),
        (sound(), 10.6, Wait(11.2)),
        (sound(), 11.2, Ignore("a sound without words")),
        (sound("stop it", seconds=None), 10.2, Cut("the caller speaks")),
        (sound("stop it"), 10.6, Cut("the caller speaks")),
        (sound("mhm", seconds=None), 10.3, Wait(12.2)),
        (sound("mhm"), 10.6, Ignore("back-channel: mhm", backchannel=True)),
        (sound("mhm", final=False), 10.6, Wait(11.3)),
        (sound("?!"), 10.6, Ignore("no words")),
    ],
)
def test_the_table(turn: CallerTurn, now: float, verdict: object):
    assert judge(turn, now, around()) == verdict


def test_an_empty_final_settles_it():
    turn = sound()
    turn.heard("", 10.6, final=True)
    assert judge(turn, 10.6, around()) == Ignore("the ear heard no words")


def test_an_ear_without_interims_gets_more_time():
    assert judge(sound(seconds=None), 12.5, around(interims=False)) == Wait(18.0)


def test_an_echo_needs_three_words_in_a_row():
    said = "your order left this morning"
    assert judge(sound("order left this"), 10.6, around(said=said)) == Ignore("an echo of the agent's own words")
    assert isinstance(judge(sound("order this left"), 10.6, around(said=said)), Cut)
    assert isinstance(judge(sound("order left"), 10.6, around(said=said)), Cut)


def test_the_beginning_of_an_ignored_term_is_waited_for():
    settings = {"interruption_ignore_terms": ("got it",)}
    assert isinstance(judge(sound("got", seconds=None), 10.3, around(**settings)), Wait)
    assert isinstance(judge(sound("got"), 10.6, around(**settings)), Cut)
    assert isinstance(judge(sound("got it"), 10.6, around(**settings)), Ignore)


@pytest.mark.parametrize(
    ("text", "language", "merged", "languages", "expected"),
    [
        ("uh-huh", "en", False, (), True),
        ("mhm mhm", "en", False, (), True),
        ("okay", "en", False, (), False),
        ("okay", "en", True, (), True),
        ("D'accord.", "fr", True, (), True),
        ("genau", "en", True, (), False),
        ("genau", "en", True, ("de",), True),
        ("sim", "pt-br", True, (), True),
        ("yes please", "en", True, (), False),
    ],
)
def test_back_channels(text: str, language: str, merged: bool, languages: tuple[str, ...], expected: bool):
    settings = TurnSettings(merge_default_ignore_terms=merged, interruption_ignore_languages=languages)
    assert is_backchannel(words_of(text), settings, language) is expected
