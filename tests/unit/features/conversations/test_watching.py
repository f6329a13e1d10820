"""A watcher is told when there is nothing to watch any more, and holds up nobody."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from vivavoce.api.sockets import ServedSocket
from vivavoce.base.errors import Unavailable
from vivavoce.base.json import Body, Json
from vivavoce.features.conversations import routes_monitor
from vivavoce.features.conversations.monitor import WATCH_SECONDS
from vivavoce.features.conversations.watching import Watched
from vivavoce.live.links.websocket import WAITING_BYTES
from vivavoce.live.virtual_time import pass_time, run_virtually
from vivavoce.ports.bus import LocalBus, Message

NAME = "call:conv_1"
TOLD: Body = {"type": "agent_response"}


def watched(bus: LocalBus, news: AsyncIterator[Message] | None = None) -> Watched:
    return Watched(bus, NAME, "user_1", {"number": 0, "events": [TOLD]}, news or told(0))


async def told(count: int) -> AsyncIterator[Message]:
    for number in range(1, count + 1):
        yield Message(NAME, {"number": number, "event": TOLD})


def test_a_watch_ends_when_the_process_that_held_the_call_is_gone() -> None:
    asked: list[Json] = []

    async def answer(body: Json) -> Json:
        asked.append(body)
        if len(asked) == 2:
            raise Unavailable("The database is away.")
        return {}

    async def run() -> None:
        bus = LocalBus()
        async with bus.answer(NAME, answer):
            lost = asyncio.ensure_future(watched(bus).lost())
            await pass_time(WATCH_SECONDS + 1)
            assert not lost.done()
        await pass_time(WATCH_SECONDS / 3)
        assert lost.done()

    run_virtually(run())
    assert asked == [{"command": "watch"}] * 3


def test_a_watcher_who_does_not_read_is_not_told_for_ever() -> None:
    class Full:
        waiting_bytes = 0
        sent = 0

        def send(self, frame: bytes) -> None:
            self.sent += 1
            self.waiting_bytes += WAITING_BYTES // 2

    async def run() -> int:
        socket = Full()
        await routes_monitor._tell(cast(ServedSocket, socket), watched(LocalBus(), told(100)))
        return socket.sent

    assert run_virtually(run()) == 3
