"""Agents on every store there is: the same answers, and nothing lost when many write at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.databases import FreshDatabases
from tests.unit.features.agents.house import ADA, BOB, EVE, House, by, document
from tests.unit.storage.conftest import NoJobs, opened, prepare

from vivavoce.base.errors import NotFound
from vivavoce.features.agents.records import AGENTS, VERSIONS
from vivavoce.features.agents.store import AgentStore
from vivavoce.ports.clock import ManualClock
from vivavoce.ports.documents import Query
from vivavoce.ports.documents_memory import MemoryDocuments
from vivavoce.storage.documents import SqlDocuments

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(
    request: pytest.FixtureRequest, clock: ManualClock, fresh_database: FreshDatabases
) -> AsyncIterator[House]:
    if request.param == "memory":
        yield House(MemoryDocuments(clock), clock)
        return
    async with opened(fresh_database(request.param, template="schema", prepare=prepare)) as database:
        yield House(SqlDocuments(database, clock, NoJobs()), clock)


async def test_an_agents_life_over_http(house: House):
    async with house.client() as client:
        made = await client.post("/v1/convai/agents/create", json=document(tags=["x"], later={"a": [1, None]}))
        agent_id = made.json()["agent_id"]
        house.clock.advance(1)
        change = {"conversation_config": {"agent": {"first_message": "Hi"}}, "version_description": "greets"}
        changed = await client.patch(f"/v1/convai/agents/{agent_id}", json=change)
        assert changed.status_code == 200, changed.text
        read = (await client.get(f"/v1/convai/agents/{agent_id}")).json()
        assert read == changed.json()
        assert read["later"] == {"a": [1, None]}
        version = (await client.get(f"/v1/convai/agents/{agent_id}/versions/{read['version_id']}")).json()
        assert (version["version_description"], version["seq_no_in_branch"]) == ("greets", 2)
        listed = (await client.get("/v1/convai/agents", params={"tags": "x"})).json()
        assert [agent["agent_id"] for agent in listed["agents"]] == [agent_id]
        assert (await client.delete(f"/v1/convai/agents/{agent_id}")).status_code == 200
        assert (await client.get(f"/v1/convai/agents/{agent_id}")).status_code == 404


async def test_a_branch_is_merged(house: House):
    agent_id = await house.create()
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, language="de")
    await house.branches.merge(by(ADA), agent_id, dev, main)
    assert await house.said(agent_id) == {"language": "de", "first_message": "dev"}


async def test_of_many_patches_at_once_none_is_lost(house: House):
    agent_id = await house.create()
    patches = [
        house.agents.patch(
            by(caller), agent_id, {"conversation_config": {"agent": {"dynamic_variables": {f"n{number}": number}}}}
        )
        for number, caller in enumerate([ADA, BOB] * 3)
    ]
    await asyncio.gather(*patches)
    said = await house.said(agent_id)
    assert said["dynamic_variables"] == {f"n{number}": number for number in range(6)}
    versions = await house.documents.page(VERSIONS, "ws_a", Query(parent_id=agent_id))
    assert sorted(row.body["number"] for row in versions.items) == list(range(1, 8))


async def test_many_who_say_the_same_at_once_are_all_heard(house: House):
    agent_id = await house.create()
    main = await house.main(agent_id)
    same = {"conversation_config": {"agent": {"first_message": "Hello all"}}}
    await asyncio.gather(*(house.agents.patch(by(caller), agent_id, same) for caller in [ADA, BOB] * 4))
    assert await house.said(agent_id) == {"first_message": "Hello all"}
    versions = await house.documents.page(VERSIONS, "ws_a", Query(parent_id=agent_id))
    assert len(versions.items) == 2
    drafts = [house.drafts.put(ADA, agent_id, main, document(name=f"draft {number}")) for number in range(6)]
    assert len({draft.id for draft in await asyncio.gather(*drafts)}) == 1


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_who_says_what_somebody_said_a_moment_ago_is_heard(house: House, monkeypatch: pytest.MonkeyPatch):
    agent_id = await house.create()
    same = {"conversation_config": {"agent": {"first_message": "Hello all"}}}
    commit = AgentStore.commit

    async def overtaken(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(AgentStore, "commit", commit)
        await asyncio.create_task(house.agents.patch(by(ADA), agent_id, same))
        return await commit(*arguments, **more)

    monkeypatch.setattr(AgentStore, "commit", overtaken)
    await house.agents.patch(by(ADA), agent_id, same)
    assert await house.said(agent_id) == {"first_message": "Hello all"}
    assert len((await house.documents.page(VERSIONS, "ws_a", Query(parent_id=agent_id))).items) == 2


async def test_twenty_changes_of_one_agent_at_once_all_arrive(house: House):
    agent_id = await house.create()
    variables = [{"dynamic_variables": {f"n{number}": number}} for number in range(20)]
    await asyncio.gather(
        *(house.agents.patch(by(ADA), agent_id, {"conversation_config": {"agent": each}}) for each in variables)
    )
    assert len((await house.said(agent_id))["dynamic_variables"]) == 20


async def test_workspaces_are_apart(house: House):
    agent_id = await house.create()
    theirs = await house.create(EVE)
    with pytest.raises(NotFound):
        await house.agents.get(EVE, agent_id)
    with pytest.raises(NotFound):
        await house.agents.patch(by(EVE), agent_id, {"name": "mine"})
    with pytest.raises(NotFound):
        await house.agents.delete(by(EVE), agent_id, force=True)
    assert [item["agent_id"] for item in (await house.agents.page(EVE, Query())).items] == [theirs]
    called = await house.agents.called(agent_id)
    assert called is not None and called.workspace_id == "ws_a"
    assert await house.agents.called("agent_x") is None


async def test_a_refused_patch_leaves_nothing_behind(house: House):
    agent_id = await house.create()
    workflow = {"nodes": {"n": {"type": "standalone_agent", "agent_id": "agent_x"}}, "edges": {}}
    before = await house.documents.get(AGENTS, "ws_a", agent_id)
    with pytest.raises(Exception, match="agent_x"):
        await house.agents.patch(by(ADA), agent_id, {"workflow": workflow})
    assert await house.documents.get(AGENTS, "ws_a", agent_id) == before
    assert await house.documents.count(VERSIONS, "ws_a", Query()) == 1


async def test_no_agent_refers_to_one_that_is_deleted_at_the_same_time(house: House):
    for _ in range(6):
        target = await house.create()
        built_in = {"transfer_to_agent": {"params": {"transfers": [{"agent_id": target, "condition": "c"}]}}}
        body = document()
        body["conversation_config"]["agent"]["prompt"]["built_in_tools"] = built_in
        made, _ = await asyncio.gather(
            house.agents.create(by(ADA), body), house.agents.delete(by(BOB), target), return_exceptions=True
        )
        there = await house.documents.get(AGENTS, "ws_a", target)
        assert there is not None if isinstance(made, str) else there is None
