"""The limits of the installation over HTTP. Ours."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import WorkspaceReader
from vivavoce.api.routing import Router
from vivavoce.api.schema import Number, Wire
from vivavoce.api.services import provided
from vivavoce.features.workspace.limits.service import Limits

router = Router(tags=["workspace"])

LimitsIn = Annotated[Limits, Depends(provided(Limits))]


class LimitRead(Wire):
    """A limit, by the name of the setting that it is changed with."""

    setting: str
    value: Number
    meaning: str


class LimitsRead(Wire):
    """The limits of the installation."""

    limits: list[LimitRead]


@router.get("/v1/vivavoce/limits")
async def get_limits(_: WorkspaceReader, limits: LimitsIn) -> LimitsRead:
    """The limits of the installation: what each is, what it means, and the setting that changes it."""
    return LimitsRead(limits=[LimitRead(**asdict(each)) for each in limits.limits])
