"""What happened in the last days, in a few figures: calls and minutes by day, ends by reason, agents, times of answers.

The figures come from the columns of conversations; times of answers from the newest turns that were measured, at most
`MOST_TURNS` of them, so that looking costs the same however much was said.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Executable, bindparam, desc, func, select

from vivavoce.base.json import Body
from vivavoce.features.conversations.tables import CONVERSATIONS, TURNS
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.storage.database import Database

DAY_SECONDS = 86_400
MOST_TURNS = 400
MOST_GROUPS = 8

# What a caller waited for: in a spoken call until they heard something, in a chat until the first word was there.
_WAITED = {"voice": "convai_voice_to_voice", "chat": "convai_llm_service_ttfb"}

_columns = CONVERSATIONS.c
_wanted = (_columns.workspace_id == bindparam("workspace_id"), _columns.started_at >= bindparam("since"))
_day = _columns.started_at // (DAY_SECONDS * SECOND)
_many = func.count().label("count")
_seconds = func.sum(_columns.duration_seconds).label("seconds")

_DAYS = select(_day, _many, _seconds).where(*_wanted).group_by(_day).order_by(_day)
_AGENTS = (
    select(_columns.agent_id, _many, _seconds)
    .where(*_wanted)
    .group_by(_columns.agent_id)
    .order_by(desc("count"))
    .limit(MOST_GROUPS)
)
_ENDS = (
    select(_columns.termination_reason, _many)
    .where(*_wanted, _columns.ended_at.is_not(None))
    .group_by(_columns.termination_reason)
    .order_by(desc("count"))
    .limit(MOST_GROUPS)
)
_RUNNING = select(func.count()).where(_columns.workspace_id == bindparam("workspace_id"), _columns.ended_at.is_(None))
_MEASURED = (
    select(TURNS.c.body)
    .join(CONVERSATIONS, _columns.number == TURNS.c.number)
    .where(*_wanted, TURNS.c.body.contains('"conversation_turn_metrics"'))
    .order_by(_columns.started_at.desc())
    .limit(MOST_TURNS)
)


class Overviews:
    """The figures of workspaces."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, workspace_id: str, days: int) -> Body:
        """The figures of a workspace for so many days, today among them."""
        today = self._clock.now() // (DAY_SECONDS * SECOND)
        since = (today - days + 1) * DAY_SECONDS * SECOND
        asked = {"workspace_id": workspace_id, "since": since}
        [[running]] = await self._rows(_RUNNING, {"workspace_id": workspace_id})
        return {
            "running": running,
            "days": [
                {"day_unix": day * DAY_SECONDS, "calls": count, "seconds": int(seconds or 0)}
                for day, count, seconds in await self._rows(_DAYS, asked)
            ],
            "agents": [
                {"agent_id": agent_id, "calls": count, "seconds": int(seconds or 0)}
                for agent_id, count, seconds in await self._rows(_AGENTS, asked)
            ],
            "ends": [{"reason": reason, "calls": count} for reason, count in await self._rows(_ENDS, asked)],
            "waits": _waits(row[0] for row in await self._rows(_MEASURED, asked)),
        }

    async def _rows(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[Any]:
        async with self._database.read() as connection:
            return (await connection.execute(statement, parameters)).all()


def _waits(bodies: Iterable[str]) -> list[Body]:
    found: dict[str, list[float]] = {kind: [] for kind in _WAITED}
    for body in bodies:
        metrics: Body = orjson.loads(body)["conversation_turn_metrics"].get("metrics") or {}
        # A turn that was heard counts for the voice alone; its first word came on the way.
        kind = next((kind for kind, name in _WAITED.items() if name in metrics), None)
        if kind is not None:
            found[kind].append(float(metrics[_WAITED[kind]]["elapsed_time"]))
    return [{"kind": kind, **_spread(sorted(values))} for kind, values in found.items() if values]


def _spread(values: Sequence[float]) -> Body:
    """The middle value, and the one that only one in twenty exceeds."""

    def at(share: float) -> float:
        return values[min(len(values) - 1, int(len(values) * share))]

    return {"answers": len(values), "median_seconds": at(0.5), "p95_seconds": at(0.95)}
