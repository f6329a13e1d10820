"""`@elevenlabs/client` in a headless Chromium against a running server: a voice call over a WebSocket.

The page comes from another port of this machine than the server, so for the browser it is another site. The microphone
is a file that the browser plays again and again. Nothing is asked of any other machine.
"""

import functools
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.contract.calling import HELLO, QUESTION, WEATHER, CallServer, is_beginning, script
from tests.contract.javascript import node, node_modules
from tests.contract.test_conversation_node import noted
from tests.support.voices import said, silence, write_wav

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser; `./dev test` finds or installs one."""
    found = os.environ.get("VIVAVOCE_CHROMIUM")
    if not found:
        assert os.environ.get("CI") != "true", "There is no Chromium: run these tests through ./dev test."
        pytest.skip("no Chromium; ./dev test says how to get one")
    return found


class Quietly(http.server.SimpleHTTPRequestHandler):
    """Serves files without saying so."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with the official client's own bundle."""
    site = tmp_path_factory.mktemp("site")
    bundle = node_modules() / "@elevenlabs" / "client" / "dist" / "lib.iife.js"
    for name, source in {"index.html": HERE / "page.html", "diary.js": HERE / "diary.js", "client.js": bundle}.items():
        (site / name).write_bytes(source.read_bytes())
    (site / "favicon.ico").touch()
    handler = functools.partial(Quietly, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who says something every four seconds."""
    return write_wav(tmp_path_factory.mktemp("sound") / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))


def call(chromium: str, page: str, microphone: Path, **where: str) -> Any:
    """What a call came to: the conversation's id or its failure, the diary, and every address the browser asked."""
    command = [node(), HERE / "call_from_browser.cjs", node_modules(), chromium, page, microphone]
    done = subprocess.run(
        [*command, json.dumps(script(where))], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
