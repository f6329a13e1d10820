"""The line between supervisor and child: its end is noticed however it comes."""

import asyncio
import socket

import pytest

from vivavoce.processes.control import (
    ControlLine,
    FetchingUnwanted,
    JobsNeeded,
    Message,
    ModelsMissing,
    Ready,
    decode,
    encode,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("unread", [0, 1, 3])
async def test_a_supervisor_that_goes_is_noticed_also_with_words_unread(unread: int) -> None:
    supervisor, child = socket.socketpair()
    line = ControlLine(child.detach())
    for _ in range(unread):
        line.say(JobsNeeded())
    supervisor.close()
    async with asyncio.timeout(10):
        await line.closed()


async def test_a_word_to_a_supervisor_that_is_gone_is_no_error() -> None:
    supervisor, child = socket.socketpair()
    line = ControlLine(child.detach())
    supervisor.close()
    line.say(JobsNeeded())


@pytest.mark.parametrize(
    "message", [Ready({"new": True}), JobsNeeded(2.5), ModelsMissing(["ears"]), FetchingUnwanted()]
)
def test_what_is_said_is_what_is_heard(message: Message) -> None:
    assert decode(encode(message)) == message
