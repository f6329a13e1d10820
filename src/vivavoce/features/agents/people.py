"""Who made an agent, as its readers see it.

Names are read with every agent and change hardly ever, so they are kept for a minute per workspace; somebody who is
not among them is looked for at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.identity import Caller

_KEPT_SECONDS = 60


@frozen
class Person:
    """A member's name and address."""

    name: str
    email: str


NOBODY = Person("", "")
"""Somebody who has left, or the operator at the machine."""


class People(Protocol):
    """Finds the members behind user ids."""

    async def people(self, workspace_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of the users who are known in the workspace."""
        ...


class SomeMember(Protocol):
    """A member, as far as names go."""

    @property
    def user_id(self) -> str:
        """Whose it is."""
        ...

    @property
    def first_name(self) -> str | None:
        """What they are called."""
        ...

    @property
    def email(self) -> str | None:
        """Where mail reaches them."""
        ...


class AllMembers(Protocol):
    """Lists the members of a workspace; the workspace feature's `Members` does."""

    async def members(self, workspace_id: str) -> Sequence[SomeMember]:
        """Everybody."""
        ...


class MemberPeople:
    """People as the workspace knows them."""

    def __init__(self, members: AllMembers, clock: Clock) -> None:
        self._members = members
        self._clock = clock
        self._known: dict[str, tuple[int, Mapping[str, Person]]] = {}

    async def people(self, workspace_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of the users who are members."""
        ids = set(user_ids)
        read_at, known = self._known.get(workspace_id, (0, {}))
        if ids - known.keys() or self._clock.now() - read_at > _KEPT_SECONDS * SECOND:
            known = {
                member.user_id: Person(member.first_name or "", member.email or "")
                for member in await self._members.members(workspace_id)
            }
            # Those who are nobody now are remembered too, so that they are not looked for with every agent.
            known |= dict.fromkeys(ids - known.keys(), NOBODY)
            self._known[workspace_id] = (self._clock.now(), known)
        return {id: known[id] for id in ids}


@frozen
class KnownPeople:
    """The double: a fixed list, by workspace and user."""

    known: Mapping[tuple[str, str], Person]

    async def people(self, workspace_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of the users who are on the list."""
        return {id: self.known[workspace_id, id] for id in user_ids if (workspace_id, id) in self.known}


def access_info(caller: Caller, creator_id: str, people: Mapping[str, Person]) -> Body:
    """The contract's `access_info`: who made it, and what the reader may do with it."""
    creator = people.get(creator_id, NOBODY)
    is_creator = caller.user_id == creator_id
    return {
        "is_creator": is_creator,
        "creator_name": creator.name,
        "creator_email": creator.email,
        "role": caller.role,
        "anonymous_access_level_override": None,
        "access_source": "creator" if is_creator else "workspace_default",
    }
