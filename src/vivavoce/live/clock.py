"""Two clocks of a call: seconds since it began, and the position in the caller's audio on that same scale.

Audio is the better clock for everything that was said: frames may come late, in lumps of a quarter of a second, or
not at all while a client is muted, and still each sample has its place.
"""

from collections.abc import Callable

# Audio that is later than this was not late but absent: a muted microphone, a client that slept.
GAP_SECONDS = 0.5


class CallClock:
    """Seconds since the call began."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._zero = time()

    def now(self) -> float:
        """Now."""
        return self._time() - self._zero

    def loop_time(self, at: float) -> float:
        """The event loop's time for a moment of the call."""
        return self._zero + at


class AudioClock:
    """Where the caller's audio stands. Never ahead of now, and never more than a gap behind it."""

    def __init__(self) -> None:
        self.position = 0.0

    def advance(self, seconds: float, now: float) -> float:
        """Count in a frame that arrived now; returns where it begins."""
        before = self.position
        end = before + seconds
        if now - GAP_SECONDS <= end <= now:
            self.position = end
            return before
        self.position = now
        start = now - seconds
        return start if start > before else before
