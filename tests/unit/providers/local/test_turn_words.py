"""A sentence that cannot be over is not over, whatever its melody says."""

import pytest

from vivavoce.providers.speech.smart_turn import leaves_open


@pytest.mark.parametrize(
    "words",
    [
        "I would like to order a",
        "My name is",
        "It's for my brother and",
        "I want to change the address because.",
        "um",
        "Send it to the",
        "I was wondering if you could",
    ],
)
def test_after_such_a_word_something_follows(words: str) -> None:
    assert leaves_open(words)


@pytest.mark.parametrize(
    "words", ["", "...", "Yes.", "Yes, I do.", "That's all, thank you", "What is it for?", "I am.", "seven thirty"]
)
def test_what_may_be_whole_is_left_to_the_ear(words: str) -> None:
    assert not leaves_open(words)
