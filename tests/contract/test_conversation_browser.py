"""`@elevenlabs/client` in a headless Chromium against a running server: a voice call over a WebSocket.

The page comes from another port of this machine than the server, so for the browser it is another site. The microphone
is a file that the browser plays again and again. Nothing is asked of any other machine.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.contract.calling import HELLO, QUESTION, WEATHER, CallServer, is_beginning, script
from tests.contract.test_conversation_node import noted
from tests.support.browsers import call_from_browser, chromium_or_skip, page_with_client
from tests.support.voices import said, silence, write_wav

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def chromium() -> str:
    return chromium_or_skip()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with page_with_client(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who says something every four seconds."""
    return write_wav(tmp_path_factory.mktemp("sound") / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))


def call(chromium: str, page: str, microphone: Path, **where: str) -> Any:
    """What a call came to: the conversation's id or its failure, the diary, and every address the browser asked."""
    return call_from_browser(HERE / "call_from_browser.cjs", chromium, page, microphone, script(where))


def only(page: str) -> dict[str, Any]:
    """An agent that nobody but this page may call."""
    return {"platform_settings": {"auth": {"allowlist": [{"hostname": urlsplit(page).netloc}]}}}


def test_a_call(call_server: CallServer, chromium: str, page: str, microphone: Path) -> None:
    agent_id = call_server.agent(only(page))
    told = call(chromium, page, microphone, agentId=agent_id, origin=call_server.sockets)
    assert "failure" not in told, told
    agent = noted(told, "agent")
    assert agent[0] == HELLO
    assert QUESTION in noted(told, "user")
    for correction in noted(told, "correction"):
        assert is_beginning(correction["corrected_agent_response"], correction["original_agent_response"])
    assert noted(told, "tool") == [{"city": "Lisbon"}]
    assert any(WEATHER in text for text in agent)
    assert noted(told, "error") == []
    assert noted(told, "disconnected")[0]["reason"] == "agent"
    assert noted(told, "vad_score")
    assert {urlsplit(address).hostname for address in told["asked"]} == {"127.0.0.1"}

    record = call_server.record(told["conversationId"])
    assert record["status"] == "done"
    assert any(turn["interrupted"] for turn in record["transcript"])


def test_a_page_that_the_agent_does_not_know(
    call_server: CallServer, chromium: str, page: str, microphone: Path
) -> None:
    agent_id = call_server.agent(only("http://shop.example/"))
    told = call(chromium, page, microphone, agentId=agent_id, origin=call_server.sockets)
    assert told["failure"]["closeCode"] == 1008
    assert "page" in told["failure"]["message"]
