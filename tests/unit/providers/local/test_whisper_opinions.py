"""When a stretch of speech is heard again: not for noise, once more for what went astray, with care where unsure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vivavoce.providers.local.features import SAMPLE_RATE_HZ
from vivavoce.providers.local.whisper import Whisper, _Draft

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
    model = Drafting([draft("and so on " * 6, -0.2), draft("and so on", -0.2)])
    assert model.transcribe(SPEECH).text == "and so on"
    assert model.made == [(8.0, 1), (10.0, 1)]
    drafts = [draft("and so on " * 6, -0.2), draft("and so on " * 6, -0.2), draft("and so on", -0.2)]
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
