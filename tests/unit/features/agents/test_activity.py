"""When agents were called last is asked once a moment, also for those that never were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from vivavoce.features.agents.activity import KnownCalls, RememberedCalls
from vivavoce.ports.clock import ManualClock

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Counting:
    known: KnownCalls
    asked: list[Sequence[str]] = field(default_factory=list)

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(agent_ids)
        return await self.known.last_calls(workspace_id, agent_ids)


async def test_answers_are_remembered_for_a_moment(clock: ManualClock):
    source = Counting(KnownCalls({"a": 5}))
    calls = RememberedCalls(source, clock)
    for ids in (["a", "b"], ["b", "a", "c"], ["a"]):
        assert await calls.last_calls("ws", ids) == {"a": 5}
    assert source.asked == [["a", "b"], ["c"]]
    clock.advance(11)
    assert await calls.last_calls("ws", ["a"]) == {"a": 5}
    assert source.asked[2:] == [["a"]]
