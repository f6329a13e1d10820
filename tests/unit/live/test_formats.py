"""The seven audio formats of the contract, in and out, and mu-law against the decision values of G.711."""

from bisect import bisect_right
from itertools import accumulate, pairwise

import numpy as np
import pytest

from vivavoce.base.errors import Malformed
from vivavoce.live.formats import FORMATS, Intake, decode_ulaw, encode_ulaw, format_named

NAMES = ["pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"]

# G.711, table 2: where each code begins, in 14 bit: steps of 2 after a first one of 1, doubled in each segment.
STEPS = [1, *[2] * 15, *(2 << segment for segment in range(1, 8) for _ in range(16))]
DECISIONS = [4 * value for value in accumulate(STEPS, initial=0)]
LEVELS = [0, *((low + high) // 2 for low, high in pairwise(DECISIONS[1:])), 32_124]


def reference_code(sample: int) -> int:
    """The code by the standard's decision values; positive codes have the high bit, and all bits are inverted."""
    level = min(bisect_right(DECISIONS, abs(sample)) - 1, 127)
    return ~(level | (0x80 if sample < 0 else 0)) & 0xFF


def test_the_contract_has_these_formats() -> None:
    assert list(FORMATS) == NAMES
    assert [format_named(name).rate_hz for name in NAMES] == [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 8_000]


@pytest.mark.parametrize("name", ["mp3_44100", "pcm_11025", "alaw_8000", "", "PCM_16000"])
def test_another_format_is_refused_by_name(name: str) -> None:
    with pytest.raises(Malformed, match="ulaw_8000") as refused:
        format_named(name)
    assert refused.value.status == "invalid_audio_format"


def test_every_sample_has_the_code_of_the_standard() -> None:
    samples = range(-32768, 32768)
    codes = encode_ulaw(np.array(samples, "<i2").tobytes())
    assert list(codes) == [reference_code(sample) for sample in samples]


def test_every_code_has_the_value_of_the_standard() -> None:
    values = np.frombuffer(decode_ulaw(bytes(range(256))), "<i2").tolist()
    assert values[128:] == LEVELS[127::-1]
    assert values[:128] == [-level for level in LEVELS[127::-1]]
    assert (values[0x00], values[0x80], values[0x7F], values[0xFF]) == (-32_124, 32_124, 0, 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 320, 641, 5000])
def test_chunks_of_any_size_are_the_same_audio(name: str, chunk_bytes: int) -> None:
    format = FORMATS[name]
    said = np.arange(-3000, 3000, 5, dtype="<i2").tobytes()
    wire = format.to_wire(said)
    intake = Intake(format)
    chunks = [intake.pcm(wire[at : at + chunk_bytes]) for at in range(0, len(wire), chunk_bytes)]
    assert all(len(chunk) % 2 == 0 for chunk in chunks)
    heard = b"".join(chunks)
    assert heard == (decode_ulaw(wire) if format.is_ulaw else said)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_nothing(name: str) -> None:
    format = FORMATS[name]
    assert format.to_wire(b"") == Intake(format).pcm(b"") == b""


def test_mu_law_is_half_the_size_and_near() -> None:
    said = (10_000 * np.sin(np.arange(800) / 5)).astype("<i2")
    wire = FORMATS["ulaw_8000"].to_wire(said.tobytes())
    assert len(wire) == 800
    heard = np.frombuffer(decode_ulaw(wire), "<i2")
    assert np.max(np.abs(heard.astype(int) - said)) <= 10_000 * 0.04
