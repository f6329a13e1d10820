"""The workspace's routers, for the server."""

from vivavoce.features.workspace.audit.routes import router as audit
from vivavoce.features.workspace.connections.routes import router as connections
from vivavoce.features.workspace.environments.routes import router as environments
from vivavoce.features.workspace.identity.routes import router as identity
from vivavoce.features.workspace.keys.routes import router as keys
from vivavoce.features.workspace.limits.routes import router as limits
from vivavoce.features.workspace.members.routes import router as members
from vivavoce.features.workspace.secrets.routes import router as secrets
from vivavoce.features.workspace.settings.routes import router as settings

routers = (identity, keys, members, audit, secrets, environments, connections, settings, limits)
