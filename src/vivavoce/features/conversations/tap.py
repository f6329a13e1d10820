"""A tap on a line: what the client of a call is told, for those who watch the call. Costs nothing while nobody does.

The newest events are kept, so that whoever begins to watch sees what led up to now. Sound is not told, and neither are
the measurements that come many times a second.
"""

from collections import deque
from collections.abc import Callable

import orjson

from vivavoce.base.json import Body
from vivavoce.engine.commands import ClientEvent, Ending, TurnProbability
from vivavoce.engine.events import Alignment
from vivavoce.live.links import wire
from vivavoce.ports.link import Link, ShellEvent, VadScore

KEPT_EVENTS = 100

Told = ClientEvent | ShellEvent
Watcher = Callable[[int, Body], None]


class TappedLink:
    """A line that somebody may listen in on."""

    def __init__(self, link: Link, events: frozenset[str] | None) -> None:
        self._link = link
        self._events = events or frozenset()
        self._newest: deque[Told] = deque(maxlen=KEPT_EVENTS)
        self.watcher: Watcher | None = None
        self.count = 0
        """How many events were kept so far; the number of the newest one."""

    @property
    def input_rate_hz(self) -> int:
        """The line's own."""
        return self._link.input_rate_hz

    @property
    def output_rate_hz(self) -> int:
        """The line's own."""
        return self._link.output_rate_hz

    @property
    def lead_seconds(self) -> float:
        """The line's own."""
        return self._link.lead_seconds

    @property
    def newest(self) -> list[Body]:
        """What the client was told last, oldest first."""
        return [as_body(event) for event in self._newest]

    def tell(self, event: Told) -> None:
        """Tell the client, and whoever watches."""
        self._link.tell(event)
        if isinstance(event, VadScore | TurnProbability) or name_of(event) not in self._events:
            return
        self._newest.append(event)
        self.count += 1
        if self.watcher is not None:
            self.watcher(self.count, as_body(event))

    def play(self, pcm: bytes, event_id: int, alignment: Alignment | None) -> None:
        """The next audio."""
        self._link.play(pcm, event_id, alignment)

    def close(self, ending: Ending) -> None:
        """The call is over."""
        self._link.close(ending)


def name_of(event: Told) -> str:
    """What the contract calls an event."""
    return getattr(event, "wire_name", "client_tool_call")


def as_body(event: Told) -> Body:
    """An event as its client got it."""
    body: Body = orjson.loads(wire.encoded(event))
    return body
