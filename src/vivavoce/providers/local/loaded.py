"""A model that is loaded once, at the first need, by the threads that will use it.

What is computed with it is a *piece of work*: a small frozen dataclass with what goes in, called with the model.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from vivavoce.providers.local.pool import Pool, Urgency

T = TypeVar("T")
R = TypeVar("R")
ModelT_co = TypeVar("ModelT_co", covariant=True)


class Computing(Protocol[ModelT_co]):
    """A model to compute with, wherever it is."""

    @property
    def waiting(self) -> int:
        """How much waits for the machine's threads."""
        ...

    @property
    def spare(self) -> int:
        """How many of the machine's threads have nothing to do, as far as is known."""
        ...

    @property
    def pressure(self) -> float:
        """Which part of the threads' time urgent work has lately taken: 1 is all of it."""
        ...

    async def load(self) -> None:
        """Have it ready."""
        ...

    async def run(self, urgency: Urgency, work: Callable[[ModelT_co], R]) -> R:
        """Compute something with it, when it is its turn. Cancelling takes it out of the queue."""
        ...


class Loaded(Generic[T]):
    """A model in this process. Whoever comes while it is being loaded waits for the same one."""

    def __init__(self, pool: Pool, urgency: Urgency, make: Callable[[], T], *, is_alone: bool = False) -> None:
        self._pool = pool
        self._urgency = urgency
        self._make = make
        self._turn = asyncio.Lock() if is_alone else contextlib.nullcontext()
        self._model: T | None = None
        self._loading = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How much waits in the pool."""
        return self._pool.waiting

    @property
    def spare(self) -> int:
        """How many of the pool's threads have nothing to do."""
        return self._pool.spare

    @property
    def pressure(self) -> float:
        """Which part of their time urgent work has lately taken."""
        return self._pool.pressure

    async def load(self) -> None:
        """Have it ready."""
        await self._get()

    async def run(self, urgency: Urgency, work: Callable[[T], R]) -> R:
        """Compute something with it, when it is its turn."""
        model = await self._get()
        async with self._turn:
            return await self._pool.run(urgency, lambda: work(model))

    async def _get(self) -> T:
        """The model. One that could not be loaded is tried again by the next who asks."""
        if self._model is None:
            async with self._loading:
                if self._model is None:
                    self._model = await self._pool.run(self._urgency, self._make)
        return self._model
