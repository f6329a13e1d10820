"""Branches, versions, drafts and deployments, through the official Python SDK."""

import pytest
from tests.contract.making import new_agent, patch, prompt_in, read_agent

PROMPT = {"agent": {"prompt": {"prompt": "On a branch."}}}


@pytest.fixture
def agents(contract):
    return contract.python.conversational_ai.agents


@pytest.fixture
def branches(agents):
    return agents.branches


@pytest.fixture
def agent(contract):
    """A new agent as it was read."""
    return read_agent(contract, new_agent(contract, "Branching", prompt="On main."))


def branch_off(branches, agent, name="try", **change):
    made = branches.create(
        agent["agent_id"], parent_version_id=agent["version_id"], name=name, description="An attempt", **change
    )
    return made.created_branch_id


@pytest.mark.covers(
    "POST /v1/convai/agents/{agent_id}/branches", "GET /v1/convai/agents/{agent_id}/branches/{branch_id}"
)
def test_a_branch_begins_at_a_version_with_changes(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    branches.get(agent["agent_id"], branch_id)
    read = contract.last
    assert (read["id"], read["name"], read["description"]) == (branch_id, "try", "An attempt")
    assert read["parent_branch"]["id"] == agent["main_branch_id"]
    assert read["most_recent_versions"][0]["branch_id"] == branch_id
    assert read["current_live_percentage"] == 0
    assert prompt_in(read_agent(contract, agent["agent_id"], branch_id=branch_id)) == "On a branch."
    assert prompt_in(read_agent(contract, agent["agent_id"])) == "On main."


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/branches")
def test_branches_are_listed(contract, branches, agent):
    branch_id = branch_off(branches, agent, name="listed")
    branches.list(agent["agent_id"], include_commit_status=True)
    found = {entry["id"]: entry for entry in contract.last["results"]}
    assert set(found) == {agent["main_branch_id"], branch_id}
    assert found[branch_id]["name"] == "listed"
    assert found[branch_id]["parent_branch_id"] == agent["main_branch_id"]
    assert found[agent["main_branch_id"]]["current_live_percentage"] == 100


@pytest.mark.covers("PATCH /v1/convai/agents/{agent_id}/branches/{branch_id}")
def test_a_branch_is_renamed_protected_and_put_away(contract, branches, agent):
    branch_id = branch_off(branches, agent)
    branches.update(
        agent["agent_id"],
        branch_id,
        name="renamed",
        description="Better words",
        protection_status="admin_perms_required",
        auto_rebase=True,
    )
    branches.get(agent["agent_id"], branch_id)
    read = contract.last
    assert (read["name"], read["description"]) == ("renamed", "Better words")
    assert (read["protection_status"], read["auto_rebase"]) == ("admin_perms_required", True)
    branches.update(agent["agent_id"], branch_id, is_archived=True)
    assert branch_id not in {each.id for each in branches.list(agent["agent_id"], include_archived=False).results}
    assert branch_id in {each.id for each in branches.list(agent["agent_id"], include_archived=True).results}


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/branches/{source_branch_id}/merge-preview")
def test_a_merge_preview_shows_the_target_as_it_would_be(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    branches.preview_merge(agent["agent_id"], branch_id, target_branch_id=agent["main_branch_id"])
    preview = contract.last
    assert prompt_in(preview) == "On a branch."
    assert (preview["conflicts"], preview["source_identical_to_target"]) == ([], False)
    assert prompt_in(read_agent(contract, agent["agent_id"])) == "On main."


def test_a_merge_preview_names_conflicts(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    patch(contract, agent["agent_id"], {"conversation_config": {"agent": {"prompt": {"prompt": "Main moved."}}}})
    branches.preview_merge(agent["agent_id"], branch_id, target_branch_id=agent["main_branch_id"])
    conflict = contract.last["conflicts"][0]
    assert (conflict["base_value"], conflict["source_value"], conflict["target_value"]) == (
        "On main.",
        "On a branch.",
        "Main moved.",
    )


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/branches/{source_branch_id}/merge")
def test_a_merge_changes_the_target_and_puts_the_source_away(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    branches.merge(agent["agent_id"], branch_id, target_branch_id=agent["main_branch_id"], archive_source_branch=True)
    assert prompt_in(read_agent(contract, agent["agent_id"])) == "On a branch."
    branches.get(agent["agent_id"], branch_id)
    assert contract.last["is_archived"] is True


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/branches/{branch_id}/rebase-preview")
def test_a_rebase_preview_shows_the_branch_as_it_would_be(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    patch(contract, agent["agent_id"], {"conversation_config": {"tts": {"speed": 1.2}}})
    branches.preview_rebase(agent["agent_id"], branch_id)
    preview = contract.last
    assert (prompt_in(preview), preview["conversation_config"]["tts"]["speed"]) == ("On a branch.", 1.2)
    assert read_agent(contract, agent["agent_id"], branch_id=branch_id)["conversation_config"]["tts"]["speed"] == 1


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/branches/{branch_id}/rebase")
def test_a_rebase_brings_a_branch_up_to_main(contract, branches, agent):
    branch_id = branch_off(branches, agent, conversation_config=PROMPT)
    patch(contract, agent["agent_id"], {"conversation_config": {"tts": {"speed": 1.2}}})
    branches.rebase(agent["agent_id"], branch_id)
    read = read_agent(contract, agent["agent_id"], branch_id=branch_id)
    assert (prompt_in(read), read["conversation_config"]["tts"]["speed"]) == ("On a branch.", 1.2)


@pytest.mark.covers("GET /v1/convai/agents/{agent_id}/versions/{version_id}")
def test_a_version_is_described_and_never_changes(contract, agents, agent):
    changed = patch(
        contract,
        agent["agent_id"],
        {"version_description": "Louder", "conversation_config": {"tts": {"speed": 1.2}}},
    )
    agents.versions.get(agent["agent_id"], changed["version_id"])
    version = contract.last
    assert (version["id"], version["version_description"]) == (changed["version_id"], "Louder")
    assert version["parents"]["in_branch_parent_id"] == agent["version_id"]
    old = read_agent(contract, agent["agent_id"], version_id=agent["version_id"])
    assert (old["version_id"], old["conversation_config"]["tts"]["speed"]) == (agent["version_id"], 1)


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/drafts", "DELETE /v1/convai/agents/{agent_id}/drafts")
def test_a_draft_is_kept_beside_the_branch_and_dropped(contract, agents, branches, agent):
    def has_draft():
        branches.list(agent["agent_id"])
        return contract.last["results"][0]["draft_exists"]

    main = agent["main_branch_id"]
    agents.drafts.create(
        agent["agent_id"],
        branch_id=main,
        conversation_config=PROMPT,
        platform_settings={},
        workflow={"nodes": {"start_node": {"type": "start"}}, "edges": {}},
        name="Drafted",
    )
    assert has_draft()
    assert prompt_in(read_agent(contract, agent["agent_id"])) == "On main."
    made = branches.create(
        agent["agent_id"],
        parent_version_id=agent["version_id"],
        name="from draft",
        description="",
        include_draft=True,
    )
    assert prompt_in(read_agent(contract, agent["agent_id"], branch_id=made.created_branch_id)) == "On a branch."
    agents.drafts.delete(agent["agent_id"], branch_id=main)
    assert not has_draft()


@pytest.mark.covers("POST /v1/convai/agents/{agent_id}/deployments", "GET /v1/convai/agents/{agent_id}/deployments")
def test_traffic_is_shared_out_between_branches(contract, agents, branches, agent):
    branch_id = branch_off(branches, agent)
    shares = {agent["main_branch_id"]: 70, branch_id: 30}
    agents.deployments.create(agent["agent_id"], deployment_request=wish(shares))
    assert contract.last["traffic_percentage_branch_id_map"] == shares
    agents.deployments.list(agent["agent_id"])
    newest = contract.last["results"][0]
    assert (newest["is_active"], newest["traffic_percentage_branch_id_map"]) == (True, shares)
    branches.get(agent["agent_id"], branch_id)
    assert contract.last["current_live_percentage"] == 30


@pytest.mark.parametrize("shares", [(50, 40), (60, 60), (101, -1)])
def test_shares_that_do_not_make_a_hundred_are_refused(contract, branches, agent, shares):
    branch_id = branch_off(branches, agent)
    body = {"deployment_request": wish(dict(zip([agent["main_branch_id"], branch_id], shares, strict=True)))}
    answer = contract.http.post(f"/v1/convai/agents/{agent['agent_id']}/deployments", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["body", "deployment_request"]


def wish(shares):
    return {
        "requests": [
            {"branch_id": branch_id, "deployment_strategy": {"type": "percentage", "traffic_percentage": share}}
            for branch_id, share in shares.items()
        ]
    }
