"""Passwords, for people who want one: argon2, in a thread, one at a time.

Hashing takes some fifty milliseconds and 64 MiB on purpose. One at a time keeps a burst of logins from eating the
machine; the edge counts wrong ones per address.
"""

import functools
from collections.abc import Callable, Sequence
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")
Holder = tuple[str, str, str]


class Passwords:
    """Hashes and verifies."""

    def __init__(self) -> None:
        self._turn: anyio.CapacityLimiter | None = None

    async def hash(self, password: str) -> str:
        """What is stored of a password."""
        return await self._in_turn(functools.partial(_hash, password))

    async def verify(self, password_hash: str, password: str) -> bool:
        """Whether this is the password."""
        return await self._in_turn(functools.partial(_verify, password_hash, password))

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

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._turn is None:
            self._turn = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(work, limiter=self._turn)


# argon2 is imported when somebody uses a password, which most processes never see.


def _hash(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def _verify(password_hash: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
