"""A workspace with everything in it, over real databases, in process and over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx

from vivavoce.api.health import Health
from vivavoce.api.options import ServerOptions
from vivavoce.api.routing import Router
from vivavoce.api.server import create_server
from vivavoce.base.json import Body
from vivavoce.features.workspace.identity import store
from vivavoce.features.workspace.identity.store import PERSON, User, Workspace
from vivavoce.features.workspace.members import store as member_store
from vivavoce.features.workspace.members.store import Member
from vivavoce.features.workspace.routes import routers
from vivavoce.features.workspace.service import Actor, FirstRun, Outside, WorkspaceServices
from vivavoce.ports.bus import LocalBus
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Documents, Kind, Reference
from vivavoce.ports.identity import Role
from vivavoce.ports.vault import GlassVault
from vivavoce.storage.database import Database

AGENTS = Kind("agents", "agent")
TOOLS = Kind("tools", "tool", name=lambda body: body["tool_config"]["name"])
PHONE_NUMBERS = Kind("phone_numbers", "phnum")
MCP_SERVERS = Kind("mcp_servers", "mcp")


@dataclass
class House:
    """The services, the first workspace, and how to make more of everything."""

    database: Database
    documents: Documents
    clock: ManualClock
    bus: LocalBus = field(default_factory=LocalBus)
    vault: GlassVault = field(default_factory=GlassVault)
    more_routers: list[Router] = field(default_factory=list)
    more_services: dict[type, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = self.new_services()
        self.identities = self.services.identities
        self.keys = self.services.keys
        self.members = self.services.members

    def new_services(self) -> WorkspaceServices:
        """The same services again, as another process would have them."""
        return WorkspaceServices.over(
            Outside(
                self.database,
                self.documents,
                self.vault,
                self.bus,
                self.clock,
                dependent_kinds=[AGENTS, TOOLS, PHONE_NUMBERS],
            )
        )

    async def use(self, kind: Kind, references: list[Reference], body: Body | None = None) -> str:
        """A document of another feature that uses something of the workspace's; its id."""
        using = replace(kind, references=lambda body: [Reference(*each) for each in body["uses"]])
        used = [[reference.kind, reference.id] for reference in references]
        async with self.documents.transaction() as transaction:
            stored = {**(body or {"name": "Ada"}), "uses": used}
            return (await transaction.insert(using, self.first.workspace_id, stored)).id

    async def start(self) -> FirstRun:
        self.first = await self.identities.first_run()
        return self.first

    @property
    def operator(self) -> Actor:
        return Actor(self.first.workspace_id)

    async def other_workspace(self) -> str:
        """A second workspace; the key of its administrator."""
        now = self.clock.now()
        workspace = Workspace(self.clock.new_id("workspace"), "Other", None, now)
        user = User(self.clock.new_id("user"), PERSON, "eve@example.com", "Eve", now)
        async with self.database.write() as connection:
            await store.insert_workspace(connection, workspace)
            await store.insert_user(connection, user)
            member = Member.new(workspace.id, user.id, "admin", created_at=now, is_owner=True)
            await member_store.insert_member(connection, member)
        return (await self.keys.create_key(Actor(workspace.id), user.id, "Eve's key")).key

    async def member(self, email: str, role: Role = "editor", *, permissions: list[str] | None = None) -> str:
        """A new member of the first workspace; their key."""
        now = self.clock.now()
        user = User(self.clock.new_id("user"), PERSON, email, email.split("@", maxsplit=1)[0].title(), now)
        async with self.database.write() as connection:
            await store.insert_user(connection, user)
            await member_store.insert_member(
                connection, Member.new(self.first.workspace_id, user.id, role, created_at=now)
            )
        made = await self.keys.create_key(self.operator, user.id, f"{email}'s key", permissions=permissions)
        return made.key

    @asynccontextmanager
    async def client(self, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        server = create_server(
            routers=[*routers, *self.more_routers],
            services={**self.services.by_type(), **self.more_services},
            identity=self.identities,
            options=ServerOptions(),
            health=Health(),
            clock=self.clock,
        )
        transport = httpx.ASGITransport(server, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://vivavoce.test") as client:
            if key is not None:
                client.headers["xi-api-key"] = key
            yield client
