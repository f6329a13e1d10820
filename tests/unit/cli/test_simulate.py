"""`vivavoce simulate`: a scripted caller and an agent, from a file or from the installation, by the program itself."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.complaints import complaint_of

from vivavoce.app import open_application
from vivavoce.settings import load

AGENT = {
    "name": "Shop",
    "conversation_config": {
        "agent": {
            "first_message": "Hello {{name}}.",
            "prompt": {"prompt": "You sell things.", "built_in_tools": {"end_call": {"name": "end_call"}}},
        }
    },
}
SCRIPT = """
variable name Ada
answer Your order left this morning. It should arrive tomorrow afternoon.
answer The other one has arrived.
answer -> end_call {"reason": "The caller said goodbye.", "message": "Goodbye, Ada."}
listen
expect agent Hello Ada.
say Where is my order?
listen 1.5
cough
wait 1
expect uncut
say No wait, the other one
expect cut
listen
expect agent has arrived
expect within 1
say Thanks, goodbye
expect end agent_ended_call
"""


def run(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vivavoce", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    path = tmp_path / "agent.json"
    path.write_text(json.dumps(AGENT))
    return path


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "caller.txt"
    path.write_text(SCRIPT)
    return path


def test_a_script_is_played_and_checked_and_its_journal_replays(agent: Path, script: Path, tmp_path: Path) -> None:
    journal = tmp_path / "call.jsonl"
    out = run("simulate", agent, "--script", script, "--journal", journal).stdout
    assert "holds    expect cut (line 14). The agent was cut." in out
    assert "-> The reply is cut: the caller speaks." in out
    assert out.endswith("Everything is as expected (6 expectations).\n")
    assert "events are decided as they were in the call." in run("replay", journal).stdout


def test_a_failed_expectation_is_the_exit_status(agent: Path, script: Path) -> None:
    script.write_text(f"{SCRIPT}expect agent pizza\n")
    out = run("simulate", agent, "--script", script, status=1).stdout
    assert "FAILS    expect agent pizza (line 20). The caller heard 'Goodbye, Ada.'." in out
    assert out.endswith("1 of 7 expectations fail: line 20 of the script.\n")


def test_a_program_reads_it_as_json(agent: Path, script: Path) -> None:
    rows = [json.loads(line) for line in run("simulate", agent, "--script", script, "--json").stdout.splitlines()]
    assert rows[0]["text"] == "The line is open."
    assert [row["holds"] for row in rows if "expect" in row] == [True] * 6


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a new installation."""

    async def make() -> None:
        async with open_application(load({"data_dir": folder}), bus_url="local") as application:
            await application.first_run()

    folder = tmp_path / "data"
    folder.mkdir()
    asyncio.run(make())
    return folder


def test_an_agent_of_the_installation_is_found_by_name(script: Path, data: Path) -> None:
    script.write_text("listen\nexpect agent Hi, I'm Ada.\ntype goodbye\nexpect end agent_ended_call\n")
    assert "Everything is as expected" in run("simulate", "Ada", "--script", script, "--data-dir", data).stdout


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (("{", SCRIPT), "is no JSON"),
        (("[]", SCRIPT), "holds no agent"),
        (('{"conversation_config": {"turn": {"turn_timeout": "x"}}}', SCRIPT), "conversation_config.turn.turn_timeout"),
        ((json.dumps(AGENT), "shout hello"), "Line 1 of the script, 'shout hello': There is no 'shout'."),
        ((json.dumps(AGENT), "say hello"), "name"),
    ],
)
def test_what_cannot_be_done_is_said(
    agent: Path,
    script: Path,
    texts: tuple[str, str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for path, text in zip((agent, script), texts, strict=True):
        path.write_text(text)
    assert complaint in complaint_of(capsys, monkeypatch, "simulate", agent, "--script", script)
