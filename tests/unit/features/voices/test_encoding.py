"""Output formats: every one of the contract can be made, in a stream and as a file, and is what its name says."""

import io
import math
from array import array

import numpy as np
import pytest
import soundfile

from vivavoce.base.errors import Malformed
from vivavoce.features.voices.encoding import (
    MP3_KINDS,
    OPUS_KBPS,
    OUTPUT_FORMATS,
    OutputFormat,
    encode_alaw,
    encoder,
    output_format,
    whole,
)

SECONDS = 2.0


def tone(rate_hz: int, hz: int = 300) -> bytes:
    places = range(int(SECONDS * rate_hz))
    return array("h", (round(9_000 * math.sin(2 * math.pi * hz * place / rate_hz)) for place in places)).tobytes()


def streamed(format: OutputFormat, pcm: bytes) -> bytes:
    made = encoder(format)
    return b"".join([*(made.add(pcm[at : at + 3_200]) for at in range(0, len(pcm), 3_200)), made.finish()])


def loudest_hz(samples: np.ndarray, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * rate_hz / len(samples))


COMPRESSED = [name for name, format in OUTPUT_FORMATS.items() if format.codec in ("mp3", "opus", "wav")]


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("make", [streamed, whole])
def test_what_is_made_can_be_played(name: str, make) -> None:
    format = OUTPUT_FORMATS[name]
    samples, rate_hz = soundfile.read(io.BytesIO(make(format, tone(format.rate_hz))))
    assert rate_hz == format.rate_hz
    assert len(samples) / rate_hz == pytest.approx(SECONDS, abs=0.2)
    assert loudest_hz(samples, rate_hz) == pytest.approx(300, abs=5)


PACKED = [*(f"mp3_{rate}_{kbps}" for rate, kbps in MP3_KINDS), *(f"opus_48000_{kbps}" for kbps in OPUS_KBPS)]


@pytest.mark.parametrize("name", PACKED)
def test_the_bit_rate_is_the_one_that_was_asked_for(name: str) -> None:
    format = OUTPUT_FORMATS[name]
    noise = np.random.default_rng(0).integers(-6_000, 6_000, int(SECONDS * format.rate_hz)).astype("<i2").tobytes()
    assert len(whole(format, noise)) * 8 / SECONDS / 1000 == pytest.approx(format.kbps, rel=0.15)


def test_a_stream_of_pcm_is_what_went_in() -> None:
    assert streamed(OUTPUT_FORMATS["pcm_16000"], tone(16_000)) == tone(16_000)


def test_a_law_is_g711() -> None:
    """The values of the standard's tables, at the ends of each segment."""
    samples = array("h", [0, -1, 8, 504, 512, 1_008, 1_024, 4_096, 32_767, -32_768, -8, -512]).tobytes()
    assert list(encode_alaw(samples)) == [0xD5, 0x55, 0xD5, 0xCA, 0xF5, 0xFA, 0xE5, 0x85, 0xAA, 0x2A, 0x55, 0x4A]


def test_a_name_that_nobody_knows_is_refused_with_those_there_are() -> None:
    assert output_format(None).name == "mp3_44100_128"
    with pytest.raises(Malformed, match="mp3_44100_128, "):
        output_format("aac_44100")
