"""How the providers of minds are doing, as the process that is asked sees them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vivavoce.providers.minds import AllMinds

Condition = Literal["unused", "well", "failing", "resting"]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PartState:
    """What calls hear, judge turns, speak or look texts up with, and a sentence where it only stands in."""

    role: str
    provider: str
    ready: bool
    coming: bool
    message: str


class Providers:
    """All of them. `parts` tells of what is not a mind."""

    def __init__(self, minds: Callable[[], AllMinds], parts: Callable[[], Sequence[PartState]] = lambda: ()) -> None:
        self._minds = minds
        self.parts = parts

    def states(self) -> Iterator[ProviderState]:
        """Each, in the order in which names are looked for."""
        minds = self._minds()
        now = minds.memory.now()
        found = {server.name for server in minds.discovery.found.values()}
        for mind in minds.all():
            health = minds.memory.board.of("language", mind.provider)
            rests = health.rests_for(now)
            failing: Condition = "failing" if health.failures_in_a_row else "well"
            yield ProviderState(
                name=mind.provider,
                origin="built_in" if mind.is_built_in else "found" if mind.provider in found else "settings",
                models=mind.models,
                condition="resting" if rests else failing if health.asked else "unused",
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
