"""Whether another call fits: arithmetic over how busy the process is, and how long its calls have been here. Pure.

    expected = busy now + what those who are here have not shown of their cost yet + one more call

What a call costs shows only some time after it came in. Busyness is an average over the last second or so, which knows
nothing of who has just come; and a young call is cheaper than it will be, because at first it is only greeted: nobody
has to think, and what is said was known. How much that is for all of them is worked out from what the others cost.

Who comes together stays in step: they are all greeted, then they all ask, then all are answered, and what was room on
average is none at that moment. So once half of the room is taken no rush comes in, though callers one after the other
do: `RUSH_CALLS` in `RUSH_SECONDS`.

While callers are turned away, a reserve is kept: the process would fill every lull to the brim otherwise, and then a
machine that gets slower for a moment spoils all calls at once.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

from vivavoce.live.lag import AVERAGE_SECONDS

CALL_COST = 0.01  # of one core, until there are calls to measure, and at most
LEAST_CALL_COST = 0.003  # chats cost next to nothing, but the next ones may be voices
CALLS_TO_MEASURE = 10
GREETED_SAVES = 0.3  # of what a call costs later
GREETED_SECONDS = 4.0
RUSH_CALLS = 25
RUSH_SECONDS = 2.0
ROOM_FOR_A_RUSH = 0.5  # of all room
RESERVE = 0.12  # of a core
RESERVE_SECONDS = 5.0  # after somebody was turned away: by then who was told so has called again


@dataclass(slots=True)
class Admission:
    """What one process takes."""

    busiest: float
    """The share of a core that calls may take before no more come in."""
    usual_cost: float = CALL_COST
    """Of a call that has been here for a while, as a share of a core."""
    turned_away_at: float = -math.inf
    """When a caller last was."""

    def has_room(self, now: float, busy: float, ages_seconds: Collection[float]) -> bool:
        """Whether one more call may come, to those who came so long ago."""
        expected = self.expected_busy(busy, ages_seconds)
        reserve = RESERVE if now < self.turned_away_at + RESERVE_SECONDS else 0.0
        if expected > self.busiest - reserve:
            return False
        newcomers = sum(age < RUSH_SECONDS for age in ages_seconds)
        return newcomers < RUSH_CALLS or expected <= ROOM_FOR_A_RUSH * self.busiest

    def expected_busy(self, busy: float, ages_seconds: Collection[float]) -> float:
        """How busy this process will be once all who are here cost what they will, with one more."""
        unshown = sum(map(_unshown, ages_seconds))
        shown = len(ages_seconds) - unshown
        if shown >= CALLS_TO_MEASURE:
            # A process that is busy with other things does not make its calls dearer than they are.
            self.usual_cost = min(max(busy / shown, LEAST_CALL_COST), CALL_COST)
        return busy + (unshown + 1) * self.usual_cost


def _unshown(age_seconds: float) -> float:
    """The part of a call's usual cost that busyness does not show yet."""
    averaged = 1 - math.exp(-age_seconds / AVERAGE_SECONDS)
    grown = 1 - GREETED_SAVES * math.exp(-age_seconds / GREETED_SECONDS)
    return 1 - averaged * grown
