"""Slots and registrations in the database, the same on SQLite and PostgreSQL.

Taking places is serialised (an advisory lock on PostgreSQL, the write lock on SQLite): all limits of a call are
counted and taken in one short transaction, so that no race gets more places than there are. Everything else touches
only rows of its own and needs no lock.

Nothing here waits for the disk: a machine that loses its power loses the processes that held these things as well.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Unavailable
from vivavoce.base.json import Json
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.leases import (
    BEAT_SECONDS,
    TTL_SECONDS,
    Full,
    Held,
    Lease,
    Leases,
    Registration,
    Slot,
    lives_elsewhere,
)
from vivavoce.storage.database import Database, Parameters, Row

_log = logging.getLogger(__name__)

_TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(8462932130418)")
_CLEAR: Final = text("DELETE FROM slots WHERE expires_at <= :now RETURNING lease_id")
_COUNT: Final = text("SELECT count(*) FROM slots WHERE name = :name AND expires_at > :now")
_TAKE: Final = text("""
    INSERT INTO slots (lease_id, name, owner, expires_at) VALUES (:lease_id, :name, :owner, :expires_at)
    RETURNING lease_id
""")
_RELEASE: Final = text("DELETE FROM slots WHERE lease_id = :lease_id RETURNING lease_id")
_RELEASE_ALL: Final = text("DELETE FROM slots WHERE owner = :owner RETURNING lease_id")
_EXTEND_SLOTS: Final = text("""
    UPDATE slots SET expires_at = :expires_at WHERE owner = :owner AND expires_at > :now RETURNING lease_id
""")

_REGISTER: Final = text("""
    INSERT INTO registrations (id, workspace_id, owner, metadata, registered_at, expires_at)
    VALUES (:id, :workspace_id, :owner, :metadata, :now, :expires_at)
    ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata, expires_at = excluded.expires_at,
        registered_at = excluded.registered_at
    WHERE registrations.owner = excluded.owner AND registrations.workspace_id = excluded.workspace_id
    RETURNING id
""")
_UNREGISTER: Final = text("""
    DELETE FROM registrations WHERE id = :id AND workspace_id = :workspace_id AND owner = :owner RETURNING id
""")
_UNREGISTER_ALL: Final = text("DELETE FROM registrations WHERE owner = :owner RETURNING id")
_LOOKUP: Final = text("""
    SELECT id, workspace_id, owner, metadata, registered_at FROM registrations
    WHERE id = :id AND workspace_id = :workspace_id AND expires_at > :now
""")
_REGISTERED: Final = text("""
    SELECT id, workspace_id, owner, metadata, registered_at FROM registrations
    WHERE workspace_id = :workspace_id AND expires_at > :now ORDER BY registered_at, id
""")
_EXTEND_REGISTRATIONS: Final = text("""
    UPDATE registrations SET expires_at = :expires_at WHERE owner = :owner AND expires_at > :now RETURNING id
""")
# Asked twice: of two adopters, the second finds the row lapsed no more.
_ADOPT: Final = text("""
    UPDATE registrations SET owner = :owner, expires_at = :expires_at
    WHERE expires_at <= :now
    AND id IN (SELECT id FROM registrations WHERE expires_at <= :now ORDER BY expires_at, id LIMIT :at_most)
    RETURNING id, workspace_id, owner, metadata, registered_at
