"""Who am I, and signing in and out.

Signing in is public by nature, so it counts wrong tries per address as the edge does for wrong keys, and it answers
every wrong try alike.
"""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from vivavoce.api.auth import (
    SESSION_COOKIE,
    AnyCaller,
    UserReader,
    WorkspaceAdmin,
    clear_session_cookie,
    csrf_token,
    public,
    set_session_cookie,
)
from vivavoce.api.edge import edge_of
from vivavoce.api.passage import passage_of
from vivavoce.api.routing import Router
from vivavoce.api.sent import parsed
from vivavoce.api.services import provided
from vivavoce.base.errors import Malformed, Unauthorized
from vivavoce.features.workspace.audit.acting import Acting, origin_of
from vivavoce.features.workspace.audit.service import (
    LOGOFF,
    LOGON,
    PASSWORD_CHANGE,
    PASSWORD_LINK,
    Actor,
    AuditLog,
    Note,
)
from vivavoce.features.workspace.identity import schema
from vivavoce.features.workspace.identity.service import Identities, Login, NoteLogin
from vivavoce.features.workspace.keys.service import Keys
from vivavoce.features.workspace.members.service import Members
from vivavoce.features.workspace.permissions import require_everything
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Reference
from vivavoce.ports.identity import Caller

router = Router(tags=["user"])

IdentitiesIn = Annotated[Identities, Depends(provided(Identities))]
KeysIn = Annotated[Keys, Depends(provided(Keys))]
MembersIn = Annotated[Members, Depends(provided(Members))]
AuditIn = Annotated[AuditLog, Depends(provided(AuditLog))]


@router.get("/v1/user")
async def get_user(caller: UserReader, identities: IdentitiesIn, keys: KeysIn) -> schema.UserResponse:
    """The user behind this request."""
    user = await identities.user(caller.workspace_id, caller.user_id)
    key = None if caller.key_id is None else await keys.get_key(caller.workspace_id, caller.key_id)
    return schema.UserResponse.of(user, caller, None if key is None else key.hint)


@router.get("/v1/user/subscription")
async def get_subscription(_: UserReader) -> schema.Subscription:
    """What the plan allows, which here is everything."""
    return schema.Subscription()


# Our own: the dashboard's session


@router.post("/v1/vivavoce/session")
@public("Signing in is how a browser gets a credential.")
async def sign_in(
    body: Annotated[schema.LoginRequest, Depends(parsed(schema.LoginRequest))],
    request: Request,
    response: Response,
    identities: IdentitiesIn,
    audit: AuditIn,
) -> schema.SessionResponse:
    """Sign a browser in with a login link's token, an API key, or an email address and a password."""
    login = await _counting_refusals(request, body, identities, audit)
    return await _welcome(login, request, response, identities)


@router.post("/v1/vivavoce/invites/accept")
@public("An invite's token is the credential.")
async def accept_invite(
    body: Annotated[schema.AcceptInviteRequest, Depends(parsed(schema.AcceptInviteRequest))],
    request: Request,
    response: Response,
    members: MembersIn,
    identities: IdentitiesIn,
) -> schema.SessionResponse:
    """Become a member with an invite, and sign in."""
    edge, client = edge_of(request), passage_of(request).client
    edge.check_refusals(client)
    try:
        login = await members.accept_invite(body.invite_token, body.first_name, origin_of(request))
    except Unauthorized:
        edge.count_refusal(client)
        raise
    return await _welcome(login, request, response, identities)


@router.get("/v1/vivavoce/session")
async def get_session(caller: AnyCaller, request: Request, identities: IdentitiesIn) -> schema.SessionResponse:
    """Who is asking: the member, their workspace, what they may do."""
    token = request.cookies.get(SESSION_COOKIE) if caller.session_id is not None else None
    return await _session(caller, identities, None if token is None else csrf_token(token))


