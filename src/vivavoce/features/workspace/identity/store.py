"""The queries behind identity: plain functions on an open connection, one statement each."""

from typing import Any

import orjson
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.frozen import frozen
from vivavoce.features.workspace.permissions import scopes_of
from vivavoce.features.workspace.tables import (
    API_KEYS,
    INSTALLATION,
    LOGIN_LINKS,
    MEMBERS,
    SESSIONS,
    USERS,
    WORKSPACES,
    row_of,
)
from vivavoce.ports.identity import Caller
from vivavoce.storage.database import Database

PERSON = "person"
SERVICE = "service"


@frozen
class KeyHolder:
    """What a key's hash leads to."""

    caller: Caller
    expires_at: int | None
    last_used_at: int | None


@frozen
class Session:
    """A dashboard session, and the key that opened it, if one did. The token itself is known to the browser alone."""

    id: str
    workspace_id: str
    user_id: str
    created_at: int
    last_seen_at: int
    expires_at: int
    key_id: str | None = None


@frozen
class User:
    """A person or a service account, whatever workspaces they are in."""

    id: str
    kind: str
    email: str | None
    first_name: str | None
    created_at: int


@frozen
class Workspace:
    """A workspace by itself."""

    id: str
    name: str
    third_party_disable_allowed: bool | None
    created_at: int


# The two questions of every request, so they go the quick way: constant statements, rows without SQLAlchemy.
_KEY_HOLDER = (
    select(
        API_KEYS.c.id,
        API_KEYS.c.workspace_id,
        API_KEYS.c.user_id,
        API_KEYS.c.permissions,
        API_KEYS.c.allowed_ips,
        API_KEYS.c.expires_at,
        API_KEYS.c.last_used_at,
        MEMBERS.c.role,
        USERS.c.kind,
    )
    .join(MEMBERS, and_(MEMBERS.c.workspace_id == API_KEYS.c.workspace_id, MEMBERS.c.user_id == API_KEYS.c.user_id))
    .join(USERS, USERS.c.id == API_KEYS.c.user_id)
    .where(
        API_KEYS.c.key_hash == bindparam("key_hash"),
        API_KEYS.c.is_disabled.is_(False),
        MEMBERS.c.is_locked.is_(False),
        or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > bindparam("now")),
    )
)

_SESSION_HOLDER = (
    select(
        SESSIONS.c.id,
        SESSIONS.c.workspace_id,
        SESSIONS.c.user_id,
        SESSIONS.c.created_at,
        SESSIONS.c.last_seen_at,
        SESSIONS.c.expires_at,
        SESSIONS.c.key_id,
        MEMBERS.c.role,
        API_KEYS.c.permissions,
        API_KEYS.c.allowed_ips,
    )
    .join(MEMBERS, and_(MEMBERS.c.workspace_id == SESSIONS.c.workspace_id, MEMBERS.c.user_id == SESSIONS.c.user_id))
    .outerjoin(API_KEYS, and_(API_KEYS.c.workspace_id == SESSIONS.c.workspace_id, API_KEYS.c.id == SESSIONS.c.key_id))
    .where(
        SESSIONS.c.token_hash == bindparam("token_hash"),
        SESSIONS.c.expires_at > bindparam("now"),
        SESSIONS.c.last_seen_at > bindparam("seen_after"),
        MEMBERS.c.is_locked.is_(False),
        or_(
            SESSIONS.c.key_id.is_(None),
            and_(
                API_KEYS.c.is_disabled.is_(False),
                or_(API_KEYS.c.expires_at.is_(None), API_KEYS.c.expires_at > bindparam("now")),
            ),
        ),
    )
)


async def key_holder(database: Database, key_hash: str, now: int) -> KeyHolder | None:
    """Who holds a key that is enabled, not expired, and whose member is not locked."""
    rows = await database.fetch(_KEY_HOLDER, {"key_hash": key_hash, "now": now})
    if not rows:
        return None
    id, workspace_id, user_id, permissions, allowed_ips, expires_at, last_used_at, role, kind = rows[0]
    caller = Caller(
        workspace_id=workspace_id,
        user_id=user_id,
        role=role,
        scopes=scopes_of(_list(permissions), role, person=kind == PERSON),
        key_id=id,
        networks=_list(allowed_ips),
    )
    return KeyHolder(caller, expires_at, last_used_at)


def _list(stored: Any) -> tuple[str, ...] | None:
    """A JSON column as the driver gives it."""
    value = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return None if value is None else tuple(value)


async def touch_key(connection: AsyncConnection, workspace_id: str, key_id: str, now: int) -> None:
    """Note that a key was used."""
    await connection.execute(
        update(API_KEYS)
        .where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.id == key_id)
        .values(last_used_at=now)
    )


async def session_holder(
    database: Database, token_hash: str, now: int, seen_after: int
) -> tuple[Session, Caller] | None:
    """A session that has not ended, was seen since `seen_after`, and whose member is not locked.

    One that was opened with a key may what that key may, from where it may, for as long as it works.
    """
    rows = await database.fetch(_SESSION_HOLDER, {"token_hash": token_hash, "now": now, "seen_after": seen_after})
    if not rows:
        return None
    *columns, role, permissions, allowed_ips = rows[0]
    session = Session(*columns)
    caller = Caller(
        workspace_id=session.workspace_id,
        user_id=session.user_id,
        role=role,
        scopes=scopes_of(_list(permissions), role, person=True),
        session_id=session.id,
        networks=_list(allowed_ips),
    )
    return session, caller


