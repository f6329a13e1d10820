"""Pictures of agents: taken in, kept as blobs, shown to anybody who knows their address.

What a picture is, its first bytes say; clients send names and types that mean nothing. Formats that can carry scripts
are not taken. The name of a picture is the digest of its bytes, so an address never shows something else later, and
nobody can guess one.
"""

from vivavoce.base.errors import NotFound, TooLarge
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.agents.changes import caller_of
from vivavoce.features.agents.pictures import LARGEST_BYTES, avatar_path, blob_path, is_picture_name, name_of
from vivavoce.features.agents.service import Agents
from vivavoce.features.agents.store import AgentStore
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.blobs import Blobs, content_type_of
from vivavoce.ports.identity import Caller


@frozen
class Picture:
    """A picture's bytes and what they are."""

    data: bytes
    content_type: str


class Avatars:
    """The pictures of agents."""

    def __init__(self, store: AgentStore, agents: Agents, blobs: Blobs) -> None:
        self._store = store
        self._agents = agents
        self._blobs = blobs

    async def put(self, actor: Actor, agent_id: str, data: bytes) -> str:
        """Give an agent's widget a picture; its path on this server."""
        path = await self.keep(caller_of(actor), agent_id, data)
        widget: Body = {"avatar": {"type": "image", "url": path}, "custom_avatar_path": path}
        await self._agents.change(
            actor, agent_id, {"platform_settings": {"widget": widget}}, description="New avatar", publishes=False
        )
        return path

    async def keep(self, caller: Caller, agent_id: str, data: bytes) -> str:
        """Keep a picture that a draft is going to name; its path on this server."""
        if len(data) > LARGEST_BYTES:
            raise TooLarge(f"The picture is larger than {LARGEST_BYTES // 1024 // 1024} MB.", status="avatar_too_large")
        name = name_of(data)
        await self._store.agent(caller.workspace_id, agent_id)
        await self._blobs.put(caller.workspace_id, blob_path(agent_id, name), data)
        return avatar_path(agent_id, name)

    async def get(self, agent_id: str, name: str) -> Picture:
        """A picture, for anybody."""
        workspace_id = await self._store.workspace_of(agent_id)
        if workspace_id is None or not is_picture_name(name):
            raise NotFound("There is no such picture.", status="avatar_not_found")
        return Picture(await self._blobs.get(workspace_id, blob_path(agent_id, name)), content_type_of(name))
