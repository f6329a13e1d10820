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
from vivavoce.features.agents.people import KnownPeople, Person
from vivavoce.features.agents.routes import router
from vivavoce.features.agents.service import Agents
from vivavoce.features.agents.store import AgentStore
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Documents
from vivavoce.ports.identity import Caller, KnownCallers

ADA = Caller("ws_a", "user_ada", "admin", frozenset({"all"}), key_id="ada")
BOB = Caller("ws_a", "user_bob", "editor", frozenset({"all"}), key_id="bob")
EVE = Caller("ws_b", "user_eve", "admin", frozenset({"all"}), key_id="eve")
VAL = Caller("ws_a", "user_val", "viewer", frozenset({"all"}), key_id="val")

PEOPLE = KnownPeople({("ws_a", "user_ada"): Person("Ada", "ada@example.com")})


@dataclass
class House:
    """The services over one store."""

    documents: Documents
    clock: Clock

    def __post_init__(self) -> None:
        self.store = AgentStore(self.documents, self.clock)
        self.agents = Agents(self.store, PEOPLE)

    async def create(self, caller: Caller = ADA, **more: object) -> str:
        return await self.agents.create(caller, document(**more))

    async def config(self, agent_id: str, caller: Caller = ADA, **where: str) -> Body:
        """What an agent's document says, without defaults."""
        agent = await self.store.agent(caller.workspace_id, agent_id)
        found = await self.agents._find(agent, where.get("branch_id"), where.get("version_id"))
        return found.config

    @asynccontextmanager
    async def client(self, caller: Caller = ADA) -> AsyncIterator[httpx.AsyncClient]:
        server = create_server(
            routers=[router],
            services={Agents: self.agents},
            identity=KnownCallers(keys={str(each.key_id): each for each in (ADA, BOB, EVE, VAL)}),
            options=ServerOptions(),
            health=Health(),
        )
        async with served(server) as client:
            client.headers["xi-api-key"] = str(caller.key_id)
            yield client


def document(name: str = "Greeter", prompt: str = "Be kind.", **more: object) -> Body:
    """A small agent as a client sends it."""
    return {"name": name, "conversation_config": {"agent": {"prompt": {"prompt": prompt}}}, **more}
