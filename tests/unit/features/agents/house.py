"""Agents over a store of documents, in process and over HTTP, for two workspaces that know nothing of each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from tests.unit.api.example import served

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.server import create_server
from vivavoce.base.json import Body
from vivavoce.features.agents.activity import KnownCalls
from vivavoce.features.agents.assembly import AgentServices, Outside
from vivavoce.features.agents.costs import KnownPages
from vivavoce.features.agents.people import KnownPeople, Person
from vivavoce.features.agents.routes import routers
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.models.service import LanguageModel, LanguageModels, ListedModels, Price
from vivavoce.features.workspace.service import Actor, AuditLog
from vivavoce.ports.blobs import MemoryBlobs
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Documents
from vivavoce.ports.identity import Caller, KnownCallers
from vivavoce.ports.vault import GlassVault

LOCAL = LanguageModel("local", 1, 1)
CLOUD = LanguageModel("cloud", 1, 1, price=Price(1.0, 10.0))

ADA = Caller("ws_a", "user_ada", "admin", frozenset({"all"}), key_id="ada")
BOB = Caller("ws_a", "user_bob", "editor", frozenset({"all"}), key_id="bob")
EVE = Caller("ws_b", "user_eve", "admin", frozenset({"all"}), key_id="eve")
VAL = Caller("ws_a", "user_val", "viewer", frozenset({"all"}), key_id="val")

PEOPLE = KnownPeople({("ws_a", "user_ada"): Person("Ada", "ada@example.com")})


@dataclass
class House:
    """The services over one store."""

    documents: Documents
    clock: ManualClock

    def __post_init__(self) -> None:
        self.blobs = MemoryBlobs(self.clock)
        audit = AuditLog(self.documents)
        services = AgentServices.over(
            Outside(
                self.documents,
                self.blobs,
                GlassVault(),
                self.clock,
                audit,
                PEOPLE,
                LanguageModels(ListedModels([LOCAL, CLOUD])),
                KnownPages({("ws_a", "doc_1"): 4.0, ("ws_a", "doc_2"): 0.5}),
                KnownCalls(),
            )
        )
        self.services = services
        self.store = AgentStore(self.documents, self.clock, audit)
        self.agents, self.branches = services.agents, services.branches
        self.drafts, self.deployments = services.drafts, services.deployments

    async def create(self, caller: Caller = ADA, **more: object) -> str:
        return await self.agents.create(by(caller), document(**more))

    async def config(self, agent_id: str, caller: Caller = ADA, **where: str) -> Body:
        """What an agent's document says, without defaults."""
        agent = await self.store.agent(caller.workspace_id, agent_id)
        found = await self.agents._find(agent, where.get("branch_id"), where.get("version_id"))
        return found.config

    async def main(self, agent_id: str, caller: Caller = ADA) -> str:
        """The id of an agent's main branch."""
        return (await self.store.agent(caller.workspace_id, agent_id)).main_branch_id

    async def branch(self, agent_id: str, name: str = "dev", *, of: str | None = None, caller: Caller = ADA) -> str:
        """A new branch, off the tip of another one."""
        agent = await self.store.agent(caller.workspace_id, agent_id)
        parent = agent.branch(of or agent.main_branch_id).tip
        body = {"parent_version_id": parent, "name": name, "description": ""}
        return (await self.branches.create(by(caller), agent_id, body))["created_branch_id"]

    async def say(self, agent_id: str, branch_id: str | None = None, caller: Caller = ADA, **fields: object) -> Body:
        """Commit fields of the document's `agent` section to a branch."""
        self.clock.advance(1)
        change = {"conversation_config": {"agent": fields}}
        return await self.agents.patch(by(caller), agent_id, change, branch_id=branch_id)

    async def said(self, agent_id: str, branch_id: str | None = None) -> Body:
        """The `agent` section of a branch's tip, as it was sent, without the prompt that all begin with."""
        config = await self.config(agent_id, **({"branch_id": branch_id} if branch_id else {}))
        return {key: value for key, value in config["conversation_config"]["agent"].items() if key != "prompt"}

    @asynccontextmanager
    async def client(self, caller: Caller | None = ADA) -> AsyncIterator[httpx.AsyncClient]:
        server = create_server(
            routers=routers,
            services=self.services.by_type(),
            identity=KnownCallers(keys={str(each.key_id): each for each in (ADA, BOB, EVE, VAL)}),
            options=ServerOptions(),
            health=Health(),
        )
        async with served(server) as client:
            if caller:
                client.headers["xi-api-key"] = str(caller.key_id)
            yield client


def by(caller: Caller) -> Actor:
    """Somebody who acts."""
    return Actor(caller.workspace_id, caller)


def document(name: str = "Greeter", prompt: str = "Be kind.", **more: object) -> Body:
    """A small agent as a client sends it."""
    return {"name": name, "conversation_config": {"agent": {"prompt": {"prompt": prompt}}}, **more}
