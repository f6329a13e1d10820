"""What documents refer to, looked up for one request: secrets, variables of the environment, auth connections."""

import base64
from collections.abc import Mapping

from vivavoce.base.errors import NotFound, Problem
from vivavoce.base.json import Json
from vivavoce.features.workspace.connections.service import AuthConnections, Credentials
from vivavoce.features.workspace.environments.service import (
    ConnectionValue,
    EnvironmentValue,
    EnvironmentVariables,
    SecretValue,
    StringValue,
)
from vivavoce.features.workspace.secrets.service import Secrets
from vivavoce.ports.references import ReferenceMissing


class WorkspaceReferences:
    """The real `ports.references.References`."""

    def __init__(self, secrets: Secrets, variables: EnvironmentVariables, connections: AuthConnections) -> None:
        self._secrets = secrets
        self._variables = variables
        self._connections = connections

    async def value(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> str:
        """The text that a secret or a variable of the environment holds."""
        match await self._meant(workspace_id, reference, environment):
            case SecretValue(secret_id):
                return await self._revealed(workspace_id, secret_id)
            case StringValue(text):
                return text
            case ConnectionValue():
                raise ReferenceMissing(f"{_named(reference)} is an auth connection, and a text is needed here.")

    async def headers(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> Mapping[str, str]:
        """The headers that an auth connection puts on a request."""
        meant = await self._meant(workspace_id, reference, environment)
        if not isinstance(meant, ConnectionValue):
            raise ReferenceMissing(f"{_named(reference)} is no auth connection.")
        try:
            return _headers(await self._connections.open(workspace_id, meant.auth_connection_id))
        except NotFound:
            raise _gone("auth connection", meant.auth_connection_id) from None
        except Problem as problem:
            raise ReferenceMissing(problem.message) from None

    async def _meant(self, workspace_id: str, reference: Mapping[str, Json], environment: str) -> EnvironmentValue:
        if secret_id := reference.get("secret_id"):
            return SecretValue(str(secret_id))
        if connection_id := reference.get("auth_connection_id"):
            return ConnectionValue(str(connection_id))
        label = str(reference.get("env_var_label") or "")
        found = await self._variables.resolve(workspace_id, label, environment) if label else None
        if found is None:
            raise ReferenceMissing(f"{_named(reference)} does not exist in this workspace.")
        return found

    async def _revealed(self, workspace_id: str, secret_id: str) -> str:
        try:
            return await self._secrets.reveal(workspace_id, secret_id)
        except NotFound:
            raise _gone("secret", secret_id) from None
        except Problem as problem:
            raise ReferenceMissing(problem.message) from None


def _gone(noun: str, id: str) -> ReferenceMissing:
    """What is in use is not deleted, but versions of the past count as no use."""
    return ReferenceMissing(
        f"There is no {noun} {id!r} in this workspace. It may have been deleted since this version was made; name "
        "another one in the agent's settings."
    )


def _headers(credentials: Credentials) -> Mapping[str, str]:
    public, secret = credentials.public, credentials.secret
    match credentials.auth_type:
        case "bearer_auth":
            return {"authorization": f"Bearer {secret['token']}"}
        case "basic_auth":
            pair = f"{public['username']}:{secret['password']}"
            return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case "custom_header_auth":
            return {str(public["header_name"]).lower(): str(secret["token"])}
        case other:
            raise ReferenceMissing(f"An auth connection of the type {other} cannot be used here; use a bearer token.")


def _named(reference: Mapping[str, Json]) -> str:
    name = next((value for value in reference.values() if isinstance(value, str)), "")
    return f"What {name!r} refers to" if name else "The reference"
