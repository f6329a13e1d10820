"""Webhooks over HTTP."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import WorkspaceReader
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Forbidden
from vivavoce.base.json import Body
from vivavoce.features.webhooks import schema
from vivavoce.features.webhooks.service import Webhooks, webhook_reference
from vivavoce.features.workspace.service import Acting, Dependents, WebhooksManager

router = Router(tags=["webhooks"])
routers = (router,)

WebhooksIn = Annotated[Webhooks, Depends(provided(Webhooks))]
DependentsIn = Annotated[Dependents, Depends(provided(Dependents))]
_DONE = {"status": "ok"}


@router.get("/v1/workspace/webhooks", response_model=shown(schema.WorkspaceWebhookListResponseModel))
async def list_webhooks(
    caller: WorkspaceReader, webhooks: WebhooksIn, users: DependentsIn, include_usages: bool = False
) -> Body:
    """All webhooks; administrators also see where they are used."""
    if include_usages and caller.role != "admin":
        raise Forbidden("Only a workspace admin may see where webhooks are used.", status="missing_permissions")
    found = await webhooks.all(caller.workspace_id)
    if not include_usages:
        return {"webhooks": [schema.webhook(each, None) for each in found]}
    used = await users.of_each(caller.workspace_id, [webhook_reference(each.id) for each in found])
    return {"webhooks": [schema.webhook(each, used[webhook_reference(each.id)]) for each in found]}


@router.post("/v1/workspace/webhooks", response_model=shown(schema.WorkspaceCreateWebhookResponseModel))
async def create_webhook(
    body: Annotated[Body, Depends(sent(schema.CreateWorkspaceWebhookRequest))],
    _: WebhooksManager,
    actor: Acting,
    webhooks: WebhooksIn,
) -> Body:
    """A new webhook. Its signing secret is in this answer and is never shown again."""
    settings: Body = body["settings"]
    made = await webhooks.create(
        actor, settings["name"], settings["webhook_url"], settings.get("request_headers") or {}
    )
    return {"webhook_id": made.document.id, "webhook_secret": made.secret}


@router.patch("/v1/workspace/webhooks/{webhook_id}", response_model=shown(schema.StatusResponse))
async def update_webhook(
    webhook_id: str,
    body: Annotated[Body, Depends(sent(schema.UpdateWorkspaceWebhookRequest))],
    _: WebhooksManager,
    actor: Acting,
    webhooks: WebhooksIn,
) -> Body:
    """Change a webhook; what is absent stays. Headers are replaced whole."""
    fields = schema.UpdateWorkspaceWebhookRequest.model_fields
    await webhooks.update(actor, webhook_id, {name: value for name, value in body.items() if name in fields})
    return _DONE


@router.delete("/v1/workspace/webhooks/{webhook_id}", response_model=shown(schema.StatusResponse))
async def delete_webhook(webhook_id: str, _: WebhooksManager, actor: Acting, webhooks: WebhooksIn) -> Body:
    """Remove a webhook that nobody uses."""
    await webhooks.delete(actor, webhook_id)
    return _DONE
