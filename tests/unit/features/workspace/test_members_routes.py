"""Members, invites, groups and the audit log over HTTP."""

import asyncio

import httpx
import pytest
from tests.unit.features.workspace.house import House

pytestmark = pytest.mark.anyio


async def invite(client: httpx.AsyncClient, email: str, **body: object) -> str:
    """Invite somebody; the token of the link."""
    reply = await client.post("/v1/workspace/invites/add", json={"email": email, **body})
    assert (reply.status_code, reply.json()["status"]) == (200, "ok"), reply.text
    [link] = reply.json()["vivavoce_invite_links"]
    return link["path"].removeprefix("/?invite=")


async def members(client: httpx.AsyncClient) -> dict[str, dict[str, object]]:
    return {member["email"]: member for member in (await client.get("/v1/workspace/members")).json()}


async def test_the_owner_is_the_first_member(client: httpx.AsyncClient, house: House):
    assert await members(client) == {
        "admin@localhost": {
            "user_id": house.first.user_id,
            "email": "admin@localhost",
            "first_name": None,
            "seat_type": "workspace_admin",
            "is_owner": True,
            "is_locked": False,
            "vivavoce_usage_limit": None,
        }
    }


async def test_an_invited_person_joins_with_seat_and_groups_and_is_signed_in(client: httpx.AsyncClient, house: House):
    group = (await client.post("/v1/vivavoce/groups", json={"name": "Sales"})).json()
    token = await invite(client, " Bob@Example.com", seat_type="workspace_lite_member", group_ids=[group["id"]])
    [open_invite] = (await client.get("/v1/vivavoce/invites")).json()["invites"]
    assert (open_invite["email"], open_invite["seat_type"]) == ("bob@example.com", "workspace_lite_member")
    async with house.client() as browser:
        body = {"invite_token": token, "first_name": "Bob"}
        session = (await browser.post("/v1/vivavoce/invites/accept", json=body)).json()
        assert (session["user"]["first_name"], session["role"]) == ("Bob", "viewer")
        assert (await browser.get("/v1/workspace/members")).status_code == 200
        again = await browser.post("/v1/vivavoce/invites/accept", json=body)
        assert again.status_code == 401
    bob = (await members(client))["bob@example.com"]
    assert bob["seat_type"] == "workspace_lite_member"
    assert (await client.get("/v1/workspace/groups")).json()[group["id"]]["members"] == [bob["user_id"]]
    assert (await client.get("/v1/vivavoce/invites")).json() == {"invites": []}


async def test_an_invite_ends_after_a_week_by_revocation_and_by_a_newer_one(client: httpx.AsyncClient, house: House):
    async def accept(token: str) -> int:
        async with house.client() as browser:
            return (await browser.post("/v1/vivavoce/invites/accept", json={"invite_token": token})).status_code

    old = await invite(client, "a@example.com")
    new = await invite(client, "a@example.com")
    assert await accept(old) == 401
    reply = await client.request("DELETE", "/v1/workspace/invites", json={"email": "A@example.com"})
    assert reply.status_code == 200
    assert await accept(new) == 401
    reply = await client.request("DELETE", "/v1/workspace/invites", json={"email": "a@example.com"})
    assert (reply.status_code, reply.json()["detail"]["status"]) == (404, "invite_not_found")
    late = await invite(client, "b@example.com")
    house.clock.advance(7 * 24 * 3600)
    assert await accept(late) == 401


async def test_inviting_many_is_all_or_nothing(client: httpx.AsyncClient):
    emails = ["a@example.com", "b@example.com", "admin@localhost"]
    reply = await client.post("/v1/workspace/invites/add-bulk", json={"emails": emails})
    assert (reply.status_code, reply.json()["detail"]["status"]) == (400, "already_a_member")
    assert (await client.get("/v1/vivavoce/invites")).json() == {"invites": []}
    reply = await client.post("/v1/workspace/invites/add-bulk", json={"emails": emails[:2]})
    assert [link["email"] for link in reply.json()["vivavoce_invite_links"]] == emails[:2]


