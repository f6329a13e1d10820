"""What nearly every route asks for, its caller and its services, is handed to it directly.

FastAPI works out each dependency anew on every request, which costs about 20 µs apiece, more than most of what stands
behind them: a caller is known by the time the guard is through, and a service is looked up in a dictionary. So these
two are taken out of a route's dependencies once, when it is declared, and filled in by a wrapper around its endpoint.
Everything else, and every dependency of a dependency, stays FastAPI's.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from vivavoce.api.auth import Knows, Needs
from vivavoce.api.services import Provided

_CONNECTION = "vivavoce_connection"

Endpoint = Callable[..., Awaitable[Any]]
Direct = Needs | Knows | Provided


def fill_in_directly(dependant: Dependant) -> None:
    """Take callers and services out of a route's dependencies, and have them filled in around its endpoint."""
    endpoint = dependant.call
    direct = [(inner.name, inner.call) for inner in dependant.dependencies if isinstance(inner.call, Direct)]
    if not direct or endpoint is None or not inspect.iscoroutinefunction(endpoint):
        return
    dependant.dependencies = [inner for inner in dependant.dependencies if not isinstance(inner.call, Direct)]
    asked_for = dependant.http_connection_param_name
    dependant.http_connection_param_name = asked_for or _CONNECTION
    dependant.call = _filled_in(endpoint, direct, asked_for)


def _filled_in(endpoint: Endpoint, direct: list[tuple[str | None, Direct]], asked_for: str | None) -> Endpoint:
    async def fill_in(**values: Any) -> Any:
        connection: HTTPConnection = values[asked_for] if asked_for else values.pop(_CONNECTION)
        for name, find in direct:
            found = await find(connection)
            if name is not None:
                values[name] = found
        return await endpoint(**values)

    return fill_in
