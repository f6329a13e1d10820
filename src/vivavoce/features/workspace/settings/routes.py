"""Workspace settings over HTTP."""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import ConvaiReader, ConvaiWriter
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent_or_not, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body, patched
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.settings import schema
from vivavoce.features.workspace.settings.service import WorkspaceSettings

router = Router(tags=["settings"])

SettingsIn = Annotated[WorkspaceSettings, Depends(provided(WorkspaceSettings))]


@router.get("/v1/convai/settings", response_model=shown(schema.ConvAISettings))
async def get_settings(caller: ConvaiReader, settings: SettingsIn) -> Body:
    """The workspace's settings."""
    return _with_defaults(await settings.get(caller.workspace_id))


@router.patch("/v1/convai/settings", response_model=shown(schema.ConvAISettings))
async def update_settings(
    body: Annotated[Body, Depends(sent_or_not(schema.ConvAISettings))],
    _: ConvaiWriter,
    actor: Acting,
    settings: SettingsIn,
) -> Body:
    """Change settings; what is absent stays."""
    return _with_defaults(await settings.update(actor, body))


@router.get("/v1/convai/settings/dashboard", response_model=shown(schema.ConvAIDashboardSettings))
async def get_dashboard_settings(caller: ConvaiReader, settings: SettingsIn) -> Body:
    """The charts of the workspace's dashboard."""
    return {"charts": [], **await settings.get_dashboard(caller.workspace_id)}


@router.patch("/v1/convai/settings/dashboard", response_model=shown(schema.ConvAIDashboardSettings))
async def update_dashboard_settings(
    body: Annotated[Body, Depends(sent_or_not(schema.ConvAIDashboardSettings))],
    _: ConvaiWriter,
    actor: Acting,
    settings: SettingsIn,
) -> Body:
    """Replace the charts of the workspace's dashboard."""
    return {"charts": [], **await settings.update_dashboard(actor, body)}


def _with_defaults(stored: Body) -> Body:
    return patched(schema.ConvAISettings().model_dump(), stored)
