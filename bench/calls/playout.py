"""The caller's loudspeaker: what is heard when, from what arrives when. Pure; seconds come in.

A client plays chunks one after the other, the first of them as it arrives, and drops everything it still has when it
is told of an interruption. So the moment of silence after a barge-in is known, and whether a buffer ran dry, and,
where the audio itself is kept, what was heard of a reply that was paused and resumed.
"""

from dataclasses import dataclass

from bench.calls import scenario

DRY_SECONDS = 0.002
"""A shorter gap is the generator's own clock."""
_BYTES_PER_SECOND = scenario.SAMPLE_RATE_HZ * scenario.SAMPLE_BYTES
_HEAD_BYTES = 8000
"""So much of a part is looked for in the reply: a quarter of a second, in which the voice changes its pitch."""


@dataclass(slots=True)
class Playout:
    """One loudspeaker. `until` is when it falls silent if nothing more arrives."""

    until: float = 0.0
    heard_seconds: float = 0.0
    """Everything that was or will be heard of this reply."""
    _flowing: bool = False
    _parts: list[list[tuple[float, bytes]]] | None = None

    def begin(self, *, keeping: bool = False) -> None:
        """The next reply."""
        self.until, self.heard_seconds, self._flowing = 0.0, 0.0, False
        self._parts = [[]] if keeping else None

    def add(self, seconds: float, now: float, pcm: bytes = b"") -> float:
        """Audio arrives; returns for how long there was nothing to play in the middle of it."""
        gap = now - self.until if self._flowing else 0.0
        start = max(self.until, now)
        self.until = start + seconds
        self.heard_seconds += seconds
        self._flowing = True
        if self._parts is not None:
            self._parts[-1].append((start, pcm))
        return gap if gap > DRY_SECONDS else 0.0

    def flush(self, now: float) -> None:
        """Everything that was not heard is dropped."""
        self.heard_seconds -= max(0.0, self.until - now)
        self.until = min(self.until, now)
        self._flowing = False
        if self._parts is not None:
            self._parts[-1] = [(start, _cut(pcm, now - start)) for start, pcm in self._parts[-1] if start < now]
            self._parts.append([])

    def parts(self) -> list[bytes]:
        """What was heard of this reply, in pieces where it was interrupted."""
        joined = [b"".join(pcm for _, pcm in part) for part in self._parts or ()]
        return [part for part in joined if part]


def _cut(pcm: bytes, seconds: float) -> bytes:
    return pcm[: round(seconds * scenario.SAMPLE_RATE_HZ) * scenario.SAMPLE_BYTES]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a reply that was heard in parts compares with one that nobody disturbed."""

    repeated_ms: float = 0.0
    """Heard twice."""
    skipped_ms: float = 0.0
    """Never heard."""
    is_same: bool = True
    """Every sample is the undisturbed reply's."""


def compared(parts: list[bytes], undisturbed: bytes) -> Comparison:
    """Whether each part goes on where the one before it stopped, and the last one ends where the reply ends."""
    repeated = skipped = at = 0
    is_same = True
    for part in parts:
        begin = _begin_of(part, undisturbed, at)
        is_same &= begin is not None and undisturbed[begin : begin + len(part)] == part
        begin = at if begin is None else begin
        repeated += max(0, at - begin)
        skipped += max(0, begin - at)
        at = begin + len(part)
    skipped += max(0, len(undisturbed) - at)
    return Comparison(repeated / _BYTES_PER_SECOND * 1000, skipped / _BYTES_PER_SECOND * 1000, is_same)


def _begin_of(part: bytes, undisturbed: bytes, near: int) -> int | None:
    """Where in the reply a part begins: the place next to where the one before it stopped."""
    head = part[:_HEAD_BYTES]
    places = (undisturbed.rfind(head, 0, near + len(head)), undisturbed.find(head, near))
    return min((place for place in places if place >= 0), key=lambda place: abs(place - near), default=None)
