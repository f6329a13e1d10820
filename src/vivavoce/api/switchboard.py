"""Finds the route of a request by its path's segments.

Starlette tries one pattern after the other, which for the last of four hundred routes costs more than the route's own
work. Here a path is walked through a tree of segments. A literal segment wins over a parameter, whatever was
registered first, as long as the rest of the path and the method lead somewhere; 405 names every method a path takes.
Whatever answers GET answers HEAD, with the same headers and no body.
A browser's preflight is answered for every path that has the method it asks about.

What is no plain template, like a mount or `{path:path}`, is tried in its order once the tree has nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from vivavoce.api.auth import is_from_browsers
from vivavoce.api.passage import passage_in
from vivavoce.base.errors import Invalid
from vivavoce.base.frozen import frozen

_WEBSOCKET = "WEBSOCKET"

PlainRoute = APIRoute | APIWebSocketRoute


@frozen
class Leaf:
    """A route at its place in the tree."""

    route: PlainRoute
    names: tuple[str, ...]
    from_browsers: bool


@dataclass(slots=True)
class _Node:
    literals: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])
    parameter: "_Node | None" = None
    leaves: dict[str, Leaf] = field(default_factory=dict[str, Leaf])


class RouteTree:
    """Routes by the segments of their paths."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, route: BaseRoute) -> bool:
        """Take a route in; False if its path is no plain template. The first of two equal ones stays."""
        if not isinstance(route, APIRoute | APIWebSocketRoute) or not _is_plain(route.path):
            return False
        node, names = self._root, list[str]()
        for segment in route.path.split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        leaf = Leaf(route, tuple(names), is_from_browsers(route.endpoint))
        for method in _methods_of(route):
            node.leaves.setdefault(method, leaf)
        return True

    def find(self, path: str, method: str) -> tuple[Leaf, list[str]] | None:
        """The route for a path and method, with the values of its parameters."""
        for node, values in _walk(self._root, path.split("/"), 0, []):
            if (leaf := node.leaves.get(method)) is not None:
                return leaf, values
        return None

    def leaves_at(self, path: str) -> dict[str, Leaf]:
        """Every method that a path takes, with its route."""
        found = dict[str, Leaf]()
        for node, _ in _walk(self._root, path.split("/"), 0, []):
            found = node.leaves | found
        return found


def _is_plain(path: str) -> bool:
    return all(
        "{" not in segment or (segment[0] == "{" and segment[-1] == "}" and ":" not in segment)
        for segment in path.split("/")
    )


def _methods_of(route: PlainRoute) -> set[str]:
    if not isinstance(route, APIRoute):
        return {_WEBSOCKET}
    methods = set(route.methods or ())
    return methods | {"HEAD"} if "GET" in methods else methods


def _walk(node: _Node, segments: list[str], depth: int, values: list[str]) -> Iterator[tuple[_Node, list[str]]]:
    """Every place that a path leads to, literals first."""
    if depth == len(segments):
        yield node, values
        return
    segment = segments[depth]
    literal = node.literals.get(segment)
    if literal is not None:
        yield from _walk(literal, segments, depth + 1, values)
    if node.parameter is not None and segment:
        yield from _walk(node.parameter, segments, depth + 1, [*values, segment])


class Switchboard(APIRouter):
    """The server's router."""

    def __init__(self, **options: object) -> None:
        super().__init__(redirect_slashes=False, **options)  # pyright: ignore[reportArgumentType]
        self._tree = RouteTree()
        self._others = list[BaseRoute]()

    def take(self, routes: Iterable[BaseRoute]) -> None:
        """Add the routes of a feature."""
        for route in routes:
            self.routes.append(route)
            if not self._tree.add(route):
                self._others.append(route)

    def leaves_at(self, path: str) -> dict[str, Leaf]:
        """Every method that a path takes, with its route."""
        return self._tree.leaves_at(path)

    def work_out_sockets(self) -> None:
        """Do now what the first call would wait for."""
        for route in self.routes:
            if isinstance(route, APIWebSocketRoute):
                _ = route.app

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead a request to its route."""
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
        scope["router"] = self
        path = path_of(scope)
        _refuse_nul(scope)
        method = _WEBSOCKET if scope["type"] == "websocket" else scope["method"]
        found = self._tree.find(path, method)
        if found is not None:
            await _enter(*found, scope, receive, send)
        elif not await self._try_others(scope, receive, send):
            await self._nowhere(path, scope, receive, send)

    async def _try_others(self, scope: Scope, receive: Receive, send: Send) -> bool:
        for route in self._others:
            match, child_scope = route.matches(scope)
            if match == Match.FULL:
                scope.update(child_scope)
                passage = passage_in(scope)
                passage.route = getattr(route, "path", "(other)")
                passage.from_browsers = is_from_browsers(child_scope["endpoint"])
                await route.handle(scope, receive, send)
                return True
        return False

    async def _nowhere(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        leaves = self._tree.leaves_at(path)
        methods = sorted(leaves.keys() - {_WEBSOCKET})
        if scope["type"] == "websocket" or not methods:
            raise HTTPException(404)
        if scope["method"] == "OPTIONS" and (leaf := leaves.get(_asked_method(scope))):
            await self._preflight(leaf, methods, scope, receive, send)
            return
        raise HTTPException(405, headers={"allow": ", ".join(methods)})

    async def _preflight(self, leaf: Leaf, methods: list[str], scope: Scope, receive: Receive, send: Send) -> None:
        """Tell a browser what it may send; whose pages may send it, the envelope adds."""
        passage = passage_in(scope)
        passage.route = leaf.route.path
        passage.from_browsers = leaf.from_browsers
        headers = {
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": Headers(scope=scope).get("access-control-request-headers", ""),
            "access-control-max-age": "600",
        }
        await Response(status_code=204, headers=headers)(scope, receive, send)


async def _enter(leaf: Leaf, values: list[str], scope: Scope, receive: Receive, send: Send) -> None:
    passage = passage_in(scope)
    passage.route = leaf.route.path
    passage.from_browsers = leaf.from_browsers
    scope["route"] = leaf.route
    scope["endpoint"] = leaf.route.endpoint
    scope["path_params"] = dict(zip(leaf.names, values, strict=True))
    await leaf.route.app(scope, receive, _without_body(send) if scope.get("method") == "HEAD" else send)


def _without_body(send: Send) -> Send:
    """What a GET would be answered, as far as its headers."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def _asked_method(scope: Scope) -> str:
    """The method that a preflight asks about."""
    return Headers(scope=scope).get("access-control-request-method", "")


def path_of(scope: Scope) -> str:
    """The path below the prefix that the server is mounted under."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root) else path


def _refuse_nul(scope: Scope) -> None:
    """No id or word contains a NUL, and PostgreSQL cannot be asked for one."""
    if "\0" in scope["path"]:
        raise HTTPException(404)
    if b"%00" in scope["query_string"]:
        sent = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        name = next((name for name, value in sent if "\0" in name + value), "")
        raise Invalid(("query", name.replace("\0", "")), "A NUL character is not allowed here.", type="string_invalid")
