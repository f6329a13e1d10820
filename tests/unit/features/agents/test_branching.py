"""Branches, versions, merges and rebases."""

import pytest
from fastapi.exceptions import RequestValidationError
from tests.unit.features.agents.house import ADA, BOB, EVE, House, by

from vivavoce.base.errors import Conflict, Forbidden, Invalid, NotFound
from vivavoce.features.agents.records import AGENTS, VERSIONS, Version
from vivavoce.features.agents.store import FOLLOW_MAIN
from vivavoce.ports.documents import Query

pytestmark = pytest.mark.anyio


@pytest.fixture
async def agent_id(house: House) -> str:
    return await house.create()


async def status_of(work) -> str:
    """The status of the conflict that a piece of work ends in."""
    with pytest.raises(Conflict) as refused:
        await work
    return refused.value.status


async def test_every_patch_is_a_version_and_versions_never_change(house: House, agent_id: str):
    first = (await house.agents.get(ADA, agent_id))["version_id"]
    second = (await house.say(agent_id, first_message="Hi"))["version_id"]
    assert await house.config(agent_id, version_id=first) == {
        "conversation_config": {"agent": {"prompt": {"prompt": "Be kind."}}}
    }
    assert (await house.config(agent_id, version_id=second))["conversation_config"]["agent"]["first_message"] == "Hi"
    shown = await house.branches.version(ADA, agent_id, second)
    assert shown["seq_no_in_branch"] == 2
    assert shown["parents"]["in_branch_parent_id"] == first
    assert shown["access_info"]["creator_name"] == "Ada"


async def test_an_id_of_a_version_is_the_digest_of_it(house: House, agent_id: str):
    await house.say(agent_id, first_message="Hi")
    page = await house.documents.page(VERSIONS, "ws_a", Query(parent_id=agent_id))
    for row in page.items:
        assert Version.read(row).address() == row.id


async def test_the_same_content_is_stored_once(house: House, agent_id: str):
    await house.say(agent_id, first_message="a")
    await house.say(agent_id, first_message="b")
    back = await house.say(agent_id, first_message="a")
    versions = [Version.read(row) for row in (await house.documents.page(VERSIONS, "ws_a", Query())).items]
    assert len(versions) == 4
    assert len({version.content for version in versions}) == 3
    assert back["version_id"] == max(versions, key=lambda version: version.number).id


async def test_a_version_of_another_agent_is_not_found(house: House, agent_id: str):
    other = await house.create()
    version_id = (await house.agents.get(ADA, other))["version_id"]
    with pytest.raises(NotFound):
        await house.agents.get(ADA, agent_id, version_id=version_id)
    with pytest.raises(NotFound):
        await house.branches.version(EVE, other, version_id)


