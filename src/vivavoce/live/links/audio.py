"""A line within this process that carries sound: a caller with a mouth and ears that are functions.

It is to a call what a client on a WebSocket is: audio of the agent's own formats, sent a little ahead of the ear, and
dropped where an interruption says so. So what is heard here is what a client would have heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from vivavoce.engine.commands import Ending, Interruption
from vivavoce.engine.events import Alignment
from vivavoce.live.formats import SAMPLE_BYTES, Format, decode_ulaw, encode_ulaw
from vivavoce.live.links.memory import MemoryLink, Take, Told, no_waiting
from vivavoce.live.runner import Call


class Speaker(Protocol):
    """What plays the agent's voice. Times are seconds of the call."""

    def play(self, pcm: bytes, now: float) -> None:
        """The next audio, to be heard after what came before."""
        ...

    def stop(self, now: float) -> None:
        """Drop what was not heard yet."""
        ...

    def is_sounding(self, now: float) -> bool:
        """Whether there is still something to be heard."""
        ...


class AudioLink(MemoryLink):
    """One end of a call that speaks and hears."""

    lead_seconds = 0.4

    def __init__(self, take: Take, incoming: Format, outgoing: Format, speaker: Speaker) -> None:
        super().__init__(take)
        self.input_rate_hz = incoming.rate_hz
        self.output_rate_hz = outgoing.rate_hz
        self._incoming = incoming
        self._outgoing = outgoing
        self._speaker = speaker
        self.connected = asyncio.Event()
        """Set when the call begins: models may have to be loaded first, and what is said before that nobody hears."""

    async def serve(
        self, call: Call, begin: Callable[[], Awaitable[None]], settle: Callable[[], Awaitable[None]] | None = None
    ) -> Ending:
        """Connect a call to this end, once it may `begin`, to its end, and `settle` it."""
        await begin()
        self.connected.set()
        return await super().serve(call, no_waiting, settle)

    # From the agent

    def tell(self, event: Told) -> None:
        """Hand it over, and fall silent where that is what it says."""
        if isinstance(event, Interruption):
            self._speaker.stop(self.now())
        super().tell(event)

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """Play it."""
        _ = event_id, alignment
        self._speaker.play(_as_carried(pcm, self._outgoing), self.now())

    # To the agent

    def hear(self, pcm: bytes) -> None:
        """The caller makes a sound, or none. Before there is a call nobody hears it."""
        if self._call is not None:
            self._call.hear(_as_carried(pcm, self._incoming))

    # The holder's view

    def now(self) -> float:
        """Seconds of the call."""
        return self._call.clock.now() if self._call is not None else 0.0

    @property
    def is_quiet(self) -> bool:
        """It is the caller's turn, and the last word of the agent has been heard."""
        return self.is_listening and not self._speaker.is_sounding(self.now())

    @property
    def is_waiting(self) -> bool:
        """It is not the caller's turn, and nothing is heard of the agent."""
        return not self.is_listening and not self._speaker.is_sounding(self.now())


class Track:
    """A speaker that writes down what would be heard, and when: PCM that begins with the call."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.pcm = bytearray()

    def play(self, pcm: bytes, now: float) -> None:
        """At once, or after what is still to be heard."""
        start = self._place(now)
        if start > len(self.pcm):
            self.pcm.extend(bytes(start - len(self.pcm)))
        self.pcm.extend(pcm)

    def stop(self, now: float) -> None:
        """Forget what was not heard."""
        del self.pcm[self._place(now) :]

    def is_sounding(self, now: float) -> bool:
        """Whether it has not come to its end."""
        return len(self.pcm) > self._place(now)

    def _place(self, now: float) -> int:
        return round(now * self.rate_hz) * SAMPLE_BYTES


def _as_carried(pcm: bytes, format: Format) -> bytes:
    """As it arrives at the other end."""
    return decode_ulaw(encode_ulaw(pcm)) if format.is_ulaw else pcm
