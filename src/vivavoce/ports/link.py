"""The caller's end of the line: what a call can do to it. Sockets, phones and tests all look like this to a call.

Sending never waits. A link has its own buffer and its own limit; a caller who does not read is a caller who is gone,
and the link reports `LineDropped`. What comes in, the link reports to the call it was given (`live.runner.Call`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Json
from vivavoce.engine.commands import ClientEvent, Ending
from vivavoce.engine.events import Alignment


@frozen
class ClientToolCall:
    """A tool that the client runs; it answers with the same id, unless nobody waits for that."""

    tool_name: str
    call_id: str
    parameters: Mapping[str, Json]
    event_id: int
    expects_response: bool = True


@frozen
class VadScore:
    """How much the last window sounded like a voice."""

    score: float


ShellEvent = ClientToolCall | VadScore
"""What a client is told that is no decision of the engine."""


class Link(Protocol):
    """The line as the call sees it. Audio is 16-bit mono PCM at the link's own rates."""

    @property
    def input_rate_hz(self) -> int:
        """The rate of what the caller says."""
        ...

    @property
    def output_rate_hz(self) -> int:
        """The rate of what the caller hears."""
        ...

    @property
    def lead_seconds(self) -> float:
        """How far ahead of the caller's ear audio is sent. Short where pausing must be quick."""
        ...

    def tell(self, event: ClientEvent | ShellEvent) -> None:
        """Tell the client."""
        ...

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """The next audio, to be heard after what was sent before."""
        ...

    def close(self, ending: Ending) -> None:
        """The call is over: let what was sent go out, and close."""
        ...


@dataclass(slots=True)
class LoggedLink:
    """The double: keeps everything it was told, in order."""

    input_rate_hz: int = 16_000
    output_rate_hz: int = 16_000
    lead_seconds: float = 0.4
    log: list[ClientEvent | ShellEvent] = field(default_factory=list[ClientEvent | ShellEvent])
    heard: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    ending: Ending | None = None

    def tell(self, event: ClientEvent | ShellEvent) -> None:
        """Keep it."""
        self.log.append(event)

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """Keep it."""
        _ = alignment
        self.heard.append((event_id, pcm))

    def close(self, ending: Ending) -> None:
        """Keep it."""
        self.ending = ending
