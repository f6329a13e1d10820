"""The official command line client against the real server: projects pushed, pulled and compared.

A push reads every agent back and warns of each local field that "was not persisted". There must be no such warning,
whatever the template, and whatever fields nobody knows are in a document.
"""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.cli import run_cli
from tests.contract.differing import differing, kept
from tests.contract.running import RunningServer

from vivavoce.features.agents.document.body import Document

TEMPLATES = ("default", "minimal", "voice-only", "text-only", "customer-service", "assistant")
LOST = "not persisted"


class Project:
    """A folder that the client works in."""

    def __init__(self, folder: Path, base_url: str, api_key: str) -> None:
        self.folder = folder
        self._environment = {"ELEVENLABS_BASE_URL": base_url, "ELEVENLABS_API_KEY": api_key}
        folder.mkdir()
        self("agents", "init", ".")

    def __call__(self, *arguments: str) -> str:
        """Run a command that has to succeed; everything it says."""
        done = run_cli(self.folder, *arguments, **self._environment)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        return said

    def config(self, name: str) -> Path:
        """The file of an agent."""
        return self.folder / "agent_configs" / f"{name}.json"

    def agents(self) -> list[dict[str, Any]]:
        """What the project knows of its agents."""
        listed: list[dict[str, Any]] = json.loads((self.folder / "agents.json").read_text())["agents"]
        return listed


@pytest.fixture
def project(tmp_path: Path, running: RunningServer) -> Project:
    return Project(tmp_path / "project", running.base_url, running.api_key)


def test_every_template_is_added_pushed_and_pulled(project):
    for template in TEMPLATES:
        assert "Created agent" in project("agents", "add", template, "--template", template)
    assert LOST not in project("agents", "push")
    assert project("agents", "push", "--dry-run").count("DRY RUN") == len(TEMPLATES)
    status = project("agents", "status")
    assert all(agent[key] in status for agent in project.agents() for key in ("id", "branch_id", "version_id"))
    for agent in project.agents()[:2]:
        file = project.folder / agent["config"]
        pushed = json.loads(file.read_text())
        project("agents", "pull", "--agent", agent["id"], "--update", "--yes")
        assert kept(pushed, json.loads(file.read_text())) == []
    assert LOST not in project("agents", "push")


def test_fields_that_nobody_knows_are_persisted_at_every_depth(project):
    project("agents", "add", "novel", "--template", "default")
    config = json.loads(project.config("novel").read_text())
    config["conversation_config"]["novel_part"] = {"x": 1.5, "a": [1, {"b": None}]}
    config["conversation_config"]["agent"]["prompt"]["novel_knob"] = [True]
    config["platform_settings"]["widget"]["styles"]["novel_colour"] = "#123456"
    config["workflow"] = {
        "nodes": {"start_node": {"type": "start", "novel": 1}, "j": {"type": "juggle", "balls": 3}},
        "edges": {"e": {"source": "start_node", "target": "j", "forward_condition": {"type": "whim", "of": "whom"}}},
        "novel": {},
    }
    project.config("novel").write_text(json.dumps(config))
    assert LOST not in project("agents", "push")
    project("agents", "pull", "--agent", project.agents()[0]["id"], "--update", "--yes")
    assert kept(config, json.loads(project.config("novel").read_text())) == []


def test_a_document_in_which_everything_differs_is_persisted(project):
    project("agents", "add", "everything", "--template", "minimal")
    project.config("everything").write_text(json.dumps({"name": "everything", "tags": ["t"], **differing(Document)}))
    assert LOST not in project("agents", "push", "--version-description", "Everything differs")


def test_branches_are_pulled_and_pushed(project, contract):
    project("agents", "add", "branchy", "--template", "minimal")
    project("agents", "push")
    agent = project.agents()[0]
    contract.python.conversational_ai.agents.branches.create(
        agent["id"],
        parent_version_id=agent["version_id"],
        name="dev",
        description="",
        conversation_config={"agent": {"first_message": "From dev"}},
    )
    project("agents", "pull", "--all-branches", "--agent", agent["id"], "--update", "--yes")
    branch = project.agents()[0]["branches"]["dev"]
    file = project.folder / branch["config"]
    config = json.loads(file.read_text())
    assert config["conversation_config"]["agent"]["first_message"] == "From dev"
    config["conversation_config"]["agent"]["first_message"] = "From the project"
    file.write_text(json.dumps(config))
    assert LOST not in project("agents", "push", "--agent", agent["id"])
    contract.python.conversational_ai.agents.get(agent["id"], branch_id=branch["branch_id"])
    assert contract.last["conversation_config"]["agent"]["first_message"] == "From the project"


def test_an_unknown_key_is_refused_in_words(project, running):
    done = run_cli(
        project.folder,
        *("agents", "add", "x", "--template", "minimal"),
        ELEVENLABS_BASE_URL=running.base_url,
        ELEVENLABS_API_KEY="xi_wrong",
    )
    assert done.returncode != 0
    assert "401" in done.stdout + done.stderr


class Forgetful(http.server.BaseHTTPRequestHandler):
    """A server that keeps nothing of an agent but its id."""

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps({"agent_id": "agent_1", "name": "x", "conversation_config": {}, "platform_settings": {}})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def forgetful() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_client_does_warn_of_a_server_that_forgets(tmp_path, forgetful):
    project = Project(tmp_path / "project", forgetful, "xi_any")
    project("agents", "add", "x", "--template", "default")
    assert LOST in project("agents", "push")
