"""All calls of one process: who may come in, who is here, and how they all leave.

    place       a call asks for its place: refused at once where the process is late, full or about to stop; else it
                holds its slots and is registered, so that others find it, until the block ends
    hold        the call itself, for as long as it lives
    heartbeat   keeps slots and registrations; what was lost meanwhile (a machine that slept, a database that was
                away for long) belongs to others by now, and its call is ended with that reason
    drain       on stop: nobody comes in, those who are here may finish within a limit, then they are hung up on

Why a call is refused before the process is late stands in `admission.py`.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from vivavoce.base.errors import Problem, TooMany, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.events import Draining
from vivavoce.live.admission import Admission
from vivavoce.live.lag import Lag
from vivavoce.live.runner import Call
from vivavoce.ports.leases import BEAT_SECONDS, TTL_SECONDS, Full, Held, Leases, Slot, lives_elsewhere

_log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
GRACE_SECONDS = 1.0
LEAVING_SECONDS = 5.0

BUSY = "busy"
LOST = "The server lost its hold of this call."
STOPPED = "The server is being stopped."


@frozen
class CallOptions:
    """How many calls a process takes."""

    machine: Slot | None = None
    """The limit that all processes of this machine share."""
    busiest: float = 0.85
    """The share of a core that calls may take before no more come in."""
    beat_seconds: float = BEAT_SECONDS
    ttl_seconds: float = TTL_SECONDS


@frozen
class CallFigures:
    """What is measured, for metrics and for the curious."""

    running: int
    admitted: int
    refused: Mapping[str, int]
    late_seconds: float
    worst_late_seconds: float
    busy: float


@frozen
class CallStanding:
    """Whether this process takes calls, and a sentence if it does not."""

    takes_calls: bool
    message: str = ""


@dataclass(slots=True, eq=False)
class _Place:
    """What one call holds."""

    workspace_id: str
    conversation_id: str
    taken_at: float
    lease_id: str | None = None
    is_registered: bool = False
    is_lost: bool = False
    call: Call | None = None

    def kept(self, held: Held) -> bool:
        """Whether it still holds all it took, by what a heartbeat says."""
        has_slots = self.lease_id is None or self.lease_id in held.lease_ids
        return has_slots and (not self.is_registered or self.conversation_id in held.registration_ids)


@dataclass(slots=True)
class _Counts:
    admitted: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])


class Calls:
    """The calls of one process."""

    def __init__(self, *, leases: Leases, owner: str, lag: Lag, options: CallOptions | None = None) -> None:
        self._leases = leases
        self._owner = owner
        self._lag = lag
        self._options = options or CallOptions()
        self._places: dict[str, _Place] = {}
        self._counts = _Counts()
        self._admission = Admission(self._options.busiest)
        self._draining_until: float | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep what is held, and measure, for as long as the block runs."""
        beating = asyncio.create_task(self._beat(), name="heartbeat of calls")
        try:
            with self._lag.sampling():
                yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
            await _in_the_end(self._leases.release_all(self._owner))

    # Coming in

    @asynccontextmanager
    async def place(
        self,
        workspace_id: str,
        conversation_id: str,
        slots: Sequence[Slot] = (),
        metadata: Mapping[str, Json] | None = None,
    ) -> AsyncGenerator[None]:
        """A place for a call, until the block ends; a `Problem` that says why where there is none."""
        try:
            self._require_room()
            place = self._enter(workspace_id, conversation_id)
        except Problem as problem:
            self._counts.refused[problem.status] += 1
            if problem.status == BUSY:
                self._admission.turned_away_at = _now()
            raise
        try:
            await self._take(place, slots, metadata or {})
            self._counts.admitted += 1
            yield
        finally:
            await asyncio.shield(self._leave(place))

    def _require_room(self) -> None:
        if self._draining_until is not None:
            raise Unavailable(f"{STOPPED} Try again.", status="draining", retry_after_seconds=RETRY_SECONDS)
        # A process without calls may be busy starting, or with requests; there is no call that another one could spoil.
        if self._places and not self._has_room():
            raise Unavailable(
                "This server has as many calls as it can serve well. Try again in a moment.",
                status=BUSY,
                retry_after_seconds=RETRY_SECONDS,
            )

    def _has_room(self) -> bool:
        now, load = _now(), self._lag.load
        ages_seconds = [now - place.taken_at for place in self._places.values()]
        return not load.is_late and self._admission.has_room(now, load.busy, ages_seconds)

    def _enter(self, workspace_id: str, conversation_id: str) -> _Place:
        if conversation_id in self._places:
            raise lives_elsewhere(conversation_id)
        place = self._places[conversation_id] = _Place(workspace_id, conversation_id, _now())
        self._empty.clear()
        return place

    async def _take(self, place: _Place, slots: Sequence[Slot], metadata: Mapping[str, Json]) -> None:
        machine = self._options.machine
        wanted = [*slots, machine] if machine is not None else list(slots)
        if wanted:
            taken = await self._leases.acquire(wanted, self._owner, ttl_seconds=self._options.ttl_seconds)
            if isinstance(taken, Full):
                problem = _full(taken, machine)
                self._counts.refused[problem.status] += 1
                raise problem
            place.lease_id = taken.id
        await self._leases.register(
            place.workspace_id,
            place.conversation_id,
            self._owner,
            metadata=metadata,
            ttl_seconds=self._options.ttl_seconds,
        )
        place.is_registered = True

    async def _leave(self, place: _Place) -> None:
        self._places.pop(place.conversation_id, None)
        if not self._places:
            self._empty.set()
        if place.is_registered:
            await _in_the_end(self._leases.unregister(place.workspace_id, place.conversation_id, self._owner))
        if place.lease_id is not None:
            await _in_the_end(self._leases.release(place.lease_id))

    # Being here

    @contextmanager
    def hold(self, call: Call) -> Generator[None]:
        """Here is the call of a place; others find it by `of` while the block runs."""
        place = self._places[call.plan.conversation_id]
        place.call = call
        if place.is_lost:
            call.hang_up(LOST)
        if self._draining_until is not None:
            call.report(Draining(max(0.0, self._draining_until - _now())))
        try:
            yield
        finally:
            place.call = None

    def of(self, conversation_id: str) -> Call | None:
        """A call that lives in this process."""
        place = self._places.get(conversation_id)
        return place.call if place is not None else None

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._options.beat_seconds)
            try:
                await self._keep()
            except Exception:
                # The next beat may succeed in time. If none does, it says what was lost.
                _log.warning("A heartbeat of the calls failed.", exc_info=True)

    async def _keep(self) -> None:
        # Only what was held before the heartbeat began can be missing from its answer.
        before = [place for place in self._places.values() if place.is_registered]
        if not before:
            return
        held = await self._leases.heartbeat(self._owner, ttl_seconds=self._options.ttl_seconds)
        for place in before:
            if not place.kept(held) and not place.is_lost and self._places.get(place.conversation_id) is place:
                self._lose(place)

    def _lose(self, place: _Place) -> None:
        place.is_lost = True
        _log.error("A call's registration or slots lapsed; it is ended.")
        if place.call is not None:
            place.call.hang_up(LOST)

    # Leaving

    async def drain(self, within_seconds: float) -> None:
        """Take nobody in, let those who are here finish, and hang up on those who have not by then."""
        self._draining_until = _now() + within_seconds
        for call in self._held():
            call.report(Draining(within_seconds))
        # The calls end by themselves when the time is up; only those that cannot are hung up on.
        if await self._is_empty_within(within_seconds + GRACE_SECONDS):
            return
        for call in self._held():
            call.hang_up(STOPPED)
        if not await self._is_empty_within(LEAVING_SECONDS):
            _log.error("%d calls did not end when they were hung up on.", len(self._places))

    def _held(self) -> list[Call]:
        return [place.call for place in self._places.values() if place.call is not None]

    async def _is_empty_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    # What others want to know

    def standing(self) -> CallStanding:
        """Whether a call would be taken now."""
        try:
            self._require_room()
        except Unavailable as problem:
            return CallStanding(takes_calls=False, message=problem.message)
        return CallStanding(takes_calls=True)

    def figures(self) -> CallFigures:
        """What is measured."""
        load = self._lag.load
        return CallFigures(
            running=len(self._places),
            admitted=self._counts.admitted,
            refused=dict(self._counts.refused),
            late_seconds=load.late_seconds,
            worst_late_seconds=load.worst_seconds,
            busy=load.busy,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _full(full: Full, machine: Slot | None) -> Problem:
    if machine is not None and full.name == machine.name:
        return Unavailable(
            f"This server has as many calls as it may have ({full.limit}). Try again in a moment.",
            status=BUSY,
            retry_after_seconds=RETRY_SECONDS,
        )
    whose = full.name.partition(":")[0]
    return TooMany(
        f"This {whose} has as many calls at a time as it may have ({full.limit}). Try again when one has ended.",
        retry_after_seconds=RETRY_SECONDS,
        status="too_many_calls",
    )


async def _in_the_end(cleaning: Awaitable[None]) -> None:
    """Give something back. Where that fails, it lapses by itself."""
    try:
        await cleaning
    except Exception:
        _log.warning("What a call held could not be given back; it lapses.", exc_info=True)
