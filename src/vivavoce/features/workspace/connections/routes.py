"""Auth connections over HTTP."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import WorkspaceReader, WorkspaceWriter
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.workspace import dependents
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.connections import schema
from vivavoce.features.workspace.connections.service import AuthConnections, connection_reference
from vivavoce.features.workspace.connections.types import type_of
from vivavoce.features.workspace.dependents import Dependents, Used
from vivavoce.ports.documents import Document
from vivavoce.ports.identity import Role

router = Router(tags=["workspace"])

ConnectionsIn = Annotated[AuthConnections, Depends(provided(AuthConnections))]
DependentsIn = Annotated[Dependents, Depends(provided(Dependents))]


@router.post("/v1/workspace/auth-connections", response_model=shown(schema.ANSWER))
async def create_auth_connection(
    body: Annotated[Body, Depends(sent(schema.CREATE))],
    caller: WorkspaceWriter,
    actor: Acting,
    connections: ConnectionsIn,
    users: DependentsIn,
) -> Body:
    """A new connection. What is secret in it is sealed and never shown again."""
    made = await connections.create(actor, str(type_of(body)), body)
    return await _one(made, users, caller.role)


@router.get("/v1/workspace/auth-connections", response_model=shown(schema.ListAuthConnectionsResponse))
async def list_auth_connections(caller: WorkspaceReader, connections: ConnectionsIn, users: DependentsIn) -> Body:
    """All connections with their users."""
    found = await connections.all(caller.workspace_id)
    used = await users.of_each(caller.workspace_id, [connection_reference(each.id) for each in found])
    return {
        "auth_connections": [_answer(each, used[connection_reference(each.id)], caller.role) for each in found],
    }


@router.patch("/v1/workspace/auth-connections/{auth_connection_id}", response_model=shown(schema.ANSWER))
async def update_auth_connection(
    auth_connection_id: str,
    body: Annotated[Body, Depends(sent(schema.UPDATE, schema.change_without_nulls))],
    caller: WorkspaceWriter,
    actor: Acting,
    connections: ConnectionsIn,
    users: DependentsIn,
) -> Body:
    """Change a connection; what is absent stays as it is."""
    changed = await connections.update(actor, auth_connection_id, str(type_of(body)), body)
    return await _one(changed, users, caller.role)


@router.delete("/v1/workspace/auth-connections/{auth_connection_id}")
async def delete_auth_connection(
    auth_connection_id: str, _: WorkspaceWriter, actor: Acting, connections: ConnectionsIn
) -> dict[str, str]:
    """Remove a connection that nobody uses."""
    await connections.delete(actor, auth_connection_id)
    return {"status": "ok"}


async def _one(document: Document, users: Dependents, role: Role) -> Body:
    return _answer(document, await users.of(document.workspace_id, connection_reference(document.id)), role)


def _answer(document: Document, used: Used, role: Role) -> Body:
    return {
        **schema.with_defaults(document.body["public"]),
        "id": document.id,
        "used_by": {
            "tools": used.identifiers(dependents.TOOLS, role),
            "mcp_servers": used.identifiers(dependents.MCP_SERVERS, role),
            "integration_connections": used.connections(),
        },
        "status": "active",
        "status_detail": None,
        "status_updated_at": None,
    }
