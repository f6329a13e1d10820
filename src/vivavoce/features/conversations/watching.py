"""Watching and steering a call from any process: the side of the one who watches. `monitor` is the other side.

    async with watching.of(caller, conversation_id) as watched:
        watched.newest              what the client was told of late
        async for event in watched.events(): ...
        await watched.command("end_call", {})
        await watched.lost()        until nobody holds the call any more

It ends when the call does, also when its process did. A watcher that took the call over gives it back when he goes:
nobody is left with a line that nobody answers.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from vivavoce.base.errors import Conflict, Forbidden, Problem, Unavailable
from vivavoce.base.json import Body, Json
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.monitor import WATCH_SECONDS, name_of_call
from vivavoce.ports.bus import NOBODY_ANSWERS, Bus, Lost, News
from vivavoce.ports.identity import Caller

TAKE_OVER = "enable_human_takeover"
GIVE_BACK = "disable_human_takeover"


class Watching:
    """Opens watches on the calls of all processes."""

    def __init__(self, history: Conversations, bus: Bus) -> None:
        self._history = history
        self._bus = bus

    @asynccontextmanager
    async def of(self, caller: Caller, conversation_id: str) -> "AsyncGenerator[Watched]":
        """A watch on a call that runs; a `Problem` if it does not, or may not be watched."""
        row = await self._history.row(caller.workspace_id, conversation_id)
        if row.ended_at is not None:
            raise _over()
        if not row.body.get("monitored"):
            raise Forbidden(
                "Monitoring is off for this agent (conversation.monitoring_enabled).", status="monitoring_disabled"
            )
        name = name_of_call(conversation_id)
        async with self._bus.subscribe(name) as news:
            try:
                begun: Body = await self._bus.request(name, {"command": "watch"})
            except Unavailable:
                raise _over() from None
            watched = Watched(self._bus, name, caller.user_id, begun, news)
            try:
                yield watched
            finally:
                await watched.leave()


class Watched:
    """A call as one watcher sees it."""

    def __init__(self, bus: Bus, name: str, user_id: str, begun: Body, news: AsyncIterator[News]) -> None:
        self.newest: list[Body] = begun["events"]
        self._bus = bus
        self._name = name
        self._user_id = user_id
        self._number: int = begun["number"]
        self._news = news
        self._has_taken_over = False

    async def events(self) -> AsyncIterator[Body]:
        """What the client is told from now on, to the call's end."""
        async for news in self._news:
            if isinstance(news, Lost):
                continue
            body: Body = news.body
            if "over" in body:
                return
            # What came before the watch began is among the newest.
            if body["number"] > self._number:
                yield body["event"]

    async def command(self, command: str, parameters: Mapping[str, Json]) -> None:
        """Have the call's process do something; its `Problem` is raised here."""
        text = next((parameters[name] for name in ("text", "contextual_update", "message") if name in parameters), None)
        asked: dict[str, Any] = {**parameters, "command": command, "text": text, "by": self._user_id}
        await self._bus.request(self._name, asked)
        if command in (TAKE_OVER, GIVE_BACK):
            self._has_taken_over = command == TAKE_OVER

    async def lost(self) -> None:
        """Say now and then that somebody is still watching, until nobody is there to hear it: a process that was killed
        tells nobody that its calls are over.
        """
        while True:
            await asyncio.sleep(WATCH_SECONDS / 3)
            try:
                await self._bus.request(self._name, {"command": "watch"})
            except Problem as problem:
                if problem.status == NOBODY_ANSWERS:
                    return

    async def leave(self) -> None:
        """Give back what was taken over."""
        if self._has_taken_over:
            with suppress(Problem):
                await self.command(GIVE_BACK, {})


def _over() -> Conflict:
    return Conflict("This conversation is not running.", status="conversation_not_running")
