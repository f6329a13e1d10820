"""Names of those who made agents."""

from dataclasses import dataclass

import pytest

from vivavoce.features.agents.people import NOBODY, MemberPeople, Person
from vivavoce.ports.clock import ManualClock

pytestmark = pytest.mark.anyio


@dataclass
class Someone:
    user_id: str
    first_name: str | None
    email: str | None


class Directory:
    def __init__(self) -> None:
        self.asked = 0
        self.everybody = [Someone("u1", "Ada", "ada@example.com")]

    async def members(self, workspace_id: str) -> list[Someone]:
        self.asked += 1
        return self.everybody


async def test_names_are_kept_for_a_minute(clock: ManualClock):
    directory = Directory()
    people = MemberPeople(directory, clock)
    for _ in range(3):
        assert await people.people("ws", ["u1", "u2"]) == {"u1": Person("Ada", "ada@example.com"), "u2": NOBODY}
    assert directory.asked == 1
    directory.everybody.append(Someone("u3", None, None))
    assert (await people.people("ws", ["u3"]))["u3"] == NOBODY
    directory.everybody[0] = Someone("u1", "Eda", None)
    clock.advance(61)
    assert (await people.people("ws", ["u1"]))["u1"] == Person("Eda", "")
