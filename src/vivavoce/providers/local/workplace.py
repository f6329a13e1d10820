"""Where local models are computed: in this process, or in one process for all of the machine (`distant`).

A provider asks its workplace for a model of a *kind* at a place and gets something to compute with, and need not know
where that happens. Light on purpose: the library of a kind is imported when a model of it is made.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from vivavoce.base.frozen import frozen
from vivavoce.providers.local.fitness import require_fit
from vivavoce.providers.local.loaded import Computing, Loaded
from vivavoce.providers.local.pool import Pool, Urgency, shared_pool

T = TypeVar("T")


@frozen
class Kind(Generic[T]):
    """A kind of model: how it is loaded from its folder, and what can be done with it."""

    name: str
    """Also its module's name in this folder, where it stands as `KIND`."""
    make: Callable[[Path], T]
    urgency: Urgency
    """How urgent loading it is."""
    works: Sequence[type[Any]]
    is_alone: bool = False
    """Whether it does one piece of work at a time. The others wait without holding a thread."""


class Workplace(Protocol):
    """Where models are computed."""

    def model(self, kind: Kind[T], place: Path) -> Computing[T]:
        """A model to compute with. Nothing is loaded yet; whoever asks again gets the same copy."""
        ...


class Here:
    """This process. One copy of each model, for as long as anybody has it: a model that was removed leaves the memory
    with the last call that uses it."""

    def __init__(self, pool: Pool | None = None) -> None:
        self._pool = pool
        self._models: WeakValueDictionary[tuple[str, Path], Loaded[Any]] = WeakValueDictionary()

    def model(self, kind: Kind[T], place: Path) -> Computing[T]:
        """A model to compute with."""
        key = (kind.name, place)
        found: Loaded[Any] | None = self._models.get(key)
        if found is None:
            found = self._models[key] = Loaded(
                self._pool or shared_pool(), kind.urgency, lambda: _made(kind, place), is_alone=kind.is_alone
            )
        return found


def _made(kind: Kind[T], place: Path) -> T:
    require_fit()
    return kind.make(place)
