"""Secrets over HTTP."""

from typing import Annotated

from fastapi import Depends
from fastapi import Query as Parameter

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.pages import Cursor, Paging, paging
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.base.pages import Place, decode_cursor, encode_cursor
from vivavoce.features.workspace import dependents
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.dependents import Dependents, Used
from vivavoce.features.workspace.secrets import schema
from vivavoce.features.workspace.secrets.service import Secrets, secret_reference, stored
from vivavoce.ports.documents import Document
from vivavoce.ports.identity import Role

router = Router(tags=["secrets"])

SecretsIn = Annotated[Secrets, Depends(provided(Secrets))]
DependentsIn = Annotated[Dependents, Depends(provided(Dependents))]
UpToHundred = Annotated[int | None, Parameter(ge=1, le=100)]

_DEPENDENCY_ORDER = "dependencies"
_BODY_BYTES = 256 * 1024


@router.post(
    "/v1/convai/secrets", max_body_size=_BODY_BYTES, response_model=shown(schema.PostWorkspaceSecretResponseModel)
)
async def create_secret(
    body: Annotated[Body, Depends(sent(schema.PostWorkspaceSecretRequest))],
    _: ConvaiWriter,
    actor: Acting,
    secrets: SecretsIn,
) -> Body:
    """Store a secret. Its value is sealed and never shown again."""
    return stored(await secrets.create(actor, body["name"], body["value"]))


@router.get("/v1/convai/secrets", response_model=shown(schema.GetWorkspaceSecretsResponseModel))
async def list_secrets(
    caller: ConvaiReader,
    secrets: SecretsIn,
    users: DependentsIn,
    page_size: UpToHundred = None,
    dependency_limit: UpToHundred = None,
    search: Annotated[str | None, Parameter(max_length=512)] = None,
    cursor: Cursor = None,
) -> Body:
    """Secrets with their users; those whose name starts with `search`, and all of them without a `page_size`."""
    page = await secrets.page(caller.workspace_id, page_size=page_size, cursor=cursor, starts_with=search)
    used = await users.of_each(caller.workspace_id, [secret_reference(secret.id) for secret in page.items])
    shown_secrets = [
        _config(secret, used[secret_reference(secret.id)], caller.role, dependency_limit) for secret in page.items
    ]
    return {"secrets": shown_secrets, "next_cursor": page.next_cursor}


@router.get("/v1/convai/secrets/{secret_id}", response_model=shown(schema.ConvAIWorkspaceStoredSecretConfig))
async def get_secret(secret_id: str, caller: ConvaiReader, secrets: SecretsIn, users: DependentsIn) -> Body:
    """A secret with its users."""
    secret = await secrets.get(caller.workspace_id, secret_id)
    used = await users.of(caller.workspace_id, secret_reference(secret_id))
    return _config(secret, used, caller.role, None)


@router.patch(
    "/v1/convai/secrets/{secret_id}",
    max_body_size=_BODY_BYTES,
    response_model=shown(schema.PostWorkspaceSecretResponseModel),
)
async def update_secret(
    secret_id: str,
    body: Annotated[Body, Depends(sent(schema.PatchWorkspaceSecretRequest))],
    _: ConvaiWriter,
    actor: Acting,
    secrets: SecretsIn,
) -> Body:
    """Give a secret another name and value."""
    return stored(await secrets.update(actor, secret_id, body["name"], body["value"]))


@router.delete("/v1/convai/secrets/{secret_id}", status_code=204)
async def delete_secret(secret_id: str, _: ConvaiWriter, actor: Acting, secrets: SecretsIn) -> None:
    """Remove a secret that nobody uses."""
    await secrets.delete(actor, secret_id)


@router.get(
    "/v1/convai/secrets/{secret_id}/dependencies/{resource_type}",
    response_model=shown(schema.GetSecretDependenciesResponseModel),
)
async def get_secret_dependencies(
    secret_id: str,
    resource_type: schema.ResourceType,
    caller: ConvaiReader,
    wanted: Annotated[Paging, Depends(paging(default=20))],
    secrets: SecretsIn,
    users: DependentsIn,
) -> Body:
    """The users of a secret of one kind."""
    await secrets.get(caller.workspace_id, secret_id)
    used = await users.of(caller.workspace_id, secret_reference(secret_id))
    return _dependencies_page(_of_kind(used, resource_type, caller.role), wanted)


def _dependencies_page(found: list[Body], wanted: Paging) -> Body:
    place = None if wanted.cursor is None else decode_cursor(wanted.cursor, _DEPENDENCY_ORDER)
    start = place.value if place is not None and isinstance(place.value, int) else 0
    end = max(start, 0) + wanted.page_size
    following = encode_cursor(Place(_DEPENDENCY_ORDER, end, "")) if end < len(found) else None
    return {"dependencies": found[max(start, 0) : end], "next_cursor": following}


def _of_kind(used: Used, resource_type: str, role: Role) -> list[Body]:
    if resource_type == dependents.PHONE_NUMBERS:
        return used.phone_numbers()
    return used.identifiers(resource_type, role)


def _config(secret: Document, used: Used, role: Role, limit: int | None) -> Body:
    used_by: Body = {}
    for kind in (dependents.TOOLS, dependents.AGENTS, dependents.PHONE_NUMBERS):
        found = _of_kind(used, kind, role)
        used_by[kind] = found[:limit]
        used_by[f"{kind}_has_more"] = limit is not None and len(found) > limit
    used_by["mcp_servers"] = used.identifiers(dependents.MCP_SERVERS, role)
    used_by["others"] = ["conversation_initiation_webhook"] if used.of_kind(dependents.SETTINGS) else []
    return {**stored(secret), "used_by": used_by}
