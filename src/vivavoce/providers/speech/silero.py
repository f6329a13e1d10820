"""Voice activity by a small neural network (Silero VAD), for all calls of a process at once.

    call 1  |--window--|--window--|
    call 2     |--window--|--window--|
    tick    ^        ^        ^        ^        every 16 ms: the windows that are complete become one batch

- `add` cuts windows and does nothing else; the network runs in one thread of its own, which computes without holding
  the interpreter's lock. One batch is under way at a time; while it is, windows gather for the next, so a busy machine
  makes larger, cheaper batches instead of a queue of them.
- A client that sends 250 ms at once, or in a burst, has several windows: they are computed one after the other within a
  batch job, at most `_ROUNDS`, so that nobody's burst holds up the others.
- Where a client sends nothing there is silence, as far as the network can tell: half a second of it is made up, so
  that a voice that was cut off there ends there.
- An opinion is about audio, not about now: `until_seconds` is where its window ends, whenever it was computed.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from pydantic import Field

from vivavoce.base.frozen import frozen
from vivavoce.ports.speech import Activity, HeardActivity
from vivavoce.providers.registry import Options, Outside, Provider
from vivavoce.providers.speech._silero.model import SAMPLE_RATE_HZ, WINDOW_SAMPLES, Batch, Network, Silero

_log = logging.getLogger(__name__)

_WINDOW_BYTES = 2 * WINDOW_SAMPLES
_BYTES_PER_SECOND = 2 * SAMPLE_RATE_HZ
_ROUNDS = 16
_JITTER_SECONDS = 0.005
_MADE_UP_SILENCE_SECONDS = 0.5
_KEPT_WINDOWS = 320
"""About ten seconds: what a machine that is too slow for its calls falls behind at most."""


class SileroOptions(Options):
    """How often it looks."""

    tick_seconds: float = Field(
        default=0.016, ge=0.004, le=0.1, description="How often the windows of all calls are gathered into a batch."
    )


class SileroActivity:
    """The provider (`ports.speech.VoiceActivity`), one for a process."""

    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, tick_seconds: float, load: Callable[[], Network] = Silero) -> None:
        self._tick_seconds = tick_seconds
        self._load = load
        self._network: Network | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: dict[SileroStream, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._computing = False
        self._has_complained = False
        self._rows: list[int] = []
        self._rows_made = 0

    async def warm(self) -> None:
        """Load the network before the first call needs it."""
        await asyncio.get_running_loop().run_in_executor(self._worker(), self._loaded)

    async def close(self) -> None:
        """End the thread."""
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    def open(self, heard: HeardActivity) -> "SileroStream":
        """Watch another call."""
        if self._network is None:
            # It is loaded while the call begins; what is said before it is there waits.
            self._worker().submit(self._loaded)
        if not self._rows:
            self._rows.append(self._rows_made)
            self._rows_made += 1
        return SileroStream(self, heard, self._rows.pop())

    # For the streams

    def has_windows(self, stream: "SileroStream") -> None:
        """There is something to compute."""
        self._waiting[stream] = None
        self._arm()

    def give_back(self, row: int) -> None:
        """A call is over, and nothing of it is under way."""
        self._rows.append(row)

    # The batches

    def _arm(self) -> None:
        if self._timer is not None or self._computing:
            return
        loop = asyncio.get_running_loop()
        # On a grid, so that calls whose frames arrive at different moments meet.
        due = (math.floor(loop.time() / self._tick_seconds) + 1) * self._tick_seconds
        self._timer = loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        rounds = _rounds(self._waiting)
        if not rounds:
            return
        self._computing = True
        batches = [each.batch() for each in rounds]
        # Not `run_in_executor`: it costs two futures and their callbacks, sixty times a second.
        self._worker().submit(self._compute, asyncio.get_running_loop(), rounds, batches)

    def _compute(self, loop: asyncio.AbstractEventLoop, rounds: Sequence["_Round"], batches: Sequence[Batch]) -> None:
        results: list[list[float]] = []
        failure: Exception | None = None
        try:
            network = self._loaded()
            results = [network.probabilities(batch) for batch in batches]
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed, and with it every call
            loop.call_soon_threadsafe(self._computed, rounds, results, failure)

    def _computed(
        self, rounds: Sequence["_Round"], results: Sequence[Sequence[float]], failure: Exception | None
    ) -> None:
        self._computing = False
        # Deaf for a moment is better than a process without ears; and once is enough to say so.
        if failure is not None and not self._has_complained:
            _log.error("Voice activity cannot be computed.", exc_info=failure)
        self._has_complained = failure is not None
        for each, probabilities in zip(rounds, results, strict=False):
            each.tell(probabilities)
        for stream in {stream for each in rounds for stream in each.streams}:
            stream.is_computed()
        if self._waiting:
            self._arm()

    def _loaded(self) -> Network:
        """The network. In the thread only."""
        if self._network is None:
            self._network = self._load()
        return self._network

    def _worker(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice-activity")
        return self._thread


@frozen
class _Round:
    """One window of each of these streams."""

    streams: Sequence["SileroStream"]
    windows: Sequence[bytes]
    untils: Sequence[float]
    fresh: Sequence[int]

    def batch(self) -> Batch:
        return Batch([stream.row for stream in self.streams], list(self.fresh), b"".join(self.windows))

    def tell(self, probabilities: Sequence[float]) -> None:
        for stream, until, probability in zip(self.streams, self.untils, probabilities, strict=True):
            stream.tell(probability, until)


def _rounds(waiting: "dict[SileroStream, None]") -> list[_Round]:
    """Takes what is to be computed now; streams that have more stay."""
    taken: Mapping[SileroStream, Sequence[tuple[bytes, float]]] = {
        stream: stream.take(_ROUNDS) for stream in list(waiting)
    }
    for stream in taken:
        if not stream.windows:
            del waiting[stream]
    rounds: list[_Round] = []
    for place in range(max(map(len, taken.values()), default=0)):
        streams = [stream for stream, windows in taken.items() if len(windows) > place]
        windows = [taken[stream][place] for stream in streams]
        fresh = [stream.row for stream in streams if stream.begins()] if place == 0 else []
        rounds.append(_Round(streams, [pcm for pcm, _ in windows], [until for _, until in windows], fresh))
    return rounds


class SileroStream:
    """One call's audio on its way into the batch (`ports.speech.ActivityStream`)."""

    def __init__(self, activity: SileroActivity, heard: HeardActivity, row: int) -> None:
        self.row = row
        self.windows: deque[tuple[bytes, float]] = deque(maxlen=_KEPT_WINDOWS)
        self._activity = activity
        self._heard = heard
        self._partial = b""
        self._until: float | None = None
        self._begins = True
        self._under_way = False
        self._open = True

    def add(self, at_seconds: float, pcm: bytes) -> None:
        """The next audio, and where it begins."""
        if self._until is not None and at_seconds - self._until > _JITTER_SECONDS:
            self._fill(at_seconds - self._until)
        self._cut(pcm, at_seconds + len(pcm) / _BYTES_PER_SECOND)
        if self.windows and self._open:
            self._activity.has_windows(self)

    def close(self) -> None:
        """The call is over."""
        if not self._open:
            return
        self._open = False
        self.windows.clear()
        if not self._under_way:
            self._activity.give_back(self.row)

    # For the batches

    def take(self, most: int) -> Sequence[tuple[bytes, float]]:
        """The next windows, with where they end."""
        taken = [self.windows.popleft() for _ in range(min(most, len(self.windows)))]
        self._under_way = bool(taken)
        return taken

    def begins(self) -> bool:
        """Whether this is the first window; true once."""
        begins, self._begins = self._begins, False
        return begins

    def tell(self, probability: float, until: float) -> None:
        """Hand over an opinion."""
        if not self._open:
            return
        try:
            self._heard(Activity(probability, until))
        except Exception:
            # One call's trouble is not the others'.
            _log.exception("A call could not take what voice activity says.")

    def is_computed(self) -> None:
        """Nothing of it is under way any more."""
        self._under_way = False
        if not self._open:
            self._activity.give_back(self.row)

    # Windows

    def _cut(self, pcm: bytes, until: float) -> None:
        self._until = until
        left = self._partial + pcm
        at, size = 0, len(left)
        while size - at >= _WINDOW_BYTES:
            end = at + _WINDOW_BYTES
            self.windows.append((left[at:end], until - (size - end) / _BYTES_PER_SECOND))
            at = end
        self._partial = left[at:]

    def _fill(self, gap_seconds: float) -> None:
        assert self._until is not None
        seconds = min(gap_seconds, _MADE_UP_SILENCE_SECONDS)
        self._cut(bytes(2 * round(seconds * SAMPLE_RATE_HZ)), self._until + seconds)
        if seconds < gap_seconds:
            self._partial = b""


def make(options: SileroOptions, outside: Outside) -> SileroActivity:
    """Voice activity for this process."""
    _ = outside
    return SileroActivity(options.tick_seconds)


PROVIDER = Provider(
    "activity", "A small neural network that tells voices from noise, for all calls at once.", SileroOptions, make
)
