"""Where the commands of one event are collected, and where numbers come from.

Every part of the engine writes into the same outbox, in the order things must happen. Run numbers and event ids are
handed out here and nowhere else, so that both rise for the whole call.
"""

from __future__ import annotations

from vivavoce.engine.commands import (
    AgentResponsePart,
    ClientEvent,
    Command,
    Interruption,
    Note,
    RememberStandIn,
    Tell,
    Trouble,
)
from vivavoce.engine.plan import Plan
from vivavoce.engine.transcript import StandIn


class Outbox:
    """The commands of the event at hand."""

    def __init__(self, plan: Plan) -> None:
        self._commands: list[Command] = []
        self._runs = 0
        self._event_ids = 0
        self._audio_id = 0
        self._silenced_id = 0
        self._wanted = frozenset(plan.client_events)
        self._text_only = plan.text_only
        self._stood_in: list[tuple[str, str, str]] = []

    def emit(self, command: Command) -> None:
        """Add a command after those already there."""
        self._commands.append(command)

    def tell(self, event: ClientEvent) -> None:
        """Tell the client, if it wants to know. Trouble it must know; a text chat lives on its parts."""
        always = isinstance(event, Trouble) or (self._text_only and isinstance(event, AgentResponsePart))
        if always or event.wire_name in self._wanted:
            self._commands.append(Tell(event))

    def note(self, text: str) -> None:
        """Say why, for the reader of a replay."""
        self._commands.append(Note(text))

    def stand_in(self, stand_in: StandIn) -> None:
        """Have the record say who took over from whom. A voice that is down fails for each reply; once is enough."""
        pair = (stand_in.role, stand_in.failed, stand_in.instead)
        if stand_in.failed != stand_in.instead and pair not in self._stood_in:
            self._stood_in.append(pair)
            self._commands.append(RememberStandIn(stand_in))

    def next_run(self) -> int:
        """A number for a run of a mind or a voice."""
        self._runs += 1
        return self._runs

    def next_event_id(self) -> int:
        """A number for something the client is told."""
        self._event_ids += 1
        return self._event_ids

    def interrupt(self) -> None:
        """Tell the client to be silent: what it has of the audio until now is not to be heard."""
        self._silenced_id = self.next_event_id()
        self.tell(Interruption(self._silenced_id))

    def audio_id(self, wanted: int) -> int:
        """The id for audio: the wanted one, unless the client would take it for audio that was silenced."""
        is_free = wanted > self._silenced_id and wanted >= self._audio_id
        self._audio_id = wanted if is_free else self.next_event_id()
        return self._audio_id

    def take(self) -> list[Command]:
        """The commands so far; the outbox is empty afterwards."""
        commands, self._commands = self._commands, []
        return commands
