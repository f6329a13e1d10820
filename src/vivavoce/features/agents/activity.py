"""When agents were called last. Calls are a feature above this one, so who knows it is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class LastCalls(Protocol):
    """Knows when agents were called."""

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """When each was called last, in microseconds UTC; those that never were are left out."""
        ...


@dataclass(frozen=True, slots=True)
class KnownCalls:
    """The double: agents of all workspaces by id, none by default."""

    known: Mapping[str, int] = field(default_factory=dict[str, int])

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """Those of the agents that are known."""
        _ = workspace_id
        return {id: self.known[id] for id in agent_ids if id in self.known}
