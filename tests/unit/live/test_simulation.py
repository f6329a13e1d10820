"""A script is played in virtual time through the real shell, and what it expects is checked."""

import pytest
from tests.scenarios.simulation import plan

from vivavoce.engine.journal import decode, first_divergence, replay
from vivavoce.engine.plan import EndCall, Line, SoftTimeout, ToolSpec, TurnSettings
from vivavoce.live.script import parse
from vivavoce.live.simulation import Outcome, simulate
from vivavoce.ports.language import Finished, ScriptedLanguage, Text


def play(script: str, **changes: object) -> Outcome:
    made = plan(line=Line(medium="memory"), **changes)
    outcome = simulate(made, parse(script), otherwise=ScriptedLanguage([[Text("I do not know."), Finished()]]))
    assert first_divergence(replay(decode(outcome.journal))) is None
    return outcome


def failed(outcome: Outcome) -> list[str]:
    return [check.step.text for check in outcome.checks if not check.holds]


def test_a_question_is_answered_with_what_the_script_says() -> None:
    outcome = play(
        """
        answer It is on its way.
        listen
        expect agent Hello.
        say Where is my order?
        listen
        expect caller where is my order
        expect agent on its way
        expect within 1
        expect uncut
        """
    )
    assert outcome.holds
    assert [check.holds for check in outcome.checks] == [True] * 5
    assert outcome.ending.cause == "caller_hung_up"


def test_a_cough_does_not_cut_and_words_do() -> None:
    outcome = play(
        """
        answer Your order left this morning. It should arrive tomorrow afternoon, if nothing happens.
        answer The other one has arrived.
        listen
        say Where is my order?
        listen 1
        cough
        wait 1
        expect uncut
        say No wait, the other one
        expect cut
        listen
        expect agent the other one has arrived
        """
    )
    assert outcome.holds, outcome.checks


def test_a_listeners_noise_does_not_stop_the_agent() -> None:
    outcome = play(
        "answer Your order left this morning. It should arrive tomorrow.\nlisten\nsay Where is my order?\nlisten 1\n"
        "say mhm\nexpect uncut\nlisten\nexpect agent It should arrive tomorrow."
    )
    assert outcome.holds, outcome


def test_what_is_not_so_fails_and_says_what_was_found() -> None:
    outcome = play(
        """
        answer It is lost.
        listen
        say Where is my order?
        listen
        expect agent arrived
        expect cut
        expect within 0.1
        expect tool stock
        expect caller pizza
        expect end silence
        """,
        turn=TurnSettings(turn_timeout_seconds=100.0),
    )
    assert not outcome.holds
    assert failed(outcome) == [
        "expect agent arrived",
        "expect cut",
        "expect within 0.1",
        "expect tool stock",
        "expect caller pizza",
    ]
    assert outcome.checks[0].found == "The caller heard 'It is lost.'."
    assert outcome.stuck == ("Line 11 of the script, 'expect end silence': The call did not end within 60 s.")


def test_the_call_can_end_by_itself() -> None:
    script = "listen\nexpect end silence\nexpect end agent_ended_call\n"
    outcome = play(script, turn=TurnSettings(turn_timeout_seconds=100.0, silence_end_call_seconds=20.0))
    assert failed(outcome) == ["expect end agent_ended_call"]
    assert outcome.ending.cause == "silence"


def test_an_agent_ends_the_call_after_its_goodbye() -> None:
    outcome = play(
        """
        answer -> end_call {"reason": "done", "message": "Goodbye."}
        listen
        say That is all, thank you
        expect end agent_ended_call
        expect agent Goodbye.
        expect tool end_call
        """,
        system_tools=(EndCall(),),
    )
    assert outcome.holds, outcome.checks


@pytest.mark.parametrize("kind", ["webhook", "client"])
def test_tools_answer_what_the_script_says(kind: str) -> None:
    outcome = play(
        """
        answer Let me look. -> stock {"id": 7}
        answer There are three.
        tool stock returns 3
        listen
        type Is it in stock?
        listen
        expect tool stock
        expect agent There are three.
        """,
        tools=(ToolSpec(name="stock", kind=kind), ToolSpec(name="other")),
    )
    assert outcome.holds, outcome.checks
    assert '"ToolReturned","call_id":"call_1","result":"3"' in outcome.journal


def test_a_tool_that_the_script_does_not_know_fails() -> None:
    script = "answer -> stock\nanswer I cannot look.\nlisten\ntype Is it in stock?\nlisten\nexpect agent I cannot look"
    outcome = play(script, tools=(ToolSpec(name="stock"),))
    assert outcome.holds
    assert "The script does not say what stock answers." in outcome.journal


def test_a_model_that_fails_or_is_silent_is_asked_again() -> None:
    outcome = play(
        "answer fails\nanswer never\nanswer Here I am.\nlisten\ntype Hello?\nlisten\nexpect agent Here I am."
    )
    assert outcome.holds, outcome.checks


def test_a_guess_that_was_dropped_does_not_use_an_answer_up() -> None:
    outcome = play(
        "answer I will send you a label.\nlisten\nsay I want\nwait 0.35\nsay to return my order\nlisten\n"
        "expect agent I will send you a label.",
        turn=TurnSettings(speculative=True),
    )
    assert outcome.holds, outcome.checks


def test_what_the_script_has_no_answer_for_another_mind_answers() -> None:
    assert play("listen\nsay Hello?\nlisten\nexpect agent I do not know.").holds


def test_a_chat_is_typed() -> None:
    outcome = play(
        "listen\ntype Hello?\nlisten\nexpect agent I do not know.\ncontext It rains.\nhang up", text_only=True
    )
    assert outcome.holds, outcome.checks


@pytest.mark.parametrize(
    ("script", "changes", "reason"),
    [
        ("say hello", {"text_only": True}, "This agent is text-only; nobody speaks. Use `type` and `listen`."),
        ("listen", {"first_message": ""}, "The agent did not finish within 60 s."),
        ("hang up\nsay hello", {}, "The call was over by then."),
        ("listen 30", {}, "The agent did not speak for 30 s within 60 s."),
    ],
)
def test_a_script_that_cannot_go_on_says_where_and_why(script: str, changes: dict[str, object], reason: str) -> None:
    outcome = play(script, **{"turn": TurnSettings(turn_timeout_seconds=500.0), **changes})
    assert not outcome.holds
    assert outcome.stuck is not None
    assert outcome.stuck.endswith(reason)
    assert outcome.stuck.startswith(f"Line {len(script.splitlines())} of the script, ")


def test_the_same_script_is_the_same_call() -> None:
    script = "answer Fine.\nlisten\nsay How are you today?\nlisten\ncough\nhang up"
    shuffled = SoftTimeout(timeout_seconds=0.1, messages=("One.", "Two."), randomised=True)
    assert play(script, soft_timeout=shuffled).journal == play(script, soft_timeout=shuffled).journal
