"""Work that is done again from the start where another writer was faster.

A transaction reads, decides and writes; on PostgreSQL another one may write in between, and then a `Conflict` says so.
The caller did nothing wrong, so the work is done once more on what the other one left. Whoever lost once waits for the
others of this process who did, so that many at once end one after the other instead of losing to each other for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from vivavoce.base.errors import Conflict
from vivavoce.ports.documents import Documents, DocumentTransaction

T = TypeVar("T")
Work = Callable[[DocumentTransaction], Awaitable[T]]

_ATTEMPTS = 8


class Repeating:
    """Transactions that are repeated. `lost` are the statuses of conflicts that mean: somebody was faster."""

    def __init__(self, documents: Documents, lost: Collection[str]) -> None:
        self._documents = documents
        self._lost = frozenset(lost)
        self._turn = asyncio.Lock()

    async def done(self, work: Work[T]) -> T:
        """What the work returns, once it has gone through."""
        try:
            return await self._once(work)
        except Conflict as conflict:
            self._raise_unless_lost(conflict)
        async with self._turn:
            for _ in range(_ATTEMPTS - 2):
                try:
                    return await self._once(work)
                except Conflict as conflict:
                    self._raise_unless_lost(conflict)
            return await self._once(work)

    async def _once(self, work: Work[T]) -> T:
        async with self._documents.transaction() as transaction:
            return await work(transaction)

    def _raise_unless_lost(self, conflict: Conflict) -> None:
        if conflict.status not in self._lost:
            raise conflict
