"""The threads that compute local models, the most urgent work first.

An inference runs on one thread and lets go of the interpreter's lock, so as many run at a time as there are threads;
what is more waits in order of its urgency. Cancelling the waiting task takes the work out of the queue. What has begun
is broken off if its library can do that (`interruptible`); else it goes on to the next place where it asks whether
anybody still wants it (`is_wanted`), or to its end, and its result is dropped.

The first sound of an answer is the shortest of all work, and whoever waits for it has waited longest: it has a thread
more, and does not wait for the end of what has begun. While it computes, the others have less of their core.

What follows the first sound is short work, too, and mostly has seconds; but behind other callers' words it may wait for
ever, and whoever listens takes the gap for the end. So it goes first once it has waited for long. The rest of a first
sentence has less than a second: once that waits for long, it goes where first sounds go.

    thread   |---- final ----|-- turn --|---- final ----|
    thread   |-- interim --|------ final ------|
    express          |-first-|                    |-first-|

The threads give way to the one that moves the sound of all calls: that one wants a moment now and then, and wants it at
once, where an inference would keep a core for a tenth of a second.
"""

import asyncio
import atexit
import heapq
import itertools
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

FINISH_SECONDS = 60.0
"""So long a process that ends waits for what is being computed. All of it ends by itself, within a second or two; on a
machine that has no time for it, loading a model took ten."""


MEMORY_SECONDS = 8.0
"""How far back `Pool.pressure` looks."""
_NICER, _EXPRESS_NICER = 8, 1
_now_computed = threading.local()


class Urgency(IntEnum):
    """What must not wait comes first."""

    FIRST_AUDIO = 0
    """The last and shortest step of an answer: whoever waits for it has waited longest."""
    FINAL = 1
    """What the caller said: nothing goes on without it."""
    TURN = 2
    """Without it silence decides, a little later."""
    NEXT_AUDIO = 3
    """The rest of a sentence whose begin is being heard."""
    AUDIO = 4
    """More of what is already being heard."""
    THOUGHT = 5
    """The next word of a language model."""
    INTERIM = 6
    BACKGROUND = 7


PATIENCE_SECONDS: Mapping[Urgency, float] = {Urgency.NEXT_AUDIO: 0.4, Urgency.AUDIO: 0.5}
"""So long more sound lets more urgent work go first: a begin is heard for 0.75 s, few first sentences for less."""


@dataclass(order=True, slots=True)
class _Job:
    urgency: Urgency
    number: int
    work: Callable[[], Any] = field(compare=False)
    loop: asyncio.AbstractEventLoop = field(compare=False)
    result: asyncio.Future[Any] = field(compare=False)
    asked_at: float = field(compare=False)
    stop: Callable[[], None] | None = field(default=None, compare=False)
    """How what is being computed is broken off, where it can be."""


_Outcome = tuple[Callable[[asyncio.Future[Any], Any], None], Any]
"""How a job's result is told, and what it is."""


