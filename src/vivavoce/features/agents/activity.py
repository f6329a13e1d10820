"""When agents were called last. Calls are a feature above this one, so who knows it is handed in."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.ports.clock import SECOND, Clock

_KEPT_SECONDS = 10
_MOST_KEPT = 10_000


class LastCalls(Protocol):
    """Knows when agents were called."""

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """When each was called last, in microseconds UTC; those that never were are left out."""
        ...


@frozen
class KnownCalls:
    """The double: agents of all workspaces by id, none by default."""

    known: Mapping[str, int] = field(default_factory=dict[str, int])

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """Those of the agents that are known."""
        _ = workspace_id
        return {id: self.known[id] for id in agent_ids if id in self.known}


class RememberedCalls:
    """Asks somebody who knows, and remembers the answers for a moment: lists are read more often than calls come."""

    def __init__(self, source: LastCalls, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[int, int | None]] = OrderedDict()

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """When each was called last, give or take the moment."""
        now = self._clock.now()
        unknown = [id for id in agent_ids if self._asked_at(workspace_id, id) + _KEPT_SECONDS * SECOND <= now]
        if unknown:
            found = await self._source.last_calls(workspace_id, unknown)
            for id in unknown:
                self._known[workspace_id, id] = (now, found.get(id))
        times = {id: self._known[workspace_id, id][1] for id in agent_ids}
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return {id: time for id, time in times.items() if time is not None}

    def _asked_at(self, workspace_id: str, agent_id: str) -> int:
        asked_at, _ = self._known.get((workspace_id, agent_id), (-_KEPT_SECONDS * SECOND, None))
        return asked_at
