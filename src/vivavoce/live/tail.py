"""The last moments of the caller's audio, and where exactly a voice ended in them. Pure.

A voice detector looks at windows of some 30 ms and goes on believing in a voice for one or two of them after it has
ended. That is up to a tenth of a second, and every answer would come as much later. Loudness alone cannot tell a voice
from a noise, but once the detector says that a voice has stopped, it tells where:

    detector   vvvvvvvvvvvvvvvvv|........      its stop
    loudness   #####_######__##                the last slice well above the silence after it
                              |                the end
"""

from collections import deque

SAMPLE_BYTES = 2
KEPT_SECONDS = 0.6
FORGOTTEN_SECONDS = 0.9
"""What is older goes then, many frames at a time: to look at each time costs every frame of every caller."""
SLICE_SECONDS = 0.01
EARLIEST_SECONDS = 0.1
"""The detector is not corrected by more than this: soft endings of words are voice, too."""
FAINT = 0.02
"""What is louder than this part of the loudest before the stop, above the silence after it, is still the voice."""


class Tail:
    """The end of what one caller has sent."""

    def __init__(self, rate_hz: int) -> None:
        self._bytes_per_second = rate_hz * SAMPLE_BYTES
        self._slice_samples = round(rate_hz * SLICE_SECONDS)
        self._frames: deque[tuple[float, bytes]] = deque()

    def add(self, start: float, pcm: bytes) -> None:
        """The next frame, and where it begins."""
        frames = self._frames
        frames.append((start, pcm))
        if frames[0][0] < start - FORGOTTEN_SECONDS:
            self._forget(start - KEPT_SECONDS)

    def _forget(self, before: float) -> None:
        # One older frame stays: a long frame may begin before and end after that moment.
        frames = self._frames
        while len(frames) > 1 and frames[1][0] < before:
            frames.popleft()

    def voice_end(self, at: float) -> float:
        """Where a voice ended that, as a detector has it, stopped at `at`: there or a little before."""
        if self._frames:
            self._forget(self._frames[-1][0] - KEPT_SECONDS)
        start, levels = self._levels()
        places = [start + place * SLICE_SECONDS for place in range(len(levels))]
        before = [level for place, level in zip(places, levels, strict=True) if place < at]
        after = levels[len(before) :]
        if not before or not after:
            return at
        faint = min(after) + FAINT * max(0.0, max(before) - min(after))
        last = max((place for place, level in enumerate(before) if level > faint), default=-1)
        return min(at, max(at - EARLIEST_SECONDS, start + (last + 1) * SLICE_SECONDS))

    def _levels(self) -> tuple[float, list[float]]:
        """Where what is kept begins, and the loudness of each slice."""
        import numpy as np

        if not self._frames:
            return 0.0, []
        pcm = b"".join(pcm for _, pcm in self._frames)
        samples = np.frombuffer(pcm, "<i2")
        count = len(samples) // self._slice_samples
        last_start, last_pcm = self._frames[-1]
        until = last_start + len(last_pcm) / self._bytes_per_second
        # The newest slices count; what does not fill one is at the front.
        slices = samples[len(samples) - count * self._slice_samples :].astype(np.float32)
        levels = np.sqrt(np.square(slices).reshape(count, self._slice_samples).mean(axis=1))
        return until - count * SLICE_SECONDS, levels.tolist()