async def test_a_version_asked_for_on_the_wrong_branch_is_not_found(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    version_id = (await house.agents.get(ADA, agent_id))["version_id"]
    with pytest.raises(NotFound, match="is not on the branch"):
        await house.agents.get(ADA, agent_id, branch_id=dev, version_id=version_id)


async def test_a_branch_grows_apart_from_main(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, first_message="main")
    assert (await house.said(agent_id), await house.said(agent_id, dev)) == (
        {"first_message": "main"},
        {"first_message": "dev"},
    )
    body = await house.agents.get(ADA, agent_id, branch_id=dev)
    assert (body["branch_id"], body["main_branch_id"]) == (dev, await house.main(agent_id))


async def test_a_branch_may_begin_with_changes(house: House, agent_id: str):
    version_id = (await house.agents.get(ADA, agent_id))["version_id"]
    made = await house.branches.create(
        by(ADA),
        agent_id,
        {
            "parent_version_id": version_id,
            "name": "dev",
            "description": "d",
            "conversation_config": {"agent": {"language": "de"}},
            "workflow": {"nodes": {"start_node": {"type": "start"}}, "edges": {}},
        },
    )
    config = await house.config(agent_id, branch_id=made["created_branch_id"])
    assert config["conversation_config"]["agent"] == {"prompt": {"prompt": "Be kind."}, "language": "de"}
    assert "nodes" in config["workflow"]
    version = await house.branches.version(ADA, agent_id, made["created_version_id"])
    assert version["parents"]["out_of_branch_parent_id"] == version_id


async def test_branches_that_cannot_be_made(house: House, agent_id: str):
    version_id = (await house.agents.get(ADA, agent_id))["version_id"]
    body = {"parent_version_id": version_id, "name": "dev", "description": ""}
    await house.branches.create(by(ADA), agent_id, body)
    with pytest.raises(Invalid, match="named 'dev' already"):
        await house.branches.create(by(ADA), agent_id, body)
    with pytest.raises(NotFound):
        await house.branches.create(by(ADA), agent_id, {**body, "name": "x", "parent_version_id": "agtvrsn_x"})
    with pytest.raises(RequestValidationError):
        await house.branches.create(by(ADA), agent_id, {**body, "name": "x", "conversation_config": {"tts": 3}})
    assert len((await house.store.agent("ws_a", agent_id)).branches) == 2


async def test_the_list_of_branches(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="1")
    await house.say(agent_id, dev, first_message="2")
    await house.say(agent_id, language="de")
    listed = await house.branches.page(ADA, agent_id, limit=100, include_archived=False, include_commit_status=True)
    main, other = listed["results"]
    assert (main["name"], main["current_live_percentage"], main["commits_ahead"]) == ("main", 100.0, 0)
    assert (other["id"], other["current_live_percentage"]) == (dev, 0.0)
    assert (other["commits_ahead"], other["commits_behind"]) == (3, 1)
    assert other["parent_branch_id"] == main["id"]
    assert listed["meta"]["total"] == 2


async def test_a_branch_is_renamed_described_and_put_away(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    shown = await house.branches.patch(
        by(ADA), agent_id, dev, {"name": "next", "description": "d", "is_archived": True}
    )
    assert (shown["name"], shown["description"], shown["is_archived"]) == ("next", "d", True)
    assert shown["parent_branch"]["name"] == "main"
    assert await status_of(house.say(agent_id, dev, first_message="x")) == "branch_archived"
    listed = await house.branches.page(ADA, agent_id, limit=9, include_archived=False, include_commit_status=False)
    assert [branch["name"] for branch in listed["results"]] == ["main"]
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": False})
    await house.say(agent_id, dev, first_message="x")


async def test_main_and_live_branches_stay(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    assert await status_of(house.branches.patch(by(ADA), agent_id, main, {"is_archived": True})) == "main_branch"
    await deploy(house, agent_id, {main: 40, dev: 60})
    assert await status_of(house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})) == "branch_is_live"


async def test_a_branch_is_deleted_once_it_is_put_away_and_its_versions_stay(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    version_id = (await house.say(agent_id, dev, first_message="dev"))["version_id"]
    assert await status_of(house.branches.delete(by(ADA), agent_id, dev)) == "branch_not_archived"
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})
    await house.branches.delete(by(ADA), agent_id, dev)
    with pytest.raises(NotFound):
        await house.branches.get(ADA, agent_id, dev)
    assert (await house.agents.get(ADA, agent_id, version_id=version_id))["version_id"] == version_id
    assert (await house.branches.version(ADA, agent_id, version_id))["branch_id"] == dev


