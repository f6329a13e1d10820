"""Spectrograms and text are those that the models were trained on."""

import json
from pathlib import Path

import numpy as np
import pytest

from vivavoce.providers.local import bytes_text
from vivavoce.providers.local.bytes_text import Writer
from vivavoce.providers.local.features import HOP, SAMPLE_RATE_HZ, log_mel, log_mel_then_silence, samples_of


def tone(hertz: float, seconds: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ)).astype("f4")


def test_there_is_a_frame_for_each_ten_milliseconds() -> None:
    assert log_mel(tone(440, 1.0)).shape == (80, SAMPLE_RATE_HZ // HOP)


def test_a_tone_lies_in_its_band() -> None:
    # The centres of three of the eighty bands on Slaney's scale, linear to 1 kHz and logarithmic above.
    for hertz, band in ((409, 10), (968, 25), (2528, 50)):
        assert abs(int(log_mel(tone(hertz, 0.5)).mean(axis=1).argmax()) - band) <= 1


def test_the_scale_is_whispers() -> None:
    found = log_mel(tone(1000, 0.5))
    assert found.max() - found.min() <= 2.0 + 1e-6
    assert np.allclose(log_mel(np.zeros(16_000, np.float32)), -1.5)


def test_pcm_becomes_numbers() -> None:
    assert samples_of(b"\x00\x80\xff\x7f\x00\x00").tolist() == [-1.0, 32767 / 32768, 0.0]


def test_tokens_are_read_as_the_bytes_they_stand_for() -> None:
    assert bytes_text.read(["Caf", "Ã©", "ĠðŁĺĢ", "<|en|>"]).startswith("Café 😀")
    assert bytes_text.read(["Ã"]) == ""


def test_text_is_written_by_the_order_of_merges(tmp_path: Path) -> None:
    merges = ["h e", "l l", "he ll", "hell o", ["Ġ", "w"], "Ġw o"]
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps({"model": {"merges": merges}}))
    writer = Writer(file)
    assert writer.write("hello wo!") == ["hello", "Ġwo", "!"]
    assert bytes_text.read(writer.write("hello wo, Café")) == "hello wo, Café"


@pytest.mark.parametrize("count", [0, 1, HOP - 1, HOP, 5000, 5 * HOP + 200, 97 * HOP + 1, 98 * HOP, 100 * HOP])
def test_silence_after_what_was_heard_is_made_once_and_looks_the_same(count: int) -> None:
    heard = np.random.default_rng(0).standard_normal(count).astype(np.float32)
    whole = np.pad(heard, (0, 100 * HOP - count))
    assert np.allclose(log_mel_then_silence(heard, 100), log_mel(whole), atol=1e-5)
