"""What happened in the last days, in a few figures: calls and minutes by day, ends by reason, agents, times of answers.

The figures of conversations that are over are read from an index that has all of them in the order in which they are
summed up (`ix_conversations_days`), so no row is visited and nothing is sorted. Of those that run there are few. Times
of answers come from the newest turns that were measured, at most `MOST_TURNS` of them, so that looking costs the same
however much was said.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from sqlalchemy import BigInteger, Executable, bindparam, func, literal_column, select

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.conversations.tables import CONVERSATIONS, STARTED_DAY, TURNS
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.storage.database import Database

K = TypeVar("K", bound=Hashable)

DAY_SECONDS = 86_400
MOST_TURNS = 400
MOST_GROUPS = 8

# What a caller waited for: in a spoken call until they heard something, in a chat until the first word was there.
_WAITED = {"voice": "convai_voice_to_voice", "chat": "convai_llm_service_ttfb"}

_columns = CONVERSATIONS.c
# To the letter as the index has it, or no database uses the index.
_day = literal_column(STARTED_DAY, BigInteger)
_figures = (func.count(), func.sum(_columns.duration_seconds))
# One walk over the days instead of one for each question: there are far fewer groups than conversations.
OVER = (
    select(_day, _columns.agent_id, _columns.termination_reason, *_figures)
    .where(
        _columns.workspace_id == bindparam("workspace_id"),
        _day >= bindparam("first_day"),
        _columns.ended_at.is_not(None),
    )
    .group_by(_day, _columns.agent_id, _columns.termination_reason)
)
# Few run at a time, and an index has those. Written so that no database walks through all of a workspace's instead.
_RUNNING = (
    select(_day, _columns.agent_id, *_figures)
    .where(_columns.workspace_id.concat("") == bindparam("workspace_id"), _columns.ended_at.is_(None))
    .group_by(_day, _columns.agent_id)
)
_MEASURED = (
    select(TURNS.c.body)
    .join(CONVERSATIONS, _columns.number == TURNS.c.number)
    .where(
        _columns.workspace_id == bindparam("workspace_id"),
        _columns.started_at >= bindparam("since"),
        TURNS.c.body.contains('"conversation_turn_metrics"'),
    )
    .order_by(_columns.started_at.desc())
    .limit(MOST_TURNS)
)


@frozen
class _Group:
    """Conversations of one day, of one agent, that ended in the same way; None where they still run."""

    day: int
    agent_id: str
    reason: str | None
    calls: int
    seconds: int


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    seconds: int = 0


def _summed(groups: Iterable[_Group], by: Callable[[_Group], K]) -> dict[K, _Sum]:
    found: dict[K, _Sum] = {}
    for group in groups:
        total = found.setdefault(by(group), _Sum())
        total.calls += group.calls
        total.seconds += int(group.seconds or 0)
    return found


def _most(found: Mapping[str, _Sum]) -> Sequence[tuple[str, _Sum]]:
    """Those with the most calls; of as many calls, in the order of their names."""
    return sorted(found.items(), key=lambda each: (-each[1].calls, each[0]))[:MOST_GROUPS]


class Overviews:
    """The figures of workspaces."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, workspace_id: str, days: int) -> Body:
        """The figures of a workspace for so many days, today among them."""
        first_day = self._clock.now() // (DAY_SECONDS * SECOND) - days + 1
        asked = {"workspace_id": workspace_id, "first_day": first_day}
        over = [_Group(*row) for row in await self._rows(OVER, asked)]
        running = [
            _Group(day, agent_id, None, calls, seconds)
            for day, agent_id, calls, seconds in await self._rows(_RUNNING, {"workspace_id": workspace_id})
        ]
        found = [*over, *(group for group in running if group.day >= first_day)]
        by_day, agents = _summed(found, lambda group: group.day), _summed(found, lambda group: group.agent_id)
        ends = _summed(over, lambda group: group.reason or "")
        measured = {"workspace_id": workspace_id, "since": first_day * DAY_SECONDS * SECOND}
        return {
            "running": sum(group.calls for group in running),
            "days": [
                {"day_unix": day * DAY_SECONDS, "calls": total.calls, "seconds": total.seconds}
                for day, total in sorted(by_day.items())
            ],
            "agents": [
                {"agent_id": agent_id, "calls": total.calls, "seconds": total.seconds}
                for agent_id, total in _most(agents)
            ],
            "ends": [{"reason": reason, "calls": total.calls} for reason, total in _most(ends)],
            "waits": _waits(row[0] for row in await self._rows(_MEASURED, measured)),
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
