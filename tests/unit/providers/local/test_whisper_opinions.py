"""When a stretch of speech is heard again: not for noise, once more for what went astray, with care where unsure; and
never for nobody."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vivavoce.providers.local.features import SAMPLE_RATE_HZ
from vivavoce.providers.local.whisper import Unwanted, Whisper, _Draft

SPEECH = np.zeros(3 * SAMPLE_RATE_HZ, np.float32)


def draft(text: str, confidence: float, silence: float = 0.1) -> _Draft:
    return _Draft([f"Ġ{word}" for word in text.split()], confidence, silence)


class Drafting(Whisper):
    """Gives these drafts, one after the other, and notes for which window and with how many ways they were made."""

    def __init__(self, drafts: Sequence[_Draft], *, multilingual: bool = True) -> None:
        self._drafts = list(drafts)
        self._multilingual = multilingual
        self.most_tokens: list[int] = []
        self.made: list[tuple[float, int]] = []

    @property
    def is_multilingual(self) -> bool:
        return self._multilingual

    def _encoded(self, samples: Any, window_seconds: float) -> Any:
        return window_seconds

    def _language(self, encoded: Any, expected: str, seconds: float) -> str:
        return expected

    def _decoded(self, encoded: Any, language: str, prompt: str, most_tokens: int, *, ways: int = 1) -> _Draft:
        self.made.append((encoded, ways))
        self.most_tokens.append(most_tokens)
        return self._drafts.pop(0)


def test_what_is_sure_is_taken_at_once() -> None:
    model = Drafting([draft("where is my order", -0.1)])
    assert model.transcribe(SPEECH).text == "where is my order"
    assert model.made == [(8.0, 1)]


def test_what_is_not_sure_is_weighed_with_care_and_only_where_it_matters() -> None:
    drafts = [draft("where is my border", -0.5), draft("where is my order", -0.4)]
    model = Drafting(drafts)
    assert model.transcribe(SPEECH).text == "where is my order"
    assert model.made == [(8.0, 1), (8.0, 5)]
    quick = Drafting(drafts)
    assert quick.transcribe(SPEECH, careful=False).text == "where is my border"
    assert quick.made == [(8.0, 1)]


def test_what_goes_round_in_circles_is_heard_again_with_more_room_and_then_with_the_whole_window() -> None:
    model = Drafting([draft("well " + "and so on " * 6, -0.2), draft("and so on", -0.2)])
    assert model.transcribe(SPEECH).text == "and so on"
    assert model.made == [(8.0, 1), (10.0, 1)]
    drafts = [
        draft("well " + "and so on " * 6, -0.2),
        draft("well " + "and so on " * 6, -0.2),
        draft("and so on", -0.2),
    ]
    stubborn = Drafting(drafts)
    assert stubborn.transcribe(SPEECH).text == "and so on"
    assert stubborn.made == [(8.0, 1), (10.0, 1), (30.0, 1)]


def test_what_is_said_twice_is_heard_again_with_more_room_and_then_believed() -> None:
    twice = "please cancel my appointment. Please cancel my appointment."
    model = Drafting([draft(twice, -0.1), draft("please cancel my appointment.", -0.1)])
    assert model.transcribe(SPEECH).text == "please cancel my appointment."
    assert model.made == [(8.0, 1), (10.0, 1)]
    meant = Drafting([draft(twice, -0.1), draft(twice, -0.1)])
    assert meant.transcribe(SPEECH).text == twice
    assert meant.made == [(8.0, 1), (10.0, 1)]


def test_noise_without_words_is_heard_once() -> None:
    model = Drafting([draft("you", -1.4, silence=0.9)])
    assert model.transcribe(SPEECH).text == ""
    assert model.made == [(8.0, 1)]


def test_the_small_english_model_hears_with_less_room() -> None:
    model = Drafting([draft("where is my order", -0.1)] * 2, multilingual=False)
    model.transcribe(SPEECH)
    model.transcribe(np.tile(SPEECH, 2))
    assert model.made == [(8.0, 1), (9.0, 1)]


def test_going_round_in_circles_ends_where_nobody_could_have_said_more() -> None:
    """Two hundred tokens would keep a thread from others for seconds."""
    seconds = len(SPEECH) / SAMPLE_RATE_HZ
    model = Drafting([draft("so " * (int(8 * seconds) + 13), -0.2), draft("so", -0.2)])
    assert model.transcribe(SPEECH).text == "so"
    assert model.most_tokens == [int(8 * seconds) + 13] * 2


class Library:
    """CTranslate2, as far as one model needs it: always goes round in circles, and notes what it did."""

    is_multilingual = False

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.longest: list[int] = []

    def encode(self, features: Any) -> str:
        self.steps.append(f"encode {features.shape[-1] // 100}")
        return "encoded"

    def generate(self, _: Any, begins: Any, *, max_length: int, **__: Any) -> Any:
        self.steps.append("write")
        self.longest.append(max_length)
        return [SimpleNamespace(sequences_ids=[[0] * 9], scores=[-0.1], no_speech_prob=0.0)]


class OverLibrary(Whisper):
    """A model without files."""

    def __init__(self, library: Library) -> None:
        self._model = library
        self._storage = SimpleNamespace(from_array=lambda features: features)
        self._tokens = ["so", "<|endoftext|>"]
        self._end = 1


@pytest.mark.parametrize("steps", range(6))
def test_no_step_is_begun_for_somebody_who_has_gone_on(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    monkeypatch.setattr("vivavoce.providers.local.whisper.is_wanted", lambda: len(library.steps) < steps)
    with pytest.raises(Unwanted):
        OverLibrary(library).transcribe(SPEECH)
    assert library.steps == ["encode 8", "write", "encode 10", "write", "encode 30", "write"][:steps]


def test_as_many_tokens_may_be_written_as_anybody_could_have_said() -> None:
    """The library takes half of its limit for the text, where nothing comes before that."""
    library = Library()
    OverLibrary(library).transcribe(SPEECH)
    most = int(8 * len(SPEECH) / SAMPLE_RATE_HZ) + 13
    assert library.longest == [2 * most] * 3


def seconds_of_speech(seconds: float) -> Any:
    return SPEECH[: round(seconds * SAMPLE_RATE_HZ)]


@pytest.mark.parametrize("times", [2, 3, 5])
def test_a_sentence_that_comes_again_quicker_than_anybody_speaks_was_said_once(times: int) -> None:
    model = Drafting([draft("where is my order? Where is my order? " * times, -0.1)])
    assert model.transcribe(seconds_of_speech(1.5)).text == "where is my order?"
    assert model.made == [(8.0, 1)]


def test_that_it_broke_off_in_the_middle_of_saying_it_again_changes_nothing() -> None:
    model = Drafting([draft("the train was late again. " * 4 + "The train was", -0.1)])
    assert model.transcribe(seconds_of_speech(1.7)).text == "the train was late again."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("that is right. That is right.", 3.0), ("no no no no no no no no", 1.4), ("it is 7 45 7 45", 1.0)],
)
def test_what_people_say_twice_stays_twice(text: str, seconds: float) -> None:
    model = Drafting([draft(text, -0.1)] * 3)
    assert model.transcribe(seconds_of_speech(seconds)).text == text


def test_interims_that_go_round_in_circles_are_dropped_and_not_heard_again() -> None:
    model = Drafting([draft("and and and and and and", -0.1)])
    assert model.transcribe(SPEECH, careful=False).text == ""
    assert model.made == [(8.0, 1)]
