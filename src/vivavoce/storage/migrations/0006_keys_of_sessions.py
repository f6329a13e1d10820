"""Which API key a session was opened with, so that it ends with that key."""

import sqlalchemy as sa
from alembic import op

from vivavoce.storage.schema import ExactText

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; sessions from before are bound to no key."""
    op.add_column("sessions", sa.Column("key_id", ExactText))
