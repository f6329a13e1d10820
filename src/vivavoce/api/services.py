"""How a route gets the service it works with: by type, from what the composition root put in.

AgentsIn = Annotated[Agents, Depends(provided(Agents))]

@router.get("/v1/convai/agents/{agent_id}")
async def get_agent(agent_id: str, caller: ConvaiReader, agents: AgentsIn) -> ...
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from starlette.requests import HTTPConnection

T = TypeVar("T")


def provided(kind: type[T]) -> Callable[[HTTPConnection], Awaitable[T]]:
    """A dependency that hands out the one service of this type."""

    # A coroutine although nothing waits: FastAPI runs plain functions in a thread, which costs more than most routes.
    async def find(connection: HTTPConnection) -> T:
        return cast(T, connection.app.state.services[kind])

    return find
