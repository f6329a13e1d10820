"""What the workspace offers to other features, to the command line and to `app`: everything importable is here."""

from vivavoce.features.workspace.assembly import Outside, WorkspaceServices
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.audit.service import Activity, Actor, AuditLog, created, deleted, updated
from vivavoce.features.workspace.identity.service import FirstRun, Identities, Login, LoginLink
from vivavoce.features.workspace.keys.service import Keys, NewKey
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.features.workspace.members.service import Members

__all__ = [
    "Acting",
    "Activity",
    "Actor",
    "AuditLog",
    "FirstRun",
    "Identities",
    "KeyRecord",
    "Keys",
    "Login",
    "LoginLink",
    "Members",
    "NewKey",
    "Outside",
    "WorkspaceServices",
    "created",
    "deleted",
    "updated",
]
