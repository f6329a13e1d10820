"""Watching and steering a running call: the side of the process that holds it.

Whoever wants something of a call asks the name `call:<conversation id>` on the bus, from whatever process:

    {"command": "watch"}                         what the client was told of late; from now on the rest is published on
                                                 the channel of the same name, for `WATCH_SECONDS` or until asked again
    {"command": "contextual_update", "text"}     what the agent should know
    {"command": "end_call"}                      the call ends
    {"command": "enable_human_takeover"}         a human takes the agent's place; `send_human_message` is what the
                                                 agent's voice then says, `disable_human_takeover` gives the call back

Every published event has a rising number, because a second watcher sees the last events of the first one twice. The
last thing on the channel is `{"over": reason}`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from vivavoce.base.errors import Conflict, Malformed, NotBuilt, Problem
from vivavoce.base.json import Body, Json
from vivavoce.engine.events import ContextGiven, HumanSaid, Released, TakenOver
from vivavoce.features.conversations.tap import TappedLink
from vivavoce.live.runner import Call
from vivavoce.ports.bus import Bus

_log = logging.getLogger(__name__)

WATCH_SECONDS = 30.0
WAITING_EVENTS = 500


def name_of_call(conversation_id: str) -> str:
    """Where a call is reached on the bus."""
    return f"call:{conversation_id}"


class Monitored:
    """One call that may be watched and steered."""

    def __init__(self, call: Call, link: TappedLink, bus: Bus) -> None:
        self._call = call
        self._link = link
        self._bus = bus
        self._name = name_of_call(call.plan.conversation_id)
        self._loop = asyncio.get_running_loop()
        self._watched_until = 0.0
        self._news: asyncio.Queue[Body] = asyncio.Queue(WAITING_EVENTS)
        self._publishing: asyncio.Task[None] | None = None
        self._is_taken_over = False

    @asynccontextmanager
    async def answering(self) -> AsyncGenerator[None]:
        """Within the block the call is reached."""
        async with self._bus.answer(self._name, self._answer):
            try:
                yield
            finally:
                await self._finish()

    async def _finish(self) -> None:
        if self._publishing is None:
            return
        self._put({"over": "The call has ended."})
        self._publishing.cancel()
        await asyncio.gather(self._publishing, return_exceptions=True)
        while not self._news.empty():
            await self._publish(self._news.get_nowait())

    # What is asked

    async def _answer(self, asked: Json) -> Json:
        match asked:
            case {"command": "watch"}:
                return self._watch()
            case {"command": str(command)}:
                self._steer(command, asked)
                return {}
            case _:
                raise Malformed("A command needs a name.", status="invalid_message")

    def _watch(self) -> Body:
        self._watched_until = self._loop.time() + WATCH_SECONDS
        self._link.watcher = self._told
        if self._publishing is None:
            self._publishing = asyncio.create_task(self._keep_publishing(), name="monitor")
        return {"number": self._link.count, "events": self._link.newest}

    def _steer(self, command: str, asked: Body) -> None:
        match command:
            case "end_call":
                self._call.hang_up("A supervisor ended the call.")
            case "contextual_update":
                self._call.report(ContextGiven(_text(asked)))
            case "enable_human_takeover":
                self._is_taken_over = True
                self._call.report(TakenOver(str(asked.get("by", ""))))
            case "disable_human_takeover":
                self._is_taken_over = False
                self._call.report(Released())
            case "send_human_message":
                if not self._is_taken_over:
                    raise Conflict("Take the call over first (enable_human_takeover).", status="not_taken_over")
                self._call.report(HumanSaid(_text(asked)))
            case "transfer_to_number":
                raise NotBuilt("This call is on no telephone line, so it cannot be transferred to a number.")
            case _:
                raise Malformed(f"There is no command {command!r}.", status="unknown_command")

    # What is told

    def _told(self, number: int, event: Body) -> None:
        if self._loop.time() > self._watched_until:
            self._link.watcher = None
            return
        self._put({"number": number, "event": event})

    def _put(self, news: Body) -> None:
        if self._news.full():
            # Whoever cannot be told in time misses the oldest; the call itself never waits.
            self._news.get_nowait()
        self._news.put_nowait(news)

    async def _keep_publishing(self) -> None:
        while True:
            await self._publish(await self._news.get())

    async def _publish(self, news: Body) -> None:
        try:
            await self._bus.publish(self._name, news)
        except Problem as problem:
            _log.warning("A watcher misses something: %s", problem.message)


def _text(asked: Body) -> str:
    text = asked.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Malformed("This command needs a text.", status="invalid_message")
    return text
