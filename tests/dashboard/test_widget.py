"""The widget in a headless Chromium: on pages of another origin under a strict policy, and in the editor.

The policy is the one that the documentation gives, word for word. Pictures are kept in `artifacts/widget`, to be
looked at.
"""

import base64
import http.server
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.calling import CallServer
from tests.dashboard.test_dashboard import REPOSITORY, visit
from tests.support.voices import said, silence, write_wav

pytestmark = pytest.mark.browser

SHOTS = REPOSITORY / "artifacts" / "widget"
HOW_TO = REPOSITORY / "docs" / "how-to" / "embed-the-widget.md"
FACE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
DARK = {
    "base": "#17191b",
    "base_hover": "#1e2022",
    "base_active": "#26282a",
    "base_border": "#323436",
    "base_subtle": "#a2a4a5",
    "base_primary": "#f3f4f4",
    "accent": "#86cbb6",
    "accent_hover": "#75b3a0",
    "accent_active": "#669f8d",
    "accent_primary": "#0d1f1a",
}
PAGE = """<!doctype html>
<html lang="en">
<title>A shop</title>
<link rel="icon" href="data:," />
<main><h1>A shop</h1><p>Whatever you like.</p></main>
<elevenlabs-convai {attributes}></elevenlabs-convai>
<script src="{script}" async></script>
"""


def recommended(server: CallServer) -> str:
    """The policy of the documentation, for this server."""
    found = re.search(r"<!-- policy -->\n```\nContent-Security-Policy: (.+)\n```", HOW_TO.read_text())
    assert found, "the documentation gives no policy"
    policy = found[1].replace("https://voice.example", server.address).replace("wss://voice.example", server.sockets)
    assert "unsafe" not in policy
    return policy


@contextmanager
def site(policy: str, pages: Mapping[str, str]) -> Iterator[str]:
    """Pages with a policy on a port of their own: for the browser another site than the server."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write((page or "").encode())

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def widgets_agent(server: CallServer, **settings: Any) -> str:
    gates = {"agent": {"language": True}, "conversation": {"text_only": True}}
    return server.agent({"platform_settings": {"overrides": {"conversation_config_override": gates}, **settings}})


def chatting(server: CallServer) -> str:
    """An agent with languages and terms."""
    preset = {"language_presets": {"de": {"overrides": {}}}}
    widget = {
        "language_selector": True,
        "terms_text": "#### Terms of the house\n\nWhat you write is **kept**.",
        "language_presets": {"de": {"text_contents": {"main_label": "Brauchen Sie Hilfe?"}}},
    }
    agent_id = widgets_agent(server, widget=widget)
    answer = httpx.patch(
        f"{server.address}/v1/convai/agents/{agent_id}",
        json={"conversation_config": preset},
        headers={"xi-api-key": server.key},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return agent_id


def test_the_widget(server: CallServer, chromium: str, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))
    picture = tmp_path / "face.png"
    picture.write_bytes(FACE)
    SHOTS.mkdir(parents=True, exist_ok=True)
    closed = widgets_agent(server, auth={"enable_auth": True}, widget={"styles": DARK})
    elsewhere = widgets_agent(server, auth={"allowlist": [{"hostname": "shop.example"}]})
    signed = server.official().conversational_ai.conversations.get_signed_url(agent_id=closed).signed_url

    agent = widgets_agent(server)

    def page(script: str, **attributes: str) -> str:
        written = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return PAGE.format(attributes=written.replace("&", "&amp;"), script=f"{server.address}{script}")

    orb = {"avatar": {"type": "orb", "color_1": "#2a5d4f", "color_2": "#e6f0ec"}}
    voice = widgets_agent(server, auth={"allowlist": [{"hostname": "127.0.0.1"}]}, widget=orb)
    pages = {
        "/voice": page("/widget.js", agent_id=voice, start_call_text="Ring the desk", default_expanded="true"),
        "/text": page("/convai-widget/index.js", agent_id=chatting(server)),
        "/elsewhere": page("/widget.js", agent_id=elsewhere),
        "/closed": page("/widget.js", agent_id=closed),
        "/signed": page(
            "/@elevenlabs/convai-widget-embed", signed_url=signed, agent_id=closed, default_expanded="true"
        ),
    }
    with site(recommended(server), pages) as address:
        told = visit(
            chromium,
            "widget",
            server,
            site=address,
            pages={path[1:]: path for path in pages},
            agent=agent,
            microphone=str(microphone),
            picture=str(picture),
            shots=str(SHOTS),
        )
    assert told["serious"] == [], "axe found what keeps somebody out"
    for served in (r"/embed/flag-\w+-de\.svg$", r"/embed/noise-\w+\.png$", rf"agent_id={agent}&.*signature="):
        assert any(re.search(served, address) for address in told["asked"]), served


def test_its_licences_come_along(server: CallServer) -> None:
    texts = httpx.get(f"{server.address}/embed/licences.txt").text
    for name in (
        "@elevenlabs/convai-widget-core",
        "@radix-ui/react-select",
        "preact",
        "circle-flags",
        "livekit-client",
    ):
        assert (f"{name} " in texts) is (name != "livekit-client"), name
    assert "Permission is hereby granted" in texts