@pytest.mark.parametrize(
    "body",
    [{"email": "no address"}, {"email": "a@b.c", "group_ids": ["group_x"]}, {"email": "a@b.c", "seat_type": "x"}],
)
async def test_wrong_invites_are_refused(quick: httpx.AsyncClient, body: dict[str, object]):
    assert (await quick.post("/v1/workspace/invites/add", json=body)).status_code == 422


async def test_a_member_is_locked_and_given_another_seat(client: httpx.AsyncClient, house: House):
    key = await house.member("bob@example.com")
    change = {"email": "bob@example.com", "workspace_seat_type": "workspace_lite_member"}
    assert (await client.post("/v1/workspace/members", json=change)).json() == {"status": "ok"}
    async with house.client(key) as bob:
        assert (await bob.get("/v1/user")).json()["seat_type"] == "workspace_lite_member"
        await client.post("/v1/workspace/members", json={"email": "bob@example.com", "is_locked": True})
        assert (await bob.get("/v1/user")).status_code == 401
        await client.post("/v1/workspace/members", json={"email": "bob@example.com", "is_locked": False})
        assert (await bob.get("/v1/user")).status_code == 200
        assert (await bob.post("/v1/workspace/members", json=change)).status_code == 403
    assert (await members(client))["bob@example.com"]["seat_type"] == "workspace_lite_member"


async def test_somebody_always_administers_the_workspace(client: httpx.AsyncClient, house: House):
    for change in ({"is_locked": True}, {"workspace_seat_type": "workspace_member"}):
        reply = await client.post("/v1/workspace/members", json={"email": "admin@localhost", **change})
        assert (reply.status_code, reply.json()["detail"]["status"]) == (409, "member_is_owner")
    assert (await client.delete(f"/v1/vivavoce/members/{house.first.user_id}")).status_code == 409


async def test_a_removed_member_is_gone_with_their_keys(client: httpx.AsyncClient, house: House):
    key = await house.member("bob@example.com")
    bob = (await members(client))["bob@example.com"]
    assert (await client.delete(f"/v1/vivavoce/members/{bob['user_id']}")).status_code == 200
    assert "bob@example.com" not in await members(client)
    async with house.client(key) as gone:
        assert (await gone.get("/v1/user")).status_code == 401
    await invite(client, "bob@example.com")


async def test_usage_limits_are_set_and_cleared(client: httpx.AsyncClient, house: House):
    path = f"/v1/workspace/members/{house.first.user_id}/usage-limit"
    for body in ({"usage_limit": 1000}, {"usage_limit": None}):
        assert (await client.put(path, json=body)).json() == {"status": "ok"}
    assert (await client.put(path, json={"usage_limit": -1})).status_code == 422
    assert (await client.put("/v1/workspace/members/user_x/usage-limit", json={})).status_code == 404


