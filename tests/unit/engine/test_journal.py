"""A journal is lines of JSON: whatever was said in the call, it is read back, and what cannot be read is named."""

import pytest
from tests.scenarios.simulation import Simulation, answer, hangs_up, hears_agent_finish, plan, types

from vivavoce.engine.events import Typed
from vivavoce.engine.journal import JournalError, decode, encode_entry, encode_header, first_divergence, replay


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r", "\r\n", "\n"])
def test_a_message_with_a_separator_of_lines_is_one_message(separator: str):
    message = f"one{separator}two"
    script = [hears_agent_finish(), types(message), hears_agent_finish(), hangs_up()]
    call = Simulation(plan(), script, mind=[answer(f"I see{separator}both.")]).run()
    journal = call.journal()
    assert message in [entry.event.text for entry in journal.entries if isinstance(entry.event, Typed)]
    assert first_divergence(replay(journal)) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("{}", "first line"),
        ("[1]", "first line"),
        ('{"engine": "1", "schema": 99, "plan": {}}', "schema 99"),
        (encode_header(plan(), "1") + '\n[0.0, {"type": "Con', "Entry 1"),
        (encode_header(plan(), "1") + '\n\n[0.0, {"type": "Connected"}]', "Entry 2"),
    ],
)
def test_what_is_no_journal_is_named(text: str, complaint: str):
    with pytest.raises(JournalError, match=complaint):
        decode(text)


def test_the_last_line_may_have_an_end_or_none():
    lines = [encode_header(plan(), "1"), encode_entry(0.0, Typed("Hello."), [])]
    assert decode("\n".join(lines)) == decode("\n".join(lines) + "\n")
