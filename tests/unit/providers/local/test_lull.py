"""Where a voice pauses, by its loudness alone."""

import pytest

from vivavoce.providers.speech._lull import Lull

RATE_HZ = 16_000


def sound(level: int, seconds: float) -> bytes:
    return level.to_bytes(2, "little") * round(RATE_HZ * seconds)


def test_it_counts_since_the_last_loud_slice() -> None:
    lull = Lull(RATE_HZ)
    lull.add(sound(4000, 0.5))
    assert lull.seconds == 0.0
    for _ in range(4):
        lull.add(sound(100, 0.02))
    assert lull.seconds == pytest.approx(0.08)
    lull.add(sound(1000, 0.02))
    assert lull.seconds == 0.0


def test_loud_and_quiet_may_come_in_one_frame() -> None:
    lull = Lull(RATE_HZ)
    lull.add(sound(4000, 0.1) + sound(0, 0.15))
    assert lull.seconds == pytest.approx(0.15)


@pytest.mark.parametrize("level", [0, 300])
def test_where_nothing_was_loud_there_is_no_lull(level: int) -> None:
    lull = Lull(RATE_HZ)
    lull.add(sound(level, 1.0))
    assert lull.seconds == 0.0


def test_in_noise_there_is_none() -> None:
    lull = Lull(RATE_HZ)
    lull.add(sound(4000, 0.5) + sound(400, 0.5))
    assert lull.seconds == 0.0


def test_another_stretch_is_measured_by_its_own_loudness() -> None:
    lull = Lull(RATE_HZ)
    lull.add(sound(20_000, 0.5))
    lull.begin()
    lull.add(sound(500, 0.5))
    assert lull.seconds == 0.0


def test_odd_frames_do_no_harm() -> None:
    lull = Lull(RATE_HZ)
    for pcm in (b"", b"\0\0", sound(4000, 0.001), sound(4000, 0.013)):
        lull.add(pcm)
    assert lull.seconds == 0.0
