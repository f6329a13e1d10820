"""A line within this process: whoever holds the other end is a function, not a socket.

For a terminal, and for whatever else talks to an agent from the inside. Everything that a client is told is handed over
at once, in order; sound is not, because nobody here has ears (`audio.py` has). What comes in is reported to the call as
for any line.
"""

import asyncio
from collections.abc import Awaitable, Callable

from vivavoce.engine.commands import ClientEvent, Ending
from vivavoce.engine.events import Alignment, ContextGiven, Event, LineDropped, Typed
from vivavoce.engine.states import Listening
from vivavoce.live.runner import Call
from vivavoce.ports.link import ShellEvent

Told = ClientEvent | ShellEvent
Take = Callable[[Told], None]


async def no_waiting() -> None:
    """There is nothing to wait for before the first word."""


class MemoryLink:
    """One end that is a function, and methods for what its holder does."""

    input_rate_hz: int = 16_000
    output_rate_hz: int = 16_000
    lead_seconds: float = 0.1

    def __init__(self, take: Take) -> None:
        self._take = take
        self._call: Call | None = None
        self._early: list[Event] = []
        """What the caller did before there was a call."""

    async def serve(
        self, call: Call, begin: Callable[[], Awaitable[None]], settle: Callable[[], Awaitable[None]] | None = None
    ) -> Ending:
        """Connect a call to this end, once it may `begin`, to its end, and `settle` it."""
        await begin()
        self._call = call
        for event in self._early:
            asyncio.get_running_loop().call_soon(call.report, event)
        ending = await call.run()
        if settle is not None:
            await settle()
        return ending

    @property
    def is_listening(self) -> bool:
        """It is the caller's turn."""
        return self._call is not None and isinstance(self._call.state, Listening)

    # From the agent

    def tell(self, event: Told) -> None:
        """Hand it over."""
        self._take(event)

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """Nobody listens."""
        _ = pcm, event_id, alignment

    def close(self, ending: Ending) -> None:
        """`serve` returns it."""
        _ = ending

    # To the agent

    def say(self, text: str) -> None:
        """The caller writes a message."""
        self._report(Typed(text))

    def give_context(self, text: str) -> None:
        """The agent should know this."""
        self._report(ContextGiven(text))

    def answer_tool(self, call_id: str, result: str, *, is_error: bool = False) -> None:
        """A tool of the client is done."""
        if self._call is not None:
            self._call.client_answered(call_id, result, is_error=is_error)

    def hang_up(self, reason: str = "The caller hung up.") -> None:
        """The caller is gone."""
        self._report(LineDropped(reason))

    def _report(self, event: Event) -> None:
        if self._call is None:
            self._early.append(event)
        else:
            self._call.report(event)
