"""What jobs ask of the database, in words that SQLite and PostgreSQL both understand.

Lists of names travel as statements of as many parameters (`:name_0`, `:name_1`, ...), built once for each length.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import TextClause, text

ENQUEUE: Final = text("""
    INSERT INTO jobs (id, workspace_id, name, payload, state, attempts,
                      run_at, concurrency_key, unique_key, max_attempts)
    VALUES (:id, :workspace_id, :name, :payload, 'waiting', 0, :run_at, :concurrency_key, :unique_key, :max_attempts)
    ON CONFLICT (workspace_id, name, unique_key) WHERE state = 'waiting' AND unique_key IS NOT NULL
    DO UPDATE SET run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END
    RETURNING id
""")

STATUS: Final = text("""
    SELECT id, name, workspace_id, state, attempts, run_at, last_error FROM jobs
    WHERE workspace_id = :workspace_id AND id = :id
""")

FAILED: Final = text("""
    SELECT id, name, workspace_id, state, attempts, run_at, last_error FROM jobs
    WHERE state = 'failed' AND workspace_id = :workspace_id ORDER BY finished_at DESC, id DESC LIMIT :at_most
""")

WAITING: Final = text("""
    SELECT (SELECT count(*) FROM jobs WHERE state = 'waiting' AND run_at <= :now)
         + (SELECT count(*) FROM jobs WHERE state = 'running' AND lease_until <= :now)
         + (SELECT count(*) FROM job_periods WHERE next_at <= :now)
""")

NEXT_DUE: Final = text("""
    SELECT min(due) FROM (
        SELECT min(run_at) AS due FROM jobs WHERE state = 'waiting'
        UNION ALL SELECT min(lease_until) FROM jobs WHERE state = 'running'
        UNION ALL SELECT min(next_at) FROM job_periods
    ) AS found
""")

# A job that goes back to waiting keeps its unique key only if the same work was not enqueued again meanwhile.
_KEEP_KEY = """
    CASE WHEN :drop_key = 0 AND NOT EXISTS (
        SELECT 1 FROM jobs AS twin WHERE twin.state = 'waiting' AND twin.workspace_id = jobs.workspace_id
        AND twin.name = jobs.name AND twin.unique_key = jobs.unique_key
    ) THEN unique_key END
"""

WAIT_AGAIN: Final = text(f"""
    UPDATE jobs SET state = 'waiting', worker_id = NULL, lease_until = NULL, run_at = :run_at, attempts = :attempts,
        last_error = :last_error, unique_key = {_KEEP_KEY}
    WHERE id = :id AND state = 'running' AND worker_id = :worker_id AND attempts = :attempt RETURNING id
""")  # noqa: S608 - put together from constants

FINISH: Final = text("""
    UPDATE jobs SET state = :state, worker_id = NULL, lease_until = NULL, last_error = :last_error, finished_at = :now
    WHERE id = :id AND state = 'running' AND worker_id = :worker_id AND attempts = :attempt RETURNING id
""")

RETRY: Final = text(f"""
    UPDATE jobs SET state = 'waiting', run_at = :now, attempts = 0, finished_at = NULL, unique_key = {_KEEP_KEY}
    WHERE workspace_id = :workspace_id AND id = :id AND state = 'failed' RETURNING id
""")  # noqa: S608 - put together from constants

EXTEND: Final = text("""
    UPDATE jobs SET lease_until = :lease_until
    WHERE id = :id AND state = 'running' AND worker_id = :worker_id AND attempts = :attempt RETURNING id
""")

# One worker chooses at a time; on SQLite the write transaction sees to that already.
TAKE_TURNS: Final = text("SELECT pg_advisory_xact_lock(8462932130417)")

BURY: Final = text("""
    UPDATE jobs SET state = 'failed', worker_id = NULL, lease_until = NULL, finished_at = :now,
        last_error = 'Its worker died while it ran, at every attempt it had.'
    WHERE state = 'running' AND lease_until <= :now AND worker_id <> :worker_id AND attempts >= max_attempts
    RETURNING id
""")

# Asked again what made it a candidate: a worker thought dead may just have settled it.
TAKE: Final = text("""
    UPDATE jobs SET state = 'running', worker_id = :worker_id, lease_until = :lease_until, attempts = attempts + 1
    WHERE id = :id AND ((state = 'waiting' AND run_at <= :now)
        OR (state = 'running' AND lease_until <= :now AND worker_id <> :worker_id))
    RETURNING id, name, workspace_id, payload, attempts, max_attempts, run_at, concurrency_key
""")

DECLARE: Final = text("""
    INSERT INTO job_periods (name, next_at) VALUES (:name, :now)
    ON CONFLICT (name) DO UPDATE SET next_at =
        CASE WHEN :next_at < job_periods.next_at THEN :next_at ELSE job_periods.next_at END
    RETURNING name
""")

BEGIN_PERIOD: Final = text("""
    UPDATE job_periods SET next_at = :next_at WHERE name = :name AND next_at <= :now RETURNING name
""")

PRUNE: Final = text("""
    DELETE FROM jobs
    WHERE (state = 'done' AND finished_at < :done_before) OR (state = 'failed' AND finished_at < :failed_before)
    RETURNING id
""")


def names(known: Sequence[str]) -> dict[str, str]:
    """The parameters for a statement of so many names."""
    return {f"name_{number}": name for number, name in enumerate(known)}


def _placeholders(count: int) -> str:
    return ", ".join(f":name_{number}" for number in range(count))


@cache
def candidates(count: int) -> TextClause:
    """What could be taken now: due or left by a dead worker, known by name, and no other of its key running.

    A running job whose lease ran out still holds its key, so it is taken up again before any other of that key.
    """
    return text(f"""
        SELECT id, workspace_id, concurrency_key FROM jobs
        WHERE ((state = 'waiting' AND run_at <= :now)
            OR (state = 'running' AND lease_until <= :now AND worker_id <> :worker_id))
        AND name IN ({_placeholders(count)})
        AND NOT EXISTS (
            SELECT 1 FROM jobs AS other WHERE other.state = 'running' AND other.workspace_id = jobs.workspace_id
            AND other.concurrency_key = jobs.concurrency_key AND other.id <> jobs.id
        )
        ORDER BY run_at, id LIMIT :at_most
    """)  # noqa: S608 - names of parameters, not values


@cache
def next_event(count: int) -> TextClause:
    """When something after `now` falls due for these names, or a lease may run out."""
    known = _placeholders(count)
    return text(f"""
        SELECT min(due) FROM (
            SELECT min(run_at) AS due FROM jobs WHERE state = 'waiting' AND run_at > :now AND name IN ({known})
            UNION ALL SELECT min(lease_until) FROM jobs
                WHERE state = 'running' AND lease_until > :now AND worker_id <> :worker_id AND name IN ({known})
            UNION ALL SELECT min(next_at) FROM job_periods WHERE name IN ({known})
        ) AS found
    """)  # noqa: S608 - names of parameters, not values


@cache
def postpone_unknown(count: int) -> TextClause:
    """Put off what is due and what none of these names is."""
    return text(f"""
        UPDATE jobs SET run_at = :later WHERE state = 'waiting' AND run_at <= :now
        AND name NOT IN ({_placeholders(count)}) RETURNING name
    """)  # noqa: S608 - names of parameters, not values


@cache
def forget_periods(count: int) -> TextClause:
    """Drop the periods of handlers that are no more."""
    return text(f"DELETE FROM job_periods WHERE name NOT IN ({_placeholders(count)}) RETURNING name")  # noqa: S608
