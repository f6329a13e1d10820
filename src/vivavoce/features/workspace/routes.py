"""The workspace's routers, for the server."""

from vivavoce.features.workspace.audit.routes import router as audit
from vivavoce.features.workspace.identity.routes import router as identity
from vivavoce.features.workspace.keys.routes import router as keys
from vivavoce.features.workspace.members.routes import router as members

routers = (identity, keys, members, audit)
