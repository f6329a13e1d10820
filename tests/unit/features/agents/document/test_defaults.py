"""Defaults are added to what was sent, and what was sent stays as it is."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vivavoce.api.faults import problems
from vivavoce.features.agents.document.body import AgentCreate, Document
from vivavoce.features.agents.document.defaults import with_defaults

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
sections = st.sampled_from(["asr", "turn", "tts", "conversation", "agent", "vad", "language_presets", "nobody_knows"])
documents = st.fixed_dictionaries(
    {
        "conversation_config": st.dictionaries(sections, st.dictionaries(st.text(max_size=8), anything) | anything),
        "platform_settings": st.dictionaries(st.sampled_from(["widget", "auth", "evaluation", "new"]), anything),
    }
)

steady = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def kept(sent, read) -> bool:
    """Whether everything that was sent can be read back, at its place."""
    if isinstance(sent, dict):
        return isinstance(read, dict) and all(name in read and kept(part, read[name]) for name, part in sent.items())
    if isinstance(sent, list):
        return isinstance(read, list) and len(sent) == len(read) and all(map(kept, sent, read))
    return sent == read and type(sent) is type(read)


@steady
@given(documents)
def test_what_was_sent_is_read_back(body):
    before = json.dumps(body)
    assert kept(body, with_defaults(body))
    assert json.dumps(body) == before


@steady
@given(documents)
def test_defaults_are_added_once(body):
    once = with_defaults(body)
    assert with_defaults(once) == once


def test_defaults_are_what_the_models_say():
    assert with_defaults({}) == Document.model_validate(with_defaults({})).model_dump(by_alias=True)


def test_a_document_with_all_defaults_is_a_good_document():
    assert problems(AgentCreate, with_defaults({})) == []


def test_the_contract_is_kept():
    config = with_defaults({})["conversation_config"]
    assert config["agent"]["prompt"]["llm"] == "gemini-2.5-flash"
    assert config["tts"]["voice_id"] == "cjVigY5qzO86Huf0OWal"
    assert (config["turn"]["turn_timeout"], config["turn"]["silence_end_call_timeout"]) == (7, -1)
    assert config["conversation"]["max_duration_seconds"] == 600
    assert with_defaults({})["platform_settings"]["call_limits"]["daily_limit"] == 100000


def test_an_explicit_null_stays_null():
    read = with_defaults({"conversation_config": {"agent": {"prompt": {"temperature": None}}}})
    assert read["conversation_config"]["agent"]["prompt"]["temperature"] is None


def test_a_section_that_is_null_counts_as_absent():
    assert with_defaults({"workflow": None})["workflow"]["nodes"]["start_node"]["type"] == "start"


def test_items_get_the_defaults_of_their_kind():
    nodes = {"t": {"type": "tool"}, "s": {"type": "say", "message": {"type": "literal", "text": "Hi"}}}
    read = with_defaults({"workflow": {"nodes": {**nodes, "new": {"type": "juggle"}}}})["workflow"]["nodes"]
    assert (read["t"]["tools"], read["t"]["position"]) == ([], {"x": 0, "y": 0})
    assert read["s"]["message"]["text_translations"] == {}
    assert read["new"] == {"type": "juggle"}
    assert "start_node" not in read


def test_a_system_tool_may_be_turned_on_with_an_empty_object():
    tools = {"end_call": {}, "skip_turn": None}
    read = with_defaults({"conversation_config": {"agent": {"prompt": {"built_in_tools": tools}}}})
    slots = read["conversation_config"]["agent"]["prompt"]["built_in_tools"]
    assert slots["end_call"]["params"] == {"system_tool_type": "end_call"}
    assert slots["skip_turn"] is None


def test_expressions_are_followed_all_the_way_down():
    expression = {"type": "and_operator", "children": [{"type": "llm", "prompt": "angry?"}, {"type": "null_literal"}]}
    edge = {"source": "a", "target": "b", "forward_condition": {"type": "expression", "expression": expression}}
    read = with_defaults({"workflow": {"edges": {"e": edge}}})["workflow"]["edges"]["e"]["forward_condition"]
    assert read["expression"]["children"][0]["value_schema"]["type"] == "boolean"


def test_changing_what_was_read_changes_nothing_else():
    with_defaults({})["conversation_config"]["tts"]["supported_voices"].append("x")
    with_defaults({})["platform_settings"]["guardrails"]["focus"]["is_enabled"] = True
    assert with_defaults({})["conversation_config"]["tts"]["supported_voices"] == []
    assert with_defaults({})["platform_settings"]["guardrails"]["focus"]["is_enabled"] is False
