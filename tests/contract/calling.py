"""What the real-time tests of the official clients share: a server whose ear, mind and voice follow a script, and the
agent that they call.

The server is the whole product in processes of its own, started once for all of them, with its scripted providers
chosen by settings like any others. The ear hears `QUESTION` whatever is said to it. The mind holds small talk: it
answers the question at length, calls a tool that it is asked to use, and ends the call at a goodbye.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from elevenlabs import ElevenLabs
from tests.support.servers import RunningServer, serving
from websockets.sync.client import connect

HELLO = "Hello there, this is the front desk."
QUESTION = "what is vivavoce"
TOOL = "look_up_weather"
USE_TOOL = f'Use {TOOL} {{"city": "Lisbon"}}'
WEATHER = "Sunny in Lisbon"
GOODBYE = "Goodbye."

PROVIDERS = {
    "ear": {"scripted": {"lines": [QUESTION], "repeats": True}},
    "voice": {"scripted": {}},
    # Slow enough to be interrupted while it writes.
    "language": {"scripted": {"first_token_seconds": 0.05, "token_seconds": 0.02}},
}
EVENTS = (
    "audio",
    "interruption",
    "user_transcript",
    "agent_response",
    "agent_response_correction",
    "agent_chat_response_part",
    "agent_tool_response",
    "vad_score",
    "ping",
)


PAUSE = threading.Event()
"""Between two questions whether something has come about; nobody ever sets it."""


@dataclass(frozen=True)
class CallServer:
    """Where the calls go."""

    address: str
    key: str
    process: RunningServer
    folder: Path

    @property
    def sockets(self) -> str:
        """The same address for sockets."""
        return self.address.replace("http", "ws", 1)

    def official(self) -> ElevenLabs:
        """The official client, as an administrator."""
        return ElevenLabs(base_url=self.address, api_key=self.key)

    def agent(self, *changes: dict[str, Any]) -> str:
        """A new agent with these changes to its document."""
        document = desk()
        for change in changes:
            _lay_over(document, change)
        answer = httpx.post(
            f"{self.address}/v1/convai/agents/create", json=document, headers={"xi-api-key": self.key}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        agent_id: str = answer.json()["agent_id"]
        return agent_id

    def chatted(self, agent_id: str, *lines: str) -> str:
        """A conversation in writing that is over; its id."""
        address = f"{self.sockets}/v1/convai/conversation?agent_id={agent_id}&source=js_sdk"
        begin = {
            "type": "conversation_initiation_client_data",
            "conversation_config_override": {"conversation": {"text_only": True}},
            "dynamic_variables": {"customer_name": "Zoë"},
        }
        left, conversation_id = list(lines), ""
        with connect(address, additional_headers={"xi-api-key": self.key}) as socket:
            socket.send(json.dumps(begin))
            for frame in socket:
                event = json.loads(frame)
                if event["type"] == "conversation_initiation_metadata":
                    conversation_id = event["conversation_initiation_metadata_event"]["conversation_id"]
                elif event["type"] == "agent_response":
                    if not left:
                        break
                    socket.send(json.dumps({"type": "user_message", "text": left.pop(0)}))
        self.record(conversation_id)
        return conversation_id

    def record(self, conversation_id: str, *, within: float = 20.0) -> dict[str, Any]:
        """What the server keeps of a conversation, once it is over."""
        return self.kept(conversation_id, lambda record: record["status"] in ("done", "failed"), within=within)

    def kept(
        self, conversation_id: str, fits: Callable[[dict[str, Any]], object], *, within: float = 20.0
    ) -> dict[str, Any]:
        """What the server keeps of a conversation, once that fits."""
        with httpx.Client(base_url=self.address, headers={"xi-api-key": self.key}, timeout=30) as client:
            last = time.monotonic() + within
            while True:
                answer = client.get(f"/v1/convai/conversations/{conversation_id}")
                assert answer.status_code == 200, answer.text
                found: dict[str, Any] = answer.json()
                if fits(found):
                    return found
                assert time.monotonic() < last, f"not kept within {within} s; but this is: {found}"
                PAUSE.wait(0.05)


@contextmanager
def call_server(folder: Path, *options: str, database_url: str | None = None, **settings: Any) -> Iterator[CallServer]:
    """A server with scripted providers, until the block ends; on a database of its own, if no other is named."""
    environment = {
        "VIVAVOCE_PROVIDERS": json.dumps(PROVIDERS),
        "VIVAVOCE_REQUESTS_PER_MINUTE": "0",
        "VIVAVOCE_ALLOW_ENCLAVE_SETUP": "true",
        **settings,
    }
    url = database_url or f"sqlite:///{folder}/vivavoce.db"
    with serving(folder, url, *options, environment=environment) as server:
        yield CallServer(server.address, server.key, server, folder)


def desk() -> dict[str, Any]:
    """The agent that most tests call."""
    weather = {
        "type": "client",
        "name": TOOL,
        "description": "The weather of a city.",
        "expects_response": True,
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Which city."}},
            "required": ["city"],
        },
    }
    prompt = {
        "prompt": "You are Ida at the front desk.",
        "llm": "scripted",
        "tools": [weather],
        "built_in_tools": {"end_call": {"name": "end_call", "params": {"system_tool_type": "end_call"}}},
    }
    return {
        "name": "Front desk",
        "conversation_config": {
            "agent": {"first_message": HELLO, "language": "en", "prompt": prompt},
            "conversation": {"client_events": list(EVENTS)},
            "turn": {"turn_eagerness": "eager"},
        },
        "platform_settings": {
            "overrides": {"conversation_config_override": {"conversation": {"text_only": True}}},
        },
    }


def script(where: dict[str, Any]) -> dict[str, Any]:
    """What a caller in JavaScript is told: where to call and what to say."""
    return {
        "where": where,
        "hello": HELLO,
        "question": QUESTION,
        "tool": TOOL,
        "useTool": USE_TOOL,
        "weather": WEATHER,
        "goodbye": GOODBYE,
    }


def told_of_tools(record: dict[str, Any]) -> list[tuple[str, str]]:
    """The client's tools that a record tells of, and what they answered."""
    results = [result for turn in record["transcript"] for result in turn["tool_results"]]
    return [(result["tool_name"], result["result_value"]) for result in results if result["tool_name"] == TOOL]


def is_beginning(heard: str, whole: str) -> bool:
    """Whether somebody heard only the beginning of it."""
    words = heard.rstrip(" .…")
    return len(words) < len(whole.rstrip(" .")) and whole.startswith(words)


def _lay_over(document: dict[str, Any], change: dict[str, Any]) -> None:
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _lay_over(document[name], value)
        else:
            document[name] = value