class Pool:
    """Some threads and the queue before them."""

    def __init__(self, threads: int) -> None:
        self._queue: list[_Job] = []
        self._numbers = itertools.count()
        lock = threading.Lock()
        self._changed = threading.Condition(lock)
        self._express_changed = threading.Condition(lock)
        self._closed = False
        self._awaited = 0
        self._computing = 0
        self._urgent_seconds = 0.0
        """What urgent work has taken, fading with time."""
        self._urgent_until = time.monotonic()
        # Daemons: no process waits for ever for an inference that does not end.
        self._threads = [
            threading.Thread(target=self._work, name=f"model {index}", daemon=True) for index in range(threads)
        ]
        self._express = threading.Thread(target=self._work_express, name="model express", daemon=True)
        for thread in (*self._threads, self._express):
            thread.start()

    async def run(self, urgency: Urgency, work: Callable[[], T]) -> T:
        """Compute, when it is its turn."""
        loop = asyncio.get_running_loop()
        job = _Job(urgency, next(self._numbers), work, loop, loop.create_future(), time.monotonic())
        with self._changed:
            heapq.heappush(self._queue, job)
            self._changed.notify()
            if urgency in (Urgency.FIRST_AUDIO, Urgency.NEXT_AUDIO):
                self._express_changed.notify()
        self._awaited += 1
        try:
            return await job.result
        except asyncio.CancelledError:
            # The result is cancelled by now: work that says only after this how it is stopped sees that it is.
            if (stop := job.stop) is not None:
                stop()
            raise
        finally:
            self._awaited -= 1

    @property
    def waiting(self) -> int:
        """How much waits."""
        return len(self._queue)

    @property
    def spare(self) -> int:
        """How many threads have nothing to do."""
        return max(0, len(self._threads) - self._computing - len(self._queue))

    @property
    def pressure(self) -> float:
        """Which part of the threads' time urgent work has lately taken: 1 is all of it."""
        return self._faded(time.monotonic()) / (MEMORY_SECONDS * len(self._threads))

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for a result."""
        return self._awaited > 0

    def close(self) -> None:
        """Begin nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._express_changed.notify_all()

    def finish(self) -> None:
        """Begin nothing more, and let what has begun come to its end.

        A process that ends while a library computes in one of its threads is torn down under it, and aborts.
        """
        self.close()
        give_up_at = time.monotonic() + FINISH_SECONDS
        for thread in (*self._threads, self._express):
            thread.join(max(0.0, give_up_at - time.monotonic()))

    def _work(self) -> None:
        _give_way(_NICER)
        while (job := self._next()) is not None:
            self._do(job)

    def _work_express(self) -> None:
        _give_way(_EXPRESS_NICER)
        while (job := self._next_express()) is not None:
            self._do(job)

    def _do(self, job: _Job) -> None:
        begun = time.monotonic()
        outcome = None if job.result.cancelled() else _computed(job)
        # Before it is handed over: whoever is told then may ask how many threads are free.
        self._took(job, begun)
        if outcome is not None:
            _hand_over(job, *outcome)

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            return None if self._closed else self._taken(self._late() or self._queue[0])

    def _next_express(self) -> _Job | None:
        with self._express_changed:
            while not self._closed:
                if self._has_first_audio():
                    return self._taken(self._queue[0])
                if (late := self._late(Urgency.NEXT_AUDIO)) is not None:
                    return self._taken(late)
                self._express_changed.wait(self._until_late(Urgency.NEXT_AUDIO))
            return None

    def _taken(self, job: _Job) -> _Job:
        self._computing += 1
        if job is self._queue[0]:
            return heapq.heappop(self._queue)
        self._queue.remove(job)
        heapq.heapify(self._queue)
        return job

    def _late(self, *urgencies: Urgency) -> _Job | None:
        """What has waited for too long, unless a first sound waits."""
        if self._has_first_audio():
            return None
        now = time.monotonic()
        return min((job for job, late_at in self._patient(urgencies) if late_at < now), default=None)

    def _until_late(self, urgency: Urgency) -> float | None:
        """When the first of it will have waited for too long, in seconds."""
        late_at = min((late_at for _, late_at in self._patient([urgency])), default=None)
        return None if late_at is None else max(0.0, late_at - time.monotonic())

    def _patient(self, urgencies: Collection[Urgency]) -> Iterator[tuple[_Job, float]]:
        """What waits for a time, of these urgencies or of any, and until when."""
        for job in self._queue:
            if (not urgencies or job.urgency in urgencies) and job.urgency in PATIENCE_SECONDS:
                yield job, job.asked_at + PATIENCE_SECONDS[job.urgency]

    def _has_first_audio(self) -> bool:
        return bool(self._queue) and self._queue[0].urgency == Urgency.FIRST_AUDIO

    def _took(self, job: _Job, begun: float) -> None:
        now = time.monotonic()
        with self._changed:
            self._computing -= 1
            if job.urgency <= Urgency.TURN:
                self._urgent_seconds, self._urgent_until = self._faded(now) + now - begun, now

    def _faded(self, now: float) -> float:
        return self._urgent_seconds * math.exp((self._urgent_until - now) / MEMORY_SECONDS)


def _computed(job: _Job) -> "_Outcome":
    _now_computed.job = job
    try:
        return _finish, job.work()
    except Exception as error:
        return _fail, error


def is_wanted() -> bool:
    """Whether anybody still waits for what this thread computes. Work of several steps asks between them."""
    job: _Job | None = getattr(_now_computed, "job", None)
    return job is None or not job.result.cancelled()


@contextmanager
def interruptible(stop: Callable[[], None]) -> Generator[None]:
    """While the block computes, `stop` is called in another thread as soon as nobody waits for the result any more.

    It may also be called when the block has just come to its end.
    """
    job: _Job | None = getattr(_now_computed, "job", None)
    if job is None:
        yield
        return
    job.stop = stop
    if job.result.cancelled():
        stop()
    try:
        yield
    finally:
        job.stop = None


def _give_way(nicer: int) -> None:
    """Let this process's other threads go before this one, where the system tells threads apart."""
    if sys.platform != "linux":
        return
    with suppress(OSError):
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + nicer)


def _hand_over(job: _Job, how: Callable[[asyncio.Future[Any], Any], None], what: Any) -> None:
    try:
        job.loop.call_soon_threadsafe(how, job.result, what)
    except RuntimeError:
        # The loop is gone, and with it everybody who waited.
        return


def _finish(result: asyncio.Future[Any], value: Any) -> None:
    if not result.done():
        result.set_result(value)


def _fail(result: asyncio.Future[Any], error: Exception) -> None:
    if not result.done():
        result.set_exception(error)


@cache
def shared_pool() -> Pool:
    """The one pool of this process, a thread for each core that it may use; they start at the first need."""
    pool = Pool(cores())
    atexit.register(pool.finish)
    return pool


def cores() -> int:
    """How many cores this process may use: a container or `taskset` may leave it fewer than the machine has.

    Two inferences on one core are both done late; one after the other, the first one is done early.
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
