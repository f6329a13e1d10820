"""Puts the workspace's services together, once for `app` and the tests alike."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from vivavoce.base.frozen import frozen
from vivavoce.features.workspace.audit.service import AUDIT_ENTRIES, AuditLog, JoiningDocuments
from vivavoce.features.workspace.connections.service import CONNECTIONS, AuthConnections
from vivavoce.features.workspace.dependents import Dependents
from vivavoce.features.workspace.environments.service import ENVIRONMENTS, VARIABLES, EnvironmentVariables
from vivavoce.features.workspace.identity.service import DEFAULT_SESSION_SECONDS, Identities
from vivavoce.features.workspace.keys.service import Keys
from vivavoce.features.workspace.members.service import Members
from vivavoce.features.workspace.references import WorkspaceReferences
from vivavoce.features.workspace.secrets.service import SECRETS, Secrets
from vivavoce.features.workspace.settings.service import DASHBOARD_SETTINGS, SETTINGS, WorkspaceSettings
from vivavoce.ports.bus import Bus
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Kind
from vivavoce.ports.vault import SealedThings, Vault
from vivavoce.storage.database import Database

KINDS = (AUDIT_ENTRIES, CONNECTIONS, DASHBOARD_SETTINGS, ENVIRONMENTS, SECRETS, SETTINGS, VARIABLES)
"""Every kind of document of the feature."""


@frozen
class Outside:
    """What the workspace stands on.

    dependent_kinds     the documents of the features above that may use secrets, connections or webhooks
    """

    database: Database
    documents: JoiningDocuments
    vault: Vault
    bus: Bus
    clock: Clock
    session_seconds: int = DEFAULT_SESSION_SECONDS
    dependent_kinds: Sequence[Kind] = ()


@frozen
class WorkspaceServices:
    """Every service of the feature."""

    audit: AuditLog
    identities: Identities
    keys: Keys
    members: Members
    dependents: Dependents
    secrets: Secrets
    connections: AuthConnections
    variables: EnvironmentVariables
    settings: WorkspaceSettings

    @classmethod
    def over(cls, outside: Outside) -> "WorkspaceServices":
        """The services over these stores."""
        documents, vault, clock = outside.documents, outside.vault, outside.clock
        audit = AuditLog(documents)
        identities = Identities(outside.database, outside.clock, outside.bus, session_seconds=outside.session_seconds)
        return cls(
            audit=audit,
            identities=identities,
            keys=Keys(outside.database, outside.clock, identities, audit),
            members=Members(outside.database, outside.clock, identities, audit),
            dependents=Dependents(documents, (*outside.dependent_kinds, SETTINGS, VARIABLES)),
            secrets=Secrets(documents, vault, clock, audit),
            connections=AuthConnections(documents, vault, clock, audit),
            variables=EnvironmentVariables(documents, clock, audit),
            settings=WorkspaceSettings(documents, audit),
        )

    def by_type(self) -> Mapping[type, object]:
        """The services as routes ask for them."""
        each = [getattr(self, part.name) for part in fields(self)]
        return {type(service): service for service in each}

    def references(self) -> WorkspaceReferences:
        """What looks up the values that documents refer to."""
        return WorkspaceReferences(self.secrets, self.variables, self.connections)

    def sealed_things(self) -> Sequence[SealedThings]:
        """Those that keep sealed text, for when the vault's keys are rotated."""
        return (self.secrets, self.connections)
