"""The talk page in a headless Chromium, as somebody without a login meets it. The journey is in `talk.cjs`.

Pictures in light, in dark and on a phone are kept in `artifacts/talk`, to be looked at.
"""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.contract.calling import QUESTION, CallServer
from tests.dashboard.test_dashboard import REPOSITORY, first_bytes, visit
from tests.support.voices import said, silence, write_wav

pytestmark = pytest.mark.browser

SHOTS = REPOSITORY / "artifacts" / "talk"
MOST_FIRST_BYTES = 100_000
NO_WRITING = {"conversation_config_override": {"conversation": {"text_only": False}}}
TERMS = "#### Before you begin\n\nWhat you say is **kept**. [Privacy](https://privacy.example/)\n<b onclick=x>bold</b>"
HTML = """<div>Loose words<h3>The <i>rules</i></h3><ul><li>Be <b>kind</b></li></ul>
<p onclick="alert(1)">See <a href="javascript:alert(1)">this</a><img src="https://evil.example/x.png"></p>
<script>document.title = "taken over"</script><iframe src="https://evil.example/"></iframe></div>"""


def visitors_agent(server: CallServer, *changes: dict[str, Any]) -> str:
    """An agent that has all a talk page can show."""
    open_gates = {"agent": {"language": True}, "conversation": {"text_only": True}}
    looks = {
        "name": "Front desk ليلى <b>bold</b>",
        "conversation_config": {
            "agent": {"first_message": "Hello there, {{visitor}}."},
            "language_presets": {"de": {"overrides": {"agent": {"first_message": "Guten Tag, {{visitor}}."}}}},
        },
        "platform_settings": {
            "overrides": {"conversation_config_override": open_gates},
            "widget": {
                "shareable_page_text": "Ask whatever you like about the house.",
                "terms_text": TERMS,
                "feedback_mode": "end",
                "language_selector": True,
                "language_presets": {"de": {"text_contents": {"start_chat": "Schreiben"}}},
            },
        },
    }
    return server.agent(looks, *changes)


def closed(server: CallServer, widget: dict[str, Any] | None = None, **auth: Any) -> str:
    return server.agent({"name": "Closed", "platform_settings": {"auth": auth, "widget": widget or {}}})


def walked(server: CallServer, chromium: str, part: str, **given: Any) -> dict[str, Any]:
    """What a part of the journey came to."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    told = visit(chromium, "talk", server, part=part, shots=str(SHOTS), agent=visitors_agent(server), **given)
    assert told["serious"] == [], "axe found what keeps somebody out"
    assert all(Path(shot).stat().st_size > 5_000 for shot in told["shots"])
    return told


def test_a_visitor_who_writes_in_every_look(server: CallServer, chromium: str) -> None:
    told = walked(server, chromium, "looks")
    assert told["sidewise"] == [], "a page is wider than its window"
    written = server.record(told["written"])
    assert written["transcript"][0]["message"] == "Guten Tag, Zoë."
    given = written["metadata"]["feedback"]
    assert (given["rating"], given["comment"]) == (4, "Kind 🙂")


def test_visitors_who_speak_and_what_stands_in_their_way(server: CallServer, chromium: str, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))
    told = walked(
        server,
        chromium,
        "troubles",
        microphone=str(microphone),
        plain=server.agent({"platform_settings": {"overrides": NO_WRITING, "widget": {"terms_html": HTML}}}),
        archived=server.agent({"platform_settings": {"archived": True}}),
        shut=closed(server, enable_auth=True, shareable_token="t0k3n"),
        locked=closed(server, {"feedback_mode": "during"}, enable_auth=True),
        elsewhere=closed(server, allowlist=[{"hostname": "shop.example"}]),
    )
    spoken = server.record(told["spoken"])
    assert any(turn["role"] == "user" and turn["message"] == QUESTION for turn in spoken["transcript"])
    shared = server.record(told["shared"])
    assert shared["metadata"]["authorization_method"] == "shareable_link"
    assert shared["metadata"]["feedback"]["likes"] == 1


def test_it_comes_to_everybody_and_is_small(server: CallServer) -> None:
    reply = httpx.get(f"{server.address}/talk/agent_x")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert first_bytes("talk.html") < MOST_FIRST_BYTES