async def test_a_protected_branch_is_for_admins(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.branches.patch(by(ADA), agent_id, main, {"protection_status": "admin_perms_required"})
    await house.say(agent_id, dev, first_message="dev", caller=BOB)
    with pytest.raises(Forbidden):
        await house.say(agent_id, caller=BOB, first_message="x")
    with pytest.raises(Forbidden):
        await house.branches.merge(by(BOB), agent_id, dev, main)
    with pytest.raises(Forbidden):
        await house.branches.patch(by(BOB), agent_id, main, {"protection_status": "writer_perms_required"})
    with pytest.raises(Forbidden):
        await house.branches.patch(by(BOB), agent_id, dev, {"protection_status": "admin_perms_required"})
    await house.branches.merge(by(ADA), agent_id, dev, main)


# ---------------------------------------------------------------------------------------------------------------
# Merging


async def test_a_merge_brings_what_the_branch_changed(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, language="de")
    preview = await house.branches.preview_merge(ADA, agent_id, dev, main)
    assert preview["conflicts"] == []
    assert preview["conversation_config"]["agent"]["first_message"] == "dev"
    done = await house.branches.merge(by(ADA), agent_id, dev, main)
    assert await house.said(agent_id) == {"language": "de", "first_message": "dev"}
    version = await house.branches.version(ADA, agent_id, done["version_id"])
    assert version["parents"]["merged_from_branch_id"] == dev
    source = await house.branches.get(ADA, agent_id, dev)
    assert source["is_archived"]
    assert source["most_recent_versions"][0]["parents"]["merged_into_branch_id"] == main


async def test_nothing_is_merged_twice(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.branches.merge(by(ADA), agent_id, dev, main, archive_source=False)
    await house.say(agent_id, first_message="changed back on main")
    await house.say(agent_id, dev, language="de")
    preview = await house.branches.preview_merge(ADA, agent_id, dev, main)
    assert preview["conflicts"] == []
    await house.branches.merge(by(ADA), agent_id, dev, main)
    assert await house.said(agent_id) == {"first_message": "changed back on main", "language": "de"}


async def test_a_merge_of_nothing_makes_no_version(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    before = (await house.agents.get(ADA, agent_id))["version_id"]
    assert (await house.branches.preview_merge(ADA, agent_id, dev, main))["source_identical_to_target"]
    assert (await house.branches.merge(by(ADA), agent_id, dev, main))["version_id"] == before
    assert (await house.branches.get(ADA, agent_id, dev))["is_archived"]


async def test_the_later_change_of_a_field_wins_and_every_conflict_is_named(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev, early", language="de")
    await house.say(agent_id, first_message="main, late", language="en")
    await house.say(agent_id, dev, language="fr")
    preview = await house.branches.preview_merge(ADA, agent_id, dev, main)
    assert preview["overridden_fields"] == [
        "conversation_config.agent.first_message",
        "conversation_config.agent.language",
    ]
    assert preview["conflicts"][0] == {
        "path": "agent.first_message",
        "section": "conversation_config",
        "base_value": None,
        "source_value": "dev, early",
        "target_value": "main, late",
    }
    agent = preview["conversation_config"]["agent"]
    assert (agent["first_message"], agent["language"]) == ("main, late", "fr")
    forced = await house.branches.preview_merge(ADA, agent_id, dev, main, force=True)
    assert forced["conversation_config"]["agent"]["first_message"] == "dev, early"
    await house.branches.merge(by(ADA), agent_id, dev, main)
    assert await house.said(agent_id) == {"first_message": "main, late", "language": "fr"}


async def test_force_lets_the_source_win(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, first_message="main")
    await house.branches.merge(by(ADA), agent_id, dev, main, force=True)
    assert await house.said(agent_id) == {"first_message": "dev"}


async def test_merges_that_go_in_circles(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    sub = await house.branch(agent_id, "sub", of=dev)
    assert await status_of(house.branches.merge(by(ADA), agent_id, dev, dev)) == "circular_merge"
    assert await status_of(house.branches.merge(by(ADA), agent_id, main, dev)) == "circular_merge"
    assert await status_of(house.branches.merge(by(ADA), agent_id, main, sub)) == "circular_merge"
    assert await status_of(house.branches.preview_merge(ADA, agent_id, dev, sub)) == "circular_merge"
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})
    await house.branches.delete(by(ADA), agent_id, dev)
    assert await status_of(house.branches.merge(by(ADA), agent_id, main, sub)) == "circular_merge"
    assert await status_of(house.branches.delete(by(ADA), agent_id, main)) == "main_branch"
    with pytest.raises(NotFound):
        await house.branches.merge(by(ADA), agent_id, "agtbrch_x", main)
    with pytest.raises(NotFound):
        await house.branches.merge(by(ADA), agent_id, dev, "agtbrch_x")


async def test_sisters_are_merged(house: House, agent_id: str):
    left, right = await house.branch(agent_id, "left"), await house.branch(agent_id, "right")
    await house.say(agent_id, left, first_message="left")
    await house.say(agent_id, right, language="de")
    await house.branches.merge(by(ADA), agent_id, left, right)
    assert await house.said(agent_id, right) == {"language": "de", "first_message": "left"}
    assert await house.said(agent_id) == {}


async def test_a_merged_branchs_traffic_goes_to_the_target(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await deploy(house, agent_id, {main: 75, dev: 25})
    await house.say(agent_id, dev, first_message="dev")
    await house.branches.merge(by(ADA), agent_id, dev, main)
    assert (await house.store.agent("ws_a", agent_id)).traffic == {main: 100.0}
    history = (await house.deployments.page(ADA, agent_id, page=1, page_size=9))["results"]
    assert [each["source"] for each in history] == ["branch_merge", "manual", "manual"]


async def test_an_archived_branch_is_not_merged(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    sub = await house.branch(agent_id, "sub", of=dev)
    await house.say(agent_id, sub, first_message="sub")
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})
    assert await status_of(house.branches.merge(by(ADA), agent_id, dev, main)) == "branch_archived"
    assert await status_of(house.branches.merge(by(ADA), agent_id, sub, dev)) == "branch_archived"


# ---------------------------------------------------------------------------------------------------------------
# Rebasing


async def test_a_rebase_brings_main_and_keeps_the_branchs_own_changes(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, first_message="main", language="de")
    preview = await house.branches.preview_rebase(ADA, agent_id, dev, None)
    assert preview["overridden_fields"] == ["conversation_config.agent.first_message"]
    assert preview["branch_id"] == dev
    done = await house.branches.rebase(by(ADA), agent_id, dev)
    assert await house.said(agent_id, dev) == {"first_message": "dev", "language": "de"}
    assert await house.said(agent_id) == {"first_message": "main", "language": "de"}
    version = await house.branches.version(ADA, agent_id, done["version_id"])
    assert version["parents"]["rebased_from_version_id"] == (await house.agents.get(ADA, agent_id))["version_id"]


async def test_a_rebase_without_news_is_refused(house: House, agent_id: str):
    dev, main = await house.branch(agent_id), await house.main(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    assert (await house.branches.preview_rebase(ADA, agent_id, dev, None))["source_identical_to_target"]
    assert await status_of(house.branches.rebase(by(ADA), agent_id, dev)) == "nothing_to_rebase"
    assert await status_of(house.branches.rebase(by(ADA), agent_id, main)) == "circular_rebase"


async def test_after_a_rebase_a_merge_is_without_conflict(house: House, agent_id: str):
    dev, main = await house.branch(agent_id), await house.main(agent_id)
    await house.say(agent_id, dev, first_message="dev")
    await house.say(agent_id, first_message="main")
    await house.branches.rebase(by(ADA), agent_id, dev)
    assert (await house.branches.preview_merge(ADA, agent_id, dev, main))["conflicts"] == []
    await house.branches.merge(by(ADA), agent_id, dev, main)
    assert await house.said(agent_id) == {"first_message": "dev"}


async def test_a_branch_follows_main(house: House, agent_id: str, clock):
    dev = await house.branch(agent_id)
    await house.branches.patch(by(ADA), agent_id, dev, {"auto_rebase": True})
    await house.say(agent_id, dev, first_message="dev")
    assert house.documents.jobs == []
    await house.say(agent_id, language="de")
    (_, job), *_ = house.documents.jobs
    assert (job.name, job.payload) == (FOLLOW_MAIN, {"agent_id": agent_id, "branch_id": dev})
    for _ in range(2):  # jobs may run twice
        await house.branches.follow_main("ws_a", agent_id, dev)
    assert await house.said(agent_id, dev) == {"first_message": "dev", "language": "de"}
    shown = await house.branches.get(ADA, agent_id, dev)
    assert shown["sync_status"]["last_attempt"] == {"outcome": "succeeded", "attempted_at": clock.now() // 1_000_000}

    await house.say(agent_id, first_message="main")
    await house.branches.follow_main("ws_a", agent_id, dev)
    assert await house.said(agent_id, dev) == {"first_message": "dev", "language": "de"}
    shown = await house.branches.get(ADA, agent_id, dev)
    assert shown["sync_status"]["last_attempt"]["outcome"] == "conflict"

    await house.agents.delete(by(ADA), agent_id)
    await house.branches.follow_main("ws_a", agent_id, dev)


async def test_a_branch_keeps_alive_what_only_it_uses(house: House, agent_id: str):
    target, dev = await house.create(), await house.branch(agent_id)
    transfer = {"transfers": [{"agent_id": target, "condition": "c"}], "system_tool_type": "transfer_to_agent"}
    tools = {"transfer_to_agent": {"type": "system", "name": "transfer_to_agent", "params": transfer}}
    await house.say(agent_id, dev, prompt={"built_in_tools": tools})
    assert await status_of(house.agents.delete(by(ADA), target)) == "agent_in_use"
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})
    await house.agents.delete(by(ADA), target)


async def test_the_history_is_paged(house: House, agent_id: str):
    dev = await house.branch(agent_id)
    await house.say(agent_id, first_message="1")
    await house.say(agent_id, dev, first_message="2")
    main = await house.main(agent_id)
    page = await house.branches.versions(ADA, agent_id, Query(page_size=1), main)
    rest = await house.branches.versions(ADA, agent_id, Query(page_size=1, cursor=page.next_cursor), main)
    assert [page.items[0]["seq_no_in_branch"], rest.items[0]["seq_no_in_branch"], rest.has_more] == [2, 1, False]
    assert len((await house.branches.versions(ADA, agent_id, Query(), None)).items) == 4


# ---------------------------------------------------------------------------------------------------------------
# Drafts and deployments


async def deploy(house: House, agent_id: str, shares: dict[str, float]):
    requests = [
        {"branch_id": id, "deployment_strategy": {"type": "percentage", "traffic_percentage": share}}
        for id, share in shares.items()
    ]
    house.clock.advance(1)
    return await house.deployments.create(by(ADA), agent_id, {"deployment_request": {"requests": requests}})


async def test_a_draft_is_its_authors_alone_until_it_is_published(house: House, agent_id: str):
    main = await house.main(agent_id)
    draft = {
        "name": "Draft",
        "conversation_config": {"agent": {"first_message": "draft"}},
        "platform_settings": {},
        "workflow": {"nodes": {"start_node": {"type": "start"}}, "edges": {}},
    }
    await house.drafts.put(ADA, agent_id, main, draft)
    shown, _ = await house.drafts.get(ADA, agent_id, main)
    assert (shown["name"], shown["conversation_config"]["agent"]["first_message"]) == ("Draft", "draft")
    with pytest.raises(NotFound):
        await house.drafts.get(BOB, agent_id, main)
    assert (await house.agents.running("ws_a", agent_id, "conv_1")).config == await house.config(agent_id)
    assert "first_message" not in await house.said(agent_id)

    def listed(caller):
        return house.branches.page(caller, agent_id, limit=9, include_archived=False, include_commit_status=False)

    assert (await listed(ADA))["results"][0]["draft_exists"]
    assert not (await listed(BOB))["results"][0]["draft_exists"]
    await house.say(agent_id, caller=BOB, language="de")
    assert (await listed(ADA))["results"][0]["draft_is_behind_tip"]

    await house.agents.patch(by(ADA), agent_id, draft)
    with pytest.raises(NotFound):
        await house.drafts.get(ADA, agent_id, main)
    assert (await house.said(agent_id)) == {"first_message": "draft", "language": "de"}


async def test_a_change_from_elsewhere_takes_no_draft_away(house: House, agent_id: str):
    main = await house.main(agent_id)
    read = await house.agents.get(ADA, agent_id)
    draft = {name: read[name] for name in ("name", "tags", "conversation_config", "platform_settings", "workflow")}
    draft["conversation_config"]["agent"]["first_message"] = "draft"
    await house.drafts.put(ADA, agent_id, main, draft)
    await house.agents.patch(by(ADA), agent_id, {"platform_settings": {"archived": True}})
    await house.agents.patch(by(ADA), agent_id, {"name": "Renamed"})
    assert (await house.drafts.get(ADA, agent_id, main))[0]["conversation_config"]["agent"]["first_message"] == "draft"
    await house.drafts.put(ADA, agent_id, main, {**draft, "name": "Renamed"})
    await house.agents.patch(by(ADA), agent_id, {"conversation_config": {"agent": {"first_message": "draft"}}})
    with pytest.raises(NotFound):
        await house.drafts.get(ADA, agent_id, main)


async def test_a_draft_is_dropped(house: House, agent_id: str):
    main = await house.main(agent_id)
    draft = {"name": "D", "conversation_config": {}, "platform_settings": {}, "workflow": {}}
    with pytest.raises(NotFound):
        await house.drafts.delete(ADA, agent_id, main)
    await house.drafts.put(ADA, agent_id, main, draft)
    await house.drafts.put(ADA, agent_id, main, {**draft, "name": "E"})
    assert (await house.drafts.get(ADA, agent_id, main))[0]["name"] == "E"
    await house.drafts.delete(ADA, agent_id, main)
    with pytest.raises(NotFound):
        await house.drafts.get(ADA, agent_id, main)


async def test_a_branch_may_begin_with_a_draft(house: House, agent_id: str):
    main = await house.main(agent_id)
    version_id = (await house.agents.get(ADA, agent_id))["version_id"]
    body = {"parent_version_id": version_id, "name": "dev", "description": "", "include_draft": True}
    assert await status_of(house.branches.create(by(ADA), agent_id, body)) == "draft_not_found"
    draft = {"conversation_config": {"agent": {"first_message": "d"}}, "platform_settings": {}, "name": "x"}
    await house.drafts.put(ADA, agent_id, main, draft)
    made = await house.branches.create(by(ADA), agent_id, body)
    assert await house.said(agent_id, made["created_branch_id"]) == {"first_message": "d"}
    await house.say(agent_id, language="de", caller=BOB)
    assert await status_of(house.branches.create(by(ADA), agent_id, {**body, "name": "y"})) == "version_is_not_tip"


async def test_traffic_is_shared_out_and_any_branch_can_be_asked_for(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    await house.say(agent_id, dev, first_message="dev")

    async def run_on(conversation_id: str, **where: str) -> str:
        return (await house.agents.running("ws_a", agent_id, conversation_id, **where)).branch_id

    assert {await run_on(f"conv_{number}") for number in range(20)} == {main}
    assert await run_on("conv_1", branch_id=dev) == dev
    assert await deploy(house, agent_id, {main: 50, dev: 50}) == {
        "traffic_percentage_branch_id_map": {main: 50.0, dev: 50.0}
    }
    once = [await run_on(f"conv_{number}") for number in range(20)]
    assert set(once) == {main, dev}
    assert once == [await run_on(f"conv_{number}") for number in range(20)]
    running = await house.agents.running("ws_a", agent_id, "conv_1", branch_id=dev)
    assert running.version_id == (await house.agents.get(ADA, agent_id, branch_id=dev))["version_id"]
    history = await house.deployments.page(ADA, agent_id, page=1, page_size=1)
    assert history["meta"] == {"total": 2, "page": 1, "page_size": 1}
    assert history["results"][0]["is_active"]
    older = (await house.deployments.page(ADA, agent_id, page=2, page_size=1))["results"][0]
    assert (older["is_active"], older["traffic_percentage_branch_id_map"]) == (False, {main: 100.0})


async def test_deployments_that_cannot_be(house: House, agent_id: str):
    main, dev = await house.main(agent_id), await house.branch(agent_id)
    with pytest.raises(Invalid, match="sum to 90"):
        await deploy(house, agent_id, {main: 40, dev: 50})
    with pytest.raises(NotFound):
        await deploy(house, agent_id, {main: 40, "agtbrch_x": 60})
    await house.branches.patch(by(ADA), agent_id, dev, {"is_archived": True})
    assert await status_of(deploy(house, agent_id, {main: 40, dev: 60})) == "branch_archived"
    assert (await house.store.agent("ws_a", agent_id)).traffic == {main: 100.0}


async def test_a_branch_is_named_once_in_a_deployment(house: House, agent_id: str):
    main = await house.main(agent_id)
    item = {"branch_id": main, "deployment_strategy": {"type": "percentage", "traffic_percentage": 50}}
    with pytest.raises(Invalid) as refused:
        await house.deployments.create(by(ADA), agent_id, {"deployment_request": {"requests": [item, item]}})
    assert refused.value.loc == ("body", "deployment_request", "requests", 1, "branch_id")


async def test_an_agents_row_holds_no_more_than_it_has_to(house: House, agent_id: str):
    row = await house.documents.get(AGENTS, "ws_a", agent_id)
    assert row is not None
    assert set(row.body) == {"name", "tags", "created_by", "main_branch_id", "branches", "traffic", "config"}
