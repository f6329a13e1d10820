"""Signed URLs: what one allows, and that what it names is there."""

from collections.abc import Mapping

from vivavoce.base.frozen import frozen
from vivavoce.features.agents.service import Agents, Grant, Signatures
from vivavoce.features.conversations.starting import PREFIX, Starting
from vivavoce.ports.clock import Clock


@frozen
class Terms:
    """What a signed URL is asked for."""

    agent_id: str
    branch_id: str | None = None
    version_id: str | None = None
    environment: str | None = None
    fixes_conversation: bool = False
    trial_of: str | None = None
    """Whose draft is tried out; see `Grant`."""


class Signing:
    """Makes signed URLs."""

    def __init__(self, agents: Agents, signatures: Signatures, starting: Starting, clock: Clock) -> None:
        self._agents = agents
        self._signatures = signatures
        self._starting = starting
        self._clock = clock

    async def query(self, workspace_id: str, terms: Terms) -> Mapping[str, str]:
        """The query of a URL on these terms; `NotFound` for what is not there.

        With a fixed conversation the URL is good once: that conversation can begin but once.
        """
        conversation_id = self._clock.new_id(PREFIX)
        await self._agents.running(
            workspace_id, terms.agent_id, conversation_id, branch_id=terms.branch_id, version_id=terms.version_id
        )
        if terms.environment:
            await self._starting.require_environment(workspace_id, terms.environment)
        grant = Grant(
            agent_id=terms.agent_id,
            expires_at=self._signatures.expires_at(),
            branch_id=terms.branch_id,
            version_id=terms.version_id,
            environment=terms.environment,
            conversation_id=conversation_id if terms.fixes_conversation else None,
            trial_of=terms.trial_of,
        )
        token = await self._signatures.sign(workspace_id, grant)
        query = {"agent_id": terms.agent_id, "conversation_signature": token}
        return {**query, "conversation_id": conversation_id} if terms.fixes_conversation else query
