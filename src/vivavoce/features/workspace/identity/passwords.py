"""Passwords, for people who want one: argon2, in a thread, one at a time.

Hashing takes some fifty milliseconds and 64 MiB on purpose. One at a time keeps a burst of logins from eating the
machine; the edge counts wrong ones per address.
"""

import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")
Holder = tuple[str, str, str]


class Passwords:
    """Hashes and verifies."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn: anyio.CapacityLimiter | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        return await self._in_turn(functools.partial(self._hasher.hash, password))

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether this is the password."""
        return await self._in_turn(functools.partial(self._verify, password_hash, password))

    async def matching(self, holders: Sequence[Holder], password: str) -> tuple[str, str] | None:
        """Workspace and user of the first whose password this is.

        An address that nobody has costs as much time as one that somebody has.
        """
        if not holders:
            await self.hash(password)
        for workspace_id, user_id, password_hash in holders:
            if await self.verify(password_hash, password):
                return workspace_id, user_id
        return None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._turn is None:
            self._turn = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(work, limiter=self._turn)
