"""The converter between sample rates: nothing is lost, it is quick, and it sounds the same."""

import numpy as np
import pytest

from vivavoce.live.resampling import resampling
from vivavoce.ports.conversion import Unchanged

PAIRS = [(8_000, 16_000), (16_000, 8_000), (22_050, 16_000), (24_000, 16_000), (44_100, 16_000), (16_000, 48_000)]


def tone(
    rate_hz: int, seconds: float, hz: float = 440.0, loudness: int = 10_000
) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return (loudness * np.sin(2 * np.pi * hz * at)).astype("<i2")


def streamed(
    pcm: bytes, source_hz: int, target_hz: int, chunk_bytes: int
) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    converter = resampling(source_hz, target_hz)
    chunks = [pcm[at : at + chunk_bytes] for at in range(0, len(pcm), chunk_bytes)]
    out = [converter.convert(chunk) for chunk in chunks] + [converter.convert(b"", last=True)]
    return np.frombuffer(b"".join(out), "<i2")


def test_equal_rates_cost_nothing() -> None:
    converter = resampling(16_000, 16_000)
    assert isinstance(converter, Unchanged)
    pcm = b"\x01\x02"
    assert converter.convert(pcm) is pcm


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
def test_all_of_it_arrives_and_sounds_the_same(source_hz: int, target_hz: int) -> None:
    heard = streamed(tone(source_hz, 1.0).tobytes(), source_hz, target_hz, source_hz // 50 * 2)
    assert len(heard) == pytest.approx(target_hz, abs=2)
    expected = tone(target_hz, 1.0)[: len(heard)]
    middle = slice(target_hz // 10, target_hz * 9 // 10)
    difference = heard[middle].astype(int) - expected[middle]
    assert np.sqrt(np.mean(difference**2)) < 100


@pytest.mark.parametrize(("source_hz", "target_hz"), PAIRS)
def test_the_filter_holds_back_less_than_three_milliseconds(source_hz: int, target_hz: int) -> None:
    converter = resampling(source_hz, target_hz)
    pcm = tone(source_hz, 0.02).tobytes()
    for frames in range(1, 51):
        given_seconds = frames * 0.02
        made = len(converter.convert(pcm)) / 2 / target_hz
        got_seconds = made if frames == 1 else got_seconds + made  # noqa: F821
        assert 0 <= given_seconds - got_seconds < 0.003


@pytest.mark.parametrize("chunk_bytes", [2, 62, 640, 20_000])
def test_how_it_is_cut_does_not_matter(chunk_bytes: int) -> None:
    pcm = tone(24_000, 0.3).tobytes()
    whole = streamed(pcm, 24_000, 16_000, len(pcm))
    heard = streamed(pcm, 24_000, 16_000, chunk_bytes)
    assert len(heard) == len(whole)
    assert np.max(np.abs(heard.astype(int) - whole)) <= 1


def test_what_is_loud_stays_loud_and_never_turns_over() -> None:
    square = np.repeat(np.tile(np.array([32767, -32768], "<i2"), 100), 40)
    heard = streamed(square.tobytes(), 16_000, 24_000, 640)
    for level in range(20):
        middle = heard[level * 60 + 20 : level * 60 + 40]
        assert (middle > 20_000).all() if level % 2 == 0 else (middle < -20_000).all()


def test_after_the_last_audio_it_begins_anew() -> None:
    converter = resampling(8_000, 16_000)
    pcm = tone(8_000, 0.1).tobytes()
    assert converter.convert(pcm, last=True) == converter.convert(pcm, last=True)
    assert converter.convert(b"", last=True) == b""
