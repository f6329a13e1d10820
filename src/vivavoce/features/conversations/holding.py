"""Holding a call: a place for it, its record, its line, those who watch it; and the end of all that, whatever happens.

The order matters. A call is registered before its record is made, so that nobody takes it for an orphan; its record is
in the database before the registration goes, for the same reason. A record that cannot be made is a call that does not
begin: what nobody could ever look up must not be said. A line may let the call get ready to speak meanwhile.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Protocol

from vivavoce.base.errors import Conflict, Unauthorized, Unavailable
from vivavoce.base.frozen import frozen
from vivavoce.engine.commands import Ending
from vivavoce.engine.usage import Usage
from vivavoce.features.conversations.monitor import Monitored
from vivavoce.features.conversations.records import ConversationRecords, LiveRecord
from vivavoce.features.conversations.starting import Prepared
from vivavoce.features.conversations.tap import TappedLink
from vivavoce.features.voices.service import Cast, Casting
from vivavoce.live.links.websocket import Socket, WebSocketLink
from vivavoce.live.runner import BROKEN, Call, Organs
from vivavoce.live.supervisor import Calls
from vivavoce.ports.bus import Bus
from vivavoce.ports.link import Link

RUNNING = "running"


@frozen
class HoldingOptions:
    """What the operator decides about calls."""

    allow_enclave_setup: bool = False


class Line(Link, Protocol):
    """A caller's end that can be connected to a call."""

    async def serve(
        self, call: Call, begin: Callable[[], Awaitable[None]], settle: Callable[[], Awaitable[None]] | None = None
    ) -> Ending:
        """Connect it, to the end of both. Nothing is said before `begin` returns; `settle` runs before it closes."""
        ...


class Holding:
    """Holds calls."""

    def __init__(
        self,
        calls: Calls,
        organs: Callable[[], Organs],
        records: ConversationRecords,
        bus: Bus,
        options: HoldingOptions,
        *,
        casting: Casting,
    ) -> None:
        self.records = records
        self.options = options
        self._calls = calls
        self._organs = organs
        self._bus = bus
        self._casting = casting

    async def hold(self, socket: Socket, prepared: Prepared) -> None:
        """Hold a call on a socket, to its end."""
        plan = prepared.plan
        line = WebSocketLink(
            socket,
            plan.conversation_id,
            prepared.incoming,
            prepared.outgoing,
            sends_audio="audio" in plan.client_events,
        )
        await self.hold_on(line, prepared)

    async def hold_on(self, line: Line, prepared: Prepared) -> Ending:
        """Hold a call on any line; returns how it ended."""
        async with AsyncExitStack() as stack:
            await self._take_place(stack, prepared)
            if not prepared.plan.text_only:
                await self._organs().warm()
            organs = self._organs()
            cast = await self._cast(prepared, organs)
            circumstances = with_warnings(prepared, cast.warnings).circumstances
            record = self.records.open(prepared.workspace_id, prepared.plan, circumstances)
            try:
                return await self._talk(line, prepared, record, replace(organs, voices=cast.voices))
            finally:
                if not record.is_finished:
                    record.finish(BROKEN, Usage(), 0.0)
                await record.written()

    async def _take_place(self, stack: AsyncExitStack, prepared: Prepared) -> None:
        plan = prepared.plan
        place = self._calls.place(
            prepared.workspace_id, plan.conversation_id, prepared.slots, {"agent_id": plan.agent_id}
        )
        try:
            await stack.enter_async_context(place)
        except Conflict:
            raise _used() from None
        except Unavailable as problem:
            raise _used() if problem.status == RUNNING else problem from None

    async def _cast(self, prepared: Prepared, organs: Organs) -> Cast:
        """Who speaks. A call that is only written has no voice to look for."""
        if prepared.plan.text_only:
            return Cast(organs.voices)
        return await self._casting.cast(prepared.workspace_id, prepared.plan, organs.voices)

    async def _talk(self, line: Line, prepared: Prepared, record: LiveRecord, organs: Organs) -> Ending:
        async with AsyncExitStack() as stack:
            link: Link = line
            if prepared.monitoring is not None:
                link = TappedLink(line, prepared.monitoring)
            call = Call(
                prepared.plan,
                prepared.workspace_id,
                link,
                organs,
                record,
                secrets=prepared.secrets,
                keeps_content=prepared.circumstances.keeps_content,
            )
            stack.enter_context(self._calls.hold(call))
            if isinstance(link, TappedLink):
                await stack.enter_async_context(Monitored(call, link, self._bus).answering())
            return await line.serve(call, partial(_begin, record), record.written)


def with_warnings(prepared: Prepared, warnings: Sequence[str]) -> Prepared:
    """The same, with more for the record to say."""
    if not warnings:
        return prepared
    circumstances = prepared.circumstances
    return replace(prepared, circumstances=replace(circumstances, warnings=(*circumstances.warnings, *warnings)))


async def _begin(record: LiveRecord) -> None:
    try:
        await record.begin()
    except Conflict:
        raise _used() from None


def _used() -> Unauthorized:
    """A conversation's id is known beforehand only to who has a signed URL for it, and that is good once."""
    return Unauthorized(
        "This signed URL has been used. It is good for one conversation; get a new one.", status="signature_used"
    )
