"""What the agent document accepts: everything newer and older than the contract; what it refuses: wrong types."""

import pytest

from vivavoce.api.faults import problems
from vivavoce.features.agents.document.body import AgentCreate
from vivavoce.features.agents.document.spellings import in_todays_words


def config(**sections):
    return {"conversation_config": sections}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["conversation_config"]),
        (config(agent={"prompt": {"temperature": "hot"}}), ["conversation_config", "agent", "prompt", "temperature"]),
        (config(turn={"turn_timeout": "x"}), ["conversation_config", "turn", "turn_timeout"]),
        (config(tts={"speed": 9}), ["conversation_config", "tts", "speed"]),
        (config(asr={"quality": "low"}), ["conversation_config", "asr", "quality"]),
        (config(agent={"language": None}), ["conversation_config", "agent", "language"]),
        (
            config(agent={"prompt": {"knowledge_base": [{"type": "file", "id": "x"}]}}),
            ["conversation_config", "agent", "prompt", "knowledge_base", 0, "name"],
        ),
        (
            {**config(), "workflow": {"nodes": {"a": {"type": "override_agent"}}}},
            ["workflow", "nodes", "a", "override_agent", "label"],
        ),
        ({**config(), "workflow": {"nodes": {}}}, ["workflow", "nodes"]),
        ({**config(), "tags": "one"}, ["tags"]),
    ],
)
def test_a_wrong_field_is_named(body, place):
    assert [problem["loc"] for problem in problems(AgentCreate, body)] == [["body", *place]]


@pytest.mark.parametrize(
    "body",
    [
        config(),
        config(agent={"prompt": {"llm": "tomorrows-model", "reasoning_effort": "extreme"}}),
        config(tts={"model_id": "next", "unknown": {"deep": [1]}}, turn={"mode": "silence"}),
        config(agent={"prompt": {"tools": [{"type": "quantum", "name": "q"}]}}),
        {**config(), "platform_settings": {"ban": None, "safety": {"ivc": {}}, "widget": {"variant": "huge"}}},
        {**config(), "workflow": {"nodes": {"start_node": {"type": "start"}, "x": {"type": "teleport"}}}},
        {**config(), "platform_settings": None, "workflow": None, "name": None, "tags": None},
    ],
)
def test_newer_and_older_documents_pass(body):
    assert problems(AgentCreate, body) == []


def test_old_spellings_become_todays():
    old = {
        "conversation_config": {},
        "platform_settings": {
            "evaluation": {"criteria": ["Response Time", {"id": "a", "name": "A", "conversation_goal_prompt": "p"}]},
            "auth": {"allowlist": ["https://example.org/", {"hostname": "b.org"}]},
        },
        "workflow": {
            "nodes": {
                "n1": {"type": "dispatch_tool"},
                "n2": {"type": "agent_transfer", "agent_id": "agent_1"},
                "n3": {"type": "transfer_to_number", "phone_number": "+15550100"},
            }
        },
        "categories": ["a"],
    }
    new = in_todays_words(old)
    criteria = new["platform_settings"]["evaluation"]["criteria"]
    assert (criteria[0]["id"], criteria[0]["name"], criteria[1]["id"]) == ("response_time", "Response Time", "a")
    assert new["platform_settings"]["auth"]["allowlist"] == [{"hostname": "example.org"}, {"hostname": "b.org"}]
    assert [node["type"] for node in new["workflow"]["nodes"].values()] == ["tool", "standalone_agent", "phone_number"]
    assert new["workflow"]["nodes"]["n3"]["transfer_destination"] == {"type": "phone", "phone_number": "+15550100"}
    assert new["tags"] == ["a"]
    assert problems(AgentCreate, new) == []
    assert old["workflow"]["nodes"]["n1"]["type"] == "dispatch_tool"


def test_todays_tags_win_over_categories():
    assert in_todays_words({"tags": ["new"], "categories": ["old"]})["tags"] == ["new"]


def test_path_parameters_may_be_a_list():
    tool = {"type": "webhook", "api_schema": {"path_params_schema": [{"id": "city", "type": "string"}]}}
    new = in_todays_words(config(agent={"prompt": {"tools": [tool]}}))
    schema = new["conversation_config"]["agent"]["prompt"]["tools"][0]["api_schema"]["path_params_schema"]
    assert schema == {"city": {"type": "string"}}
