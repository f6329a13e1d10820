"""How clients get in: signed URLs, and honest answers to those who look for WebRTC (its token is on `api/unbuilt`)."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.websockets import WebSocket

from vivavoce.api.auth import ConvaiReader, from_browsers, public
from vivavoce.api.edge import our_origin
from vivavoce.api.routing import Router
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.base.errors import Forbidden
from vivavoce.base.json import Body
from vivavoce.features.conversations.schema import SignedUrl
from vivavoce.features.conversations.signing import Signing, Terms

router = Router(tags=["Conversations"])

CONVERSATION = "/v1/convai/conversation"
Text = Annotated[str | None, Query(max_length=200)]

SigningIn = Annotated[Signing, Depends(provided(Signing))]


async def _terms(
    agent_id: Annotated[str, Query(max_length=200, description="The agent to talk to.")],
    include_conversation_id: Annotated[
        bool, Query(description="Fix the conversation's id now; the URL is then good once.")
    ] = False,
    branch_id: Text = None,
    version_id: Text = None,
    environment: Text = None,
    debug_events_request: Annotated[bool, Query(description="There are no such events here; ignored.")] = False,
) -> Terms:
    return Terms(
        agent_id,
        branch_id=branch_id,
        version_id=version_id,
        environment=environment,
        fixes_conversation=include_conversation_id,
    )


TermsIn = Annotated[Terms, Depends(_terms)]


@router.get(f"{CONVERSATION}/get-signed-url", response_model=shown(SignedUrl))
async def get_signed_url(request: Request, caller: ConvaiReader, terms: TermsIn, signing: SigningIn) -> Body:
    """An address with which a client without a key may start a conversation, within a quarter of an hour."""
    return await _signed(request, caller, terms, signing)


@router.get(f"{CONVERSATION}/get_signed_url", response_model=shown(SignedUrl), include_in_schema=False)
async def get_signed_url_as_before(request: Request, caller: ConvaiReader, terms: TermsIn, signing: SigningIn) -> Body:
    """The same under the name that older clients use."""
    return await _signed(request, caller, terms, signing)


async def _signed(request: Request, caller: ConvaiReader, terms: Terms, signing: Signing) -> Body:
    query = await signing.query(caller.workspace_id, terms)
    origin = our_origin(request)
    return {"signed_url": f"ws{origin.removeprefix('http')}{CONVERSATION}?{urlencode(query)}"}


@router.post("/v1/vivavoce/agents/{agent_id}/trials", response_model=shown(SignedUrl))
async def begin_trial(
    request: Request,
    agent_id: str,
    caller: ConvaiReader,
    signing: SigningIn,
    branch_id: Annotated[
        str | None, Query(max_length=200, description="The branch; the main one if not given.")
    ] = None,
) -> Body:
    """An address to try an agent out: it runs the caller's draft of the branch, if there is one, and tells everything.

    Chat is allowed there, and every event is told, whatever the agent's settings offer its clients.
    """
    return await _signed(request, caller, Terms(agent_id, branch_id=branch_id, trial_of=caller.user_id), signing)


# ---------------------------------------------------------------------------------------------------------------
# WebRTC


# 404 would make the official client try again for ever, so whatever begins like this is refused, however it is asked.
WEBRTC = "/rtc{rest:path}"
ANY_METHOD = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


@router.api_route(WEBRTC, methods=ANY_METHOD, include_in_schema=False)
@public("It says the same to everybody.")
@from_browsers
async def refuse_rtc() -> None:
    """Say that there is no WebRTC."""
    raise Forbidden('This server has no WebRTC yet. Use connectionType: "websocket".', status="no_webrtc")


@router.websocket(WEBRTC)
@public("It says the same to everybody.")
async def refuse_rtc_socket(websocket: WebSocket) -> None:
    """Refuse the handshake, which reads as 403."""
    await websocket.close()
