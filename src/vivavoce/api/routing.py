"""Routes: how they are declared, found and guarded.

A feature makes a `Router` and decorates its functions, as with FastAPI's own; ours differs in two ways.

Guarded   Before the body is read: the caller is identified and has what the route needs, and the body is of the type
          that the route reads (`media.py`) and fits its limit (`max_body_size=` of the decorator, else the server's).
          While it is read, a body without a length is cut at the limit. JSON is parsed once, strictly (no NaN, no lone
          surrogates, no NUL, no bottomless nesting).
Answered  Plain data is written by orjson.

A route is worked out when somebody first asks for what only that tells: its first request, or the OpenAPI document.
FastAPI reads a function's signature, builds a validator for each parameter and each answer, and compiles a pattern for
the path; for all routes together that was a fifth of a server's start, and most of them are not called in its first
minute. What finds a route, its path and methods, is there from the beginning.

Routers are flat: a router is handed to the server, not included in another one. How a request finds its route is
`switchboard.py`'s business.
"""

import json
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vivavoce.api.auth import Knows, Needs
from vivavoce.api.edge import edge_of
from vivavoce.api.idempotency import HEADER
from vivavoce.api.limits import is_too_deep
from vivavoce.api.media import check_media, media_of
from vivavoce.api.openapi import operation_id
from vivavoce.api.options import MIB
from vivavoce.api.passage import passage_of
from vivavoce.api.replies import OrjsonResponse
from vivavoce.api.shortcut import fill_in_directly
from vivavoce.api.straight import straight
from vivavoce.base.json import Json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_PATIENCE_BYTES = 64 * MIB
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONG_INTEGER = re.compile(rb"\d{19}")
_LONGEST_INTEGER = len(str(-(2**64)))


class GuardedRequest(Request):
    """A request whose body cannot grow over its limit and whose JSON is read strictly."""

    body_limit: int = 0

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces, cut at the limit."""
        taken = 0
        async for chunk in super().stream():
            taken += len(chunk)
            if taken > self.body_limit + _PATIENCE_BYTES:
                break
            if taken <= self.body_limit:
                yield chunk
        if taken > self.body_limit:
            # Not a Problem: FastAPI turns all but its own errors into "could not be parsed" while it reads a form.
            raise HTTPException(413, _over(self.body_limit), _hanging_up(taken - self.body_limit))

    async def json(self) -> Json:
        """The body as JSON."""
        if not hasattr(self, "_json"):
            self._json: Json = _strict_json(await self.body())
        return self._json


class _WorkedOutLater:
    """A route that keeps what FastAPI would work out, until somebody asks for what that tells."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path = path
        self.endpoint = endpoint
        self._options = options

    def __getattr__(self, name: str) -> Any:
        """What is not there yet; Python asks here only for that."""
        options = self.__dict__.pop("_options", None)
        if options is None:
            raise AttributeError(name)
        super().__init__(self.path, self.endpoint, **options)  # pyright: ignore[reportCallIssue]
        self.on_worked_out()
        return getattr(self, name)

    def on_worked_out(self) -> None:
        """What is ours to add."""


class SocketRoute(_WorkedOutLater, APIWebSocketRoute):
    """A route for WebSockets."""


class Route(_WorkedOutLater, APIRoute):
    """A route that looks at its caller and at the size of a body before it reads one."""

    guard: Needs | Knows | None
    body_limit_bytes: int | None

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # FastAPI would enforce this limit itself, with a plain-text answer.
        self.body_limit_bytes = options.pop("max_body_size", None)
        if isinstance(options.get("response_class"), DefaultPlaceholder):
            options["response_class"] = DefaultPlaceholder(OrjsonResponse)
        super().__init__(path, endpoint, **options)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.include_in_schema = options.get("include_in_schema", True)

    def on_worked_out(self) -> None:
        """Let plain reads go the short way."""
        self.app = straight(self, self.guard, self.app)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler behind our guard."""
        guard = self.guard = guard_in(self.dependant)
        fill_in_directly(self.dependant)
        handle = super().get_route_handler()
        media = media_of(self.body_field.field_info if self.body_field else None)

        async def guarded(request: Request) -> Response:
            if guard is not None:
                await guard(request)
            if request.scope["method"] in _BODILESS:
                return await handle(request)
            limited = _with_limit(request, self.body_limit_bytes)
            check_media(request.headers, media)
            return await _once(limited, handle) if HEADER in request.headers else await handle(limited)

        return guarded


class Router(APIRouter):
    """A feature's routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, redirect_slashes=False, generate_unique_id_function=operation_id, **options)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Add a route for WebSockets, for which FastAPI has no such switch as `route_class`."""
        self.routes.append(SocketRoute(self.prefix + path, endpoint, name=name, dependencies=dependencies))


