"""`Conversation` of the official Python SDK against a running server: a call with a headset, and a chat."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elevenlabs.conversational_ai.conversation import (
    AgentChatResponsePartType,
    ClientTools,
    Conversation,
    OnPremInitiationData,
)
from tests.contract.calling import (
    GOODBYE,
    HELLO,
    QUESTION,
    TOOL,
    USE_TOOL,
    WEATHER,
    CallServer,
    desk,
    is_beginning,
    told_of_tools,
)
from tests.contract.diary import Diary
from tests.contract.sounding import Headset
from tests.support.voices import said


@contextmanager
def conversation(server: CallServer, agent_id: str, diary: Diary, **more: Any) -> Iterator[Conversation]:
    """A conversation that is begun, and ended with the block if nobody else has."""
    tools = ClientTools()
    tools.register(TOOL, lambda parameters: diary.note("tool", parameters) or WEATHER)
    talk = Conversation(
        server.official(),
        agent_id,
        requires_auth=more.pop("requires_auth", False),
        client_tools=tools,
        callback_agent_response=diary.writer("agent"),
        callback_agent_response_correction=diary.writer("correction"),
        callback_agent_chat_response_part=diary.writer("part"),
        callback_user_transcript=diary.writer("user"),
        callback_latency_measurement=diary.writer("latency"),
        callback_audio_alignment=diary.writer("alignment"),
        callback_disconnect=diary.writer("disconnected"),
        **more,
    )
    talk.start_session()
    try:
        yield talk
    finally:
        talk.end_session()
        talk.wait_for_session_end()


def test_a_call(call_server: CallServer) -> None:
    diary = Diary()
    headset = Headset(diary)
    with conversation(call_server, call_server.agent(), diary, audio_interface=headset) as talk:
        diary.until("agent", lambda text: text == HELLO)
        diary.until("audio")

        headset.say(said(1.2))
        diary.until("user", lambda text: text == QUESTION)
        reply = diary.until("agent")
        diary.until("audio")

        headset.say(said(1.2))
        diary.until("silenced")
        _, heard = diary.until("correction", lambda pair: pair[0] == reply)
        assert is_beginning(heard, reply)
        diary.until("user", lambda text: text == QUESTION)
        diary.until("agent")

        talk.send_user_message(USE_TOOL)
        assert diary.until("tool")["city"] == "Lisbon"
        diary.until("agent", lambda text: WEATHER in text)
        diary.until("latency")

        talk.send_user_message(GOODBYE)
        ended = diary.until("disconnected")
        assert (ended.reason, ended.close_code) == ("agent", 1000)
        conversation_id = talk.wait_for_session_end()

    assert conversation_id is not None
    record = call_server.record(conversation_id)
    assert record["status"] == "done"
    assert record["transcript"][0]["role"] == "agent"
    assert [turn["message"] for turn in record["transcript"] if turn["role"] == "user"] == [
        *(QUESTION, QUESTION),
        *(USE_TOOL, GOODBYE),
    ]
    assert [turn["interrupted"] for turn in record["transcript"] if turn["message"] == heard] == [True]
    assert told_of_tools(record) == [(TOOL, WEATHER)]


def test_a_chat(call_server: CallServer) -> None:
    diary = Diary()
    with conversation(call_server, call_server.agent(), diary) as talk:
        diary.until("agent", lambda text: text == HELLO)
        diary.until("part", lambda part: part[1] == AgentChatResponsePartType.STOP)

        talk.send_user_message(QUESTION)
        reply = diary.until("agent")
        diary.until("part", lambda part: part[1] == AgentChatResponsePartType.STOP)
        written = "".join(text for text, _ in diary.all("part"))
        assert written == HELLO + reply

        # Writing while the agent writes cuts it off.
        talk.send_user_message(QUESTION)
        diary.until("part", lambda part: part[1] == AgentChatResponsePartType.DELTA)
        talk.send_user_message(USE_TOOL)
        assert diary.until("tool")["city"] == "Lisbon"
        diary.until("agent", lambda text: WEATHER in text)
        talk.end_session()
        assert diary.until("disconnected").reason == "user"
        conversation_id = talk.wait_for_session_end()

    assert conversation_id is not None
    assert diary.all("audio") == []
    transcript = call_server.record(conversation_id)["transcript"]
    assert [turn["message"] for turn in transcript if turn["role"] == "user"] == [QUESTION, QUESTION, USE_TOOL]
    cut = next(turn["message"] for turn in transcript if turn["interrupted"])
    assert is_beginning(cut, reply)


def test_a_closed_agent_is_reached_by_a_signed_url(call_server: CallServer) -> None:
    diary = Diary()
    agent_id = call_server.agent({"platform_settings": {"auth": {"enable_auth": True}}})
    with conversation(call_server, agent_id, diary, requires_auth=True):
        diary.until("agent", lambda text: text == HELLO)


def test_a_closed_agent_stays_closed_without_one(call_server: CallServer) -> None:
    diary = Diary()
    agent_id = call_server.agent({"platform_settings": {"auth": {"enable_auth": True}}})
    with conversation(call_server, agent_id, diary):
        ended = diary.until("disconnected")
    assert (ended.reason, ended.close_code) == ("error", 1008)
    assert "sign" in ended.close_reason


def test_the_self_hosted_handshake_brings_an_agent_of_its_own(call_server: CallServer) -> None:
    diary = Diary()
    agent_id = call_server.agent()
    brought = OnPremInitiationData(
        f"{call_server.sockets}/v1/convai/conversation?agent_id={agent_id}",
        agent_config_dict={**desk(), "conversation_config": {"agent": {"first_message": "Hello from your own file."}}},
    )
    with conversation(call_server, agent_id, diary, on_prem_config=brought):
        diary.until("agent", lambda text: text == "Hello from your own file.")
