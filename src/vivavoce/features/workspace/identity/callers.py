"""Callers we have just seen, so that most requests need no database to know who is calling.

Small and short-lived on purpose: an entry is trusted for a few seconds, and every change to keys, members or sessions
empties the whole memory, in this process at once and in the others through the bus. Unknown credentials are not
remembered: a key made a moment ago works at once.
"""

from collections import OrderedDict

from vivavoce.base.frozen import frozen
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.identity import Caller

CAPACITY = 4096
TRUSTED_SECONDS = 5


@frozen
class _Seen:
    caller: Caller
    until: int


class RecentCallers:
    """Hash of a credential -> caller, bounded in number and age."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Rises with every `forget`; what was read under an older one must not be remembered."""
        return self._generation

    def find(self, credential_hash: str) -> Caller | None:
        """The caller, if we saw them a moment ago."""
        seen = self._seen.get(credential_hash)
        if seen is None:
            return None
        if seen.until <= self._clock.now():
            del self._seen[credential_hash]
            return None
        return seen.caller

    def remember(self, credential_hash: str, caller: Caller, expires_at: int | None, generation: int) -> None:
        """Trust this caller for a moment, but never beyond the credential's own end."""
        if generation != self._generation:
            return
        until = self._clock.now() + TRUSTED_SECONDS * SECOND
        self._seen[credential_hash] = _Seen(caller, until if expires_at is None else min(until, expires_at))
        if len(self._seen) > CAPACITY:
            self._seen.popitem(last=False)

    def forget(self) -> None:
        """Something about somebody changed: ask the database again."""
        self._generation += 1
        self._seen.clear()
