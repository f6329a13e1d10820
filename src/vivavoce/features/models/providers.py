"""How the providers are doing, as the process that is asked sees them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from vivavoce.base.frozen import frozen
from vivavoce.providers.health import Health
from vivavoce.providers.minds import AllMinds
from vivavoce.providers.roster import Seat

Condition = Literal["unused", "well", "failing", "resting"]


@frozen
class ProviderState:
    """One provider."""

    name: str
    origin: Literal["settings", "found", "built_in"]
    models: Sequence[str]
    condition: Condition
    asked: int
    failed: int
    running: int
    first_word_seconds: float | None
    rests_for_seconds: float
    last_failure: str
    failed_seconds_ago: float | None


@frozen
class PartState:
    """What calls hear, judge turns, speak or look texts up with, and a sentence where it only stands in."""

    role: str
    provider: str
    ready: bool
    coming: bool
    message: str


@frozen
class SeatState:
    """A provider in its role, and how it is doing there. Only those that are asked through a chain are counted."""

    seat: Seat
    condition: Condition
    asked: int
    failed: int
    first_seconds: float | None
    last_failure: str


@frozen
class Chain:
    """Who answers when the agent's own model does not, and for models that nobody has."""

    backups: Sequence[str]
    hedge_after_seconds: float | None
    stand_in: str


def _nobody() -> Sequence[Seat]:
    return ()


class Providers:
    """All of them. `parts` tells of what is not a mind, `roster` who is there for each role."""

    def __init__(
        self,
        minds: Callable[[], AllMinds],
        parts: Callable[[], Sequence[PartState]] = lambda: (),
        roster: Callable[[], Sequence[Seat]] = _nobody,
    ) -> None:
        self._minds = minds
        self._roster = roster
        self.parts = parts

    def seats(self) -> Iterator[SeatState]:
        """Everybody, role by role, in the order in which they are asked."""
        memory = self._minds().memory
        now = memory.now()
        for seat in self._roster():
            health = memory.board.of(seat.role, seat.name)
            yield SeatState(
                seat,
                _condition(health, now),
                health.asked,
                health.failed,
                health.first_word_seconds,
                health.last_failure,
            )

    def chain(self) -> Chain:
        """What happens when a mind fails, as the settings have it."""
        minds = self._minds()
        found = minds.stand_in
        return Chain(
            [f"{model} ({minds.resolve(model).mind.provider})" for model in minds.rules.backups],
            minds.rules.hedge_after_seconds,
            f"{found.model} ({found.mind.provider})",
        )

    def states(self) -> Iterator[ProviderState]:
        """Each, in the order in which names are looked for."""
        minds = self._minds()
        now = minds.memory.now()
        found = {server.name for server in minds.discovery.found.values()}
        for mind in minds.all():
            health = minds.memory.board.of("language", mind.provider)
            rests = health.rests_for(now)
            yield ProviderState(
                name=mind.provider,
                origin="built_in" if mind.is_built_in else "found" if mind.provider in found else "settings",
                models=mind.models,
                condition=_condition(health, now),
                asked=health.asked,
                failed=health.failed,
                running=health.running,
                first_word_seconds=health.first_word_seconds,
                rests_for_seconds=rests,
                last_failure=health.last_failure,
                failed_seconds_ago=None if health.failed_at is None else now - health.failed_at,
            )

    def stand_ins(self) -> Iterator[tuple[str, str]]:
        """Models that agents asked for and nobody has, and who answered."""
        yield from self._minds().memory.stood_in.items()


def _condition(health: Health, now: float) -> Condition:
    if health.rests_for(now):
        return "resting"
    if not health.asked:
        return "unused"
    return "failing" if health.failures_in_a_row else "well"
