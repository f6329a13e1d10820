"""The clocks of a call: silence, and the longest it may last.

| clock                      | counts from                                    | runs while                             |
|----------------------------|------------------------------------------------|----------------------------------------|
| `turn_timeout`             | the agent has finished, or the user was active | the agent listens, the caller is quiet |
| `initial_wait_time`        | the line opened                                | the same, before anybody has spoken    |
| `silence_end_call_timeout` | the caller last spoke                          | the same                               |
| `max_duration_seconds`     | the line opened                                | always                                 |
| draining                   | the process began to stop                      | always                                 |

`skip_turn` stops the silence clocks until the caller speaks. When the agent has talked for longer than the caller may
be silent, the caller still gets a moment to answer. In a text chat nobody is pressed: there the agent does not speak
up by itself.
"""

from __future__ import annotations

from vivavoce.engine.plan import Plan

MOMENT_TO_ANSWER_SECONDS = 2.0


class Silence:
    """Since when nothing was said."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._connected_at = 0.0
        self._spoke_at = 0.0
        """When the caller last spoke."""
        self._quiet_since = 0.0
        """When the agent had finished, or the caller was last active."""
        self._anybody_spoke = False
        self._skipping = False
        self._drained_at: float | None = None

    def connected(self, now: float) -> None:
        """The line is open."""
        self._connected_at = self._spoke_at = self._quiet_since = now

    def caller_spoke(self, at: float) -> None:
        """The caller said or wrote something."""
        self._spoke_at = max(self._spoke_at, at)
        self._quiet_since = max(self._quiet_since, at)
        self._anybody_spoke = True
        self._skipping = False

    def agent_finished(self, now: float, *, spoke: bool = True) -> None:
        """The agent is done, and listens."""
        self._quiet_since = max(self._quiet_since, now)
        self._anybody_spoke = self._anybody_spoke or spoke

    def active(self, now: float) -> None:
        """The caller is doing something; no need to speak up."""
        self._quiet_since = max(self._quiet_since, now)

    def skip(self) -> None:
        """The agent waits until the caller speaks."""
        self._skipping = True

    def drain(self, by: float) -> None:
        """The call has to be over by then."""
        self._drained_at = by if self._drained_at is None else min(self._drained_at, by)

    def quiet_seconds(self, now: float) -> float:
        """How long nobody has said anything."""
        return now - self._quiet_since

    @property
    def quiet_since(self) -> float:
        """Since when nobody has said anything."""
        return self._quiet_since

    def turn_timeout_at(self) -> float | None:
        """When the agent speaks up by itself."""
        if self._skipping or self._plan.text_only:
            return None
        turn = self._plan.turn
        waits_first = not self._anybody_spoke and turn.initial_wait_seconds is not None
        timeout = turn.initial_wait_seconds if waits_first else turn.turn_timeout_seconds
        return self._quiet_since + (timeout or 0.0)

    def silence_ends_at(self) -> float | None:
        """When silence ends the call."""
        limit = self._plan.turn.silence_end_call_seconds
        if limit is None or self._skipping:
            return None
        return max(self._spoke_at + limit, self._quiet_since + min(limit, MOMENT_TO_ANSWER_SECONDS))

    def longest_until(self) -> float | None:
        """When the call has lasted as long as it may."""
        limit = self._plan.limits.maximum_duration_seconds
        return None if limit is None else self._connected_at + limit

    def drained_at(self) -> float | None:
        """When the process cannot wait any longer."""
        return self._drained_at
