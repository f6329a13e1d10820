"""Each recorded call is decided as it was, and a changed decision is named."""

from pathlib import Path

import pytest
from tests.recordings.approve import SCRIPTED

from vivavoce.engine.codec import to_json
from vivavoce.engine.commands import HangUp, Remember
from vivavoce.engine.events import Heard
from vivavoce.engine.journal import JournalError, decode, encode_entry, encode_header, first_divergence, replay
from vivavoce.engine.plan import Plan

RECORDINGS = sorted(Path(__file__).parent.glob("*.jsonl"))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_replays_to_the_same_commands(path: Path):
    step = first_divergence(replay(decode(path.read_text())))
    assert step is None, f"event {step.number} of {path.name} is decided otherwise: {step.entry.event}: {step.commands}"


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_ends_with_the_end(path: Path):
    steps = list(replay(decode(path.read_text())))
    assert isinstance(steps[-1].commands[-1], HangUp)
    assert any(isinstance(command, Remember) for step in steps for command in step.commands)


def test_every_scripted_call_is_recorded():
    assert {path.stem for path in RECORDINGS} >= {make.__name__ for make in SCRIPTED}


def journal_text() -> str:
    return RECORDINGS[0].read_text()


def test_a_changed_decision_is_named():
    """The ear hears another word than it did: the first event with other commands is that one."""
    journal = decode(journal_text())
    lines = [encode_header(journal.header.plan, journal.header.engine)]
    changed = None
    for number, step in enumerate(replay(journal), 1):
        event = step.entry.event
        if changed is None and isinstance(event, Heard) and event.text:
            event, changed = Heard("something else", event.at, event.final), number
        lines.append(encode_entry(step.entry.now, event, step.commands))
    found = first_divergence(replay(decode("\n".join(lines))))
    assert found is not None
    assert found.number == changed
    assert found.diverges


def test_a_journal_that_a_crash_cut_off_still_replays():
    lines = journal_text().splitlines()
    assert first_divergence(replay(decode("\n".join(lines[: len(lines) // 2])))) is None


def test_the_header_is_the_whole_plan():
    journal = decode(journal_text())
    assert isinstance(journal.header.plan, Plan)
    assert to_json(journal.header.plan)["conversation_id"] == "conv_1"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("{", "not a journal's header"),
        ('{"schema": 99}', "has schema 99"),
        ('{"schema": 1, "engine": "x"}', "header.plan: missing"),
        ("HEADER\n[1]", "Entry 1 cannot be read"),
        ('HEADER\n[1.0, {"type": "Sneezed"}, ""]', "'Sneezed' is none of"),
    ],
)
def test_what_is_not_a_journal_is_refused_with_its_place(text: str, complaint: str):
    header = journal_text().splitlines()[0]
    with pytest.raises(JournalError, match=complaint):
        decode(text.replace("HEADER", header))
