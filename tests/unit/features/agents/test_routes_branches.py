"""Branches, versions, drafts and deployments over HTTP: shapes, refusals, and workspaces kept apart."""

import pytest
from tests.unit.features.agents.house import ADA, EVE, VAL, House

pytestmark = pytest.mark.anyio


@pytest.fixture
async def agent_id(house: House) -> str:
    return await house.create()


DRAFT = {
    "name": "Draft",
    "conversation_config": {"agent": {"first_message": "draft"}},
    "platform_settings": {},
    "workflow": {"nodes": {"start_node": {"type": "start"}}, "edges": {}},
}


def deployment(**shares: float):
    requests = [
        {"branch_id": id, "deployment_strategy": {"type": "percentage", "traffic_percentage": share}}
        for id, share in shares.items()
    ]
    return {"deployment_request": {"requests": requests}}


async def test_a_branchs_life(house: House, agent_id: str):
    main = await house.main(agent_id)
    url = f"/v1/convai/agents/{agent_id}"
    async with house.client() as client:
        tip = (await client.get(url)).json()["version_id"]
        body = {"parent_version_id": tip, "name": "dev", "description": "try"}
        made = await client.post(f"{url}/branches", json=body)
        assert made.status_code == 200, made.text
        dev = made.json()["created_branch_id"]
        assert (await client.get(f"{url}/versions/{made.json()['created_version_id']}")).json()["seq_no_in_branch"] == 1

        house.clock.advance(1)
        change = {"conversation_config": {"agent": {"first_message": "dev"}}, "version_description": "greets"}
        await client.patch(url, params={"branch_id": dev}, json=change)
        assert "first_message" not in await house.said(agent_id)
        newest = (await client.get(f"{url}/branches/{dev}")).json()["most_recent_versions"]
        assert [version["version_description"] for version in newest] == ["greets", ""]

        await client.post(f"{url}/drafts", params={"branch_id": main}, json=DRAFT)
        listed = (await client.get(f"{url}/branches", params={"include_commit_status": "true"})).json()
        by_name = {branch["name"]: branch for branch in listed["results"]}
        assert by_name["main"]["draft_exists"]
        assert (by_name["dev"]["commits_ahead"], by_name["dev"]["commits_behind"]) == (2, 0)
        assert (await client.get(f"{url}/drafts", params={"branch_id": main})).json()["name"] == "Draft"
        assert (await client.delete(f"{url}/drafts", params={"branch_id": main})).status_code == 200
        assert (await client.delete(f"{url}/drafts", params={"branch_id": main})).status_code == 404

        shares = (await client.post(f"{url}/deployments", json=deployment(**{main: 25, dev: 75}))).json()
        assert shares == {"traffic_percentage_branch_id_map": {main: 25.0, dev: 75.0}}
        preview = await client.get(f"{url}/branches/{dev}/merge-preview", params={"target_branch_id": main})
        assert preview.json()["conversation_config"]["agent"]["first_message"] == "dev"
        merged = await client.post(f"{url}/branches/{dev}/merge", params={"target_branch_id": main})
        assert merged.status_code == 200, merged.text
        assert (await house.said(agent_id)) == {"first_message": "dev"}
        deployments = (await client.get(f"{url}/deployments")).json()
        assert deployments["results"][0]["traffic_percentage_branch_id_map"] == {main: 100.0}
        assert (await client.get(f"{url}/branches")).json()["meta"]["total"] == 1
        assert (await client.delete(f"{url}/branches/{dev}")).status_code == 200
        assert len((await client.get(f"{url}/versions")).json()["versions"]) == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "loc"),
    [
        ("POST", "/branches", {"name": "x", "description": ""}, ["body", "parent_version_id"]),
        ("POST", "/branches", {"parent_version_id": "v", "name": "x" * 141, "description": ""}, ["body", "name"]),
        ("POST", "/branches", {"parent_version_id": "v", "name": "", "description": ""}, ["body", "name"]),
        ("PATCH", "/branches/b", {"protection_status": "nobody"}, ["body", "protection_status"]),
        ("GET", "/branches/b/merge-preview", None, ["query", "target_branch_id"]),
        ("GET", "/branches?limit=101", None, ["query", "limit"]),
        ("GET", "/deployments?page=0", None, ["query", "page"]),
        ("POST", "/drafts", DRAFT, ["query", "branch_id"]),
        ("POST", "/deployments", deployment(), ["body", "deployment_request", "requests"]),
        (
            "POST",
            "/deployments",
            deployment(b=101),
            ["body", "deployment_request", "requests", 0, "deployment_strategy", "traffic_percentage"],
        ),
    ],
)
async def test_what_is_wrong_is_named(house: House, agent_id: str, method: str, path: str, body, loc):
    async with house.client() as client:
        reply = await client.request(method, f"/v1/convai/agents/{agent_id}{path}", json=body)
        assert reply.status_code == 422, reply.text
        assert loc in [fault["loc"] for fault in reply.json()["detail"]]


