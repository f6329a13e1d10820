"""Where a voice ended: found by loudness, near where the detector heard it stop, and never later."""

import numpy as np
import pytest

from vivavoce.live.tail import FORGOTTEN_SECONDS, Tail

RATE_HZ = 16_000


def sound(*parts: tuple[float, float], noise: float = 0.0) -> bytes:
    """Seconds of tone at amplitudes, with noise over all of it."""
    levels = np.concatenate([np.full(round(seconds * RATE_HZ), amplitude) for seconds, amplitude in parts])
    tone = np.sin(np.arange(len(levels)) * 2 * np.pi * 200 / RATE_HZ) * levels
    return (tone + np.random.default_rng(7).normal(0, noise or 1e-9, len(levels))).astype("<i2").tobytes()


def heard(pcm: bytes, frame_seconds: float = 0.02, begin: float = 3.0) -> Tail:
    tail = Tail(RATE_HZ)
    size = 2 * round(frame_seconds * RATE_HZ)
    for place in range(0, len(pcm), size):
        tail.add(begin + place / 2 / RATE_HZ, pcm[place : place + size])
    return tail


@pytest.mark.parametrize("frame_seconds", [0.02, 0.025, 0.1, 0.25])
@pytest.mark.parametrize("late_seconds", [0.0, 0.03, 0.08])
def test_the_end_is_where_it_became_quiet(frame_seconds: float, late_seconds: float) -> None:
    tail = heard(sound((1.0, 9000), (0.25, 0)), frame_seconds)
    assert tail.voice_end(4.0 + late_seconds) == pytest.approx(4.0, abs=0.011)


def test_noise_behind_the_voice_is_no_voice() -> None:
    tail = heard(sound((1.0, 9000), (0.2, 0), noise=300))
    assert tail.voice_end(4.06) == pytest.approx(4.0, abs=0.011)


def test_a_soft_ending_is_voice() -> None:
    tail = heard(sound((1.0, 9000), (0.06, 400), (0.2, 0)))
    assert tail.voice_end(4.09) == pytest.approx(4.06, abs=0.011)


def test_it_is_never_later_and_never_much_earlier() -> None:
    assert heard(sound((1.0, 9000), (0.2, 0))).voice_end(3.9) == 3.9
    assert heard(sound((0.7, 9000), (0.5, 0))).voice_end(4.1) == pytest.approx(4.0)


def test_where_nothing_is_known_the_detector_is_believed() -> None:
    assert Tail(RATE_HZ).voice_end(1.0) == 1.0
    assert heard(sound((1.0, 9000))).voice_end(4.5) == 4.5


def test_it_keeps_only_the_last_moments() -> None:
    tail = heard(sound((20.0, 9000)))
    assert sum(len(pcm) for _, pcm in tail._frames) / 2 / RATE_HZ < FORGOTTEN_SECONDS + 0.1
