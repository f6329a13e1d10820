"""Where a voice pauses, by its loudness alone: sooner than voice activity believes it, and less surely. Pure.

    loudness   #####_######__##..........|
    lull                       ------->        the time since the last loud slice

Most lulls inside of words are over before they are counted as one; a comma's are not. So it is good for a guess that
costs nothing but spare time, and for nothing else. In noise there is no lull, and no guess.
"""

SLICE_SECONDS = 0.01
FAINT = 0.03
"""A slice with less than this part of the loudest one's loudness is quiet: 30 dB below it."""
_SAMPLE_BYTES = 2


class Lull:
    """How long a voice has been quiet, at the end of what was heard of it."""

    def __init__(self, rate_hz: int) -> None:
        self._slice_samples = round(rate_hz * SLICE_SECONDS)
        self._loudest = 0.0
        self._quiet_slices = 0

    @property
    def seconds(self) -> float:
        """So long."""
        return self._quiet_slices * SLICE_SECONDS

    def begin(self) -> None:
        """Somebody begins to speak."""
        self._loudest = 0.0
        self._quiet_slices = 0

    def add(self, pcm: bytes) -> None:
        """The next audio; what does not fill a slice is left out."""
        import numpy as np

        count = len(pcm) // (_SAMPLE_BYTES * self._slice_samples)
        samples = np.frombuffer(pcm, "<i2", count * self._slice_samples).astype(np.float32)
        levels: list[float] = np.sqrt(np.square(samples).reshape(count, self._slice_samples).mean(axis=1)).tolist()
        for level in levels:
            self._loudest = max(self._loudest, level)
            self._quiet_slices = self._quiet_slices + 1 if level < FAINT * self._loudest else 0
