"""A redacted call is the same call in other words: decided alike, and nothing of what was said is left."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.recordings import approve
from tests.scenarios.simulation import (
    Simulation,
    answer,
    calls,
    hangs_up,
    happens,
    hears_agent_finish,
    plan,
    says,
    types,
)

from vivavoce.engine.events import Heard, SteppedIn, Thought, Typed
from vivavoce.engine.journal import Journal, decode, encode_entry, encode_header, first_divergence, replay
from vivavoce.engine.plan import (
    Caller,
    EndCall,
    LabelledVoice,
    Opening,
    Prompt,
    PromptPiece,
    VoiceChoice,
    VoiceSettings,
)
from vivavoce.engine.redaction import differing_event, redacted

SALT = b"salt"
RECORDINGS = sorted(Path(approve.__file__).parent.glob("*.jsonl"))


def text_of(journal: Journal) -> str:
    steps = replay(journal)
    lines = [encode_entry(step.entry.now, step.entry.event, step.commands) for step in steps]
    return "\n".join([encode_header(journal.header.plan, journal.header.engine), *lines])


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_is_decided_alike_in_other_words(path: Path):
    original = decode(path.read_text())
    other = redacted(original, SALT)
    assert differing_event(original, other) is None
    assert first_divergence(replay(other)) is None
    assert [entry.now for entry in other.entries] == [entry.now for entry in original.entries]


def secret_call() -> Journal:
    voices = VoiceSettings(
        voice=VoiceChoice(voice_id="ada"), labelled=(LabelledVoice(label="Bob", voice=VoiceChoice(voice_id="bob")),)
    )
    refused = SteppedIn("mind", "far", "near", "It will not talk about 4711 of Zanzibar.")
    script = [happens(refused), hears_agent_finish(), says("my card is 4711 and my name is Müller")]
    script += [hears_agent_finish()]
    made = plan(
        conversation_id="conv_secret",
        opening=Opening(text="Welcome to Zanzibar Bank, Mrs. Miller."),
        prompt=Prompt(pieces=(PromptPiece(name="prompt", text="You serve Zanzibar Bank."),)),
        variables={"balance": 123456, "city": "Zanzibar"},
        caller=Caller(caller_id="+4930123456", user_id="muller"),
        voice=voices,
        system_tools=(EndCall(),),
    )
    mind = [
        answer("Thank you, <Bob>Miller is it</Bob>, card 4711?"),
        calls("end_call", arguments={"reason": "Zanzibar"}),
    ]
    return (
        Simulation(made, [*script, types("4711, Zanzibar"), hears_agent_finish(), hangs_up()], mind=mind)
        .run()
        .journal()
    )


def test_nothing_that_was_said_is_left():
    text = text_of(redacted(secret_call(), SALT)).casefold()
    for secret in ("zanzibar", "müller", "miller", "4711", "4930123456", "123456", "conv_secret", "card", "welcome"):
        assert secret not in text, secret


def test_shape_is_kept_and_the_same_word_is_the_same_invention():
    original, other = secret_call(), redacted(secret_call(), SALT)
    for before, after in zip(original.entries, other.entries, strict=True):
        if isinstance(before.event, Heard | Typed | Thought):
            assert len(after.event.text) == len(before.event.text)
            assert [one.isalnum() for one in after.event.text] == [one.isalnum() for one in before.event.text]
    assert "<Bob>" in "".join(entry.event.text for entry in other.entries if isinstance(entry.event, Thought))
    [heard] = [one.event.text for one in other.entries if isinstance(one.event, Heard) and one.event.final]
    assert heard.split()[0] == heard.split()[5] == "my"  # small words stay: decisions hang on them


def test_another_salt_is_another_invention():
    one, other = redacted(secret_call(), b"1"), redacted(secret_call(), b"2")
    assert text_of(one) != text_of(other)
    assert text_of(redacted(secret_call(), b"1")) == text_of(one)


def test_a_call_that_is_decided_otherwise_is_noticed():
    original = secret_call()
    shorter = replace(original, entries=original.entries[:-1])
    assert differing_event(original, shorter) == len(original.entries)
    silent = [
        replace(one, event=Heard("", one.event.at)) if isinstance(one.event, Heard) else one for one in original.entries
    ]
    assert differing_event(original, replace(original, entries=tuple(silent))) is not None
