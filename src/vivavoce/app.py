"""The composition root: the only module that knows concrete classes, and says who gets what.

    open_application(settings)        everything open and migrated, for a worker, the jobs process or a command
    compose(storage, ...)             the wiring alone: no I/O, so that `vivavoce openapi` needs no server

Outside things are opened in the order they need each other and closed in the reverse one.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from vivavoce import __version__
from vivavoce.api.health import READY, Health, Standing
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import Server, create_server
from vivavoce.features.agents import routes as agent_routes
from vivavoce.features.agents.service import Agents
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.workspace import routes as workspace_routes
from vivavoce.features.workspace.service import AuditLog, Identities, Keys, Members
from vivavoce.ports.blobs import Blobs, MemoryBlobs
from vivavoce.ports.bus import Bus, LocalBus
from vivavoce.ports.clock import SECOND, Clock, SystemClock
from vivavoce.ports.documents import Documents
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.jobs import Handler, Jobs, JobWorker, MemoryJobs
from vivavoce.ports.leases import Leases, MemoryLeases
from vivavoce.ports.vault import GlassVault, Vault
from vivavoce.settings import Settings
from vivavoce.storage.database import Database, database_at


@dataclass(frozen=True, slots=True)
class Storage:
    """Everything outside, open."""

    database: Database
    documents: Documents
    blobs: Blobs
    jobs: Jobs
    worker: JobWorker
    bus: Bus
    vault: Vault
    leases: Leases


@dataclass(frozen=True, slots=True)
class Application:
    """A running installation as one process sees it."""

    settings: Settings
    clock: Clock
    storage: Storage
    server: Server
    health: Health
    identities: Identities
    keys: Keys
    agents: Agents
    handlers: Sequence[Handler]
