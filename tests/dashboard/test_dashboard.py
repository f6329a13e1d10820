"""The dashboard in a headless Chromium against a whole server, as people use it. The journeys are in the `.cjs` files.

Pictures of every page in light, in dark and on a phone are kept in `artifacts/dashboard`, to be looked at.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.contract.calling import QUESTION, CallServer
from tests.contract.javascript import node, node_modules
from tests.support.voices import said, silence, write_wav

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
BUILT = REPOSITORY / "src" / "vivavoce" / "web" / "static"
SHOTS = REPOSITORY / "artifacts" / "dashboard"
MOST_FIRST_BYTES = 200_000


def visit(chromium: str, journey: str, server: CallServer, *, site: str = "", **given: object) -> dict[str, Any]:
    """What a journey came to. `site` is another one than the server's that it starts from."""
    modules = os.environ["VIVAVOCE_TEST_DASHBOARD_MODULES"]
    setting = json.dumps({"address": server.address, "key": server.key, "site": site, **given})
    command = [node(), HERE / f"{journey}.cjs", node_modules(), modules, chromium, setting]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    asked = {urlsplit(address).netloc for address in told["asked"] if not address.startswith(("blob:", "data:"))}
    assert asked == {urlsplit(each).netloc for each in (server.address, site) if each}, "a page asked somebody else"
    assert told["complaints"] == []
    return told


def posted(server: CallServer, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{server.address}{path}", json=body, headers={"xi-api-key": server.key}, timeout=30)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def branched(server: CallServer, agent_id: str) -> str:
    """A branch that gets a part of the calls; its id."""
    agent = httpx.get(f"{server.address}/v1/convai/agents/{agent_id}", headers={"xi-api-key": server.key}).json()
    body = {
        "parent_version_id": agent["version_id"],
        "name": "shorter ליאה <i>greeting</i>",
        "description": "Half as long, and a question at its end.",
        "conversation_config": {"agent": {"first_message": "Hi! What can I do?"}},
    }
    made = posted(server, f"/v1/convai/agents/{agent_id}/branches", body)["created_branch_id"]
    shares = [
        {"branch_id": id, "deployment_strategy": {"type": "percentage", "traffic_percentage": share}}
        for id, share in ((agent["branch_id"], 80), (made, 20))
    ]
    posted(server, f"/v1/convai/agents/{agent_id}/deployments", {"deployment_request": {"requests": shares}})
    return made


@pytest.mark.parametrize(
    "looks", [["light", "phone"], pytest.param(["dark", "phone-dark"], marks=pytest.mark.slow)], ids=" ".join
)
def test_every_page_in_every_look(server: CallServer, chromium: str, looks: list[str]) -> None:
    agent = server.agent({"name": "Front desk ليلى <b>bold</b> " + "very " * 20 + "long", "tags": ["desk", "rtl"]})
    talk = server.chatted(agent, QUESTION, "سلام <script>alert(1)</script> 🙂 " + "word" * 60)
    branch = branched(server, agent)
    # All looks are looked at on one server, and a name is good for one kept call.
    name = f"as it was in {looks[0]}"
    posted(server, "/v1/vivavoce/kept-calls", {"conversation_id": talk, "name": name, "keeps_words": True})
    SHOTS.mkdir(parents=True, exist_ok=True)
    told = visit(
        chromium, "pages", server, agent=agent, branch=branch, conversation=talk, shots=str(SHOTS), looks=looks
    )
    assert told["serious"] == [], "axe found what keeps somebody out"
    assert told["sidewise"] == [], "a page is wider than its window"
    assert all(Path(shot).stat().st_size > 5_000 for shot in told["shots"])


def test_the_first_hour(server: CallServer, chromium: str) -> None:
    path = posted(server, "/v1/vivavoce/login-links", {})["path"]
    other = posted(server, "/v1/service-accounts", {"name": "other"})["service-account-user-id"]
    keys = f"/v1/service-accounts/{other}/api-keys"
    key = posted(server, keys, {"name": "other", "permissions": "all"})["xi-api-key"]
    visit(chromium, "journey", server, login=path.partition("=")[2], otherKey=key)


def test_a_spoken_test_call(server: CallServer, chromium: str, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "microphone.wav", silence(2.0) + said(1.2) + silence(0.8))
    agent = server.agent()
    told = visit(chromium, "spoken", server, agent=agent, microphone=str(microphone))
    record = server.record(told["conversation"])
    assert any(turn["role"] == "user" and turn["message"] == QUESTION for turn in record["transcript"])
    branches = httpx.get(
        f"{server.address}/v1/convai/agents/{agent}/branches",
        params={"include_archived": True},
        headers={"xi-api-key": server.key},
    ).json()["results"]
    assert [branch["name"] for branch in branches] == ["main"], "a test call leaves nothing on the agent"


def test_a_microphone_that_is_refused(server: CallServer, chromium: str) -> None:
    visit(chromium, "refused", server, agent=server.agent())


def first_bytes(page: str) -> int:
    """What a browser loads for a page before anybody does anything, packed."""
    text = (BUILT / page).read_text()
    loaded = [path for path in (BUILT / "assets").glob("*.gz") if f"/assets/{path.stem}" in text]
    assert len(loaded) >= 2
    return sum(path.stat().st_size for path in loaded)


def test_what_goes_wrong_is_said_and_nothing_is_lost(server: CallServer, chromium: str) -> None:
    agent = server.agent({"name": "ليلى <b>bold</b> 🙂"})
    full = server.agent({"platform_settings": {"call_limits": {"daily_limit": 0}}})
    talk = server.chatted(agent, "سلام <script>alert(1)</script> 🙂")
    visit(chromium, "troubles", server, agent=agent, full=full, conversation=talk)


def test_providers_are_tried_and_written_down(server: CallServer, chromium: str) -> None:
    visit(chromium, "console", server)


def test_the_first_load_is_small(server: CallServer) -> None:
    assert first_bytes("index.html") < MOST_FIRST_BYTES
