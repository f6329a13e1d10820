"""Who made an agent, as its readers see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from vivavoce.base.json import Body
from vivavoce.ports.identity import Caller


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