async def test_groups_are_searched_filled_and_emptied(client: httpx.AsyncClient, house: House):
    await house.member("bob@example.com")
    group = (await client.post("/v1/vivavoce/groups", json={"name": "Sales"})).json()
    path = f"/v1/workspace/groups/{group['id']}/members"
    for _ in range(2):
        assert (await client.post(path, json={"email": "bob@example.com"})).json() == {"status": "ok"}
    [found] = (await client.get("/v1/workspace/groups/search", params={"name": "sales"})).json()
    assert found == {"name": "Sales", "id": group["id"], "members_emails": ["bob@example.com"]}
    assert (await client.get("/v1/workspace/groups/search", params={"name": "sale"})).json() == []
    assert (await client.post(f"{path}/remove", json={"email": "bob@example.com"})).status_code == 200
    assert (await client.post(f"{path}/remove", json={"email": "bob@example.com"})).status_code == 404
    assert (await client.post(path, json={"email": "nobody@example.com"})).status_code == 404
    assert (await client.delete(f"/v1/vivavoce/groups/{group['id']}")).status_code == 200
    assert (await client.get("/v1/workspace/groups")).json() == {}


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House):
    await house.member("bob@example.com")
    group = (await client.post("/v1/vivavoce/groups", json={"name": "Sales"})).json()
    bob = (await members(client))["bob@example.com"]
    await invite(client, "carl@example.com")
    async with house.client(await house.other_workspace()) as eve:
        assert list(await members(eve)) == ["eve@example.com"]
        assert (await eve.get("/v1/workspace/groups")).json() == {}
        assert (await eve.get("/v1/vivavoce/invites")).json() == {"invites": []}
        assert (await eve.delete(f"/v1/vivavoce/members/{bob['user_id']}")).status_code == 404
        assert (await eve.delete(f"/v1/vivavoce/groups/{group['id']}")).status_code == 404
        path = f"/v1/workspace/groups/{group['id']}/members"
        assert (await eve.post(path, json={"email": "eve@example.com"})).status_code == 404
        body = {"email": "bob@example.com", "is_locked": True}
        assert (await eve.post("/v1/workspace/members", json=body)).status_code == 404
        reply = await eve.request("DELETE", "/v1/workspace/invites", json={"email": "carl@example.com"})
        assert reply.status_code == 404
        entries = (await eve.get("/v1/workspace/audit-logs")).json()["entries"]
        assert {entry["activity_name"] for entry in entries} == {"API Key Creation"}


# The audit log


async def test_the_audit_log_says_who_did_what_from_where_and_no_content(client: httpx.AsyncClient, house: House):
    token = await invite(client, "bob@example.com")
    body = (await client.get("/v1/workspace/audit-logs", params={"limit": 1})).json()
    [entry] = body["entries"]
    assert entry["activity_name"] == "Workspace Invitation Sent"
    assert entry["class_name"] == "User Access Management"
    assert entry["type_uid"] == entry["class_uid"] * 100 + entry["activity_id"]
    assert entry["actor"]["user"]["uid"] == house.first.user_id
    assert entry["device"]["ip"] == "127.0.0.1"
    assert entry["http_request"]["http_method"] == "POST"
    assert entry["http_request"]["url"]["path"] == "/v1/workspace/invites/add"
    assert entry["time"] == house.clock.now() // 1000
    assert token not in str(entry)


async def test_the_audit_log_is_paged_and_filtered(client: httpx.AsyncClient, house: House):
    for name in ("A", "B", "C"):
        await client.post("/v1/vivavoce/groups", json={"name": name})
        house.clock.advance(1)
    await client.post("/v1/service-accounts", json={"name": "CI"})

    async def listed(**params: object) -> list[str]:
        reply = await client.get("/v1/workspace/audit-logs", params=params)
        assert reply.status_code == 200, reply.text
        return [entry["activity_name"] for entry in reply.json()["entries"]]

    assert await listed() == ["Service Account Creation", *["Group Creation"] * 3]
    assert await listed(class_name="Group Management") == ["Group Creation"] * 3
    assert await listed(activity_name="Service Account Creation") == ["Service Account Creation"]
    assert await listed(actor_uid="user_x") == []
    first = (await client.get("/v1/workspace/audit-logs", params={"limit": 3})).json()
    assert first["has_more"] is True
    assert await listed(limit=3, cursor=first["next_cursor"]) == ["Group Creation"]
    second_group = first["entries"][2]["time"]
    assert await listed(time_from_unix_ms=second_group, time_to_unix_ms=second_group) == ["Group Creation"]
    reply = await client.get("/v1/workspace/audit-logs", params={"limit": 101})
    assert reply.status_code == 422


async def test_only_administrators_read_the_audit_log(house: House):
    async with house.client(await house.member("bob@example.com")) as bob:
        assert (await bob.get("/v1/workspace/audit-logs")).status_code == 403


