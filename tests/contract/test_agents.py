"""Agents, through the official Python SDK."""

import uuid

import pytest
from tests.contract.differing import differing, kept
from tests.contract.making import document, new_agent, patch, prompt_in, read_agent

from vivavoce.features.agents.document.body import Document

AGENTS = "/v1/convai/agents"


@pytest.fixture
def agents(contract):
    return contract.python.conversational_ai.agents


@pytest.fixture
def mark():
    """A word that no other test's names contain."""
    return uuid.uuid4().hex[:12]


@pytest.mark.covers("POST /v1/convai/agents/create", "GET /v1/convai/agents/{agent_id}")
def test_every_field_of_the_document_comes_back(contract, agents):
    sent = differing(Document)
    created = agents.create(**sent, name="Ada", tags=["sales", "de"])
    agents.get(created.agent_id)
    read = contract.last
    assert kept(sent, read) == []
    assert (read["agent_id"], read["name"], read["tags"]) == (created.agent_id, "Ada", ["sales", "de"])
    assert read["metadata"]["created_at_unix_secs"] > 1_700_000_000
    assert read["version_id"].startswith("agtvrsn_")
    assert read["branch_id"] == read["main_branch_id"]


def test_fields_that_nobody_knows_come_back(contract):
    unknown = {"nobody_knows": {"deep": [1, {"also_new": None}]}}
    sent = {
        "conversation_config": {
            "agent": {"prompt": {"prompt": "x", **unknown}},
            "turn": {"mode": "silence"},
            **unknown,
        },
        "platform_settings": {"ban": None, "safety": {"novel": True}, "widget": unknown, **unknown},
        "workflow": {"nodes": {"start_node": {"type": "start", **unknown}}, "edges": {}, **unknown},
    }
    created = contract.http.post(f"{AGENTS}/create", json=sent).json()
    assert kept(sent, read_agent(contract, created["agent_id"])) == []


@pytest.mark.covers("PATCH /v1/convai/agents/{agent_id}")
def test_a_patch_changes_what_it_names_and_nothing_else(contract, agents):
    agent_id = new_agent(contract, "Before", prompt="Be slow.")
    before = read_agent(contract, agent_id)
    agents.update(
        agent_id,
        name="After",
        tags=["new"],
        conversation_config={"tts": {"speed": 1.1}, "agent": {"prompt": {"temperature": 0.7}}},
        platform_settings={"call_limits": {"daily_limit": 5}},
    )
    after = read_agent(contract, agent_id)
    assert (after["name"], after["tags"]) == ("After", ["new"])
    assert after["conversation_config"]["tts"]["speed"] == 1.1
    assert after["conversation_config"]["agent"]["prompt"]["temperature"] == 0.7
    assert after["platform_settings"]["call_limits"]["daily_limit"] == 5
    assert prompt_in(after) == "Be slow."
    assert after["version_id"] != before["version_id"]
    assert kept(before["platform_settings"]["widget"], after["platform_settings"]["widget"]) == []


def test_absent_is_not_null(contract):
    agent_id = new_agent(contract)
    patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {"timezone": "Europe/Vienna"}}}})
    kept_ = patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {}}}})
    assert kept_["conversation_config"]["agent"]["prompt"]["timezone"] == "Europe/Vienna"
    nulled = patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {"timezone": None}}}})
    assert nulled["conversation_config"]["agent"]["prompt"]["timezone"] is None


def test_an_explicit_null_from_the_sdk_is_null(contract, agents):
    agent_id = new_agent(contract)
    agents.update(agent_id, conversation_config={"agent": {"prompt": {"temperature": None}}})
    assert read_agent(contract, agent_id)["conversation_config"]["agent"]["prompt"]["temperature"] is None


def test_lists_and_the_workflow_are_replaced_whole(contract):
    agent_id = new_agent(contract)
    workflow = {"nodes": {"start_node": {"type": "start"}, "a": {"type": "end"}}, "edges": {}}
    patch(contract, agent_id, {"workflow": workflow, "conversation_config": {"asr": {"keywords": ["a", "b"]}}})
    workflow = {"nodes": {"start_node": {"type": "start"}, "b": {"type": "end"}}, "edges": {}}
    read = patch(contract, agent_id, {"workflow": workflow, "conversation_config": {"asr": {"keywords": ["c"]}}})
    assert set(read["workflow"]["nodes"]) == {"start_node", "b"}
    assert read["conversation_config"]["asr"]["keywords"] == ["c"]


