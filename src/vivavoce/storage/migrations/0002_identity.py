"""Workspaces, users, members, keys, sessions, invites and groups."""

import sqlalchemy as sa
from alembic import op

from vivavoce.storage.schema import ExactText

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of people and keys."""
    _make_workspaces()
    _make_users()
    _make_members()
    _make_api_keys()
    _make_login_links_and_sessions()
    _make_invites()
    _make_groups()


def _make_workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("third_party_disable_allowed", sa.Boolean),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("kind", ExactText, nullable=False),
        sa.Column("email", ExactText),
        sa.Column("first_name", ExactText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )


def _make_members() -> None:
    op.create_table(
        "members",
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.Column("role", ExactText, nullable=False),
        sa.Column("is_owner", sa.Boolean, nullable=False),
        sa.Column("is_locked", sa.Boolean, nullable=False),
        sa.Column("password_hash", ExactText),
        sa.Column("usage_limit", sa.BigInteger),
        sa.Column("default_sharing_groups", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name="pk_members"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_members_workspace_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_members_user_id"),
    )
    op.create_index("ix_members_user_id", "members", ["user_id"])


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("key_hash", ExactText, nullable=False),
        sa.Column("hint", ExactText, nullable=False),
        sa.Column("permissions", sa.JSON),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("disable_reason", ExactText),
        sa.Column("third_party_disable_allowed", sa.Boolean),
        sa.Column("allowed_ips", sa.JSON),
        sa.Column("limits", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_api_keys_workspace_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id"),
    )
    op.create_index("ix_api_keys_workspace_id", "api_keys", ["workspace_id"])


def _make_login_links_and_sessions() -> None:
    op.create_table(
        "login_links",
        sa.Column("token_hash", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("token_hash", name="pk_login_links"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("token_hash", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _make_invites() -> None:
    op.create_table(
        "invites",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("email", ExactText, nullable=False),
        sa.Column("role", ExactText, nullable=False),
        sa.Column("group_ids", sa.JSON, nullable=False),
        sa.Column("usage_limit", sa.BigInteger),
        sa.Column("token_hash", ExactText, nullable=False),
        sa.Column("invited_by", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.UniqueConstraint("workspace_id", "email", name="uq_invites_workspace_id_email"),
        sa.UniqueConstraint("token_hash", name="uq_invites_token_hash"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_invites_workspace_id"),
    )


def _make_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_groups"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_groups_workspace_id"),
    )
    op.create_index("ix_groups_workspace_id", "groups", ["workspace_id"])
    op.create_table(
        "group_members",
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("group_id", ExactText, nullable=False),
        sa.Column("user_id", ExactText, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id", name="pk_group_members"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_group_members_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_group_members_user_id"),
    )
    op.create_index("ix_group_members_workspace_id", "group_members", ["workspace_id"])
