"""What the workspace offers to other features, to the command line and to `app`: everything importable is here."""

from vivavoce.features.workspace.assembly import KINDS, Outside, WorkspaceServices
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.audit.service import (
    Activity,
    Actor,
    AuditLog,
    JoiningDocuments,
    Note,
    created,
    deleted,
    updated,
)
from vivavoce.features.workspace.connections.service import (
    CONNECTIONS,
    AuthConnections,
    Credentials,
    connection_reference,
)
from vivavoce.features.workspace.dependents import Dependents, Used, claim_unused, missing_target
from vivavoce.features.workspace.doors import WebhooksManager
from vivavoce.features.workspace.environments.service import (
    PRODUCTION,
    VARIABLES,
    ConnectionValue,
    EnvironmentValue,
    EnvironmentVariables,
    SecretValue,
    StringValue,
    variable_reference,
)
from vivavoce.features.workspace.identity.service import FirstRun, Identities, Login, LoginLink
from vivavoce.features.workspace.keys.service import Keys, NewKey
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.features.workspace.listing import every
from vivavoce.features.workspace.members.service import Members
from vivavoce.features.workspace.members.store import Member
from vivavoce.features.workspace.permissions import KNOWN_PERMISSIONS
from vivavoce.features.workspace.repeating import Repeating
from vivavoce.features.workspace.sealing import reseal_each
from vivavoce.features.workspace.secrets.service import SECRETS, Secrets, secret_reference
from vivavoce.features.workspace.settings.service import SETTINGS, WorkspaceSettings
from vivavoce.features.workspace.tokens import new_token

__all__ = [
    "CONNECTIONS",
    "KINDS",
    "KNOWN_PERMISSIONS",
    "PRODUCTION",
    "SECRETS",
    "SETTINGS",
    "VARIABLES",
    "Acting",
    "Activity",
    "Actor",
    "AuditLog",
    "AuthConnections",
    "ConnectionValue",
    "Credentials",
    "Dependents",
    "EnvironmentValue",
    "EnvironmentVariables",
    "FirstRun",
    "Identities",
    "JoiningDocuments",
    "KeyRecord",
    "Keys",
    "Login",
    "LoginLink",
    "Member",
    "Members",
    "NewKey",
    "Note",
    "Outside",
    "Repeating",
    "SecretValue",
    "Secrets",
    "StringValue",
    "Used",
    "WebhooksManager",
    "WorkspaceServices",
    "WorkspaceSettings",
    "claim_unused",
    "connection_reference",
    "created",
    "deleted",
    "every",
    "missing_target",
    "new_token",
    "reseal_each",
    "secret_reference",
    "updated",
    "variable_reference",
]
