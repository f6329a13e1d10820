"""Puts the server together: features' routers, services, identity, options, health. Assembly and nothing else.

The layers, from the outside: the envelope (request id, safety headers, the last line against errors), FastAPI's error
handling (shapes in `errors.py`), the switchboard, the route's guard (`routing.py`), the route.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from vivavoce.api import dashboard_routes, reference_routes, start_routes, widget_routes
from vivavoce.api.auth import why_public
from vivavoce.api.edge import Edge
from vivavoce.api.envelope import Envelope
from vivavoce.api.errors import install_error_handlers
from vivavoce.api.health import Health
from vivavoce.api.idempotency import Replays
from vivavoce.api.metrics import Metrics
from vivavoce.api.operations import operations_router
from vivavoce.api.options import ServerOptions
from vivavoce.api.routing import Route, is_guarded
from vivavoce.api.switchboard import Switchboard
from vivavoce.ports.clock import Clock, SystemClock
from vivavoce.ports.identity import Identity

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Server(FastAPI):
    """FastAPI with our switchboard for a router."""

    def __init__(self, options: ServerOptions, metrics: Metrics, lifespan: Lifespan | None) -> None:
        super().__init__(
            title="Vivavoce",
            version=options.version,
            openapi_url=None,
            # FastAPI's own spans would carry raw paths and queries, and those carry customers' ids and signatures.
            telemetry={"tracing": False, "metrics": False, "logs": False},
            lifespan=lifespan,
            middleware=[Middleware(Envelope, options=options, metrics=metrics)],
        )
        self.switchboard = Switchboard(lifespan=lifespan)
        self.router = self.switchboard


def create_server(
    *,
    routers: Iterable[APIRouter],
    services: Mapping[type, object],
    identity: Identity,
    options: ServerOptions,
    health: Health,
    clock: Clock | None = None,
    metrics: Metrics | None = None,
    replays: Replays | None = None,
    lifespan: Lifespan | None = None,
) -> Server:
    """The whole HTTP server as one ASGI application."""
    metrics = metrics or Metrics()
    server = Server(options, metrics, lifespan)
    server.state.edge = Edge(identity, options, clock or SystemClock(), replays)
    server.state.services = dict(services)
    install_error_handlers(server)
    server.add_exception_handler(HTTPStatus.NOT_FOUND, dashboard_routes.answer_nowhere)
    pages = (reference_routes, start_routes, dashboard_routes, widget_routes)
    own = (operations_router(health, metrics, options.version), *(each.router for each in pages))
    for router in (*own, *routers):
        _refuse_unguarded(router.routes)
        server.switchboard.take(router.routes)
    return server


def _refuse_unguarded(routes: Iterable[BaseRoute]) -> None:
    """A route that forgot to say who may come in must not go live."""
    for route in routes:
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            continue
        if why_public(route.endpoint) is None and not is_guarded(route):
            raise TypeError(f"{_name(route)} says neither what it needs of a caller nor why it is public.")
        if isinstance(route, APIRoute) and not isinstance(route, Route):
            raise TypeError(f"{_name(route)} is declared on a plain APIRouter; use vivavoce.api.routing.Router.")


def _name(route: APIRoute | APIWebSocketRoute) -> str:
    return f"{route.path} ({route.endpoint.__module__}.{route.endpoint.__qualname__})"
