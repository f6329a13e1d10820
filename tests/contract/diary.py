"""A diary of what a client met: its callbacks write, and whoever waits for something waits until it is written.

    diary.note("agent_response", "Hello.")
    diary.until("agent_response", lambda text: "Hello" in text)

Each kind of entry is read in order: `until` begins after the last one of that kind that it returned. A wait that comes
to nothing fails with the whole diary.
"""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

WITHIN_SECONDS = 20.0


class Diary:
    """What happened, in order. Safe from any thread."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, str, Any]] = []
        self._read: dict[str, int] = defaultdict(int)
        self._written = threading.Condition()

    def note(self, kind: str, what: Any = None) -> None:
        """Write down that something happened."""
        with self._written:
            self._entries.append((time.monotonic(), kind, what))
            self._written.notify_all()

    def writer(self, kind: str) -> Callable[..., None]:
        """A callback that notes what it is called with."""

        def write(*what: Any) -> None:
            self.note(kind, what[0] if len(what) == 1 else what)

        return write

    def async_writer(self, kind: str, answer: Any = None) -> Callable[..., Any]:
        """The same as a coroutine function."""

        async def write(*what: Any) -> Any:
            self.writer(kind)(*what)
            return answer

        return write

    def until(
        self, kind: str, fits: Callable[[Any], object] = lambda _: True, *, within: float = WITHIN_SECONDS
    ) -> Any:
        """The next entry of this kind that fits, waiting for it if need be."""
        with self._written:
            found = self._written.wait_for(lambda: self._next(kind, fits), within)
            assert found is not None, f"no {kind} that fits within {within} s; the diary says:\n{self}"
            number, what = found
            self._read[kind] = number + 1
            return what

    async def meets(self, kind: str, fits: Callable[[Any], object] = lambda _: True) -> Any:
        """`until`, for those who share a loop with the callbacks."""
        return await asyncio.to_thread(self.until, kind, fits)

    def all(self, kind: str) -> list[Any]:
        """Every entry of this kind so far."""
        with self._written:
            return [what for _, named, what in self._entries if named == kind]

    def _next(self, kind: str, fits: Callable[[Any], object]) -> tuple[int, Any] | None:
        for number in range(self._read[kind], len(self._entries)):
            _, named, what = self._entries[number]
            if named == kind and fits(what):
                return number, what
        return None

    def __str__(self) -> str:
        began = self._entries[0][0] if self._entries else 0.0
        return "\n".join(f"  {at - began:6.2f} s  {kind}: {_short(what)}" for at, kind, what in self._entries)


def _short(what: Any) -> str:
    return f"{len(what)} bytes" if isinstance(what, bytes) else repr(what)[:300]
