"""Who may come in: what a route needs, and how a caller is found.

A route says what it needs by the type of one parameter, and every route says something:

    async def get_agent(agent_id: str, caller: ConvaiReader, ...)      a key or session with that scope
    async def get_token(agent_id: str, caller: Visitor, ...)           somebody we know, or None
    @public("The widget reads its settings in a visitor's browser.")   nobody in particular

`server.py` refuses to start with a route that says nothing. The check runs before the body is read, so that a
stranger cannot make us parse anything (`routing.py` asks the same object that FastAPI injects).

Credentials, in this order: the `xi-api-key` header, `Authorization: Bearer`, the dashboard's session cookie. A key
that is sent and wrong is refused even where none is needed; a stale cookie, which nobody chose to send, is no
credential at all.

Cookies travel by themselves, so a request that rests on one also proves that our own page sent it: an unsafe method
carries `X-CSRF-Token`, which is derived from the session and which no other site can read, and an `Origin`, where the
browser names one, is ours. A WebSocket cannot carry headers of its own, there the `Origin` decides alone. Why not more
or less: docs/decisions.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from vivavoce.api.edge import Edge, edge_of
from vivavoce.api.passage import Passage, passage_of
from vivavoce.base.errors import Forbidden, Unauthorized
from vivavoce.base.frozen import frozen
from vivavoce.ports.identity import Area, Caller, Role

SESSION_COOKIE = "vivavoce_session"
CSRF_HEADER = "x-csrf-token"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_CREDENTIAL = 512

F = TypeVar("F", bound=Callable[..., Any])


@frozen
class Needs:
    """What a route needs of its caller. Also the dependency itself: calling it gives the caller or refuses."""

    area: Area | None
    write: bool = False
    role: Role | None = None

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """The caller, who may do this."""
        caller = await identify(connection)
        if caller is None:
            raise Unauthorized(
                "Send your API key in the header `xi-api-key` or as `Authorization: Bearer <key>`. "
                "In the dashboard: sign in again.",
                status="needs_authorization",
            )
        self.check(caller)
        return caller

    def check(self, caller: Caller) -> None:
        """Refuse a caller who lacks the scope or the role."""
        if self.area is not None and not caller.may(self.area, write=self.write):
            scope = f"{self.area}_{'write' if self.write else 'read'}"
            raise Forbidden(
                f"This needs the scope `{scope}` and a role that allows it. A workspace admin can give out such a key.",
                status="missing_permissions",
            )
        if self.role == "admin" and caller.role != "admin":
            raise Forbidden("Only a workspace admin may do this.", status="missing_permissions")


@frozen
class Knows:
    """The dependency of a route that serves strangers too: the caller, or None if no credential came along."""

    async def __call__(self, connection: HTTPConnection) -> Caller | None:
        """The caller, if there is one."""
        return await identify(connection)


def needs(area: Area | None, *, write: bool = False, role: Role | None = None) -> Needs:
    """The dependency for a route that needs a scope, and perhaps a role."""
    return Needs(area, write, role)


def public(why: str) -> Callable[[F], F]:
    """Mark an endpoint as open to everybody, and say why."""

    def mark(endpoint: F) -> F:
        endpoint.__dict__["vivavoce_public"] = why
        return endpoint

    return mark


def from_browsers(endpoint: F) -> F:
    """Mark an endpoint that web pages of any origin may call, without credentials."""
    endpoint.__dict__["vivavoce_from_browsers"] = True
    return endpoint


def why_public(endpoint: Callable[..., Any]) -> str | None:
    """Why an endpoint is open to everybody, if it is."""
    return endpoint.__dict__.get("vivavoce_public")


def is_from_browsers(endpoint: Callable[..., Any]) -> bool:
    """Whether web pages of any origin may call an endpoint."""
    return endpoint.__dict__.get("vivavoce_from_browsers", False)


AnyCaller = Annotated[Caller, Depends(needs(None))]
Visitor = Annotated[Caller | None, Depends(Knows())]
ConvaiReader = Annotated[Caller, Depends(needs("convai"))]
ConvaiWriter = Annotated[Caller, Depends(needs("convai", write=True))]
WorkspaceReader = Annotated[Caller, Depends(needs("workspace"))]
WorkspaceWriter = Annotated[Caller, Depends(needs("workspace", write=True))]
WorkspaceAdmin = Annotated[Caller, Depends(needs("workspace", write=True, role="admin"))]
UserReader = Annotated[Caller, Depends(needs("user"))]
UserWriter = Annotated[Caller, Depends(needs("user", write=True))]
VoicesReader = Annotated[Caller, Depends(needs("voices"))]
VoicesWriter = Annotated[Caller, Depends(needs("voices", write=True))]
ModelsReader = Annotated[Caller, Depends(needs("models"))]
ModelsWriter = Annotated[Caller, Depends(needs("models", write=True))]
SpeechReader = Annotated[Caller, Depends(needs("speech"))]
SpeechWriter = Annotated[Caller, Depends(needs("speech", write=True))]


async def identify(connection: HTTPConnection) -> Caller | None:
    """The caller behind a request's credential, found once per request; None if it brought no credential."""
    passage = passage_of(connection)
    if passage.caller is None:
        passage.caller = await _caller_of(connection, edge_of(connection), passage)
        if passage.caller is not None:
            edge_of(connection).admit(passage.caller)
    return passage.caller


