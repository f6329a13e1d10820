"""Durable jobs: work that happens later, in another process, at least once.

A job is a name, a JSON payload and a workspace. It is leased by one worker at a time; a worker that dies loses its
lease and the job runs again, so handlers are idempotent. A failed job is retried with growing pauses until its
attempts are used up, and is then kept as failed for people to see. `concurrency_key` lets one job of that key run at
a time, `unique_key` makes a second enqueue of the same work a no-op while the first one waits. Periodic jobs are
declared with their handlers and are enqueued once per period, however many workers there are.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from vivavoce.base.json import Body, Json

JobState = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done. `run_at` in microseconds UTC; None is now."""

    name: str
    workspace_id: str
    payload: Mapping[str, Json] = field(default_factory=dict[str, Json])
    run_at: int | None = None
    concurrency_key: str | None = None
    unique_key: str | None = None
    max_attempts: int = 10


@dataclass(frozen=True, slots=True)
class RunningJob:
    """What a handler is given: the job, its id and which attempt this is (from 1)."""

    id: str
    name: str
    workspace_id: str
    payload: Body
    attempt: int


JobHandler = Callable[[RunningJob], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of one name are done; `every_seconds` makes it periodic too."""

    name: str
    run: JobHandler
    every_seconds: float | None = None
    timeout_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class JobStatus:
    """Where a job stands."""

    id: str
    name: str
    workspace_id: str
    state: JobState
    attempts: int
    run_at: int
    last_error: str | None = None


class Jobs(Protocol):
    """The queue as its users see it."""

    async def enqueue(self, job: Job) -> str:
        """Have a job done. Returns its id (that of the waiting one if `unique_key` met it)."""
        ...

    async def status(self, workspace_id: str, id: str) -> JobStatus | None:
        """Where a job stands, or None if nobody knows it."""
        ...

    async def waiting(self) -> int:
        """How many jobs are due and not yet done; what a supervisor asks before it starts a worker."""
        ...


class JobWorker(Protocol):
    """The other side: doing jobs."""

    async def run(self, handlers: Sequence[Handler]) -> None:
        """Do jobs until cancelled; what is running then is finished or given back."""
        ...

    async def run_due(self, handlers: Sequence[Handler]) -> int:
        """Do what is due now and return how many jobs that were."""
        ...
