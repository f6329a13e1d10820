"""One installation with two workspaces, and a client of each."""

from pathlib import Path

import httpx
import pytest

from vivavoce.app import Application, open_application
from vivavoce.features.workspace.identity import store
from vivavoce.features.workspace.identity.store import PERSON, User, Workspace
from vivavoce.features.workspace.members import store as member_store
from vivavoce.features.workspace.members.store import Member
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.identity import Role
from vivavoce.settings import Settings


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = tmp_path_factory.mktemp("isolation")
    settings = Settings(data_dir=folder, requests_per_minute=0)
    async with open_application(settings, bus_url="local") as application:
        yield application


def client_of(application: Application, key: str | None) -> httpx.AsyncClient:
    headers = {} if key is None else {"xi-api-key": key}
    transport = httpx.ASGITransport(application.server)
    return httpx.AsyncClient(transport=transport, base_url="http://vivavoce.test", headers=headers)


@pytest.fixture(scope="module")
async def ours(application: Application):
    facts = await application.first_run()
    async with client_of(application, facts["api_key"]) as client:
        yield client


@pytest.fixture(scope="module")
async def theirs(application: Application, ours: httpx.AsyncClient):
    """An administrator of another workspace."""
    async with client_of(application, await new_workspace(application, "eve")) as client:
        yield client


@pytest.fixture(scope="module")
async def viewer(application: Application, ours: httpx.AsyncClient):
    """Somebody who may look at everything and change nothing."""
    async with client_of(application, await new_workspace(application, "vera", "viewer")) as client:
        yield client


@pytest.fixture(scope="module")
async def stranger(application: Application, ours: httpx.AsyncClient):
    async with client_of(application, None) as client:
        yield client


async def new_workspace(application: Application, name: str, role: Role = "admin") -> str:
    """A workspace with one member; their key."""
    clock, database = application.clock, application.storage.database
    workspace = Workspace(clock.new_id("workspace"), f"{name}'s", None, clock.now())
    user = User(clock.new_id("user"), PERSON, f"{name}@example.com", name, clock.now())
    async with database.write() as connection:
        await store.insert_workspace(connection, workspace)
        await store.insert_user(connection, user)
        await member_store.insert_member(connection, Member.new(workspace.id, user.id, role, created_at=clock.now()))
    return (await application.workspace.keys.create_key(Actor(workspace.id), user.id, name)).key