def test_what_a_get_returns_may_be_patched_back(contract):
    agent_id = contract.http.post(f"{AGENTS}/create", json={**differing(Document), "name": "Round"}).json()["agent_id"]
    read = read_agent(contract, agent_id)
    again = patch(contract, agent_id, read)
    assert kept({**read, "version_id": again["version_id"], "metadata": again["metadata"]}, again) == []


@pytest.mark.covers("GET /v1/convai/agents")
def test_a_list_is_paged_searched_and_sorted(contract, agents, mark):
    ids = [new_agent(contract, f"{name} {mark}") for name in ("Carla", "Anton", "Berta")]
    first = agents.list(search=mark, page_size=2, sort_by="name", sort_direction="asc")
    assert [agent.name.split()[0] for agent in first.agents] == ["Anton", "Berta"]
    assert first.has_more
    second = agents.list(search=mark, page_size=2, sort_by="name", sort_direction="asc", cursor=first.next_cursor)
    assert [agent.agent_id for agent in second.agents] == [ids[0]]
    assert not second.has_more
    newest = agents.list(search=mark, sort_by="created_at", sort_direction="desc")
    assert [agent.agent_id for agent in newest.agents] == ids[::-1]


def test_a_list_hides_what_is_archived(contract, agents, mark):
    kept_id, archived_id = new_agent(contract, f"Here {mark}"), new_agent(contract, f"Gone {mark}")
    patch(contract, archived_id, {"platform_settings": {"archived": True}})
    assert [agent.agent_id for agent in agents.list(search=mark, archived=False).agents] == [kept_id]
    assert [agent.agent_id for agent in agents.list(search=mark, archived=True).agents] == [archived_id]


def test_limit_is_an_older_word_for_page_size(contract, mark):
    for number in range(3):
        new_agent(contract, f"{number} {mark}")
    assert len(contract.http.get(AGENTS, params={"search": mark, "limit": 2}).json()["agents"]) == 2


@pytest.mark.covers("GET /v1/convai/agents/summaries")
def test_summaries_are_a_map_for_repeated_ids(contract, agents):
    ids = [new_agent(contract, "First"), new_agent(contract, "Second")]
    agents.summaries.get(agent_ids=ids)
    assert {key: entry["data"]["name"] for key, entry in contract.last.items()} == dict(
        zip(ids, ["First", "Second"], strict=True)
    )
    assert b"&" in contract.answers[-1].request.url.query


@pytest.mark.covers("DELETE /v1/convai/agents/{agent_id}")
def test_a_deleted_agent_is_gone(contract, agents):
    agent_id = new_agent(contract)
    agents.delete(agent_id)
    answer = contract.http.get(f"{AGENTS}/{agent_id}")
    assert (answer.status_code, answer.json()["detail"]["status"]) == (404, "agent_not_found")


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/duplicate")
def test_a_copy_is_an_agent_of_its_own(contract, agents):
    agent_id = new_agent(contract, prompt="Speak softly.")
    copy_id = agents.duplicate(agent_id, name="The copy").agent_id
    patch(contract, agent_id, {"conversation_config": {"agent": {"prompt": {"prompt": "Shout."}}}})
    copy = read_agent(contract, copy_id)
    assert (copy_id != agent_id, copy["name"], prompt_in(copy)) == (True, "The copy", "Speak softly.")


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/link")
def test_a_link_names_its_agent(contract, agents):
    agent_id = new_agent(contract)
    agents.link.get(agent_id)
    assert contract.last["agent_id"] == agent_id


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["body", "conversation_config"]),
        (document() | {"tags": 1}, ["body", "tags"]),
        (
            {"conversation_config": {"agent": {"prompt": {"temperature": "hot"}}}},
            ["body", "conversation_config", "agent", "prompt", "temperature"],
        ),
        ({"conversation_config": {"tts": {"speed": 9}}}, ["body", "conversation_config", "tts", "speed"]),
    ],
)
def test_a_wrong_body_is_refused_where_it_is_wrong(contract, body, place):
    answer = contract.http.post(f"{AGENTS}/create", json=body)
    assert (answer.status_code, [each["loc"] for each in answer.json()["detail"]]) == (422, [place])


def test_a_wrong_patch_changes_nothing(contract):
    agent_id = new_agent(contract, "Same")
    before = read_agent(contract, agent_id)
    change = {"name": "Other", "conversation_config": {"turn": {"turn_timeout": "x"}}}
    assert contract.http.patch(f"{AGENTS}/{agent_id}", json=change).status_code == 422
    assert read_agent(contract, agent_id) == before
