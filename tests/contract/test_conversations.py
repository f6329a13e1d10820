"""Conversations as records, through the official Python SDK: held with its own client, then looked up."""

import threading
from typing import Any

import pytest
from elevenlabs.conversational_ai.conversation import Conversation, ConversationInitiationData
from tests.contract.making import new_agent, patch
from websockets.exceptions import ConnectionClosed

SECONDS = 20


def chat(contract: Any, agent_id: str, *messages: str, signed: bool = False, **data: Any) -> str:
    """Hold a conversation by text, each message after the answer to the last one; its id."""
    answered = threading.Semaphore(0)
    ended = threading.Event()

    def disconnected(*_: object) -> None:
        ended.set()
        answered.release()

    conversation = Conversation(
        contract.python,
        agent_id,
        requires_auth=signed,
        audio_interface=None,
        config=ConversationInitiationData(**data),
        callback_agent_response=lambda _: answered.release(),
        callback_disconnect=disconnected,
    )
    conversation.start_session()
    for message in messages:
        assert answered.acquire(timeout=SECONDS) and not ended.is_set(), "the agent does not answer"
        conversation.send_user_message(message)
    assert answered.acquire(timeout=SECONDS) and not ended.is_set(), "the agent does not answer"
    conversation.end_session()
    id = conversation.wait_for_session_end()
    assert id is not None
    while contract.http.get(f"/v1/convai/conversations/{id}").json()["status"] == "in-progress":
        pass  # who hangs up does not wait for the server to notice
    return id


def talker(contract: Any, **settings: Any) -> str:
    """An agent for conversations by text."""
    agent_id = new_agent(contract)
    config = {"agent": {"first_message": "Welcome."}, "conversation": {"text_only": True}}
    patch(contract, agent_id, {"conversation_config": config, **settings})
    return agent_id


@pytest.mark.covers("GET /v1/convai/conversations", "GET /v1/convai/conversations/{conversation_id}")
def test_a_conversation_is_found_and_read(contract):
    agent_id = talker(contract)
    conversation_id = chat(contract, agent_id, "What can you do?", dynamic_variables={"age": 41})
    conversations = contract.python.conversational_ai.conversations
    found = conversations.list(agent_id=agent_id, dynamic_variable_params=["age:gte:41"], search="what CAN")
    assert [(each.conversation_id, each.status, each.message_count) for each in found.conversations] == [
        (conversation_id, "done", 3)
    ]
    assert not conversations.list(agent_id=agent_id, dynamic_variable_params=["age:gt:41"]).conversations
    read = conversations.get(conversation_id)
    assert [entry.role for entry in read.transcript] == ["agent", "user", "agent"]
    assert read.transcript[1].message == "What can you do?"
    assert read.metadata.termination_reason == "The caller hung up."
    assert contract.last["conversation_initiation_client_data"]["dynamic_variables"] == {"age": 41}
    agents = contract.python.conversational_ai.agents.list(search=read.agent_name).agents
    assert next(each for each in agents if each.agent_id == agent_id).last_call_time_unix_secs is not None


@pytest.mark.covers("DELETE /v1/convai/conversations/{conversation_id}")
def test_a_deleted_conversation_is_gone(contract):
    agent_id = talker(contract)
    conversation_id = chat(contract, agent_id)
    contract.python.conversational_ai.conversations.delete(conversation_id)
    assert contract.http.get(f"/v1/convai/conversations/{conversation_id}").status_code == 404
    assert not contract.python.conversational_ai.conversations.list(agent_id=agent_id).conversations


@pytest.mark.covers("POST /v1/convai/conversations/{conversation_id}/feedback")
def test_feedback_is_kept_with_the_conversation(contract):
    conversation_id = chat(contract, talker(contract))
    conversations = contract.python.conversational_ai.conversations
    conversations.feedback.create(conversation_id, feedback="like")
    assert conversations.get(conversation_id).metadata.feedback.overall_score == "like"
    contract.http.post(f"/v1/convai/conversations/{conversation_id}/feedback", json={"rating": 2, "comment": "Slow."})
    assert [each.conversation_id for each in conversations.list(rating_max=2).conversations] == [conversation_id]


@pytest.mark.covers("GET /v1/convai/conversation/get-signed-url")
def test_a_closed_agent_takes_whoever_has_a_signed_url(contract):
    agent_id = talker(contract, platform_settings={"auth": {"enable_auth": True}})
    with pytest.raises((AssertionError, RuntimeError, ConnectionClosed)):
        chat(contract, agent_id, "Hello?")
    conversation_id = chat(contract, agent_id, signed=True)
    read = contract.python.conversational_ai.conversations.get(conversation_id)
    assert read.metadata.authorization_method == "signed_url"
