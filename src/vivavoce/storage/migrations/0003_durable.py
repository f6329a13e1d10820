"""Jobs with their periods, long messages of the bus, data keys, slots and registrations."""

import sqlalchemy as sa
from alembic import op

from vivavoce.storage.schema import ExactText, Number

revision = "0003"
down_revision = "0002"

_RUNNING_WITH_KEY = sa.text("state = 'running' AND concurrency_key IS NOT NULL")
_WAITING_WITH_KEY = sa.text("state = 'waiting' AND unique_key IS NOT NULL")


def upgrade() -> None:
    """Make the six tables."""
    _make_jobs()
    _make_bus_messages()
    _make_data_keys()
    _make_leases()


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", ExactText, nullable=False),
        sa.Column("run_at", sa.BigInteger, nullable=False),
        sa.Column("concurrency_key", ExactText),
        sa.Column("unique_key", ExactText),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker_id", ExactText),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("finished_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_due", "jobs", ["state", "run_at", "id"])
    op.create_index("ix_jobs_finished_at", "jobs", ["state", "workspace_id", "finished_at"])
    op.create_index(
        "uq_jobs_running_key",
        "jobs",
        ["workspace_id", "concurrency_key"],
        unique=True,
        sqlite_where=_RUNNING_WITH_KEY,
        postgresql_where=_RUNNING_WITH_KEY,
    )
    op.create_index(
        "uq_jobs_waiting_key",
        "jobs",
        ["workspace_id", "name", "unique_key"],
        unique=True,
        sqlite_where=_WAITING_WITH_KEY,
        postgresql_where=_WAITING_WITH_KEY,
    )
    op.create_table(
        "job_periods",
        sa.Column("name", ExactText, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_periods"),
    )


def _make_bus_messages() -> None:
    op.create_table(
        "bus_messages",
        sa.Column("id", Number, autoincrement=True, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bus_messages"),
    )


def _make_data_keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("master_key_id", ExactText, nullable=False),
        sa.Column("wrapped", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_keys"),
    )
    op.create_index("ix_data_keys_workspace_id", "data_keys", ["workspace_id", "created_at", "id"])


def _make_leases() -> None:
    op.create_table(
        "slots",
        sa.Column("lease_id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("owner", ExactText, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lease_id", "name", name="pk_slots"),
    )
    op.create_index("ix_slots_name", "slots", ["name", "expires_at"])
    op.create_index("ix_slots_owner", "slots", ["owner"])
    op.create_table(
        "registrations",
        sa.Column("id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("owner", ExactText, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
    )
    op.create_index("ix_registrations_workspace_id", "registrations", ["workspace_id", "registered_at", "id"])
    op.create_index("ix_registrations_owner", "registrations", ["owner"])
    op.create_index("ix_registrations_expires_at", "registrations", ["expires_at"])