async def identify_by(connection: HTTPConnection, key: str, needed: Needs) -> Caller:
    """The caller behind a key that came in a socket's first message, who may do what is needed."""
    passage = passage_of(connection)
    passage.caller = await _by_key(key, edge_of(connection), passage)
    edge_of(connection).admit(passage.caller)
    needed.check(passage.caller)
    return passage.caller


def admit(connection: HTTPConnection, caller: Caller, needed: Needs) -> Caller:
    """Somebody whom a ticket let in, who may do what is needed."""
    needed.check(caller)
    passage_of(connection).caller = caller
    edge_of(connection).admit(caller)
    return caller


async def _caller_of(connection: HTTPConnection, edge: Edge, passage: Passage) -> Caller | None:
    key = _key_in(connection)
    if key is not None:
        return await _by_key(key, edge, passage)
    token = connection.cookies.get(SESSION_COOKIE) if "cookie" in connection.headers else None
    return None if token is None else await _by_session(token, connection, edge, passage)


def _key_in(connection: HTTPConnection) -> str | None:
    headers = connection.headers
    key = headers.get("xi-api-key")
    if key is not None:
        return key
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else None


async def _by_key(key: str, edge: Edge, passage: Passage) -> Caller:
    edge.check_refusals(passage.client, key)
    caller = await edge.identity.by_key(key) if 0 < len(key) <= _LONGEST_CREDENTIAL else None
    if caller is None:
        edge.count_refusal(passage.client)
        raise Unauthorized(
            "This API key is not known, or was revoked. Check it, or make a new one.", status="invalid_api_key"
        )
    edge.remember_key(passage.client, key)
    _check_address(caller, passage)
    return caller


async def _by_session(token: str, connection: HTTPConnection, edge: Edge, passage: Passage) -> Caller | None:
    caller = await edge.identity.by_session(token) if 0 < len(token) <= _LONGEST_CREDENTIAL else None
    if caller is not None:
        _check_own_page(token, connection, edge, passage)
        _check_address(caller, passage)
    return caller


def _check_address(caller: Caller, passage: Passage) -> None:
    """A session that was opened with a key comes from where the key may come from."""
    if not caller.may_come_from(passage.client):
        raise Forbidden("This API key is not allowed from your address.", status="address_not_allowed")


def _check_own_page(token: str, connection: HTTPConnection, edge: Edge, passage: Passage) -> None:
    """A request that rests on a cookie was sent by a page of ours."""
    websocket = connection.scope["type"] == "websocket"
    unsafe = websocket or connection.scope["method"] not in _SAFE_METHODS
    if unsafe and (passage.origin is not None or websocket) and not _is_ours(passage.origin or "", edge, passage):
        raise Forbidden("A page of another site may not act with this session.", status="foreign_origin")
    if unsafe and not websocket:
        sent = connection.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
            raise Forbidden(
                f"Send the session's CSRF token in the header `{CSRF_HEADER}`.", status="csrf_token_missing"
            )


def _is_ours(origin: str, edge: Edge, passage: Passage) -> bool:
    scheme, _, host = origin.partition("://")
    return (scheme in ("http", "https") and host != "" and host == passage.host) or origin == edge.public_origin


def csrf_token(session_token: str) -> str:
    """The CSRF token of a session: bound to it, useless for finding it."""
    digest = hashlib.sha256(b"vivavoce csrf\0" + session_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def set_session_cookie(response: Response, token: str, *, lifetime_seconds: int, secure: bool) -> None:
    """Sign a browser in."""
    response.set_cookie(
        SESSION_COOKIE, token, max_age=lifetime_seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def clear_session_cookie(response: Response, *, secure: bool) -> None:
    """Sign a browser out."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
