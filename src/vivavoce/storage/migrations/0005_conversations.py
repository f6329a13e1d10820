"""Conversations with their turns, what can be asked of them, and the journals of those that run."""

import sqlalchemy as sa
from alembic import op

from vivavoce.storage.schema import ExactText, Number

revision = "0005"
down_revision = "0004"

_RUNNING = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make the four tables."""
    _make_conversations()
    _make_part("conversation_turns", sa.Column("turn", sa.Integer, nullable=False), "folded", "body")
    _make_words()
    _make_part("conversation_journal", sa.Column("piece", sa.Integer, nullable=False), "lines")


def _make_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("id", ExactText, nullable=False),
        sa.Column("agent_id", ExactText, nullable=False),
        sa.Column("branch_id", ExactText),
        sa.Column("version_id", ExactText),
        sa.Column("user_id", ExactText),
        sa.Column("status", ExactText, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("duration_seconds", sa.Integer, nullable=False),
        sa.Column("user_messages", sa.Integer, nullable=False),
        sa.Column("agent_messages", sa.Integer, nullable=False),
        sa.Column("text_only", sa.Boolean, nullable=False),
        sa.Column("source", ExactText, nullable=False),
        sa.Column("language", ExactText),
        sa.Column("termination_reason", ExactText, nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("has_comment", sa.Boolean, nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_conversations"),
    )
    op.create_index("uq_conversations_id", "conversations", ["id"], unique=True)
    op.create_index("ix_conversations_started_at", "conversations", ["workspace_id", "started_at", "id"])
    op.create_index("ix_conversations_agent_id", "conversations", ["workspace_id", "agent_id", "started_at", "id"])
    op.create_index("ix_conversations_user_id", "conversations", ["workspace_id", "user_id", "started_at", "id"])
    op.create_index(
        "ix_conversations_running",
        "conversations",
        ["seen_at"],
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )


def _make_words() -> None:
    op.create_table(
        "conversation_words",
        _number(),
        sa.Column("facet", ExactText, nullable=False),
        sa.Column("word", ExactText, nullable=False),
        sa.Column("amount", sa.Double),
        sa.PrimaryKeyConstraint("number", "facet", "word", name="pk_conversation_words"),
        _owner("conversation_words"),
        sqlite_with_rowid=False,
    )


def _make_part(name: str, place: "sa.Column[int]", *texts: str) -> None:
    op.create_table(
        name,
        _number(),
        place,
        *(sa.Column(text, sa.Text, nullable=False) for text in texts),
        sa.PrimaryKeyConstraint("number", place.name, name=f"pk_{name}"),
        _owner(name),
        sqlite_with_rowid=False,
    )


def _number() -> "sa.Column[int]":
    return sa.Column("number", Number, nullable=False, autoincrement=False)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["number"], ["conversations.number"], name=f"fk_{table}_number", ondelete="CASCADE")
