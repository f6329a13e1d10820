"""The route that the talk page asks. Ours: the contract's own page has no API."""

from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.responses import Response

from vivavoce.api.auth import public
from vivavoce.api.edge import our_origin
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.features.agents.routes_widget import Signature
from vivavoce.features.agents.schema import TalkPage
from vivavoce.features.agents.talk import TalkPages, Visit

router = Router(tags=["Agent widget"])

TalkPagesIn = Annotated[TalkPages, Depends(provided(TalkPages))]
Named = Annotated[str | None, Query(max_length=200, description="Instead of what the main branch says now.")]


@router.get("/v1/vivavoce/agents/{agent_id}/talk", response_model=shown(TalkPage))
@public("Whoever has the address of a talk page may open it; the agent says who may talk.")
async def get_talk_page(
    agent_id: str,
    request: Request,
    pages: TalkPagesIn,
    conversation_signature: Signature = None,
    branch_id: Named = None,
    version_id: Named = None,
) -> Response:
    """What the talk page shows of an agent, and what a call of it needs."""
    visit = Visit(agent_id, our_origin(request), conversation_signature, branch_id or None, version_id or None)
    return json_reply(await pages.get(visit))
