"""What the edge knows about one request while it passes through: one typed object instead of loose state.

The envelope makes it, each later step adds what it finds out, and the log line and the metrics at the end read it.
Handlers rarely need it; dependencies and error handlers do.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection
from starlette.types import Scope

from vivavoce.ports.identity import Caller

_KEY = "vivavoce.passage"
UNROUTED = "(no such path)"


@dataclass(slots=True)
class Passage:
    """One request on its way.

    client          the address it came from, behind trusted proxies the one they name
    secure          whether it came by TLS, to us or to a trusted proxy
    host            the host and port that the client asked for
    route           the path's template: the only form of it that metrics and logs may carry
    from_browsers   whether pages of any origin may read the answer
    status          what was answered; 0 before
    """

    request_id: str
    client: str = "unknown"
    secure: bool = False
    host: str = ""
    origin: str | None = None
    route: str = UNROUTED
    from_browsers: bool = False
    caller: Caller | None = None
    status: int = 0


# What this task works on; the log reads it. A server runs each request in a task of its own, so nobody resets it.
_current: ContextVar[Passage | None] = ContextVar("vivavoce.passage", default=None)


def open_passage(scope: Scope, passage: Passage) -> None:
    """Attach it to the request, and to all that is done for it."""
    scope[_KEY] = passage
    _current.set(passage)


def current_passage() -> Passage | None:
    """The passage of the request that this code runs for, if it runs for one."""
    return _current.get()


def passage_in(scope: Scope) -> Passage:
    """The passage of this request."""
    return cast(Passage, scope[_KEY])


def passage_of(connection: HTTPConnection) -> Passage:
    """The passage of this request or WebSocket."""
    return passage_in(connection.scope)
