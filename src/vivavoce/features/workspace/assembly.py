"""Puts the workspace's services together, once for `app` and the tests alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from vivavoce.features.workspace.audit.service import AuditLog
from vivavoce.features.workspace.identity.service import DEFAULT_SESSION_SECONDS, Identities
from vivavoce.features.workspace.keys.service import Keys
from vivavoce.features.workspace.members.service import Members
from vivavoce.ports.bus import Bus
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Documents
from vivavoce.ports.vault import Vault
from vivavoce.storage.database import Database


@dataclass(frozen=True, slots=True)
class Outside:
    """What the workspace stands on."""

    database: Database
    documents: Documents
    vault: Vault
    bus: Bus
    clock: Clock
    session_seconds: int = DEFAULT_SESSION_SECONDS


@dataclass(frozen=True, slots=True)
class WorkspaceServices:
    """Every service of the feature."""

    audit: AuditLog
    identities: Identities
    keys: Keys
    members: Members

    @classmethod
    def over(cls, outside: Outside) -> "WorkspaceServices":
        """The services over these stores."""
        audit = AuditLog(outside.documents)
        identities = Identities(outside.database, outside.clock, outside.bus, session_seconds=outside.session_seconds)
        return cls(
            audit=audit,
            identities=identities,
            keys=Keys(outside.database, outside.clock, identities, audit),
            members=Members(outside.database, outside.clock, identities, audit),
        )

    def by_type(self) -> Mapping[type, object]:
        """The services as routes ask for them."""
        each = (self.audit, self.identities, self.keys, self.members)
        return {type(service): service for service in each}
