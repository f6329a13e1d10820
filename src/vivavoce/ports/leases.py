"""Leases: who holds what right now, over all processes, and it lapses by itself.

Two things are held by an *owner*, which is one running process:

slots          a place within a limit ("at most 5 calls of this agent, 20 of this workspace, 50 on this machine"),
               all of a call's places taken together or none
registrations  "call conv_1 is held by process p1", with what others need to know to reach it

Rules
- What is held lapses `ttl_seconds` after the last heartbeat, so that a process that died frees its places and its
  calls are found as orphans. An owner beats for everything it holds with one call.
- What has lapsed is gone: a late heartbeat does not bring it back, for others may have taken the place. The
  heartbeat says what is still held, and the owner ends what it lost.
- Every process's clock is used; they must agree to a few seconds (NTP).
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Protocol

from vivavoce.base.errors import Conflict
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.ports.clock import SECOND, Clock

TTL_SECONDS = 15.0
BEAT_SECONDS = 5.0


@frozen
class Slot:
    """A limited thing by name, "agent:agent_01...", and how many may hold it at a time."""

    name: str
    limit: int


@frozen
class Lease:
    """One place in each of the named slots."""

    id: str
    owner: str
    names: tuple[str, ...]


@frozen
class Full:
    """The first slot that had no place left; nothing was taken."""

    name: str
    limit: int


@frozen
class Registration:
    """A thing that lives in a process: which one, and what others may want to know."""

    id: str
    workspace_id: str
    owner: str
    metadata: Mapping[str, Json] = field(default_factory=dict[str, Json])
    registered_at: int = 0


@frozen
class Held:
    """What an owner still holds after a heartbeat."""

    lease_ids: frozenset[str]
    registration_ids: frozenset[str]


class Leases(Protocol):
    """Slots and registrations."""

    async def acquire(self, slots: Sequence[Slot], owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Lease | Full:
        """A place in every slot, or none at all."""
        ...

    async def release(self, lease_id: str) -> None:
        """Give the places back; fine if they are gone already."""
        ...

    async def count(self, name: str) -> int:
        """How many places of a slot are held."""
        ...

    async def register(
        self,
        workspace_id: str,
        id: str,
        owner: str,
        *,
        metadata: Mapping[str, Json] | None = None,
        ttl_seconds: float = TTL_SECONDS,
    ) -> Registration:
        """Say that `id` lives in the process `owner`; `Conflict` if it lives elsewhere."""
        ...

    async def unregister(self, workspace_id: str, id: str, owner: str) -> None:
        """Say that it is over; only what this owner holds goes."""
        ...

    async def lookup(self, workspace_id: str, id: str) -> Registration | None:
        """Where `id` lives, or None if it does not."""
        ...

    async def registered(self, workspace_id: str) -> Sequence[Registration]:
        """Everything of a workspace that lives now, oldest first."""
        ...

    async def heartbeat(self, owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Held:
        """Keep everything this owner still holds for another while."""
        ...

    async def adopt_orphans(
        self, owner: str, *, limit: int = 100, ttl_seconds: float = TTL_SECONDS
    ) -> Sequence[Registration]:
        """Take over registrations that lapsed, each by one adopter only, to clean up and unregister them."""
        ...

    async def release_all(self, owner: str) -> None:
        """Give back everything an owner holds, at its orderly end."""
        ...


def lives_elsewhere(id: str) -> Conflict:
    """The usual refusal where a thing is already registered by another process."""
    return Conflict(f"{id!r} is held by another process.", status="held_elsewhere")


class MemoryLeases:
    """The double: the same rules in a dictionary."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: dict[str, tuple[Lease, int]] = {}
        self._registrations: dict[str, tuple[Registration, int]] = {}

    async def acquire(self, slots: Sequence[Slot], owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Lease | Full:
        """A place in every slot, or none at all."""
        for slot in slots:
            if await self.count(slot.name) >= slot.limit:
                return Full(slot.name, slot.limit)
        lease = Lease(self._clock.new_id("lease"), owner, tuple(slot.name for slot in slots))
        self._leases[lease.id] = (lease, self._until(ttl_seconds))
        return lease

    async def release(self, lease_id: str) -> None:
        """Give the places back."""
        self._leases.pop(lease_id, None)

    async def count(self, name: str) -> int:
        """How many places of a slot are held."""
        now = self._clock.now()
        return sum(name in lease.names and expires_at > now for lease, expires_at in self._leases.values())

    async def register(
        self,
        workspace_id: str,
        id: str,
        owner: str,
        *,
        metadata: Mapping[str, Json] | None = None,
        ttl_seconds: float = TTL_SECONDS,
    ) -> Registration:
        """Say that `id` lives in the process `owner`."""
        if id in self._registrations and self._registrations[id][0].owner != owner:
            raise lives_elsewhere(id)
        registration = Registration(id, workspace_id, owner, dict(metadata or {}), self._clock.now())
        self._registrations[id] = (registration, self._until(ttl_seconds))
        return registration

    async def unregister(self, workspace_id: str, id: str, owner: str) -> None:
        """Say that it is over."""
        found = self._registrations.get(id)
        if found and (found[0].workspace_id, found[0].owner) == (workspace_id, owner):
            del self._registrations[id]

    async def lookup(self, workspace_id: str, id: str) -> Registration | None:
        """Where `id` lives."""
        return next((found for found in await self.registered(workspace_id) if found.id == id), None)

    async def registered(self, workspace_id: str) -> Sequence[Registration]:
        """Everything of a workspace that lives now."""
        now = self._clock.now()
        alive = [found for found, expires_at in self._registrations.values() if expires_at > now]
        return [found for found in alive if found.workspace_id == workspace_id]

    async def heartbeat(self, owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Held:
        """Keep everything this owner still holds."""
        now, until = self._clock.now(), self._until(ttl_seconds)
        leases = {i: (h, until) for i, (h, at) in self._leases.items() if h.owner == owner and at > now}
        registrations = {i: (h, until) for i, (h, at) in self._registrations.items() if h.owner == owner and at > now}
        self._leases |= leases
        self._registrations |= registrations
        return Held(frozenset(leases), frozenset(registrations))

    async def adopt_orphans(
        self, owner: str, *, limit: int = 100, ttl_seconds: float = TTL_SECONDS
    ) -> Sequence[Registration]:
        """Take over registrations that lapsed."""
        now = self._clock.now()
        orphans = [found for found, expires_at in self._registrations.values() if expires_at <= now][:limit]
        adopted = [replace(orphan, owner=owner) for orphan in orphans]
        self._registrations |= {found.id: (found, self._until(ttl_seconds)) for found in adopted}
        return adopted

    async def release_all(self, owner: str) -> None:
        """Give back everything an owner holds."""
        self._leases = {id: held for id, held in self._leases.items() if held[0].owner != owner}
        self._registrations = {id: held for id, held in self._registrations.items() if held[0].owner != owner}

    def _until(self, ttl_seconds: float) -> int:
        return self._clock.now() + round(ttl_seconds * SECOND)
