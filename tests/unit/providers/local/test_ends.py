"""The silence around a sentence: what is cut, and what stays."""

import numpy as np

from vivavoce.providers.local.ends import LEAD_SECONDS, REST_SECONDS, trimmed

RATE_HZ = 24_000


def sound(seconds: float, loudness: float = 8000.0) -> np.ndarray:
    return (loudness * np.sin(np.arange(round(seconds * RATE_HZ)))).astype("<i2")


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE_HZ), "<i2")


def test_silence_before_and_after_is_shortened_and_what_sounds_is_kept() -> None:
    inner = np.concatenate([sound(0.3), silence(0.4), sound(0.3, 200.0)])
    whole = np.concatenate([silence(0.3), inner, silence(0.5)])
    cut = np.frombuffer(trimmed(whole.tobytes(), RATE_HZ), "<i2")
    assert abs(len(cut) / RATE_HZ - (len(inner) / RATE_HZ + LEAD_SECONDS + REST_SECONDS)) < 0.002
    begin = round(LEAD_SECONDS * RATE_HZ)
    assert np.abs(cut[begin : begin + len(inner)]).sum() == np.abs(inner).sum()


def test_what_has_little_silence_stays_as_it_is() -> None:
    pcm = np.concatenate([sound(0.3), silence(0.1)]).tobytes()
    assert trimmed(pcm, RATE_HZ) == pcm


def test_where_nothing_sounds_nothing_is_left() -> None:
    assert trimmed(silence(1.0).tobytes(), RATE_HZ) == b""
    assert trimmed(sound(1.0, 50.0).tobytes(), RATE_HZ) == b""
    assert trimmed(b"", RATE_HZ) == b""
