"""`@elevenlabs/client` in Node against a running server: a chat."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from tests.contract.calling import GOODBYE, HELLO, QUESTION, USE_TOOL, WEATHER, CallServer, is_beginning, script
from tests.contract.javascript import node, node_modules

from vivavoce.live.links.wire import ERROR_TYPES


def chat(**where: Any) -> Any:
    """What a chat came to: the conversation's id or its failure, and the diary."""
    command = [node(), Path(__file__).with_name("call_from_node.mjs"), node_modules(), json.dumps(script(where))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def noted(told: Any, kind: str) -> list[Any]:
    """All entries of a kind."""
    return [entry["what"] for entry in told["entries"] if entry["kind"] == kind]


def test_the_types_of_errors_are_those_of_the_contract() -> None:
    types = (node_modules() / "@elevenlabs" / "types" / "generated" / "types" / "asyncapi-types.ts").read_text()
    union = types.partition("export type ErrorEventErrorType =")[2].partition(";")[0]
    assert set(re.findall(r'"(\w+)"', union)) == ERROR_TYPES


def test_a_chat(call_server: CallServer) -> None:
    told = chat(agentId=call_server.agent(), origin=call_server.sockets)
    assert "failure" not in told, told
    agent = noted(told, "agent")
    assert agent[0] == HELLO
    assert any(WEATHER in text for text in agent)
    assert noted(told, "tool") == [{"city": "Lisbon"}]
    assert noted(told, "error") == noted(told, "audio") == []
    assert noted(told, "disconnected")[0]["reason"] == "agent"
    assert noted(told, "tool_response")[-1]["tool_name"] == "end_call"
    # Nothing came before the client was ready for it: each text begins where it begins.
    parts = [part["type"] for part in noted(told, "part")]
    assert parts[0] == "start"
    assert Counter(parts)["start"] == Counter(parts)["stop"]

    record = call_server.record(told["conversationId"])
    assert record["status"] == "done"
    transcript = record["transcript"]
    written = [turn for turn in transcript if turn["role"] == "user" and not turn["contextual_update_info"]]
    assert [turn["message"] for turn in written] == [QUESTION, QUESTION, USE_TOOL, GOODBYE]
    cut = next(turn["message"] for turn in transcript if turn["interrupted"])
    assert is_beginning(cut, agent[1])
    assert [turn["feedback"]["score"] for turn in transcript if turn["feedback"]] == ["like"]


def test_a_chat_by_a_signed_url(call_server: CallServer) -> None:
    agent_id = call_server.agent({"platform_settings": {"auth": {"enable_auth": True}}})
    signed_url = call_server.official().conversational_ai.conversations.get_signed_url(agent_id=agent_id).signed_url
    told = chat(signedUrl=signed_url)
    assert "failure" not in told, told


def test_a_chat_as_with_a_self_hosted_engine(call_server: CallServer) -> None:
    url = f"{call_server.sockets}/v1/convai/conversation?agent_id={call_server.agent()}"
    told = chat(orchestrator={"url": url})
    assert "failure" not in told, told


def test_an_agent_that_does_not_exist(call_server: CallServer) -> None:
    told = chat(agentId="agent_nobody", origin=call_server.sockets)
    assert told["failure"]["closeCode"] == 1008
    assert "no such agent" in told["failure"]["message"]