async def test_nobody_invites_somebody_who_may_more_than_they_do(client: httpx.AsyncClient, house: House):
    account = (await client.post("/v1/service-accounts", json={"name": "CI"})).json()["service-account-user-id"]
    body = {"name": "inviter", "permissions": ["workspace_members_invite"]}
    machine = (await client.post(f"/v1/service-accounts/{account}/api-keys", json=body)).json()["xi-api-key"]
    narrow = await house.member("carol@example.com", "admin", permissions=["workspace_write"])
    for key, as_editor in ((machine, 200), (narrow, 403)):
        async with house.client(key) as inviter:
            for seat, code in (("workspace_admin", 403), ("workspace_member", as_editor)):
                one = {"email": f"{code}-{key[-5:]}@example.com", "seat_type": seat}
                assert (await inviter.post("/v1/workspace/invites/add", json=one)).status_code == code
                many = {"emails": [f"{code}-{key[-6:]}@example.com"], "seat_type": seat}
                assert (await inviter.post("/v1/workspace/invites/add-bulk", json=many)).status_code == code


async def test_a_key_with_few_permissions_makes_no_administrator(client: httpx.AsyncClient, house: House):
    admin = await house.member("ann@example.com", "admin", permissions=["workspace_write", "workspace_members_invite"])
    await house.member("bob@example.com")
    async with house.client(admin) as limited:
        for body in ({"workspace_seat_type": "workspace_admin"}, {"workspace_role": "workspace_admin"}):
            refused = await limited.post("/v1/workspace/members", json={"email": "bob@example.com", **body})
            assert (refused.status_code, refused.json()["detail"]["status"]) == (403, "missing_permissions")
        body = {"email": "bob@example.com", "workspace_seat_type": "workspace_lite_member"}
        assert (await limited.post("/v1/workspace/members", json=body)).status_code == 200
    assert (await members(client))["bob@example.com"]["seat_type"] == "workspace_lite_member"
    body = {"email": "bob@example.com", "workspace_seat_type": "workspace_admin"}
    assert (await client.post("/v1/workspace/members", json=body)).status_code == 200


async def test_a_key_invites_with_all_permissions_or_with_that_one_by_name(house: House):
    writer = await house.member("ann@example.com", "admin", permissions=["workspace_write"])
    inviter = await house.member("cat@example.com", "admin", permissions=["workspace_members_invite"])
    async with house.client(writer) as limited:
        refused = await limited.post("/v1/workspace/invites/add", json={"email": "me@example.com"})
        assert (refused.status_code, refused.json()["detail"]["status"]) == (403, "missing_permissions")
    async with house.client(inviter) as limited:
        assert await invite(limited, "me@example.com")
        body = {"email": "boss@example.com", "seat_type": "workspace_admin"}
        assert (await limited.post("/v1/workspace/invites/add", json=body)).status_code == 403


async def test_the_same_thing_asked_for_by_many_at_once_is_done_once(client: httpx.AsyncClient, house: House):
    group = (await client.post("/v1/vivavoce/groups", json={"name": "Sales"})).json()["id"]
    body = {"email": "admin@localhost"}
    added = await asyncio.gather(*(client.post(f"/v1/workspace/groups/{group}/members", json=body) for _ in range(8)))
    assert {reply.status_code for reply in added} == {200}
    assert (await client.get("/v1/workspace/groups")).json()[group]["members"] == [house.first.user_id]
    tokens = await asyncio.gather(*(invite(client, "bob@example.com") for _ in range(8)))
    assert len((await client.get("/v1/vivavoce/invites")).json()["invites"]) == 1
    async with house.client() as browser:
        asked = [browser.post("/v1/vivavoce/invites/accept", json={"invite_token": token}) for token in tokens * 2]
        assert sorted(reply.status_code for reply in await asyncio.gather(*asked)) == [200] + [401] * 15