async def insert_session(connection: AsyncConnection, session: Session, token_hash: str) -> None:
    """Store a new session."""
    values = row_of(session, SESSIONS) | {"token_hash": token_hash}
    await connection.execute(insert(SESSIONS).values(values))


async def touch_session(connection: AsyncConnection, workspace_id: str, session_id: str, now: int) -> None:
    """Note that a session was seen."""
    await connection.execute(
        update(SESSIONS)
        .where(SESSIONS.c.workspace_id == workspace_id, SESSIONS.c.id == session_id)
        .values(last_seen_at=now)
    )


async def delete_session(connection: AsyncConnection, token_hash: str) -> None:
    """End the session with this token."""
    await connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == token_hash))


async def delete_sessions_of(connection: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """End every session of a member."""
    await connection.execute(
        delete(SESSIONS).where(SESSIONS.c.workspace_id == workspace_id, SESSIONS.c.user_id == user_id)
    )


async def delete_other_sessions_of(connection: AsyncConnection, caller: Caller) -> None:
    """End every session of a member but the one that they act with."""
    await connection.execute(
        delete(SESSIONS).where(
            SESSIONS.c.workspace_id == caller.workspace_id,
            SESSIONS.c.user_id == caller.user_id,
            SESSIONS.c.id != (caller.session_id or ""),
        )
    )


async def delete_ended(connection: AsyncConnection, now: int) -> None:
    """Sweep out sessions and login links whose time is over."""
    await connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
    await connection.execute(delete(LOGIN_LINKS).where(LOGIN_LINKS.c.expires_at <= now))


async def insert_login_link(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Store the hash of a login link."""
    await connection.execute(insert(LOGIN_LINKS).values(**values))


async def use_login_link(connection: AsyncConnection, token_hash: str, now: int) -> tuple[str, str] | None:
    """Use up a link: workspace and user if it was there, unused and in time. Of two racing uses, one wins."""
    valid = (
        LOGIN_LINKS.c.token_hash == token_hash,
        LOGIN_LINKS.c.used_at.is_(None),
        LOGIN_LINKS.c.expires_at > now,
    )
    used = await connection.execute(update(LOGIN_LINKS).where(*valid).values(used_at=now))
    if used.rowcount != 1:
        return None
    query = select(LOGIN_LINKS.c.workspace_id, LOGIN_LINKS.c.user_id).where(LOGIN_LINKS.c.token_hash == token_hash)
    row = (await connection.execute(query)).one()
    return row.workspace_id, row.user_id


async def installation(connection: AsyncConnection) -> tuple[str, str] | None:
    """Workspace and user of the first run, if it happened."""
    row = (await connection.execute(select(INSTALLATION.c.workspace_id, INSTALLATION.c.user_id))).first()
    return None if row is None else (row.workspace_id, row.user_id)


async def insert_installation(connection: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """Claim the first run; fails on the unique row if somebody else has."""
    await connection.execute(insert(INSTALLATION).values(id=1, workspace_id=workspace_id, user_id=user_id))


async def insert_workspace(connection: AsyncConnection, workspace: Workspace) -> None:
    """Store a workspace."""
    await connection.execute(insert(WORKSPACES).values(row_of(workspace, WORKSPACES)))


async def workspace(connection: AsyncConnection, workspace_id: str) -> Workspace | None:
    """A workspace by id."""
    row = (await connection.execute(select(WORKSPACES).where(WORKSPACES.c.id == workspace_id))).mappings().first()
    return None if row is None else Workspace(**row)


async def insert_user(connection: AsyncConnection, user: User) -> None:
    """Store a user."""
    await connection.execute(insert(USERS).values(row_of(user, USERS)))


async def member_user(connection: AsyncConnection, workspace_id: str, user_id: str) -> User | None:
    """A user, if they are a member of this workspace."""
    query = (
        select(USERS)
        .join(MEMBERS, MEMBERS.c.user_id == USERS.c.id)
        .where(MEMBERS.c.workspace_id == workspace_id, USERS.c.id == user_id)
    )
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else User(**row)


async def update_workspace(connection: AsyncConnection, workspace_id: str, values: dict[str, Any]) -> None:
    """Change a workspace."""
    await connection.execute(update(WORKSPACES).where(WORKSPACES.c.id == workspace_id).values(**values))


async def user_by_email(connection: AsyncConnection, email: str) -> User | None:
    """A user by email address, in whatever workspaces they are."""
    row = (await connection.execute(select(USERS).where(USERS.c.email == email))).mappings().first()
    return None if row is None else User(**row)


async def password_holders(connection: AsyncConnection, email: str) -> list[tuple[str, str, str]]:
    """Workspace, user and password hash of whoever may sign in under this address."""
    query = (
        select(MEMBERS.c.workspace_id, MEMBERS.c.user_id, MEMBERS.c.password_hash)
        .join(USERS, USERS.c.id == MEMBERS.c.user_id)
        .where(USERS.c.email == email, MEMBERS.c.is_locked.is_(False), MEMBERS.c.password_hash.is_not(None))
    )
    rows = await connection.execute(query.order_by(MEMBERS.c.created_at))
    return [(row.workspace_id, row.user_id, row.password_hash) for row in rows]


async def password_hash(connection: AsyncConnection, workspace_id: str, user_id: str) -> str | None:
    """The password hash of a member, if they have one."""
    query = select(MEMBERS.c.password_hash).where(MEMBERS.c.workspace_id == workspace_id, MEMBERS.c.user_id == user_id)
    return (await connection.execute(query)).scalar_one_or_none()
