"""An index that has what the figures of the last days are made from, in the order in which they are summed up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OVER = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_conversations_days",
        "conversations",
        [
            "workspace_id",
            sa.text("(started_at / 86400000000)"),
            *("agent_id", "termination_reason", "duration_seconds", "started_at", "ended_at"),
        ],
        sqlite_where=_OVER,
        postgresql_where=_OVER,
    )
