"""A ticket opens one socket, once, for what it was made for, in its time."""

import asyncio
from dataclasses import replace

import pytest

from vivavoce.base.errors import Unauthorized
from vivavoce.features.voices.tickets import GOOD_SECONDS, TICKETS, Tickets
from vivavoce.ports.clock import SECOND, ManualClock
from vivavoce.ports.documents import Query
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.ports.identity import ALL, Caller

pytestmark = pytest.mark.anyio

OWNER = Caller("ws_a", "user_1", "editor", frozenset({ALL}), key_id="key_1")


class Office:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.documents = MemoryDocuments(self.clock)
        self.tickets = Tickets(self.documents, self.clock)

    async def kept(self) -> int:
        return await self.documents.count(TICKETS, "ws_a", Query())


async def test_it_lets_in_whoever_it_was_made_for_and_only_to_speech() -> None:
    office = Office()
    caller = await office.tickets.redeem(await office.tickets.issue(OWNER, "tts_websocket"), "tts_websocket")
    assert caller == Caller("ws_a", "user_1", "editor", frozenset({"speech_write"}))
    assert not caller.may("convai", write=False)
    assert await office.kept() == 0


async def test_it_is_good_once_however_many_try_at_the_same_time() -> None:
    office = Office()
    token = await office.tickets.issue(OWNER, "realtime_scribe")
    tries = (office.tickets.redeem(token, "realtime_scribe") for _ in range(5))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Caller) for result in results) == 1
    assert sum(isinstance(result, Unauthorized) for result in results) == 4


async def test_it_is_for_one_purpose_and_for_a_quarter_of_an_hour() -> None:
    office = Office()
    token = await office.tickets.issue(OWNER, "realtime_scribe")
    with pytest.raises(Unauthorized):
        await office.tickets.redeem(token, "tts_websocket")
    office.clock.advance(GOOD_SECONDS * SECOND + 1)
    with pytest.raises(Unauthorized):
        await office.tickets.redeem(token, "realtime_scribe")


async def test_what_nobody_used_is_swept_out_by_the_next_one() -> None:
    office = Office()
    await office.tickets.issue(OWNER, "realtime_scribe")
    office.clock.advance(GOOD_SECONDS * SECOND + 1)
    await office.tickets.issue(OWNER, "realtime_scribe")
    assert await office.kept() == 1


@pytest.mark.parametrize("token", ["", "sutkn", "sutkn.ws_a.x", "sutkn.ws_b.", "x" * 10_000, "sutkn..."])
async def test_what_is_none_is_refused(token: str) -> None:
    office = Office()
    await office.tickets.issue(OWNER, "realtime_scribe")
    with pytest.raises(Unauthorized):
        await office.tickets.redeem(token, "realtime_scribe")


async def test_the_ticket_of_one_workspace_is_no_ticket_of_another() -> None:
    office = Office()
    token = await office.tickets.issue(OWNER, "realtime_scribe")
    with pytest.raises(Unauthorized):
        await office.tickets.redeem(token.replace("ws_a", "ws_b"), "realtime_scribe")
    assert (await office.tickets.issue(replace(OWNER, workspace_id="ws_b"), "realtime_scribe")).split(".")[1] == "ws_b"
