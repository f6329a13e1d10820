"""Puts the services of agents together, once for `app` and the tests alike."""

from collections.abc import Mapping, Sequence

from vivavoce.base.frozen import frozen
from vivavoce.features.agents.access import Signatures
from vivavoce.features.agents.activity import LastCalls
from vivavoce.features.agents.avatars import Avatars
from vivavoce.features.agents.branching import Branches
from vivavoce.features.agents.costs import Costs, Pages
from vivavoce.features.agents.deployments import Deployments
from vivavoce.features.agents.drafts import Drafts
from vivavoce.features.agents.jobs import handlers
from vivavoce.features.agents.people import People
from vivavoce.features.agents.records import ADDRESSES, AGENTS, OWNED
from vivavoce.features.agents.sample import SAMPLES, ensure_sample
from vivavoce.features.agents.service import Agents
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.agents.talk import TalkPages
from vivavoce.features.agents.widget import Widgets
from vivavoce.features.models.service import LanguageModels
from vivavoce.features.workspace.service import AuditLog
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Documents
from vivavoce.ports.jobs import Handler
from vivavoce.ports.vault import Vault

KINDS = (AGENTS, ADDRESSES, SAMPLES, *OWNED)
"""Every kind of document of the feature."""


@frozen
class Outside:
    """What agents stand on."""

    documents: Documents
    blobs: Blobs
    vault: Vault
    clock: Clock
    audit: AuditLog
    people: People
    models: LanguageModels
    pages: Pages
    last_calls: LastCalls


@frozen
class AgentServices:
    """Every service of the feature."""

    store: AgentStore
    agents: Agents
    branches: Branches
    drafts: Drafts
    deployments: Deployments
    signatures: Signatures
    widgets: Widgets
    talk_pages: TalkPages
    avatars: Avatars
    costs: Costs

    @classmethod
    def over(cls, outside: Outside) -> "AgentServices":
        """The services over these stores."""
        store = AgentStore(outside.documents, outside.clock, outside.audit)
        agents = Agents(store, outside.people, outside.blobs, outside.last_calls)
        signatures = Signatures(outside.vault, outside.clock)
        widgets = Widgets(store, signatures)
        return cls(
            store=store,
            agents=agents,
            branches=Branches(store, outside.people),
            drafts=Drafts(store, outside.people),
            deployments=Deployments(store, outside.people),
            signatures=signatures,
            widgets=widgets,
            talk_pages=TalkPages(store, agents, widgets),
            avatars=Avatars(store, agents, outside.blobs),
            costs=Costs(store, outside.models, outside.pages),
        )

    def by_type(self) -> Mapping[type, object]:
        """The services as routes ask for them."""
        each = (
            self.agents,
            self.branches,
            self.drafts,
            self.deployments,
            self.widgets,
            self.talk_pages,
            self.avatars,
            self.costs,
        )
        return {type(service): service for service in each}

    async def ensure_sample(self, workspace_id: str, user_id: str) -> str | None:
        """Make the sample agent in a workspace that never had it. Its id, or None if it was deleted."""
        return await ensure_sample(self.store, self.agents, workspace_id, user_id)

    def handlers(self) -> Sequence[Handler]:
        """The jobs of the feature."""
        return handlers(self.branches)
