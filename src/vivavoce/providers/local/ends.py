"""The silence around a sentence that a local model speaks: short enough that nobody waits for it.

    model     ..........####_####_######...............      a third of a second before, half a second after
    spoken             .####_####_######......

Models were trained on clips with silence at both ends, and make it, too. In a conversation the silence before the first
word is time that the caller waits, and between two sentences both together sound as if somebody hesitated.
"""

import numpy as np

LEAD_SECONDS = 0.02
"""What stays before the first sound: soft consonants begin below the threshold."""
REST_SECONDS = 0.3
"""What stays after the last one: the pause before the next sentence."""
_AUDIBLE = 100
"""50 dB below the loudest there is."""


def trimmed(pcm: bytes, rate_hz: int) -> bytes:
    """16-bit PCM of a sentence without most of the silence around it; nothing where there is no sound at all."""
    samples = np.frombuffer(pcm, "<i2")
    heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    if not len(heard):
        return b""
    begin = max(0, int(heard[0]) - round(LEAD_SECONDS * rate_hz))
    end = int(heard[-1]) + 1 + round(REST_SECONDS * rate_hz)
    return samples[begin:end].tobytes()
