"""The silence around a sentence: what is cut, and what stays."""

import numpy as np

from vivavoce.providers.local.ends import LEAD_SECONDS, REST_SECONDS, begun, ended, trimmed

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


def test_a_begin_and_what_follows_it_are_the_whole() -> None:
    whole = np.concatenate([silence(0.3), sound(0.5), silence(0.2), sound(0.5), silence(0.6)]).tobytes()
    for seconds in (0.2, 0.5, 0.9, 1.4):
        samples = round(seconds * RATE_HZ)
        assert begun(whole[: 2 * samples], RATE_HZ) + ended(whole, RATE_HZ, samples) == trimmed(whole, RATE_HZ)
    quiet = silence(2.0).tobytes()
    assert begun(quiet[:RATE_HZ], RATE_HZ) == ended(quiet, RATE_HZ, RATE_HZ) == b""
