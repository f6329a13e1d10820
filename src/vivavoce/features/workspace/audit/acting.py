"""How a route learns who acts, for the audit log: `actor: Acting`.

It says who, not what they may: a route that has an actor has a caller too, whose type says what the route needs.
"""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from vivavoce.api.passage import passage_of
from vivavoce.features.workspace.audit.service import Actor, Origin

_LONGEST_USER_AGENT = 200


def origin_of(connection: HTTPConnection) -> Origin:
    """Where a request came from: its address as the trusted proxies tell it, and the path without its query."""
    agent = connection.headers.get("user-agent")
    return Origin(
        address=passage_of(connection).client,
        method=connection.scope["method"],
        path=connection.scope["path"],
        user_agent=None if agent is None else agent[:_LONGEST_USER_AGENT],
    )


async def acting(connection: HTTPConnection) -> Actor:
    """Who acts in this request; the route's guard has identified them before."""
    caller = passage_of(connection).caller
    assert caller is not None, "a route with an actor needs a caller"
    return Actor(caller.workspace_id, caller, origin_of(connection))


Acting = Annotated[Actor, Depends(acting)]
