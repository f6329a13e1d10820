"""What a client says about when a voice begins and ends is what voice activity is smoothed by."""

import pytest
from pydantic import ValidationError

from vivavoce.features.voices.routes_listening import Options
from vivavoce.live.hearing import Smoothing

USUAL = Smoothing()


def test_who_says_nothing_is_heard_as_callers_are() -> None:
    assert Options().smoothing(USUAL) == USUAL


def test_what_is_said_counts() -> None:
    options = Options(vad_threshold=0.8, min_speech_duration_ms=250, min_silence_duration_ms=700)
    found = options.smoothing(USUAL)
    assert (found.start_probability, found.start_seconds, found.stop_seconds) == (0.8, 0.25, 0.7)
    assert found.stop_probability == pytest.approx(0.65)


def test_a_voice_always_ends_somewhere() -> None:
    assert 0 < Options(vad_threshold=0.1).smoothing(USUAL).stop_probability <= 0.1


@pytest.mark.parametrize("wrong", [{"vad_threshold": 0.95}, {"min_speech_duration_ms": 5}])
def test_what_is_out_of_its_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)
