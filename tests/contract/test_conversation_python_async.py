"""`AsyncConversation` of the official Python SDK against a running server: a call with a headset, and a chat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from elevenlabs.conversational_ai.conversation import AgentChatResponsePartType, AsyncConversation, ClientTools
from tests.contract.calling import (
    GOODBYE,
    HELLO,
    QUESTION,
    TOOL,
    USE_TOOL,
    WEATHER,
    CallServer,
    is_beginning,
    told_of_tools,
)
from tests.contract.diary import Diary
from tests.contract.sounding import AsyncHeadset
from tests.support.voices import said

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def conversation(
    server: CallServer, agent_id: str, diary: Diary, **more: Any
) -> AsyncIterator[AsyncConversation]:
    """A conversation that is begun, and ended with the block if nobody else has."""
    tools = ClientTools(loop=asyncio.get_running_loop())
    tools.register(TOOL, diary.async_writer("tool", answer=WEATHER), is_async=True)
    talk = AsyncConversation(
        server.official(),
        agent_id,
        requires_auth=False,
        client_tools=tools,
        callback_agent_response=diary.async_writer("agent"),
        callback_agent_response_correction=diary.async_writer("correction"),
        callback_agent_chat_response_part=diary.async_writer("part"),
        callback_user_transcript=diary.async_writer("user"),
        callback_latency_measurement=diary.async_writer("latency"),
        callback_audio_alignment=diary.async_writer("alignment"),
        callback_disconnect=diary.async_writer("disconnected"),
        **more,
    )
    await talk.start_session()
    try:
        yield talk
    finally:
        await talk.end_session()
        await talk.wait_for_session_end()


async def test_a_call(call_server: CallServer) -> None:
    diary = Diary()
    headset = AsyncHeadset(diary)
    async with conversation(call_server, call_server.agent(), diary, audio_interface=headset) as talk:
        await diary.meets("agent", lambda text: text == HELLO)
        await diary.meets("audio")

        headset.say(said(1.2))
        await diary.meets("user", lambda text: text == QUESTION)
        reply = await diary.meets("agent")
        await diary.meets("audio")

        headset.say(said(1.2))
        await diary.meets("silenced")
        _, heard = await diary.meets("correction", lambda pair: pair[0] == reply)
        assert is_beginning(heard, reply)
        await diary.meets("user", lambda text: text == QUESTION)
        await diary.meets("agent")

        await talk.send_user_message(USE_TOOL)
        assert (await diary.meets("tool"))["city"] == "Lisbon"
        await diary.meets("agent", lambda text: WEATHER in text)
        await diary.meets("latency")

        await talk.send_user_message(GOODBYE)
        ended = await diary.meets("disconnected")
        assert (ended.reason, ended.close_code) == ("agent", 1000)
        conversation_id = await talk.wait_for_session_end()

    assert conversation_id is not None
    record = await asyncio.to_thread(call_server.record, conversation_id)
    assert record["status"] == "done"
    assert heard in [turn["message"] for turn in record["transcript"] if turn["interrupted"]]
    assert told_of_tools(record) == [(TOOL, WEATHER)]


async def test_a_chat(call_server: CallServer) -> None:
    diary = Diary()
    async with conversation(call_server, call_server.agent(), diary) as talk:
        await diary.meets("agent", lambda text: text == HELLO)
        await diary.meets("part", lambda part: part[1] == AgentChatResponsePartType.STOP)

        await talk.send_user_message(QUESTION)
        reply = await diary.meets("agent")
        await diary.meets("part", lambda part: part[1] == AgentChatResponsePartType.STOP)

        # Writing while the agent writes cuts it off.
        await talk.send_user_message(QUESTION)
        await diary.meets("part", lambda part: part[1] == AgentChatResponsePartType.DELTA)
        await talk.send_user_message(USE_TOOL)
        assert (await diary.meets("tool"))["city"] == "Lisbon"
        await diary.meets("agent", lambda text: WEATHER in text)

        await talk.send_user_message(GOODBYE)
        ended = await diary.meets("disconnected")
        assert (ended.reason, ended.close_code) == ("agent", 1000)
        conversation_id = await talk.wait_for_session_end()

    assert conversation_id is not None
    transcript = (await asyncio.to_thread(call_server.record, conversation_id))["transcript"]
    cut = next(turn["message"] for turn in transcript if turn["interrupted"])
    assert is_beginning(cut, reply)
