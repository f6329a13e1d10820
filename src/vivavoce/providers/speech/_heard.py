"""The last audio of a call, kept for ears that hear a stretch of it once more."""

KEPT_SECONDS = 40.0
_SAMPLE_BYTES = 2
_JITTER_SECONDS = 0.005


class Heard:
    """The last audio of a call. A *mark* is a place in it, counted in samples, that stays where it is.

    Positions are the call's: when audio that was held up arrives in a lump, they are pressed together, and a position
    that was right before would be wrong afterwards. So a position is turned into a mark while it is fresh.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pcm = bytearray()
        self._end_mark = 0
        self.until = 0.0
        """The position where the audio ends."""

    def add(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio; what a client did not send was silence."""
        gap = at_seconds - self.until
        if gap > KEPT_SECONDS:
            self._pcm.clear()
        elif gap > _JITTER_SECONDS and self._pcm:
            self._append(bytes(_SAMPLE_BYTES * round(gap * self._rate_hz)))
        self._append(pcm)
        self.until = at_seconds + len(pcm) / _SAMPLE_BYTES / self._rate_hz

    @property
    def end(self) -> int:
        """The mark where the audio ends."""
        return self._end_mark

    def mark(self, at_seconds: float) -> int:
        """The mark at a position."""
        return self._end_mark - round((self.until - at_seconds) * self._rate_hz)

    def between(self, begin_mark: int, end_mark: int) -> bytes:
        """What was heard from one mark to another, as far as it is there (still, or already)."""
        first = self._end_mark - len(self._pcm) // _SAMPLE_BYTES
        begin, end = max(0, begin_mark - first), max(0, end_mark - first)
        return bytes(self._pcm[begin * _SAMPLE_BYTES : end * _SAMPLE_BYTES])

    def _append(self, pcm: bytes) -> None:
        """Let go of the oldest, in large steps so that little is moved."""
        self._pcm.extend(pcm)
        self._end_mark += len(pcm) // _SAMPLE_BYTES
        kept = round(KEPT_SECONDS * self._rate_hz) * _SAMPLE_BYTES
        if len(self._pcm) > 2 * kept:
            del self._pcm[: len(self._pcm) - kept]
