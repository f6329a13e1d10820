"""People in a workspace: their roles, invites that bring them in, groups they stand in.

A workspace always keeps somebody who can administer it: its owner is neither locked, demoted nor removed, and neither
is the last administrator. No mail is sent from here; an invite is a link that its maker passes on.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Conflict, Invalid, Malformed, NotFound, Unauthorized, quoted
from vivavoce.base.frozen import frozen
from vivavoce.features.workspace.audit.service import (
    GROUP_CREATION,
    GROUP_DELETION,
    GROUP_MEMBER_ADDITION,
    GROUP_MEMBER_REMOVAL,
    INVITE_ACCEPTED,
    INVITE_REVOKED,
    INVITE_SENT,
    MEMBER_LIMIT_UPDATE,
    MEMBER_REMOVAL,
    MEMBER_UPDATE,
    Activity,
    Actor,
    AuditLog,
    Origin,
)
from vivavoce.features.workspace.identity import store as identity_store
from vivavoce.features.workspace.identity.service import Identities, Login
from vivavoce.features.workspace.identity.store import PERSON, User
from vivavoce.features.workspace.keys import store as key_store
from vivavoce.features.workspace.members import store
from vivavoce.features.workspace.members.store import Group, Invite, Member
from vivavoce.features.workspace.permissions import require_appointable, require_invitable
from vivavoce.features.workspace.tokens import INVITE_PREFIX, digest, new_token
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Reference
from vivavoce.ports.identity import Caller, Role
from vivavoce.storage.database import Database

INVITE_SECONDS = 7 * 24 * 3600
MOST_GROUPS = 1000
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


@frozen
class NewInvite:
    """An invite that was just made: the one time its token is known."""

    email: str
    token: str


class Members:
    """The members of all workspaces; every call names one."""

    def __init__(self, database: Database, clock: Clock, identities: Identities, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._identities = identities
        self._audit = audit

    async def members(self, workspace_id: str) -> Sequence[Member]:
        """The people of a workspace, locked ones too, oldest first."""
        async with self._database.read() as connection:
            return await store.members(connection, workspace_id, PERSON)

    async def update_member(self, actor: Actor, email: str, *, is_locked: bool | None, role: Role | None) -> None:
        """Lock or unlock somebody, or give them another role."""
        if actor.caller is not None and role is not None:
            require_appointable(actor.caller, role)
        async with self._database.write() as connection:
            member = await store.member_by_email(connection, actor.workspace_id, email_of(email))
            if member is None:
                raise NotFound.of("member", email)
            changed = replace(
                member,
                is_locked=member.is_locked if is_locked is None else is_locked,
                role=member.role if role is None else role,
            )
            if changed == member:
                return
            if changed.is_locked or changed.role != "admin":
                _keep_administered(member, await store.active_admins(connection, actor.workspace_id))
            values = {"is_locked": changed.is_locked, "role": changed.role}
            await store.update_member(connection, actor.workspace_id, member.user_id, values)
            await self._note(connection, actor, MEMBER_UPDATE, member.user_id)
        await self._identities.changed()

    async def set_usage_limit(self, actor: Actor, user_id: str, usage_limit: int | None) -> None:
        """Set or clear the monthly limit of a member or service account."""
        async with self._database.write() as connection:
            if await store.member(connection, actor.workspace_id, user_id) is None:
                raise NotFound.of("member", user_id)
            await store.update_member(connection, actor.workspace_id, user_id, {"usage_limit": usage_limit})
            await self._note(connection, actor, MEMBER_LIMIT_UPDATE, user_id)

    async def remove_member(self, actor: Actor, user_id: str) -> None:
        """Take somebody out of the workspace, with their keys and sessions."""
        async with self._database.write() as connection:
            member = await store.member(connection, actor.workspace_id, user_id)
            if member is None or member.kind != PERSON:
                raise NotFound.of("member", user_id)
            _keep_administered(member, await store.active_admins(connection, actor.workspace_id))
            await key_store.delete_keys_of(connection, actor.workspace_id, user_id)
            await identity_store.delete_sessions_of(connection, actor.workspace_id, user_id)
            await store.delete_member(connection, actor.workspace_id, user_id)
            await self._note(connection, actor, MEMBER_REMOVAL, user_id)
        await self._identities.changed()

    # Invites

    async def invite(
        self,
        actor: Actor,
        emails: Sequence[str],
        role: Role,
        group_ids: Sequence[str] = (),
        usage_limit: int | None = None,
    ) -> Sequence[NewInvite]:
        """Invite these addresses, all or none. A second invite of an address replaces the first."""
        if actor.caller is not None:
            require_invitable(actor.caller, role)
        now, workspace_id = self._clock.now(), actor.workspace_id
        made: list[NewInvite] = []
        async with self._database.write() as connection:
            unknown = set(group_ids) - await store.group_ids(connection, workspace_id)
            if unknown:
                raise Invalid(
                    ("body", "group_ids"), f"There is no group {quoted(sorted(unknown)[0])} in this workspace."
                )
            for email in dict.fromkeys(email_of(each) for each in emails):
                if await store.member_by_email(connection, workspace_id, email) is not None:
                    raise Malformed(f"{email} is in this workspace already.", status="already_a_member")
                token = new_token(self._clock, INVITE_PREFIX)
                invite = Invite(
                    id=self._clock.new_id("invite"),
                    workspace_id=workspace_id,
                    email=email,
                    role=role,
                    group_ids=list(group_ids),
                    usage_limit=usage_limit,
                    token_hash=digest(token),
                    invited_by=actor.user_id or "",
                    created_at=now,
                    expires_at=now + INVITE_SECONDS * SECOND,
                )
                await store.insert_invite(connection, invite)
                made.append(NewInvite(email, token))
                await self._note(connection, actor, INVITE_SENT, email, kind="invites")
        return made

    async def invites(self, workspace_id: str) -> Sequence[Invite]:
        """Open invites, oldest first."""
        async with self._database.read() as connection:
            return await store.invites(connection, workspace_id, self._clock.now())

    async def revoke_invite(self, actor: Actor, email: str) -> None:
        """Take an invite back: its link opens nothing any more."""
        async with self._database.write() as connection:
            if not await store.delete_invite(connection, actor.workspace_id, email_of(email)):
                raise NotFound(f"There is no open invite for {email!r}.", status="invite_not_found")
            await self._note(connection, actor, INVITE_REVOKED, email_of(email), kind="invites")

    async def accept_invite(self, token: str, first_name: str | None, origin: Origin | None = None) -> Login:
        """Become a member with an invite's token, and sign in."""
        now = self._clock.now()
        async with self._database.write() as connection:
            invite = await store.take_invite(connection, digest(token), now)
            if invite is None:
                raise Unauthorized(
                    "This invite was used, taken back or is too old. Ask for a new one.", status="invite_invalid"
                )
            user = await identity_store.user_by_email(connection, invite.email)
            if user is None:
                user = User(self._clock.new_id("user"), PERSON, invite.email, first_name, now)
                await identity_store.insert_user(connection, user)
            member = Member.new(
                invite.workspace_id, user.id, invite.role, created_at=now, usage_limit=invite.usage_limit
            )
            if await store.member(connection, invite.workspace_id, user.id) is None:
                await store.insert_member(connection, member)
            known = await store.group_ids(connection, invite.workspace_id)
            for group_id in known & set(invite.group_ids):
                await store.add_to_group(connection, invite.workspace_id, group_id, user.id)
            actor = Actor(invite.workspace_id, Caller(invite.workspace_id, user.id, invite.role, frozenset()), origin)
            await self._note(connection, actor, INVITE_ACCEPTED, user.id)
        return await self._identities.sign_in(invite.workspace_id, user.id)

    # Groups

    async def groups(self, workspace_id: str) -> Sequence[Group]:
        """All groups, oldest first."""
        async with self._database.read() as connection:
            return await store.groups(connection, workspace_id)

    async def emails(self, workspace_id: str) -> dict[str, str]:
        """The address of every person, by user id."""
        return {member.user_id: member.email or "" for member in await self.members(workspace_id)}

    async def create_group(self, actor: Actor, name: str) -> Group:
        """A new group without members."""
        group = Group(self._clock.new_id("group"), actor.workspace_id, name, self._clock.now())
        async with self._database.write() as connection:
            if len(await store.group_ids(connection, actor.workspace_id)) >= MOST_GROUPS:
                raise Conflict(f"A workspace has at most {MOST_GROUPS} groups.", status="too_many_groups")
            await store.insert_group(connection, group)
            await self._note(connection, actor, GROUP_CREATION, group.id, kind="groups")
        return group

    async def delete_group(self, actor: Actor, group_id: str) -> None:
        """Remove a group; its members stay in the workspace."""
        async with self._database.write() as connection:
            _require_group(await store.group_ids(connection, actor.workspace_id), group_id)
            await store.delete_group(connection, actor.workspace_id, group_id)
            await self._note(connection, actor, GROUP_DELETION, group_id, kind="groups")

    async def add_to_group(self, actor: Actor, group_id: str, email: str) -> None:
        """Put a member into a group."""
        async with self._database.write() as connection:
            _require_group(await store.group_ids(connection, actor.workspace_id), group_id)
            member = await store.member_by_email(connection, actor.workspace_id, email_of(email))
            if member is None:
                raise NotFound.of("member", email)
            await store.add_to_group(connection, actor.workspace_id, group_id, member.user_id)
            await self._note(connection, actor, GROUP_MEMBER_ADDITION, group_id, kind="groups")

    async def remove_from_group(self, actor: Actor, group_id: str, email: str) -> None:
        """Take a member out of a group."""
        async with self._database.write() as connection:
            _require_group(await store.group_ids(connection, actor.workspace_id), group_id)
            member = await store.member_by_email(connection, actor.workspace_id, email_of(email))
            if member is None or not await store.remove_from_group(
                connection, actor.workspace_id, group_id, member.user_id
            ):
                raise NotFound(f"{email!r} is not in this group.", status="member_not_found")
            await self._note(connection, actor, GROUP_MEMBER_REMOVAL, group_id, kind="groups")

    async def _note(
        self, connection: AsyncConnection, actor: Actor, activity: Activity, id: str, kind: str = "users"
    ) -> None:
        await self._audit.note(connection, actor, activity, Reference(kind, id))


def email_of(text: str) -> str:
    """An email address as it is stored: trimmed and in lower case."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Invalid(("body", "email"), f"{text!r} is not an email address.")
    return email


def _keep_administered(member: Member, active_admins: int) -> None:
    if member.is_owner:
        raise Conflict("The owner of a workspace stays its administrator.", status="member_is_owner")
    if member.role == "admin" and not member.is_locked and active_admins <= 1:
        raise Conflict("This is the workspace's last administrator. Make another one first.", status="last_admin")


def _require_group(known: set[str], group_id: str) -> None:
    if group_id not in known:
        raise NotFound.of("group", group_id)
