"""Puts the services of conversations together, once for `app` and the tests alike."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import field

from vivavoce.base.frozen import frozen
from vivavoce.features.agents.service import Agents, Signatures
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.holding import Holding, HoldingOptions
from vivavoce.features.conversations.keeping import KEPT_CALLS, KeptCalls
from vivavoce.features.conversations.orphans import Orphans
from vivavoce.features.conversations.overview import Overviews
from vivavoce.features.conversations.records import ConversationRecords
from vivavoce.features.conversations.signing import Signing
from vivavoce.features.conversations.starting import Starting, no_warning
from vivavoce.features.conversations.store import ConversationStore
from vivavoce.features.conversations.watching import Watching
from vivavoce.features.voices.service import AsTheyAre, Casting
from vivavoce.features.workspace.service import EnvironmentVariables
from vivavoce.live.runner import Organs
from vivavoce.live.supervisor import Calls
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.bus import Bus
from vivavoce.ports.clock import Clock
from vivavoce.ports.leases import Leases

KINDS = (KEPT_CALLS,)
"""Every kind of document of the feature."""


@frozen
class Outside:
    """What conversations stand on. `owner` is this process."""

    store: ConversationStore
    history: Conversations
    kept: KeptCalls
    blobs: Blobs
    bus: Bus
    leases: Leases
    clock: Clock
    agents: Agents
    signatures: Signatures
    environments: EnvironmentVariables
    organs: Callable[[], Organs]
    """Those of a call that begins now; it keeps them."""
    calls: Calls
    owner: str
    options: HoldingOptions
    backup_models: Sequence[str] = ()
    """Models that take over for agents which leave that to the installation."""
    model_warning: Callable[[str], str] = no_warning
    casting: Casting = field(default_factory=AsTheyAre)
    """Who speaks in a call."""
    """A sentence where nobody has a model and another one answers; else nothing."""


@frozen
class ConversationServices:
    """Every service of the feature."""

    store: ConversationStore
    history: Conversations
    kept: KeptCalls
    signing: Signing
    watching: Watching
    records: ConversationRecords
    orphans: Orphans
    starting: Starting
    holding: Holding
    calls: Calls
    overviews: Overviews

    @classmethod
    def over(cls, outside: Outside) -> "ConversationServices":
        """The services over these stores."""
        store = outside.store
        records = ConversationRecords(store, outside.blobs, outside.clock)
        starting = Starting(
            outside.agents,
            outside.signatures,
            outside.environments,
            store,
            outside.clock,
            backup_models=outside.backup_models,
            model_warning=outside.model_warning,
        )
        return cls(
            history=outside.history,
            kept=outside.kept,
            signing=Signing(outside.agents, outside.signatures, starting, outside.clock),
            watching=Watching(outside.history, outside.bus),
            store=store,
            records=records,
            orphans=Orphans(store, records, outside.leases, outside.clock, outside.owner),
            starting=starting,
            holding=Holding(
                outside.calls, outside.organs, records, outside.bus, outside.options, casting=outside.casting
            ),
            calls=outside.calls,
            overviews=Overviews(store.database, outside.clock),
        )

    def by_type(self) -> Mapping[type, object]:
        """The services as routes ask for them."""
        each = (self.history, self.kept, self.signing, self.watching, self.starting, self.holding, self.overviews)
        return {type(service): service for service in each}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Calls can be taken within the block; at its end their records are written."""
        async with self.records.running(), self.calls.running():
            watching = asyncio.create_task(self.orphans.watch(), name="orphans")
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
