"""What the local voice says, the local ears write down; and the judge knows a half sentence from a whole one."""

import numpy as np
import pytest
from tests.voice.sound import in_noise, over_the_telephone, pink, spoken, word_errors, words

from vivavoce.providers.local.features import SAMPLE_RATE_HZ, samples_of
from vivavoce.providers.local.hibari import SHAPES, Hibari
from vivavoce.providers.local.smart_turn import SmartTurn
from vivavoce.providers.local.whisper import Whisper

pytestmark = pytest.mark.slow

SENTENCES = (
    "I would like to change the delivery address of my order, please.",
    "Can you tell me when the restaurant opens on Sunday morning?",
    "My daughter has a fever and I need to see a doctor today.",
    "Please cancel my appointment and send me a message about it.",
    "How much does the blue jacket cost, and do you have it in large?",
    "I have been waiting for an answer since the beginning of the week.",
    "The train was late again, so I missed my connection in Berlin.",
    "Thank you very much, that was all I wanted to know.",
)


def errors(ears: Whisper, voice: Hibari, through: object = None) -> float:
    """The share of wrong words over all sentences, spoken by all shapes in turn."""
    wrong = total = 0
    for index, sentence in enumerate(SENTENCES):
        pcm = spoken(voice, sentence, list(SHAPES)[index % len(SHAPES)])
        heard = ears.transcribe(samples_of(through(pcm) if callable(through) else pcm), "en")
        wrong += word_errors(sentence, heard.text)
        total += len(words(sentence))
    return wrong / total


def test_clear_speech_is_understood(ears: Whisper, voice: Hibari) -> None:
    assert errors(ears, voice) <= 0.03


def test_speech_over_a_telephone_is_understood(ears: Whisper, voice: Hibari) -> None:
    assert errors(ears, voice, over_the_telephone) <= 0.05


def test_speech_in_noise_is_mostly_understood(ears: Whisper, voice: Hibari) -> None:
    assert errors(ears, voice, lambda pcm: in_noise(pcm, 10.0)) <= 0.12


def test_the_small_model_understands_clear_speech(small_ears: Whisper, voice: Hibari) -> None:
    assert errors(small_ears, voice) <= 0.06


@pytest.mark.parametrize("seconds", [0.5, 3.0, 12.0])
def test_where_nobody_speaks_nothing_is_understood(ears: Whisper, seconds: float) -> None:
    count = round(seconds * SAMPLE_RATE_HZ)
    assert ears.transcribe(np.zeros(count, np.float32)).text == ""
    assert ears.transcribe(pink(count) * 0.05).text == ""


def test_a_long_monologue_does_not_go_round_in_circles(ears: Whisper, voice: Hibari) -> None:
    pcm = b"".join(spoken(voice, sentence) for sentence in SENTENCES)[: 28 * SAMPLE_RATE_HZ * 2]
    heard = words(ears.transcribe(samples_of(pcm), "en").text)
    threes = list(zip(heard, heard[1:], heard[2:], strict=False))
    assert len(set(threes)) >= len(threes) - 2


def test_keywords_help_with_names(ears: Whisper, voice: Hibari) -> None:
    samples = samples_of(spoken(voice, "I would like to talk to Vivavoce about it."))
    assert "Vivavoce" in ears.transcribe(samples, "en", "Vivavoce").text


def test_the_judge_knows_half_a_sentence_from_a_whole_one(judge: SmartTurn, voice: Hibari) -> None:
    pause = np.zeros(round(0.2 * SAMPLE_RATE_HZ), np.float32)
    whole = [samples_of(spoken(voice, sentence)) for sentence in SENTENCES]
    finished = [judge.probability(np.concatenate([samples, pause])) for samples in whole]
    broken_off = [judge.probability(np.concatenate([samples[: len(samples) // 2], pause])) for samples in whole]
    assert np.mean(np.array(finished) > 0.5) >= 0.85
    assert np.mean(finished) > np.mean(broken_off) + 0.3
