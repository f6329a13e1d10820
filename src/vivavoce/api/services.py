"""How a route gets the service it works with: by type, from what the composition root put in.

AgentsIn = Annotated[Agents, Depends(provided(Agents))]

@router.get("/v1/convai/agents/{agent_id}")
async def get_agent(agent_id: str, caller: ConvaiReader, agents: AgentsIn) -> ...
"""

from typing import cast

from starlette.requests import HTTPConnection

from vivavoce.base.frozen import frozen


@frozen
class Provided:
    """The dependency that hands out the one service of a type."""

    kind: type

    # A coroutine although nothing waits: FastAPI runs plain functions in a thread, which costs more than most routes.
    async def __call__(self, connection: HTTPConnection) -> object:
        """The service."""
        return cast(object, connection.app.state.services[self.kind])


def provided(kind: type) -> Provided:
    """A dependency that hands out the one service of this type."""
    return Provided(kind)
