"""The routes that web pages ask, and the upload of an agent's picture."""

from typing import Annotated

from fastapi import Depends, File, Query, Request, UploadFile
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader, ConvaiWriter, Visitor, from_browsers, public
from vivavoce.api.edge import our_origin
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import sent, shown
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.agents.avatars import LARGEST_BYTES, Avatars
from vivavoce.features.agents.document.spellings import in_todays_words
from vivavoce.features.agents.schema import AgentWidget, AvatarStored, PictureKept, WidgetDraft
from vivavoce.features.agents.widget import Widgets
from vivavoce.features.workspace.service import Acting

router = Router(tags=["Agent widget"])

AGENT = "/v1/convai/agents/{agent_id}"
_FORM_BYTES = 64 * 1024

WidgetsIn = Annotated[Widgets, Depends(provided(Widgets))]
AvatarsIn = Annotated[Avatars, Depends(provided(Avatars))]
Draft = Annotated[Body, Depends(sent(WidgetDraft, in_todays_words))]
Signature = Annotated[str | None, Query(max_length=4096, description="The token of a signed URL.")]


@router.get(f"{AGENT}/widget", response_model=shown(AgentWidget))
@from_browsers
async def get_widget(
    agent_id: str,
    request: Request,
    caller: Visitor,
    widgets: WidgetsIn,
    conversation_signature: Signature = None,
) -> Response:
    """What a web page needs to show an agent."""
    body = await widgets.get(
        caller,
        agent_id,
        page_origin=request.headers.get("origin"),
        signature=conversation_signature,
        our_origin=our_origin(request),
    )
    return json_reply(body)


@router.post("/v1/vivavoce/agents/{agent_id}/widget-preview", response_model=shown(AgentWidget))
async def preview_widget(
    agent_id: str, body: Draft, request: Request, caller: ConvaiReader, widgets: WidgetsIn
) -> Response:
    """What a web page would get if the agent were as it is sent here. Ours; nothing is kept."""
    return json_reply(await widgets.preview(caller, agent_id, body, our_origin=our_origin(request)))


@router.post(f"{AGENT}/avatar", response_model=shown(AvatarStored), max_body_size=LARGEST_BYTES + _FORM_BYTES)
async def put_avatar(
    agent_id: str,
    request: Request,
    avatar_file: Annotated[UploadFile, File(description="A PNG, JPEG, GIF or WebP file.")],
    caller: ConvaiWriter,
    actor: Acting,
    avatars: AvatarsIn,
) -> Body:
    """Give an agent a picture."""
    path = await avatars.put(actor, agent_id, await avatar_file.read())
    return {"agent_id": agent_id, "avatar_url": f"{our_origin(request)}{path}"}


@router.post(
    "/v1/vivavoce/agents/{agent_id}/pictures",
    response_model=shown(PictureKept),
    max_body_size=LARGEST_BYTES + _FORM_BYTES,
)
async def keep_picture(
    agent_id: str,
    picture: Annotated[UploadFile, File(description="A PNG, JPEG, GIF or WebP file.")],
    caller: ConvaiWriter,
    avatars: AvatarsIn,
) -> Body:
    """Keep a picture without changing the agent, so that a draft can name it. Ours."""
    return {"path": await avatars.keep(caller, agent_id, await picture.read())}


@router.get(f"{AGENT}/avatar/{{name}}")
@public("A page shows it to its visitors; its name cannot be guessed.")
@from_browsers
async def get_avatar(agent_id: str, name: str, avatars: AvatarsIn) -> Response:
    """An agent's picture. Ours."""
    picture = await avatars.get(agent_id, name)
    headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
    return Response(picture.data, media_type=picture.content_type, headers=headers)
