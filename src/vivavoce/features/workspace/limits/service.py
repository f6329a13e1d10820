"""The limits that stand in the settings. An agent's own stand in its document."""

from collections.abc import Sequence

from vivavoce.base.frozen import frozen

LIMITS = ("max_calls", "requests_per_minute", "max_body_bytes", "session_days", "stop_timeout_seconds")
"""Settings that limit something."""


@frozen
class Limit:
    """One of them, by the name of its setting."""

    setting: str
    value: float
    meaning: str


@frozen
class Limits:
    """All of them."""

    limits: Sequence[Limit]
