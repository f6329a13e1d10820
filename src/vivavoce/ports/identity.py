"""Who is calling: a key or a session, turned into a workspace, a role and scopes.

The edge asks on every request; the workspace feature answers. The answer is small and immutable, and says nothing
about *what* is asked for: `api/auth` compares it with what a route needs.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from vivavoce.base.frozen import frozen

Role = Literal["admin", "editor", "viewer"]

# Scopes are `area_read` and `area_write`; write includes read, and "all" is everything.
Area = Literal["convai", "workspace", "user", "voices", "models", "speech"]
ALL = "all"


@frozen
class Caller:
    """Somebody we know. `scopes` bounds a key; `role` bounds the member behind it.

    networks    where a key may come from ("10.0.0.0/8"); None is anywhere
    """

    workspace_id: str
    user_id: str
    role: Role
    scopes: frozenset[str]
    key_id: str | None = None
    session_id: str | None = None
    networks: tuple[str, ...] | None = None

    def may_come_from(self, address: str) -> bool:
        """Whether the credential is good at this address."""
        if self.networks is None:
            return True
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in ipaddress.ip_network(network, strict=False) for network in self.networks)

    def may(self, area: Area, *, write: bool) -> bool:
        """Whether scopes and role allow reading or writing in an area."""
        if write and self.role == "viewer":
            return False
        wanted = {ALL, f"{area}_write"} if write else {ALL, f"{area}_write", f"{area}_read"}
        return not wanted.isdisjoint(self.scopes)


class Identity(Protocol):
    """Finds the caller behind a credential; None is nobody."""

    async def by_key(self, key: str) -> Caller | None:
        """The caller behind an API key."""
        ...

    async def by_session(self, token: str) -> Caller | None:
        """The caller behind a dashboard session's cookie."""
        ...


@dataclass
class KnownCallers:
    """The double: a fixed list."""

    keys: Mapping[str, Caller] = field(default_factory=dict[str, Caller])
    sessions: Mapping[str, Caller] = field(default_factory=dict[str, Caller])

    async def by_key(self, key: str) -> Caller | None:
        """The caller behind an API key."""
        return self.keys.get(key)

    async def by_session(self, token: str) -> Caller | None:
        """The caller behind a session's cookie."""
        return self.sessions.get(token)
