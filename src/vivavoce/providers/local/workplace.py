"""Where local models are computed: in this process, or in one process for all of the machine (`distant`).

A provider asks its workplace for a model of a *kind* at a place and gets something to compute with, and need not know
where that happens. Light on purpose: the library of a kind is imported when a model of it is made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from vivavoce.providers.local.loaded import Computing, Loaded
from vivavoce.providers.local.pool import Pool, Urgency, shared_pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of model: how it is loaded from its folder, and what can be done with it."""

    name: str
    """Also its module's name in this folder, where it stands as `KIND`."""
    make: Callable[[Path], T]
    urgency: Urgency
    """How urgent loading it is."""
    works: Sequence[type[Any]]


class Workplace(Protocol):
    """Where models are computed."""

    def model(self, kind: Kind[T], place: Path) -> Computing[T]:
        """A model to compute with. Nothing is loaded yet; whoever asks again gets the same copy."""
        ...


class Here:
    """This process. One copy of each model, for as long as its folder is there."""

    def __init__(self, pool: Pool | None = None) -> None:
        self._pool = pool
        self._models: dict[tuple[str, Path], Loaded[Any]] = {}

    def model(self, kind: Kind[T], place: Path) -> Computing[T]:
        """A model to compute with."""
        key = (kind.name, place)
        if key not in self._models:
            self._forget_what_is_gone()
            pool = self._pool or shared_pool()
            self._models[key] = Loaded(pool, kind.urgency, lambda: kind.make(place))
        return self._models[key]

    def _forget_what_is_gone(self) -> None:
        for key in [key for key in self._models if not key[1].exists()]:
            del self._models[key]