async def test_a_sum_that_is_not_a_hundred_is_named(house: House, agent_id: str):
    main = await house.main(agent_id)
    async with house.client() as client:
        reply = await client.post(f"/v1/convai/agents/{agent_id}/deployments", json=deployment(**{main: 99.5}))
        (fault,) = reply.json()["detail"]
    assert (reply.status_code, fault["loc"]) == (422, ["body", "deployment_request", "requests"])
    assert "99.5" in fault["msg"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/branches", None),
        ("POST", "/branches", {"parent_version_id": "v", "name": "x", "description": ""}),
        ("GET", "/branches/{main}", None),
        ("PATCH", "/branches/{main}", {"name": "mine"}),
        ("DELETE", "/branches/{main}", None),
        ("GET", "/branches/{main}/merge-preview?target_branch_id={main}", None),
        ("POST", "/branches/{main}/merge?target_branch_id={main}", {}),
        ("GET", "/branches/{main}/rebase-preview", None),
        ("POST", "/branches/{main}/rebase", None),
        ("GET", "/versions", None),
        ("GET", "/versions/{tip}", None),
        ("POST", "/drafts?branch_id={main}", DRAFT),
        ("GET", "/drafts?branch_id={main}", None),
        ("DELETE", "/drafts?branch_id={main}", None),
        ("GET", "/deployments", None),
        ("POST", "/deployments", deployment(x=100)),
    ],
)
async def test_another_workspace_sees_and_changes_nothing(house: House, agent_id: str, method: str, path: str, body):
    agent = await house.store.agent("ws_a", agent_id)
    path = path.format(main=agent.main_branch_id, tip=agent.main.tip)
    async with house.client(EVE) as client:
        reply = await client.request(method, f"/v1/convai/agents/{agent_id}{path}", json=body)
        assert (reply.status_code, reply.json()["detail"]["status"]) == (404, "agent_not_found")
    assert await house.store.agent("ws_a", agent_id) == agent
    if method != "GET":
        async with house.client(VAL) as client:
            assert (await client.request(method, f"/v1/convai/agents/{agent_id}{path}", json=body)).status_code == 403


async def test_null_sets_a_branch_back_and_cannot_take_its_name(house: House):
    agent_id = await house.create()
    async with house.client() as client:
        path = f"/v1/convai/agents/{agent_id}/branches/{await house.branch(agent_id)}"
        change = {"description": "Why", "auto_rebase": True, "protection_status": "admin_perms_required"}
        assert (await client.patch(path, json=change)).json()["description"] == "Why"
        back = (await client.patch(path, json=dict.fromkeys(change))).json()
        refused = await client.patch(path, json={"name": None})
    assert [back[name] for name in change] == ["", False, "writer_perms_required"]
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "name"])


async def test_two_windows_of_one_person_do_not_overwrite_each_others_draft(house: House, agent_id: str):
    url = f"/v1/convai/agents/{agent_id}/drafts"
    where = {"branch_id": await house.main(agent_id)}
    async with house.client() as client:
        first = await client.post(url, params=where, json=DRAFT, headers={"if-none-match": "*"})
        assert first.status_code == 200, first.text
        tag = first.headers["etag"]
        assert (await client.get(url, params=where)).headers["etag"] == tag
        second = await client.post(url, params=where, json=DRAFT, headers={"if-none-match": "*"})
        assert (second.status_code, second.json()["detail"]["status"]) == (412, "draft_changed")
        next_one = await client.post(url, params=where, json={**DRAFT, "name": "Two"}, headers={"if-match": tag})
        assert next_one.headers["etag"] != tag
        late = await client.post(url, params=where, json={**DRAFT, "name": "Three"}, headers={"if-match": tag})
        assert late.status_code == 412
        assert (await client.delete(url, params=where, headers={"if-match": tag})).status_code == 412
        assert (await client.get(url, params=where)).json()["name"] == "Two"
        gone = await client.delete(url, params=where, headers={"if-match": next_one.headers["etag"]})
        assert gone.status_code == 200
        late = await client.post(url, params=where, json=DRAFT, headers={"if-match": next_one.headers["etag"]})
        assert late.status_code == 412, "a draft that was dropped or published elsewhere is no draft to go on with"


async def test_a_draft_runs_for_its_writer_alone(house: House, agent_id: str):
    main = await house.main(agent_id)
    await house.drafts.put(ADA, agent_id, main, DRAFT)
    tried = await house.agents.running("ws_a", agent_id, "conv_1", draft_of=ADA.user_id)
    assert (tried.version_id, tried.name, tried.config["conversation_config"]) == (
        None,
        "Draft",
        DRAFT["conversation_config"],
    )
    other = await house.agents.running("ws_a", agent_id, "conv_1", draft_of="user_bob")
    assert other == await house.agents.running("ws_a", agent_id, "conv_1")
    await house.drafts.delete(ADA, agent_id, main)
    assert await house.agents.running("ws_a", agent_id, "conv_1", draft_of=ADA.user_id) == other
