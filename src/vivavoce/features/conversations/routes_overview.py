"""The route of a workspace's figures. Ours: it is what the dashboard's first page shows."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.responses import Response

from vivavoce.api.auth import ConvaiReader
from vivavoce.api.replies import json_reply
from vivavoce.api.routing import Router
from vivavoce.api.schema import Integer, Number, Wire
from vivavoce.api.sent import shown
from vivavoce.api.services import provided
from vivavoce.features.conversations.overview import Overviews

router = Router(tags=["Conversations"])

OverviewsIn = Annotated[Overviews, Depends(provided(Overviews))]
Days = Annotated[int, Query(ge=1, le=90, description="How many days back, today among them; in UTC.")]


class DayRead(Wire):
    day_unix: Integer
    calls: Integer
    seconds: Integer


class AgentShare(Wire):
    agent_id: str
    calls: Integer
    seconds: Integer


class EndShare(Wire):
    reason: str
    calls: Integer


class WaitRead(Wire):
    kind: Literal["voice", "chat"]
    answers: Integer
    median_seconds: Number
    p95_seconds: Number


class OverviewRead(Wire):
    running: Integer
    days: list[DayRead]
    agents: list[AgentShare]
    ends: list[EndShare]
    waits: list[WaitRead]


@router.get("/v1/vivavoce/overview", response_model=shown(OverviewRead))
async def get_overview(caller: ConvaiReader, overviews: OverviewsIn, days: Days = 7) -> Response:
    """Calls that run, and the last days in figures: calls, minutes, agents, ends, how long callers waited."""
    return json_reply(await overviews.of(caller.workspace_id, days))
