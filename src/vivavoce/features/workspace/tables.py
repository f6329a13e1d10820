"""The tables of people and keys.

Nothing that opens a door is stored as it is: keys, login links, sessions and invites are SHA-256 of 256 random bits,
passwords are argon2. A password belongs to a membership, so that one workspace cannot set one that opens another.
A user may be a member of several workspaces; a service account is a user of kind `service` and a member of exactly
one. Times are microseconds UTC.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, Table, UniqueConstraint

from vivavoce.storage.schema import ExactText, metadata

WORKSPACES = Table(
    "workspaces",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("name", ExactText, nullable=False),
    Column("third_party_disable_allowed", Boolean),
    Column("created_at", BigInteger, nullable=False),
)

USERS = Table(
    "users",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("kind", ExactText, nullable=False),
    Column("email", ExactText, unique=True),
    Column("first_name", ExactText),
    Column("created_at", BigInteger, nullable=False),
)

# One row says which workspace and user the first start made; whoever inserts it made them.
INSTALLATION = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("workspace_id", ExactText, nullable=False),
    Column("user_id", ExactText, nullable=False),
)

MEMBERS = Table(
    "members",
    metadata,
    Column("workspace_id", ExactText, ForeignKey("workspaces.id"), primary_key=True),
    Column("user_id", ExactText, ForeignKey("users.id"), primary_key=True, index=True),
    Column("role", ExactText, nullable=False),
    Column("is_owner", Boolean, nullable=False),
    Column("is_locked", Boolean, nullable=False),
    Column("password_hash", ExactText),
    Column("usage_limit", BigInteger),
    Column("default_sharing_groups", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

API_KEYS = Table(
    "api_keys",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("user_id", ExactText, ForeignKey("users.id"), nullable=False),
    Column("name", ExactText, nullable=False),
    Column("key_hash", ExactText, nullable=False, unique=True),
    Column("hint", ExactText, nullable=False),
    Column("permissions", JSON(none_as_null=True)),
    Column("is_disabled", Boolean, nullable=False),
    Column("disable_reason", ExactText),
    Column("third_party_disable_allowed", Boolean),
    Column("allowed_ips", JSON(none_as_null=True)),
    Column("limits", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("expires_at", BigInteger),
)

LOGIN_LINKS = Table(
    "login_links",
    metadata,
    Column("token_hash", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("user_id", ExactText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

SESSIONS = Table(
    "sessions",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("token_hash", ExactText, nullable=False, unique=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("user_id", ExactText, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("key_id", ExactText),
)

INVITES = Table(
    "invites",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, ForeignKey("workspaces.id"), nullable=False),
    Column("email", ExactText, nullable=False),
    Column("role", ExactText, nullable=False),
    Column("group_ids", JSON, nullable=False),
    Column("usage_limit", BigInteger),
    Column("token_hash", ExactText, nullable=False, unique=True),
    Column("invited_by", ExactText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    UniqueConstraint("workspace_id", "email"),
)

GROUPS = Table(
    "groups",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, ForeignKey("workspaces.id"), nullable=False, index=True),
    Column("name", ExactText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

GROUP_MEMBERS = Table(
    "group_members",
    metadata,
    Column("workspace_id", ExactText, nullable=False, index=True),
    Column("group_id", ExactText, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ExactText, ForeignKey("users.id"), primary_key=True),
)


def row_of(record: object, table: Table) -> dict[str, Any]:
    """A record as a row of its table: what the record has no field for is left to the table or to the caller."""
    return {column.name: getattr(record, column.name) for column in table.c if hasattr(record, column.name)}
