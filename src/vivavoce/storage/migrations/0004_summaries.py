"""What a list shows of a document, beside its body; rows that were written before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("documents", sa.Column("summary", sa.Text))
