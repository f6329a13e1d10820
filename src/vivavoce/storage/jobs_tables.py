"""The two tables of jobs, and why their indexes are what they are.

    jobs           a row for each job, from when it is enqueued until it is pruned; the payload is JSON text
    job_periods    a row for each periodic handler: when its next period begins

Two rules are kept by unique indexes, so that no race can break them: one *running* job for each concurrency key of a
workspace, and one *waiting* job for each unique key of a workspace and name. The other indexes are for what is asked
all the time: what falls due next, and which jobs of a workspace have failed.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from vivavoce.storage.schema import ExactText, metadata, rows_where

_RUNNING_WITH_KEY: Final = text("state = 'running' AND concurrency_key IS NOT NULL")
_WAITING_WITH_KEY: Final = text("state = 'waiting' AND unique_key IS NOT NULL")

jobs = Table(
    "jobs",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("name", ExactText, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", ExactText, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("concurrency_key", ExactText),
    Column("unique_key", ExactText),
    Column("max_attempts", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker_id", ExactText),
    Column("lease_until", BigInteger),
    Column("last_error", Text),
    Column("finished_at", BigInteger),
    Index("ix_jobs_due", "state", "run_at", "id"),
    Index("ix_jobs_finished_at", "state", "workspace_id", "finished_at"),
    Index(
        "uq_jobs_running_key",
        "workspace_id",
        "concurrency_key",
        unique=True,
        **rows_where(_RUNNING_WITH_KEY),
    ),
    Index(
        "uq_jobs_waiting_key",
        "workspace_id",
        "name",
        "unique_key",
        unique=True,
        **rows_where(_WAITING_WITH_KEY),
    ),
)

job_periods = Table(
    "job_periods",
    metadata,
    Column("name", ExactText, primary_key=True),
    Column("next_at", BigInteger, nullable=False),
)
