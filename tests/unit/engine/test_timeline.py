"""A journal is told in words: what happened, what was done, why, and where a replay differs."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.recordings import approve
from tests.scenarios.simulation import (
    Simulation,
    answer,
    coughs,
    hangs_up,
    happens,
    hears_agent_finish,
    hears_agent_start,
    plan,
    says,
    types,
    waits,
)

from vivavoce.engine import events
from vivavoce.engine.codec import from_json, to_json
from vivavoce.engine.journal import Entry, Journal, decode
from vivavoce.engine.timeline import Moment, ending_of, timeline

RECORDINGS = sorted(Path(approve.__file__).parent.glob("*.jsonl"))
REPLY = "Of course I can help you with that. Your order left this morning. It should arrive tomorrow."


def told(journal: Journal, *, everything: bool = False) -> list[str]:
    """What an ordinary reader sees."""
    found: list[str] = []
    for moment in timeline(journal):
        if everything or not moment.detail:
            found.append(moment.text)
            found += [one.text for one in moment.then if everything or not one.detail]
    return found


def barge_in() -> Journal:
    script = [hears_agent_finish(), says("where is my order"), hears_agent_start(), waits(1.0), coughs(), waits(1.5)]
    script += [says("stop it please"), hears_agent_finish(), hangs_up()]
    return Simulation(plan(), script, mind=[answer(REPLY), answer("Yes?")]).run().journal()


def test_a_decision_comes_with_its_reason():
    words = told(barge_in())
    assert "It is time: the caller's turn is over, after 0.50 s of silence." in words
    assert "It is time: decide on the caller's sound." in words
    cough = words.index("The reply goes on: a sound without words.")
    assert words[cough + 1].startswith("Go on with run 3 where the caller stopped hearing it, at ")
    cut = words.index("The reply is cut: the caller speaks.")
    assert any(word.startswith("Kept: the agent was cut after “Of course") for word in words[cut:])


def test_how_long_things_took_is_said():
    words = told(barge_in())
    assert any(word.startswith("Run 2 begins to answer after 0.20 s: “Of") for word in words)
    assert "The voice of run 3 gives its first audio after 0.10 s." in words
    assert any("s after the caller)" in word for word in words if word.startswith("Kept: the agent said"))


def test_the_end_is_said():
    moments = list(timeline(barge_in()))
    assert ending_of(moments) == "Hang up, caller hung up: The caller hung up."
    assert ending_of(moments[:-1]) is None
    assert ending_of([]) is None


def test_details_are_kept_for_those_who_want_them():
    journal = barge_in()
    assert len(told(journal, everything=True)) > 2 * len(told(journal))
    assert sum(1 for _ in timeline(journal)) == len(journal.entries)


def test_a_deadline_that_passed_unnoticed_is_named():
    """The process was busy: the caller's words arrive before the timer rings."""
    journal = barge_in()
    late = replace(journal, entries=(journal.entries[0], Entry(99.0, events.Typed("Hello?"), "")))
    [_, moment] = timeline(late)
    assert moment.because == "the voice is late"
    assert moment.actor == "caller"


def test_a_moment_that_is_decided_otherwise_is_marked():
    journal = barge_in()
    number = next(i for i, one in enumerate(journal.entries) if isinstance(one.event, events.SpeechStarted))
    changed = (*journal.entries[:number], replace(journal.entries[number], digest="0" * 12))
    assert [moment.number for moment in timeline(replace(journal, entries=changed)) if moment.diverges] == [number + 1]
    assert not any(moment.diverges for moment in timeline(journal))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_can_be_told_as_plain_data(path: Path):
    for moment in timeline(decode(path.read_text())):
        assert from_json(Moment, to_json(moment)) == moment
        assert all(one.text.strip() for one in moment.then)


ODD_EVENTS = (
    (events.TurnLikelyOver(0.93, 0.0), "The turn model gives 93% that the turn is over."),
    (events.EarFailed("no line"), "The ear failed: no line"),
    (events.LanguageHeard("de", 0.0), "The ear recognises the language de."),
    (events.EarAtWork(0.0), "The ear writes down what was said."),
    (events.SilenceInDoubt(0.1), "Whether the caller is still silent will soon be known."),
    (events.Heard("", 0.0), "The ear listened to the end, and heard no words."),
    (events.ContextGiven("It rains."), "The client lets the agent know: “It rains.”."),
    (events.UserActive(), "The client says that the caller is doing something."),
    (events.HangUpAsked("enough"), "Somebody wants the call over: enough"),
    (events.Draining(5.0), "The server is being stopped; the call has 5 s left."),
    (events.TakenOver("Grace"), "Grace takes the agent's place."),
    (events.HumanSaid("I am Grace."), "The human has the voice say “I am Grace.”."),
    (events.Released(), "The human gives the call back."),
    (events.Typed("look", ("file_1",)), "The caller writes “look” and sends 1 file."),
    (events.SteppedIn("ear", "far", "near", "no line"), "The ear far failed; near goes on in its place: no line"),
    (events.VoiceFailed(1, "broken"), "The voice of run 1 failed: broken"),
    (events.ThoughtFailed(1, "broken"), "Run 1 failed: broken"),
    (events.ToolReturned("call_1", "done"), "The tool call call_1 returned after 0.00 s: “done”."),
    (events.ToolFailed("call_1", "broken"), "The tool call call_1 failed after 0.00 s: broken"),
)


@pytest.mark.parametrize(("event", "sentence"), ODD_EVENTS, ids=lambda value: type(value).__name__)
def test_every_kind_of_event_has_a_sentence(event: events.Event, sentence: str):
    call = Simulation(plan(), [hears_agent_finish(), happens(event), types("hello"), hears_agent_finish(), hangs_up()])
    assert sentence in told(call.run(until=200.0).journal(), everything=True)
