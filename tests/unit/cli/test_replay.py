"""`vivavoce replay`: a call is told, checked and kept as a test, by the program itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.complaints import complaint_of

from vivavoce.engine.events import Heard
from vivavoce.engine.journal import decode, first_divergence, replay

RECORDINGS = Path("tests/recordings").absolute()
BARGE_IN = RECORDINGS / "barge_in_over_a_websocket.jsonl"


def run(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vivavoce", "replay", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_journal_is_told_as_a_timeline() -> None:
    out = run(BARGE_IN).stdout
    assert out.startswith("conv_1  agent_1  2026-09-21 14:13:20 UTC  websocket  ")
    assert "    2.093  clock    It is time: the caller's turn is over, after 0.50 s of silence.\n" in out
    assert "                    -> The reply is cut: the caller speaks.\n" in out
    assert out.endswith("events are decided as they were in the call.\n")


def test_a_program_reads_it_as_json() -> None:
    moments = [json.loads(line) for line in run(BARGE_IN, "--json").stdout.splitlines()]
    assert len(moments) == len(decode(BARGE_IN.read_text()).entries)
    assert moments[0]["text"] == "The line is open."
    assert moments[-1]["state"] == "Ended"


def test_the_first_divergence_is_named(tmp_path: Path) -> None:
    lines = BARGE_IN.read_text().splitlines()
    number = next(i for i, line in enumerate(lines) if '"Heard"' in line and '"final":true' in line)
    changed = tmp_path / "changed.jsonl"
    changed.write_text("\n".join([*lines[:number], lines[number].replace("where is", "who has"), *lines[number + 1 :]]))
    out = run(changed, status=1).stdout
    assert "!! In the call something else was done here." in out
    assert out.splitlines()[-1].startswith(f"Event {number} at ")
    assert "is decided otherwise than in the call" in out


def test_a_call_becomes_a_test_in_other_words(tmp_path: Path) -> None:
    done = run(BARGE_IN, "--save-test", "--into", tmp_path)
    saved = tmp_path / BARGE_IN.name
    assert done.stderr == f"Saved as {saved}.\n"
    assert "order" not in saved.read_text()
    assert first_divergence(replay(decode(saved.read_text()))) is None
    assert "exists already" in run(BARGE_IN, "--save-test", "--into", tmp_path, status=1).stderr


def test_with_raw_the_words_stay(tmp_path: Path) -> None:
    run(BARGE_IN, "--save-test", "--raw", "--into", tmp_path, "--name", "mine")
    kept = decode((tmp_path / "mine.jsonl").read_text())
    assert "where is my order" in [entry.event.text for entry in kept.entries if isinstance(entry.event, Heard)]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Name a call to replay, or replay all that were kept as tests with --kept."),
        (
            ["no_such_thing"],
            "'no_such_thing' is neither a conversation's id (conv_...), nor a kept call's (kept_...), nor a",
        ),
        (["README.md"], "This is no journal that can be replayed. The first line is not a journal's header"),
        ([BARGE_IN, "--save-test", "--into", "no_such_folder"], "There is no folder no_such_folder."),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[object], complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaint in complaint_of(capsys, monkeypatch, "replay", *arguments)
