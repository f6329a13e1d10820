"""Dynamic variables: what a name stands for, and what must never be seen."""

import json

import pytest

from vivavoce.engine.plan import Caller, MindSettings, ModelChoice, Plan, VoiceChoice, VoiceSettings
from vivavoce.engine.transcript import AgentTurn, CallMade, CallResult, ContextTurn, UserTurn
from vivavoce.engine.variables import CallSoFar, history_json, placeholders, render, system_variable, values_of

PLAN = Plan(
    conversation_id="conv_1",
    agent_id="agent_1",
    started_at_micros=1_790_000_000_000_000,
    timezone="Europe/Zurich",
    mind=MindSettings(model=ModelChoice(model="m")),
    voice=VoiceSettings(voice=VoiceChoice(voice_id="v")),
    caller=Caller(caller_id="+41", called_number="+49", call_sid="CA1"),
)
TURNS = (
    AgentTurn(index=0, at=0.0, text="Hello.", event_id=1),
    UserTurn(index=1, at=1.0, text="hi", medium="audio", event_id=2),
    ContextTurn(index=2, at=2.0, text="page one"),
    AgentTurn(
        index=3,
        at=3.0,
        text="",
        event_id=0,
        calls=(CallMade(call_id="c", name="weather", arguments={"city": "Bern"}, at=3.0),),
        results=(CallResult(call_id="c", name="weather", text="sunny", is_error=False, at=4.0),),
    ),
)
CALL = CallSoFar(PLAN, 61.5, TURNS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agent_id", "agent_1"),
        ("current_agent_id", "agent_1"),
        ("conversation_id", "conv_1"),
        ("caller_id", "+41"),
        ("called_number", "+49"),
        ("call_sid", "CA1"),
        ("call_id", None),
        ("call_duration_secs", 61),
        ("time_utc", "2026-09-21T14:14:21.500000+00:00"),
        ("time", "Monday, 16:14 21 September 2026"),
        ("timezone", "Europe/Zurich"),
        ("agent_turns", 1),
        ("current_agent_turns", 1),
        ("current_subagent_turns", 1),
        ("is_text_only", False),
        ("no_such_thing", None),
    ],
)
def test_system_variables(name: str, value: object):
    assert system_variable(f"system__{name}", CALL) == value


def test_the_history_as_json():
    history = json.loads(history_json(TURNS))
    assert history == {
        "x-elevenlabs-history": True,
        "entries": [
            {"role": "agent", "message": "Hello."},
            {"role": "user", "message": "hi"},
            {"role": "agent", "tool_requests": [{"tool_name": "weather", "params_as_json": '{"city":"Bern"}'}]},
            {"role": "tool", "tool_results": [{"tool_name": "weather", "result_value": "sunny"}]},
        ],
    }


def test_a_history_inside_a_history_is_a_marker():
    inner = CallMade(call_id="d", name="log", arguments={"all": history_json(TURNS)}, at=5.0)
    outer = history_json([AgentTurn(index=0, at=0.0, text="", event_id=0, calls=(inner,))])
    assert "[conversation_history (4 turns)]" in outer
    assert outer.count("x-elevenlabs-history") == 1


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello {{name}}!", "Hello Ada!"),
        ("Hello {{ name }}!", "Hello Ada!"),
        ("{{age}} {{vip}} {{half}} {{whole}} {{nothing}}", "36 true 0.5 2 null"),
        ("{{Name}} and {{missing}}", "{{Name}} and {{missing}}"),
        ("{{secret__key}}", "<REDACTED>"),
        ("{not} {{}} {{ }}", "{not} {{}} {{ }}"),
        ("no variable", "no variable"),
    ],
)
def test_render(template: str, text: str):
    values = {"name": "Ada", "age": 36, "vip": True, "half": 0.5, "whole": 2.0, "nothing": None, "secret__key": "xyz"}
    assert render(template, values) == text


def test_placeholders_in_order_each_once():
    assert placeholders("{{b}} {{ a }} {{b}}") == ("b", "a")


def test_values_of_some_variables():
    names = ("city", "system__caller_id", "missing")
    assert values_of(names, {"city": "Bern", "other": 1}, CALL) == {"city": "Bern", "system__caller_id": "+41"}