""")


class SqlLeases:
    """Leases in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def acquire(self, slots: Sequence[Slot], owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Lease | Full:
        """A place in every slot, or none at all."""
        async with self._database.write(lasting=False) as connection:
            if self._database.kind == "postgresql":
                await self._database.fetch_on(connection, _TAKE_TURNS, {})
            now = self._clock.now()
            await self._database.fetch_on(connection, _CLEAR, {"now": now})
            for slot in slots:
                [[held]] = await self._database.fetch_on(connection, _COUNT, {"name": slot.name, "now": now})
                if held >= slot.limit:
                    return Full(slot.name, slot.limit)
            lease = Lease(self._clock.new_id("lease"), owner, tuple(slot.name for slot in slots))
            await self._take(connection, lease, now + _microseconds(ttl_seconds))
        return lease

    async def _take(self, connection: AsyncConnection, lease: Lease, expires_at: int) -> None:
        for name in lease.names:
            parameters = {"lease_id": lease.id, "name": name, "owner": lease.owner, "expires_at": expires_at}
            await self._database.fetch_on(connection, _TAKE, parameters)

    async def release(self, lease_id: str) -> None:
        """Give the places back."""
        async with self._database.write(lasting=False) as connection:
            await self._database.fetch_on(connection, _RELEASE, {"lease_id": lease_id})

    async def count(self, name: str) -> int:
        """How many places of a slot are held."""
        [[held]] = await self._database.fetch(_COUNT, {"name": name, "now": self._clock.now()})
        return int(held)

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
        registration = Registration(id, workspace_id, owner, dict(metadata or {}), self._clock.now())
        parameters = {
            "id": id,
            "workspace_id": workspace_id,
            "metadata": orjson.dumps(registration.metadata).decode(),
            **self._span(owner, ttl_seconds),
        }
        async with self._database.write(lasting=False) as connection:
            if not await self._database.fetch_on(connection, _REGISTER, parameters):
                raise lives_elsewhere(id)
        return registration

    async def unregister(self, workspace_id: str, id: str, owner: str) -> None:
        """Say that it is over."""
        parameters = {"id": id, "workspace_id": workspace_id, "owner": owner}
        async with self._database.write(lasting=False) as connection:
            await self._database.fetch_on(connection, _UNREGISTER, parameters)

    async def lookup(self, workspace_id: str, id: str) -> Registration | None:
        """Where `id` lives."""
        parameters = {"id": id, "workspace_id": workspace_id, "now": self._clock.now()}
        rows = await self._database.fetch(_LOOKUP, parameters)
        return _registration(rows[0]) if rows else None

    async def registered(self, workspace_id: str) -> Sequence[Registration]:
        """Everything of a workspace that lives now, oldest first."""
        parameters = {"workspace_id": workspace_id, "now": self._clock.now()}
        return [_registration(row) for row in await self._database.fetch(_REGISTERED, parameters)]

    async def heartbeat(self, owner: str, *, ttl_seconds: float = TTL_SECONDS) -> Held:
        """Keep everything this owner still holds."""
        span = self._span(owner, ttl_seconds)
        async with self._database.write(lasting=False) as connection:
            leases = await self._database.fetch_on(connection, _EXTEND_SLOTS, span)
            registrations = await self._database.fetch_on(connection, _EXTEND_REGISTRATIONS, span)
        return Held(frozenset(row[0] for row in leases), frozenset(row[0] for row in registrations))

    async def adopt_orphans(
        self, owner: str, *, limit: int = 100, ttl_seconds: float = TTL_SECONDS
    ) -> Sequence[Registration]:
        """Take over registrations that lapsed."""
        parameters = {"at_most": limit, **self._span(owner, ttl_seconds)}
        async with self._database.write(lasting=False) as connection:
            return [_registration(row) for row in await self._database.fetch_on(connection, _ADOPT, parameters)]

    async def release_all(self, owner: str) -> None:
        """Give back everything an owner holds."""
        async with self._database.write(lasting=False) as connection:
            await self._database.fetch_on(connection, _RELEASE_ALL, {"owner": owner})
            await self._database.fetch_on(connection, _UNREGISTER_ALL, {"owner": owner})

    def _span(self, owner: str, ttl_seconds: float) -> Parameters:
        now = self._clock.now()
        return {"owner": owner, "now": now, "expires_at": now + _microseconds(ttl_seconds)}


async def keep_alive(
    leases: Leases, owner: str, told: Callable[[Held], None], *, every_seconds: float = BEAT_SECONDS
) -> None:
    """Beat for an owner until cancelled; `told` compares what is still held with what it believes to hold."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            held = await leases.heartbeat(owner)
        except Unavailable:
            _log.warning("The database is away; what this process holds may lapse.")
            continue
        told(held)


def _microseconds(seconds: float) -> int:
    return round(seconds * SECOND)


def _registration(row: Row) -> Registration:
    id, workspace_id, owner, metadata, registered_at = row
    return Registration(id, workspace_id, owner, orjson.loads(metadata), registered_at)
