"""The queries behind members, invites and groups."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import RowMapping, Select, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.workspace.tables import GROUP_MEMBERS, GROUPS, INVITES, MEMBERS, USERS, row_of
from vivavoce.ports.identity import Role


@frozen
class Member:
    """Somebody in a workspace, person or service account. What is theirs alone comes along: email, first name."""

    workspace_id: str
    user_id: str
    role: Role
    is_owner: bool
    is_locked: bool
    usage_limit: int | None
    default_sharing_groups: Sequence[Body]
    created_at: int
    kind: str = "person"
    email: str | None = None
    first_name: str | None = None

    @classmethod
    def new(
        cls, workspace_id: str, user_id: str, role: Role, *, created_at: int, is_owner: bool = False, **more: Any
    ) -> "Member":
        """A member who is not locked and has no limit of their own."""
        rest: dict[str, Any] = {"usage_limit": None, "default_sharing_groups": [], **more}
        return cls(workspace_id, user_id, role, is_owner, False, created_at=created_at, **rest)


@frozen
class Invite:
    """A door held open for an email address; its token is known to whoever was given the link."""

    id: str
    workspace_id: str
    email: str
    role: Role
    group_ids: Sequence[str]
    usage_limit: int | None
    token_hash: str
    invited_by: str
    created_at: int
    expires_at: int


@frozen
class Group:
    """Some members under a name."""

    id: str
    workspace_id: str
    name: str
    created_at: int
    members: Sequence[str] = field(default_factory=list[str])


def _insert_on(connection: AsyncConnection) -> Any:
    """An insert that can say what becomes of a row that is there: two requests at once may bring the same one."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_on
    else:
        from sqlalchemy.dialects.postgresql import insert as insert_on
    return insert_on


# Members

_COLUMNS = [column for column in MEMBERS.c if column.name != "password_hash"]
_MEMBER = select(*_COLUMNS, USERS.c.kind, USERS.c.email, USERS.c.first_name).join(
    USERS, USERS.c.id == MEMBERS.c.user_id
)


def _member(row: RowMapping) -> Member:
    return Member(**row)


async def insert_member(connection: AsyncConnection, member: Member) -> None:
    """Add a user to a workspace."""
    await connection.execute(insert(MEMBERS).values(row_of(member, MEMBERS)))


async def member(connection: AsyncConnection, workspace_id: str, user_id: str) -> Member | None:
    """A member by user id."""
    return await _one_member(
        connection, _MEMBER.where(MEMBERS.c.workspace_id == workspace_id, MEMBERS.c.user_id == user_id)
    )


async def member_by_email(connection: AsyncConnection, workspace_id: str, email: str) -> Member | None:
    """A member by email address."""
    return await _one_member(connection, _MEMBER.where(MEMBERS.c.workspace_id == workspace_id, USERS.c.email == email))


async def _one_member(connection: AsyncConnection, query: Select[Any]) -> Member | None:
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _member(row)


async def members(connection: AsyncConnection, workspace_id: str, kind: str) -> list[Member]:
    """All members of a kind, oldest first."""
    query = _MEMBER.where(MEMBERS.c.workspace_id == workspace_id, USERS.c.kind == kind)
    rows = (await connection.execute(query.order_by(MEMBERS.c.created_at, MEMBERS.c.user_id))).mappings()
    return [_member(row) for row in rows]


async def active_admins(connection: AsyncConnection, workspace_id: str) -> int:
    """How many people can still administer the workspace."""
    query = (
        select(func.count())
        .select_from(MEMBERS.join(USERS, USERS.c.id == MEMBERS.c.user_id))
        .where(
            MEMBERS.c.workspace_id == workspace_id,
            MEMBERS.c.role == "admin",
            MEMBERS.c.is_locked.is_(False),
            USERS.c.kind == "person",
        )
    )
    return (await connection.execute(query)).scalar_one()


async def update_member(
    connection: AsyncConnection, workspace_id: str, user_id: str, values: Mapping[str, object]
) -> None:
    """Change a member."""
    await connection.execute(
        update(MEMBERS).where(MEMBERS.c.workspace_id == workspace_id, MEMBERS.c.user_id == user_id).values(**values)
    )


