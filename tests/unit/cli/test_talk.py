"""`vivavoce talk`: somebody at a terminal, an agent of this installation, and the record that is left."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.complaints import complaint_of

from vivavoce.app import Application, open_application
from vivavoce.cli._terminal import Lines, TextScreen
from vivavoce.engine.commands import AgentResponsePart, AgentToolRequest, AgentToolResponse, Ending, HumanConnected
from vivavoce.features.workspace.service import Actor
from vivavoce.ports.identity import ALL, Caller
from vivavoce.ports.link import ClientToolCall
from vivavoce.settings import load

VOICE_ONLY = {
    "name": "Bob",
    "conversation_config": {"agent": {"first_message": "Hello {{name}}, I'm Bob.", "prompt": {"llm": "scripted"}}},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a new installation, with another agent beside the sample."""
    folder = tmp_path_factory.mktemp("data")

    async def make() -> None:
        async with open_application(load({"data_dir": folder}), bus_url="local") as application:
            await application.first_run()
            await application.agents.agents.create(await _admin(application), VOICE_ONLY)

    asyncio.run(make())
    return folder


async def _admin(application: Application) -> Actor:
    owner = await application.workspace.identities.installation()
    assert owner is not None
    return Actor(owner.workspace_id, Caller(owner.workspace_id, owner.user_id, "admin", frozenset({ALL})))


def run(data: Path, *arguments: str, typed: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vivavoce", *arguments, "--data-dir", str(data)]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_talk_is_shown_kept_and_can_be_replayed(data: Path) -> None:
    out = run(data, "talk", typed="hello\n\ngoodbye\n").stdout
    assert out.startswith("You are talking to Ada. /end or Ctrl-D ends the call.\nAda: Hi, I'm Ada.")
    assert "\n[calls end_call]\nAda: Goodbye!" in out
    assert "\n[The call is over. The caller said goodbye.]\n" in out
    [conversation] = re.findall(r"conv_\w+", out)
    kept = json.loads(run(data, "get", f"/v1/convai/conversations/{conversation}").stdout)
    assert kept["status"] == "done"
    assert [turn["message"] for turn in kept["transcript"] if turn["role"] == "user"] == ["hello", "goodbye"]
    told = run(data, "replay", conversation).stdout
    assert "-> Hang up, agent ended call: The caller said goodbye." in told
    assert told.endswith("events are decided as they were in the call.\n")


def test_an_agent_for_voice_is_talked_to_by_text_and_by_its_name(data: Path) -> None:
    out = run(data, "talk", "bob", "--variable", "name=Ada", typed="/end\nnobody reads this\n").stdout
    assert "Bob: Hello Ada, I'm Bob.\n" in out
    assert "[The call is over. The caller hung up.]" in out


def test_a_program_reads_frames(data: Path) -> None:
    rows = [json.loads(line) for line in run(data, "talk", "--json", typed="hello\n").stdout.splitlines()]
    assert rows[0]["type"] == "conversation_initiation_metadata"
    assert {"type": "user_transcript", "user_transcription_event": {"user_transcript": "hello", "event_id": 2}} in rows
    conversation = rows[0]["conversation_initiation_metadata_event"]["conversation_id"]
    assert rows[-1] == {
        "type": "call_ended",
        "conversation_id": conversation,
        "cause": "caller_hung_up",
        "reason": "The caller hung up.",
    }


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["talk", "nobody"], "There is no agent 'nobody'"),
        (["talk", "agent_nobody"], "There is no such agent."),
        (["talk", "Bob"], "name"),
        (["talk", "--variable", "name"], "write NAME=VALUE"),
        (["replay", "conv_nobody"], "There is no conversation 'conv_nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(
    data: Path,
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert complaint in complaint_of(capsys, monkeypatch, *arguments, "--data-dir", data)


# ---------------------------------------------------------------------------------------------------------------
# The terminal


def shown(capsys: pytest.CaptureFixture[str], screen: TextScreen) -> str:
    _ = screen
    return capsys.readouterr().out


def test_a_reply_that_was_typed_into_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TextScreen("Ada", prompts=True)
    screen.show(AgentResponsePart("start", "", 1))
    screen.show(AgentResponsePart("delta", "There are very ", 1))
    screen.typed()
    screen.show(AgentResponsePart("stop", "", 1))
    screen.show(AgentResponsePart("delta", "Yes?", 2))
    screen.show(AgentResponsePart("stop", "", 2))
    assert shown(capsys, screen) == "Ada: There are very [interrupted]\nAda: Yes?\n"


def test_a_reply_that_goes_on_was_not_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TextScreen("Ada", prompts=False)
    screen.show(AgentResponsePart("delta", "There are ", 1))
    screen.typed()
    screen.show(AgentResponsePart("delta", "many.", 1))
    screen.show(AgentResponsePart("stop", "", 1))
    assert shown(capsys, screen) == "Ada: There are many.\n"


def test_tools_and_people_are_shown_on_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    screen = TextScreen("Ada", prompts=True)
    screen.show(AgentResponsePart("delta", "Let me look.", 1))
    screen.show(AgentToolRequest("stock", "c1", "webhook", 2))
    screen.show(AgentToolResponse("stock", "c1", "webhook", False, "3", 3))
    screen.show(AgentToolResponse("stock", "c2", "webhook", True, "x" * 300, 4))
    screen.show(ClientToolCall("show_map", "c3", {}, 5))
    screen.show(HumanConnected())
    screen.listening()
    screen.end(Ending("hang_up_asked", "Enough."), "conv_1")
    assert shown(capsys, screen).splitlines() == [
        "Ada: Let me look.",
        "[calls stock]",
        "[stock answered: 3]",
        f"[stock failed: {'x' * 200}...]",
        "[wants the client's tool show_map; a terminal has none]",
        "[a human has taken over]",
        "you: ",
        "[The call is over. Enough.]",
        "`vivavoce replay conv_1` tells what happened and why.",
    ]


@pytest.mark.anyio
async def test_lines_are_read_as_they_come_whole() -> None:
    reader, writer = os.pipe()
    lines = Lines(reader)
    os.write(writer, "grü".encode()[:-1])
    os.write(writer, "grü".encode()[-1:] + b"ezi\nwie ")
    assert await lines.next() == "grüezi"
    os.write(writer, b"geht's")
    os.close(writer)
    assert await lines.next() == "wie geht's"
    assert await lines.next() is None
    os.close(reader)


@pytest.mark.anyio
async def test_a_file_is_read_like_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "typed.txt"
    path.write_text("one\ntwo\n")
    file = os.open(path, os.O_RDONLY)
    lines = Lines(file)
    assert [await lines.next() for _ in range(3)] == ["one", "two", None]
    os.close(file)
