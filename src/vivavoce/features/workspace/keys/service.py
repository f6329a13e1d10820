"""Making, changing and revoking API keys, and the service accounts that hold some of them.

A key is shown once, when it is made. Nobody gives a key more than they have themselves. A revoked, disabled or
expired key stops working within seconds in every process, in this one at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vivavoce.base.errors import Conflict, Forbidden, Invalid, Malformed, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.workspace.audit.service import WORKSPACE_UPDATE, Actor, AuditLog, created, deleted, updated
from vivavoce.features.workspace.identity import store as identity_store
from vivavoce.features.workspace.identity.service import Identities
from vivavoce.features.workspace.identity.store import SERVICE, User
from vivavoce.features.workspace.keys import store
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.features.workspace.members import store as member_store
from vivavoce.features.workspace.members.store import Group, Member
from vivavoce.features.workspace.permissions import require_grantable
from vivavoce.features.workspace.tokens import KEY_PREFIX, digest, hint, new_token
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Reference
from vivavoce.storage.database import Database

SELF_DISABLED = "self_disabled"
MOST_SERVICE_ACCOUNTS = 100
_SHORTEST_LIFE_SECONDS = 15 * 60
_LONGEST_LIFE_SECONDS = 90 * 24 * 3600


@frozen
class NewKey:
    """A key that was just made: the one time its text is known."""

    key: str
    record: KeyRecord


@frozen
class ServiceAccount:
    """A member that is a machine, with its keys."""

    member: Member
    keys: Sequence[KeyRecord]
    groups: Mapping[str, Group]


class Keys:
    """The keys of all workspaces; every call names one through its actor."""

    def __init__(self, database: Database, clock: Clock, identities: Identities, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._identities = identities
        self._audit = audit

    async def create_key(
        self,
        actor: Actor,
        user_id: str,
        name: str,
        *,
        permissions: Sequence[str] | None = None,
        expires_at: int | None = None,
        allowed_ips: Sequence[str] | None = None,
        third_party_disable_allowed: bool | None = None,
        limits: Body | None = None,
    ) -> NewKey:
        """A new key for a member. `permissions` of None are all that the member has."""
        if actor.caller is not None:
            require_grantable(actor.caller, permissions)
        now = self._clock.now()
        _check_expiry(expires_at, now)
        key = new_token(self._clock, KEY_PREFIX)
        plain = KeyRecord.new(
            self._clock.new_id("key"),
            workspace_id=actor.workspace_id,
            user_id=user_id,
            name=name,
            key_hash=digest(key),
            hint=hint(key),
            created_at=now,
        )
        record = replace(
            plain,
            permissions=permissions,
            expires_at=expires_at,
            allowed_ips=allowed_ips,
            third_party_disable_allowed=third_party_disable_allowed,
            limits=limits or {},
        )
        async with self._database.write() as connection:
            if await member_store.member(connection, actor.workspace_id, user_id) is None:
                raise NotFound.of("user", user_id)
            await store.insert_key(connection, record)
            await self._audit.note(connection, actor, created("API Key"), _reference(record.id))
        return NewKey(key, record)

    async def list_keys(self, workspace_id: str, user_id: str | None = None) -> Sequence[KeyRecord]:
        """The keys of a workspace, or of one member, oldest first."""
        async with self._database.read() as connection:
            return await store.keys(connection, workspace_id, user_id)

    async def get_key(self, workspace_id: str, key_id: str, user_id: str | None = None) -> KeyRecord:
        """A key, perhaps of this member only."""
        async with self._database.read() as connection:
            key = await store.key(connection, workspace_id, key_id)
        if key is None or user_id not in (None, key.user_id):
            raise NotFound.of("API key", key_id)
        return key

    async def update_key(self, actor: Actor, key: KeyRecord, changes: Body) -> None:
        """Change a key's columns."""
        if actor.caller is not None and "permissions" in changes:
            require_grantable(actor.caller, changes["permissions"])
        _check_expiry(changes.get("expires_at"), self._clock.now())
        if not changes:
            return
        async with self._database.write() as connection:
            await store.update_key(connection, actor.workspace_id, key.id, changes)
            await self._audit.note(connection, actor, updated("API Key"), _reference(key.id))
        await self._identities.changed()

    async def revoke_key(self, actor: Actor, key_id: str) -> None:
        """Remove a key for good."""
        async with self._database.write() as connection:
            if not await store.delete_key(connection, actor.workspace_id, key_id):
                raise NotFound.of("API key", key_id)
            await self._audit.note(connection, actor, deleted("API Key"), _reference(key_id))
        await self._identities.changed()

    # A key that its own holder gives up

    async def disable_own(self, actor: Actor) -> None:
        """Disable the key that authenticated this request, if whoever holds it may."""
        key_id = None if actor.caller is None else actor.caller.key_id
        if key_id is None:
            raise Malformed("Only a request that is authenticated with an API key can disable its key.")
        key = await self.get_key(actor.workspace_id, key_id)
        workspace = await self._identities.workspace(actor.workspace_id)
        allowed = workspace.third_party_disable_allowed
        if allowed is None:
            allowed = key.third_party_disable_allowed is not False
        if not allowed:
            raise Forbidden("This workspace does not let the holder of a key disable it. Ask an administrator.")
        await self.update_key(actor, key, {"is_disabled": True, "disable_reason": SELF_DISABLED})

    async def set_third_party_disabling(self, actor: Actor, allowed: bool | None) -> None:
        """Decide for every key of the workspace whether its holder may disable it; None lets each key decide."""
        async with self._database.write() as connection:
            await identity_store.update_workspace(
                connection, actor.workspace_id, {"third_party_disable_allowed": allowed}
            )
            await self._audit.note(connection, actor, WORKSPACE_UPDATE, Reference("workspaces", actor.workspace_id))

    # Service accounts

    async def create_service_account(self, actor: Actor, name: str, default_sharing_groups: Sequence[Body] = ()) -> str:
        """A member for machines, with an editor's role; its keys say what it may do. Returns its user id."""
        now, workspace_id = self._clock.now(), actor.workspace_id
        user = User(self._clock.new_id("user"), SERVICE, None, name, now)
        async with self._database.write() as connection:
            if len(await member_store.members(connection, workspace_id, SERVICE)) >= MOST_SERVICE_ACCOUNTS:
                raise Conflict(
                    f"A workspace has at most {MOST_SERVICE_ACCOUNTS} service accounts. Remove one first.",
                    status="too_many_service_accounts",
                )
            known = await member_store.group_ids(connection, workspace_id)
            for index, sharing in enumerate(default_sharing_groups):
                if sharing["group_id"] not in known:
                    raise Invalid(
                        ("body", "default_sharing_groups", index, "group_id"), "There is no group with this id."
                    )
            await identity_store.insert_user(connection, user)
            member = Member.new(
                workspace_id, user.id, "editor", created_at=now, default_sharing_groups=list(default_sharing_groups)
            )
            await member_store.insert_member(connection, member)
            await self._audit.note(connection, actor, created("Service Account"), Reference("users", user.id))
        return user.id

    async def service_accounts(self, workspace_id: str) -> Sequence[ServiceAccount]:
        """All service accounts with their keys, oldest first."""
        async with self._database.read() as connection:
            accounts = await member_store.members(connection, workspace_id, SERVICE)
            keys = await store.keys(connection, workspace_id)
            groups = {group.id: group for group in await member_store.groups(connection, workspace_id)}
        return [
            ServiceAccount(account, [key for key in keys if key.user_id == account.user_id], groups)
            for account in accounts
        ]

    async def service_account(self, workspace_id: str, user_id: str) -> Member:
        """One service account."""
        async with self._database.read() as connection:
            member = await member_store.member(connection, workspace_id, user_id)
        if member is None or member.kind != SERVICE:
            raise NotFound.of("service account", user_id)
        return member

    async def delete_service_account(self, actor: Actor, user_id: str) -> None:
        """Remove a service account with its keys."""
        await self.service_account(actor.workspace_id, user_id)
        async with self._database.write() as connection:
            await store.delete_keys_of(connection, actor.workspace_id, user_id)
            await member_store.delete_member(connection, actor.workspace_id, user_id)
            await self._audit.note(connection, actor, deleted("Service Account"), Reference("users", user_id))
        await self._identities.changed()


def _reference(key_id: str) -> Reference:
    return Reference("api_keys", key_id)


def _check_expiry(expires_at: int | None, now: int) -> None:
    if expires_at is None:
        return
    if not now + _SHORTEST_LIFE_SECONDS * SECOND <= expires_at <= now + _LONGEST_LIFE_SECONDS * SECOND:
        raise Invalid(
            ("body", "expires_at_unix"), "A key expires 15 minutes to 90 days from now, or never (leave it out)."
        )