@router.delete("/v1/vivavoce/session")
async def sign_out(
    caller: AnyCaller, request: Request, response: Response, actor: Acting, identities: IdentitiesIn, audit: AuditIn
) -> dict[str, str]:
    """Sign the browser out."""
    session_id = _require_session(caller)
    note = audit.noting(actor, LOGOFF, Reference("sessions", session_id))
    await identities.sign_out(request.cookies[SESSION_COOKIE], note)
    clear_session_cookie(response, secure=passage_of(request).secure)
    return {"status": "ok"}


@router.put("/v1/vivavoce/session/password")
async def set_password(
    body: Annotated[schema.PasswordRequest, Depends(parsed(schema.PasswordRequest))],
    caller: AnyCaller,
    actor: Acting,
    identities: IdentitiesIn,
    audit: AuditIn,
) -> dict[str, str]:
    """Choose a password for signing in."""
    _require_session(caller)
    note = audit.noting(actor, PASSWORD_CHANGE, Reference("users", caller.user_id))
    await identities.set_password(caller, body.new_password, body.current_password, note)
    return {"status": "ok"}


@router.post("/v1/vivavoce/login-links")
async def create_login_link(
    caller: WorkspaceAdmin,
    actor: Acting,
    identities: IdentitiesIn,
    audit: AuditIn,
    body: Annotated[schema.LoginLinkRequest, Depends(parsed(schema.LoginLinkRequest))],
) -> schema.LoginLink:
    """A one-time link that signs a member in; for those who lost their way in."""
    require_everything(caller, "make a link that signs somebody in")
    user_id = body.user_id or caller.user_id
    note = audit.noting(actor, PASSWORD_LINK, Reference("users", user_id))
    link = await identities.create_login_link(user_id, caller.workspace_id, note)
    return schema.LoginLink(path=f"/?login={link.token}", expires_at_unix=link.expires_at // SECOND)


async def _counting_refusals(
    request: Request, body: schema.LoginRequest, identities: Identities, audit: AuditLog
) -> Login:
    edge, client = edge_of(request), passage_of(request).client
    edge.check_refusals(client)
    old_session = request.cookies.get(SESSION_COOKIE)
    note = _noting_logons(audit, request)
    try:
        if body.login_token is not None:
            return await identities.redeem_login_link(body.login_token, old_session, note)
        if body.api_key is not None:
            return await _with_key(body.api_key, client, identities, old_session, note)
        return await identities.sign_in_with_password(body.email or "", body.password or "", old_session, note)
    except Unauthorized:
        edge.count_refusal(client)
        raise


def _noting_logons(audit: AuditLog, request: Request) -> NoteLogin:
    def note(caller: Caller) -> Note:
        actor = Actor(caller.workspace_id, caller, origin_of(request))
        return audit.noting(actor, LOGON, Reference("sessions", str(caller.session_id)))

    return note


async def _with_key(key: str, client: str, identities: Identities, old_session: str | None, note: NoteLogin) -> Login:
    caller = await identities.by_key(key)
    if caller is None or not caller.may_come_from(client):
        raise Unauthorized("This API key is not known, or was revoked.", status="invalid_api_key")
    # A session may do all that its member may, so a key that may less must not become one.
    require_everything(caller, "sign in to the dashboard")
    return await identities.sign_in(caller.workspace_id, caller.user_id, old_session, note, key_id=caller.key_id)


async def _welcome(
    login: Login, request: Request, response: Response, identities: Identities
) -> schema.SessionResponse:
    caller = await identities.by_session(login.token)
    assert caller is not None, "a session that was just made is known"
    secure = passage_of(request).secure
    set_session_cookie(response, login.token, lifetime_seconds=login.lifetime_seconds, secure=secure)
    return await _session(caller, identities, csrf_token(login.token))


async def _session(caller: Caller, identities: Identities, csrf: str | None) -> schema.SessionResponse:
    user = await identities.user(caller.workspace_id, caller.user_id)
    workspace = await identities.workspace(caller.workspace_id)
    return schema.SessionResponse.of(user, workspace, caller, csrf)


def _require_session(caller: Caller) -> str:
    if caller.session_id is None:
        raise Malformed("This is about a browser's session, and the request came with an API key.")
    return caller.session_id