async def delete_member(connection: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """Take somebody out of a workspace and its groups."""
    await connection.execute(
        delete(GROUP_MEMBERS).where(GROUP_MEMBERS.c.workspace_id == workspace_id, GROUP_MEMBERS.c.user_id == user_id)
    )
    await connection.execute(
        delete(MEMBERS).where(MEMBERS.c.workspace_id == workspace_id, MEMBERS.c.user_id == user_id)
    )


# Invites


def _invite(row: RowMapping) -> Invite:
    return Invite(**row)


async def insert_invite(connection: AsyncConnection, invite: Invite) -> None:
    """Store an invite; an earlier one of the same address gives way."""
    values = row_of(invite, INVITES)
    statement = _insert_on(connection)(INVITES).values(values)
    one_per_address = [INVITES.c.workspace_id, INVITES.c.email]
    await connection.execute(statement.on_conflict_do_update(index_elements=one_per_address, set_=values))


async def delete_invite(connection: AsyncConnection, workspace_id: str, email: str) -> bool:
    """Take an invite back."""
    done = await connection.execute(
        delete(INVITES).where(INVITES.c.workspace_id == workspace_id, INVITES.c.email == email)
    )
    return done.rowcount > 0


async def invites(connection: AsyncConnection, workspace_id: str, now: int) -> list[Invite]:
    """Open invites, oldest first."""
    query = select(INVITES).where(INVITES.c.workspace_id == workspace_id, INVITES.c.expires_at > now)
    rows = (await connection.execute(query.order_by(INVITES.c.created_at, INVITES.c.id))).mappings()
    return [_invite(row) for row in rows]


async def take_invite(connection: AsyncConnection, token_hash: str, now: int) -> Invite | None:
    """Use up an invite. Of two racing uses, one wins."""
    query = select(INVITES).where(INVITES.c.token_hash == token_hash, INVITES.c.expires_at > now)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    taken = await connection.execute(
        delete(INVITES).where(INVITES.c.workspace_id == row["workspace_id"], INVITES.c.id == row["id"])
    )
    return _invite(row) if taken.rowcount == 1 else None


# Groups


async def groups(connection: AsyncConnection, workspace_id: str) -> list[Group]:
    """All groups with the ids of their members, oldest first."""
    query = select(GROUPS).where(GROUPS.c.workspace_id == workspace_id).order_by(GROUPS.c.created_at, GROUPS.c.id)
    rows = (await connection.execute(query)).mappings().all()
    inside = await _group_members(connection, workspace_id)
    return [Group(**row, members=inside.get(row["id"], [])) for row in rows]


async def _group_members(connection: AsyncConnection, workspace_id: str) -> dict[str, list[str]]:
    query = select(GROUP_MEMBERS).where(GROUP_MEMBERS.c.workspace_id == workspace_id)
    inside: dict[str, list[str]] = {}
    for row in await connection.execute(query.order_by(GROUP_MEMBERS.c.user_id)):
        inside.setdefault(row.group_id, []).append(row.user_id)
    return inside


async def group_ids(connection: AsyncConnection, workspace_id: str) -> set[str]:
    """The ids of all groups."""
    return set((await connection.execute(select(GROUPS.c.id).where(GROUPS.c.workspace_id == workspace_id))).scalars())


async def insert_group(connection: AsyncConnection, group: Group) -> None:
    """Store a group."""
    await connection.execute(insert(GROUPS).values(row_of(group, GROUPS)))


async def delete_group(connection: AsyncConnection, workspace_id: str, group_id: str) -> None:
    """Remove a group; its members stay in the workspace."""
    inside = and_(GROUP_MEMBERS.c.workspace_id == workspace_id, GROUP_MEMBERS.c.group_id == group_id)
    await connection.execute(delete(GROUP_MEMBERS).where(inside))
    await connection.execute(delete(GROUPS).where(GROUPS.c.workspace_id == workspace_id, GROUPS.c.id == group_id))


async def add_to_group(connection: AsyncConnection, workspace_id: str, group_id: str, user_id: str) -> None:
    """Put a member into a group; once is enough."""
    values = {"workspace_id": workspace_id, "group_id": group_id, "user_id": user_id}
    await connection.execute(_insert_on(connection)(GROUP_MEMBERS).values(values).on_conflict_do_nothing())


async def remove_from_group(connection: AsyncConnection, workspace_id: str, group_id: str, user_id: str) -> bool:
    """Take a member out of a group."""
    done = await connection.execute(
        delete(GROUP_MEMBERS).where(
            GROUP_MEMBERS.c.workspace_id == workspace_id,
            GROUP_MEMBERS.c.group_id == group_id,
            GROUP_MEMBERS.c.user_id == user_id,
        )
    )
    return done.rowcount > 0
