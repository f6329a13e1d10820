"""What the edge knows about one request while it passes through: one typed object instead of loose state.

The envelope makes it, each later step adds what it finds out, and the log line and the metrics at the end read it.
Handlers rarely need it; dependencies and error handlers do.
"""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from vivavoce.ports.identity import Caller

_KEY = "vivavoce.passage"
UNROUTED = "(no such path)"


@dataclass(slots=True)
class Passage:
    """One request on its way. `route` is the path's template: the only form of it that metrics may carry."""

    request_id: str
    client: str = "unknown"
    secure: bool = False
    host: str = ""
    route: str = UNROUTED
    from_browsers: bool = False
    caller: Caller | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


def open_passage(scope: Scope, passage: Passage) -> None:
    """Attach it to the request."""
    scope[_KEY] = passage


def passage_in(scope: Scope) -> Passage:
    """The passage of this request."""
    return cast(Passage, scope[_KEY])


def passage_of(connection: HTTPConnection) -> Passage:
    """The passage of this request or WebSocket."""
    return passage_in(connection.scope)
