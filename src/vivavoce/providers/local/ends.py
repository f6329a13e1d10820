"""The silence around a sentence that a local model speaks: short enough that nobody waits for it.

    model     ..........####_####_######...............      a third of a second before, half a second after
    spoken             .####_####_######......

Models were trained on clips with silence at both ends, and make it, too. In a conversation the silence before the first
word is time that the caller waits, and between two sentences both together sound as if somebody hesitated.
"""

LEAD_SECONDS = 0.02
"""What stays before the first sound: soft consonants begin below the threshold."""
REST_SECONDS = 0.3
"""What stays after the last one: the pause before the next sentence."""
_SAMPLE_BYTES = 2
_AUDIBLE = 100
"""50 dB below the loudest there is."""


def trimmed(pcm: bytes, rate_hz: int) -> bytes:
    """16-bit PCM of a sentence without most of the silence around it; nothing where there is no sound at all."""
    heard = _heard(pcm)
    if heard is None:
        return b""
    first, last = heard
    return _between(pcm, first - round(LEAD_SECONDS * rate_hz), last + round(REST_SECONDS * rate_hz))


def begun(pcm: bytes, rate_hz: int) -> bytes:
    """The begin of a sentence without most of the silence before it."""
    heard = _heard(pcm)
    if heard is None:
        return b""
    return _between(pcm, heard[0] - round(LEAD_SECONDS * rate_hz), len(pcm) // _SAMPLE_BYTES)


def ended(pcm: bytes, rate_hz: int, begun_samples: int) -> bytes:
    """What follows the begin of a sentence, its first samples: both together are `trimmed`."""
    heard = _heard(pcm)
    if heard is None:
        return b""
    first, last = heard
    begin = begun_samples if first < begun_samples else first - round(LEAD_SECONDS * rate_hz)
    return _between(pcm, begin, last + round(REST_SECONDS * rate_hz))


def _heard(pcm: bytes) -> tuple[int, int] | None:
    """Where the first audible sample is, and where the last one is over."""
    import numpy as np

    samples = np.frombuffer(pcm, "<i2")
    heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    return (int(heard[0]), int(heard[-1]) + 1) if len(heard) else None


def _between(pcm: bytes, begin: int, end: int) -> bytes:
    return pcm[max(0, begin) * _SAMPLE_BYTES : max(0, end) * _SAMPLE_BYTES]
