"""How providers are doing, as this process sees them: what was asked, what failed, who is left alone for a while.

A provider that fails again and again is rested, longer each time, so that callers whose agents have another one need
not find out by waiting. Nobody is ever refused because of it who has no other: resting is advice (`rests_for`). After
the rest the next request tries again, and its success ends the matter.

Pure: time comes in as seconds of any clock that only goes forward. A failure that is about the request (too long,
malformed) says nothing about the provider.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from vivavoce.providers.registry import Role

_FIRST_REST_SECONDS = 1.0
_LONGEST_REST_SECONDS = 60.0
_TOLERATED = 2
"""Failures in a row before a rest; anybody may stumble once."""
_WEIGHT = 0.2
"""Of the newest figure in a moving average."""


@dataclass(slots=True)
class Health:
    """One provider."""

    asked: int = 0
    failed: int = 0
    running: int = 0
    failures_in_a_row: int = 0
    last_failure: str = ""
    failed_at: float | None = None
    first_word_seconds: float | None = None
    """How long it takes to begin, on average, lately."""
    _rests_until: float = 0.0

    def begun(self) -> None:
        """A request is on its way."""
        self.asked += 1
        self.running += 1

    def ended(self) -> None:
        """The request is over, one way or the other."""
        self.running -= 1

    def answered(self, after_seconds: float) -> None:
        """It has begun to answer."""
        before = self.first_word_seconds
        self.first_word_seconds = after_seconds if before is None else before + _WEIGHT * (after_seconds - before)
        self.failures_in_a_row = 0
        self._rests_until = 0.0

    def broke(self, message: str, now: float, *, hopeless: bool = False, rest_seconds: float | None = None) -> None:
        """It failed. `hopeless` is what trying again cannot mend, `rest_seconds` what it asked for itself."""
        self.failed += 1
        self.failures_in_a_row += 1
        self.last_failure, self.failed_at = message, now
        if rest_seconds is not None:
            rest = rest_seconds
        elif hopeless:
            rest = _LONGEST_REST_SECONDS
        elif self.failures_in_a_row >= _TOLERATED:
            rest = min(_LONGEST_REST_SECONDS, _FIRST_REST_SECONDS * 2.0 ** min(self.failures_in_a_row - _TOLERATED, 10))
        else:
            rest = 0.0
        self._rests_until = now + rest

    def rests_for(self, now: float) -> float:
        """For how many more seconds it is better left alone."""
        return max(0.0, self._rests_until - now)


@dataclass(slots=True)
class Board:
    """Every provider by its role and name."""

    healths: dict[tuple[Role, str], Health] = field(default_factory=dict[tuple[Role, str], Health])

    def of(self, role: Role, name: str) -> Health:
        """One of them."""
        return self.healths.setdefault((role, name), Health())

    def __iter__(self) -> Iterator[tuple[Role, str, Health]]:
        """All of them."""
        for (role, name), health in self.healths.items():
            yield role, name, health


_MOST_OWN_MODELS = 256


@dataclass(slots=True)
class OwnModels:
    """The models that agents bring along, each by itself: what one agent's server does says nothing of another's.

    They are nobody's business but their agents', so they are on no board. Only those asked lately are remembered.
    """

    healths: OrderedDict[Hashable, Health] = field(default_factory=OrderedDict[Hashable, Health])

    def of(self, key: Hashable) -> Health:
        """One of them."""
        health = self.healths.setdefault(key, Health())
        self.healths.move_to_end(key)
        if len(self.healths) > _MOST_OWN_MODELS:
            self.healths.popitem(last=False)
        return health
