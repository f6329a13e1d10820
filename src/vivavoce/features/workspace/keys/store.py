"""The queries behind API keys."""

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.workspace.tables import API_KEYS, row_of


@frozen
class KeyRecord:
    """What is kept of an API key: everything but the key. `permissions` of None are all of them."""

    id: str
    workspace_id: str
    user_id: str
    name: str
    key_hash: str
    hint: str
    permissions: Sequence[str] | None
    is_disabled: bool
    disable_reason: str | None
    third_party_disable_allowed: bool | None
    allowed_ips: Sequence[str] | None
    limits: Body
    created_at: int
    last_used_at: int | None
    expires_at: int | None

    @classmethod
    def new(
        cls, id: str, *, workspace_id: str, user_id: str, name: str, key_hash: str, hint: str, created_at: int
    ) -> "KeyRecord":
        """A key that may do everything its holder may, until it is revoked."""
        return cls(
            id=id,
            workspace_id=workspace_id,
            user_id=user_id,
            name=name,
            key_hash=key_hash,
            hint=hint,
            permissions=None,
            is_disabled=False,
            disable_reason=None,
            third_party_disable_allowed=None,
            allowed_ips=None,
            limits={},
            created_at=created_at,
            last_used_at=None,
            expires_at=None,
        )


def _key(row: RowMapping) -> KeyRecord:
    return KeyRecord(**row)


async def insert_key(connection: AsyncConnection, key: KeyRecord) -> None:
    """Store a key."""
    await connection.execute(insert(API_KEYS).values(row_of(key, API_KEYS)))


async def key(connection: AsyncConnection, workspace_id: str, key_id: str) -> KeyRecord | None:
    """A key by id."""
    query = select(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.id == key_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _key(row)


async def keys(connection: AsyncConnection, workspace_id: str, user_id: str | None = None) -> list[KeyRecord]:
    """The keys of a workspace, or of one member of it, oldest first."""
    query = select(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id)
    if user_id is not None:
        query = query.where(API_KEYS.c.user_id == user_id)
    rows = (await connection.execute(query.order_by(API_KEYS.c.created_at, API_KEYS.c.id))).mappings()
    return [_key(row) for row in rows]


async def keys_named(connection: AsyncConnection, workspace_id: str, name: str) -> list[KeyRecord]:
    """The keys with this name."""
    query = select(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.name == name)
    return [_key(row) for row in (await connection.execute(query)).mappings()]


async def is_known(connection: AsyncConnection, key_hash: str) -> bool:
    """Whether there is a key with this hash, under whatever name and in whatever workspace."""
    return (await connection.execute(select(API_KEYS.c.id).where(API_KEYS.c.key_hash == key_hash))).first() is not None


async def update_key(connection: AsyncConnection, workspace_id: str, key_id: str, values: Mapping[str, object]) -> None:
    """Change a key."""
    await connection.execute(
        update(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.id == key_id).values(**values)
    )


async def delete_key(connection: AsyncConnection, workspace_id: str, key_id: str) -> bool:
    """Remove a key."""
    done = await connection.execute(
        delete(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.id == key_id)
    )
    return done.rowcount > 0


async def delete_keys_of(connection: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """Remove every key of a member."""
    await connection.execute(
        delete(API_KEYS).where(API_KEYS.c.workspace_id == workspace_id, API_KEYS.c.user_id == user_id)
    )
