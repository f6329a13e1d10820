"""Straight routes: reading one thing by its id, without the ceremony.

FastAPI looks at every parameter of every dependency on every request, which on a plain read costs as much as the read.
Most of it can be known beforehand: a request without a query string leaves every query parameter at its default, and a
path parameter that is plain text needs no check. For a route where nothing else is asked for, `straight` works out
once what each function is called with; such a request then goes straight to its guard, its dependencies and its
endpoint. Anything else takes FastAPI's way, and both ways answer the same.

A route qualifies if it takes no body, header or cookie, if its path parameters are plain text, if its query parameters
have plain defaults, if it and its dependencies are coroutine functions, and if it declares that it answers with a
`Response` (so that there is no model to apply).
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vivavoce.base.frozen import frozen

T = TypeVar("T")

_BODILESS = frozenset({"GET", "HEAD"})
_PLAIN = (type(None), bool, int, float, str)
_FOREIGN = (
    "header_params",
    "cookie_params",
    "body_params",
    "websocket_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "own_oauth_scopes",
    "parent_oauth_scopes",
    "concurrency",
)


@frozen
class _Call:
    """A function, and what it is called with on a request without a query string."""

    function: Callable[..., Awaitable[Any]]
    defaults: Mapping[str, Any]
    from_path: tuple[tuple[str, str], ...]
    connections: tuple[str, ...]
    inner: tuple[tuple[str | None, "_Call"], ...]

    async def __call__(self, request: Request) -> Any:
        values = {**self.defaults}
        for name, inner in self.inner:
            found = await inner(request)
            if name is not None:
                values[name] = found
        for name, place in self.from_path:
            values[name] = request.scope["path_params"][place]
        for name in self.connections:
            values[name] = request
        return await self.function(**values)


def straight(route: APIRoute, guard: Callable[[Request], Awaitable[Any]] | None, usual: ASGIApp) -> ASGIApp:
    """The route as an ASGI application that takes the short way where it can."""
    call = _call_of(route.dependant) if _is_plain_reading(route) else None
    if call is None:
        return usual

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"] or scope["app"].dependency_overrides:
            await usual(scope, receive, send)
            return
        request = Request(scope, receive, send)
        if guard is not None:
            await guard(request)
        response: Response = await call(request)
        await response(scope, receive, send)

    return app


def _is_plain_reading(route: APIRoute) -> bool:
    answer = get_type_hints(route.endpoint).get("return")
    answers_itself = isinstance(answer, type) and issubclass(answer, Response)
    return answers_itself and route.body_field is None and _BODILESS.issuperset(route.methods or ())


def _call_of(dependant: Dependant) -> _Call | None:
    """How a function is called, or None if that depends on more than the path."""
    function = dependant.call
    if function is None or not _is_coroutine(function) or any(getattr(dependant, name) for name in _FOREIGN):
        return None
    if any(field.field_info.annotation is not str or field.field_info.metadata for field in dependant.path_params):
        return None
    if any(field.field_info.is_required() or not _is_plain_default(field) for field in dependant.query_params):
        return None
    inner = [(dependency.name, _call_of(dependency)) for dependency in dependant.dependencies]
    known = tuple((name, call) for name, call in inner if call is not None)
    if len(known) < len(inner):
        return None
    return _Call(
        function,
        {field.name: field.get_default() for field in dependant.query_params},
        tuple((field.name, field.alias) for field in dependant.path_params),
        tuple(name for name in (dependant.http_connection_param_name, dependant.request_param_name) if name),
        known,
    )


def _is_plain_default(field: Any) -> bool:
    # Anything else would have to be made anew each time, or comes out of a validator.
    return isinstance(field.get_default(), _PLAIN)


def _is_coroutine(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