async def _once(request: Request, handle: Handler) -> Response:
    """Carry out a request that carries a key, unless that was done already."""
    replays, caller = edge_of(request).replays, passage_of(request).caller
    if replays is None or caller is None:
        return await handle(request)
    return await replays.once(request, caller, lambda: handle(request))


def is_guarded(route: APIRoute | APIWebSocketRoute) -> bool:
    """Whether a route asks who is calling."""
    # Nearly always that is plain from the signature, and the route need not be worked out for it.
    if any(isinstance(found, Needs | Knows) for found in _dependencies_named_in(route.endpoint)):
        return True
    return (route.guard if isinstance(route, Route) else guard_in(route.dependant)) is not None


def _dependencies_named_in(signature: Any) -> Iterator[object]:
    """Those of a function or a dataclass, and of the dataclasses among them."""
    for annotation in signature.__annotations__.values():
        for mark in getattr(annotation, "__metadata__", ()):
            if isinstance(mark, Depends):
                yield mark.dependency
                if is_dataclass(mark.dependency):
                    yield from _dependencies_named_in(mark.dependency)


def guard_in(dependant: Dependant) -> Needs | Knows | None:
    """What a route asks of its caller, found in its dependencies; the strictest if there are several."""
    found = list(_guards_in(dependant))
    return next((guard for guard in found if isinstance(guard, Needs)), found[0] if found else None)


def _guards_in(dependant: Dependant) -> Iterator[Needs | Knows]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Needs | Knows):
            yield inner.call
        yield from _guards_in(inner)


def _with_limit(request: Request, limit: int | None) -> GuardedRequest:
    guarded = GuardedRequest(request.scope, request.receive)
    guarded.body_limit = edge_of(request).options.max_body_bytes if limit is None else limit
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > guarded.body_limit:
        raise HTTPException(413, _over(guarded.body_limit), _hanging_up(int(length)))
    return guarded


def _hanging_up(too_many_bytes: int) -> dict[str, str] | None:
    """Clients read no answer before they sent everything; what nobody would sit through is broken off instead."""
    return {"connection": "close"} if too_many_bytes > _PATIENCE_BYTES else None


def _over(limit: int) -> str:
    return f"The body is larger than the {limit} bytes that this route takes."


def _strict_json(text: bytes) -> Json:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise json.JSONDecodeError(error.msg, "", error.pos) from None
    if is_too_deep(text, value):
        raise json.JSONDecodeError("nested too deeply", "", 0)
    if b"\\u0000" in text and _has_nul(value):
        raise json.JSONDecodeError("a NUL character cannot be stored", "", text.index(b"\\u0000"))
    if _LONG_INTEGER.search(text):
        _refuse_inexact(text)
    return value


def _refuse_inexact(text: bytes) -> None:
    """Refuse integers that do not fit into 64 bit, which orjson reads as the nearest float."""

    def check(digits: str) -> int:
        if len(digits) > _LONGEST_INTEGER or not -(2**63) <= int(digits) < 2**64:
            place = text.index(digits.encode())
            raise json.JSONDecodeError("an integer beyond 64 bit would lose digits; send it as a string", "", place)
        return 0

    json.loads(text, parse_int=check)


def _has_nul(value: Json) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any("\0" in key or _has_nul(inner) for key, inner in value.items())  # pyright: ignore
        case list():
            return any(_has_nul(inner) for inner in value)  # pyright: ignore
        case _:
            return False
