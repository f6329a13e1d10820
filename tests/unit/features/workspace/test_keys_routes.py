"""API keys and service accounts over HTTP."""

import httpx
import pytest
from tests.unit.features.workspace.house import House

pytestmark = pytest.mark.anyio


async def new_account(client: httpx.AsyncClient, name: str = "CI") -> str:
    reply = await client.post("/v1/service-accounts", json={"name": name})
    assert reply.status_code == 200, reply.text
    return reply.json()["service-account-user-id"]


async def new_key(client: httpx.AsyncClient, account: str, **body: object) -> dict[str, str]:
    reply = await client.post(
        f"/v1/service-accounts/{account}/api-keys", json={"name": "deploy", "permissions": "all", **body}
    )
    assert reply.status_code == 200, reply.text
    return reply.json()


async def only_key(client: httpx.AsyncClient, account: str) -> dict[str, object]:
    [key] = (await client.get(f"/v1/service-accounts/{account}/api-keys")).json()["api-keys"]
    return key


async def test_an_account_with_a_key_is_listed_and_the_key_is_not(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(
        client,
        account,
        permissions=["convai_read", "text_to_speech"],
        character_limit=1000,
        tts_concurrency_limit=3,
        allowed_ips=["127.0.0.0/8"],
        third_party_disable_allowed=False,
        expires_at_unix=house.clock.now() // 1_000_000 + 3600,
    )
    listed = (await client.get("/v1/service-accounts")).json()
    assert made["xi-api-key"] not in str(listed)
    [found] = listed["service-accounts"]
    assert (found["service_account_user_id"], found["name"]) == (account, "CI")
    [key] = found["api-keys"]
    assert key == await only_key(client, account)
    assert key["key_id"] == made["key_id"]
    assert key["hint"] == made["xi-api-key"][-4:]
    assert key["permissions"] == ["convai_read", "text_to_speech"]
    assert key["character_limit"] == 1000
    assert key["platform_limits"]["concurrency"] == {"limit": 3}
    assert key["allowed_ips"] == ["127.0.0.0/8"]
    assert key["third_party_disable_allowed"] is False
    assert key["expires_at_unix"] == house.clock.now() // 1_000_000 + 3600


async def test_a_key_is_changed_disabled_enabled_and_deleted(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(client, account, permissions=["convai_write"], character_limit=5)
    path = f"/v1/service-accounts/{account}/api-keys/{made['key_id']}"
    async with house.client(made["xi-api-key"]) as machine:
        assert (await machine.get("/v1/vivavoce/session")).status_code == 200
        change = {"name": "renamed", "is_enabled": False, "character_limit": "clear", "permissions": ["user_read"]}
        assert (await client.patch(path, json=change)).status_code == 200
        key = await only_key(client, account)
        assert (key["name"], key["is_disabled"], key["permissions"]) == ("renamed", True, ["user_read"])
        assert key["character_limit"] is None
        assert (await machine.get("/v1/vivavoce/session")).status_code == 401
        assert (await client.patch(path, json={"is_enabled": True})).status_code == 200
        assert (await machine.get("/v1/user")).status_code == 200
        assert (await client.post(f"{path}/disable")).status_code == 200
        assert (await only_key(client, account))["name"] == "renamed"
        assert (await machine.get("/v1/user")).status_code == 401
    assert (await client.delete(path)).status_code == 200
    assert (await client.delete(path)).status_code == 404
    assert (await client.get(f"/v1/service-accounts/{account}/api-keys")).json() == {"api-keys": []}


async def test_a_patch_that_says_nothing_changes_nothing(client: httpx.AsyncClient):
    account = await new_account(client)
    made = await new_key(client, account, permissions=["convai_read"], music_concurrency_limit=2)
    before = await only_key(client, account)
    path = f"/v1/service-accounts/{account}/api-keys/{made['key_id']}"
    assert (await client.patch(path)).status_code == 200
    assert (await client.patch(path, json={"permissions": "no_update"})).status_code == 200
    assert await only_key(client, account) == before


async def test_permissions_bound_a_key(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(client, account, permissions=["user_read"])
    async with house.client(made["xi-api-key"]) as machine:
        assert (await machine.get("/v1/user")).status_code == 200
        assert (await machine.get("/v1/workspace/members")).status_code == 403
        assert (await machine.post("/v1/vivavoce/api-keys", json={"name": "more"})).status_code == 403


async def test_an_administrative_permission_opens_its_door_alone(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(client, account, permissions=["workspace_members_invite"])
    async with house.client(made["xi-api-key"]) as machine:
        assert (await machine.post("/v1/workspace/invites/add", json={"email": "x@example.com"})).status_code == 200
        assert (await machine.get("/v1/service-accounts")).status_code == 403
        assert (await machine.get("/v1/workspace/audit-logs")).status_code == 403


async def test_a_service_account_with_everything_is_still_no_administrator(client: httpx.AsyncClient, house: House):
    made = await new_key(client, await new_account(client))
    async with house.client(made["xi-api-key"]) as machine:
        assert (await machine.get("/v1/workspace/members")).status_code == 200
        assert (await machine.post("/v1/service-accounts", json={"name": "more"})).status_code == 403


async def test_an_editor_cannot_help_himself_to_an_administrators_permission(house: House):
    bob_key = await house.member("bob@example.com")
    async with house.client(bob_key) as bob:
        body = {"name": "mine", "permissions": ["service_account_write"]}
        made = (await bob.post("/v1/vivavoce/api-keys", json=body)).json()
    async with house.client(made["api_key"]) as bob:
        assert (await bob.post("/v1/service-accounts", json={"name": "x"})).status_code == 403


async def test_a_key_grants_no_more_than_it_has(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    granter = await new_key(client, account, permissions=["service_account_write", "convai_read"])
    async with house.client(granter["xi-api-key"]) as machine:
        path = f"/v1/service-accounts/{account}/api-keys"
        refused = await machine.post(path, json={"name": "more", "permissions": ["convai_write"]})
        assert (refused.status_code, "convai_write" in refused.text) == (403, True)
        assert (await machine.post(path, json={"name": "all", "permissions": "all"})).status_code == 403
        assert (await machine.post(path, json={"name": "less", "permissions": ["convai_read"]})).status_code == 200
        own = f"{path}/{granter['key_id']}"
        assert (await machine.patch(own, json={"permissions": "all"})).status_code == 403


async def test_a_key_works_from_its_own_addresses_only(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    here = await new_key(client, account, allowed_ips=["127.0.0.1"])
    elsewhere = await new_key(client, account, allowed_ips=["192.0.2.0/24"])
    async with house.client(here["xi-api-key"]) as machine:
        assert (await machine.get("/v1/user")).status_code == 200
    async with house.client(elsewhere["xi-api-key"]) as machine:
        reply = await machine.get("/v1/user")
        assert (reply.status_code, reply.json()["detail"]["status"]) == (403, "address_not_allowed")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"expires_at_unix": 1}, "expires_at_unix"),
        ({"allowed_ips": ["not an address"]}, "allowed_ips"),
        ({"allowed_ips": []}, "allowed_ips"),
        ({"name": ""}, "name"),
        ({"permissions": "some"}, "permissions"),
        ({"character_limit": -1}, "character_limit"),
    ],
)
async def test_wrong_values_are_named(quick: httpx.AsyncClient, change: dict[str, object], where: str):
    account = await new_account(quick)
    body = {"name": "deploy", "permissions": "all", **change}
    reply = await quick.post(f"/v1/service-accounts/{account}/api-keys", json=body)
    assert reply.status_code == 422
    assert where in reply.json()["detail"][0]["loc"]


async def test_a_key_disables_itself_where_it_may(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    forbidden = await new_key(client, account, third_party_disable_allowed=False)
    async with house.client(forbidden["xi-api-key"]) as machine:
        assert (await machine.post("/v1/workspaces/api-keys/disable?api_key_name=self")).status_code == 403
        policy = "/v1/workspaces/api-keys/third-party-disabling"
        assert (await client.post(policy, json={"third_party_disable_allowed": True})).status_code == 200
        assert (await machine.post("/v1/workspaces/api-keys/disable?api_key_name=other")).status_code == 422
        assert (await machine.post("/v1/workspaces/api-keys/disable?api_key_name=self")).status_code == 200
        assert (await machine.get("/v1/user")).status_code == 401
    key = await only_key(client, account)
    assert (key["is_disabled"], key["disable_reason"]) == (True, "self_disabled")


async def test_people_see_their_own_keys_and_administrators_all(client: httpx.AsyncClient, house: House):
    bob_key = await house.member("bob@example.com")
    async with house.client(bob_key) as bob:
        made = (await bob.post("/v1/vivavoce/api-keys", json={"name": "mine"})).json()
        names = {key["name"] for key in (await bob.get("/v1/vivavoce/api-keys")).json()["api_keys"]}
        assert names == {"mine", "bob@example.com's key"}
        [first] = [
            key for key in (await client.get("/v1/vivavoce/api-keys")).json()["api_keys"] if key["name"] == "First key"
        ]
        assert (await bob.delete(f"/v1/vivavoce/api-keys/{first['key_id']}")).status_code == 404
        assert (await client.delete(f"/v1/vivavoce/api-keys/{made['key_id']}")).status_code == 200
    async with house.client(made["api_key"]) as gone:
        assert (await gone.get("/v1/user")).status_code == 401


async def test_nothing_of_another_workspace_is_there(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(client, account)
    async with house.client(await house.other_workspace()) as eve:
        path = f"/v1/service-accounts/{account}/api-keys"
        assert (await eve.get("/v1/service-accounts")).json() == {"service-accounts": []}
        assert (await eve.get(path)).status_code == 404
        assert (await eve.post(path, json={"name": "x", "permissions": "all"})).status_code == 404
        assert (await eve.patch(f"{path}/{made['key_id']}", json={"name": "x"})).status_code == 404
        assert (await eve.delete(f"{path}/{made['key_id']}")).status_code == 404
        assert (await eve.delete(f"/v1/vivavoce/api-keys/{made['key_id']}")).status_code == 404
        assert (await eve.delete(f"/v1/vivavoce/service-accounts/{account}")).status_code == 404
    assert (await only_key(client, account))["name"] == "deploy"


async def test_a_removed_account_takes_its_keys_along(client: httpx.AsyncClient, house: House):
    account = await new_account(client)
    made = await new_key(client, account)
    assert (await client.delete(f"/v1/vivavoce/service-accounts/{account}")).status_code == 200
    async with house.client(made["xi-api-key"]) as machine:
        assert (await machine.get("/v1/user")).status_code == 401


async def test_sharing_with_an_unknown_group_is_refused_and_nothing_is_made(client: httpx.AsyncClient):
    sharing = [{"group_id": "group_unknown", "permission_level": "viewer"}]
    reply = await client.post("/v1/service-accounts", json={"name": "CI", "default_sharing_groups": sharing})
    assert reply.status_code == 422
    assert (await client.get("/v1/service-accounts")).json() == {"service-accounts": []}
    group = (await client.post("/v1/vivavoce/groups", json={"name": "Sales"})).json()
    sharing[0]["group_id"] = group["id"]
    await client.post("/v1/service-accounts", json={"name": "CI", "default_sharing_groups": sharing})
    [account] = (await client.get("/v1/service-accounts")).json()["service-accounts"]
    assert account["default_sharing_groups"][0]["group"]["name"] == "Sales"


async def test_null_takes_a_limit_away_and_cannot_take_the_name(client: httpx.AsyncClient):
    account = await new_account(client)
    made = await new_key(client, account, character_limit=5)
    path = f"/v1/service-accounts/{account}/api-keys/{made['key_id']}"
    assert (await client.patch(path, json={"character_limit": None})).status_code == 200
    assert (await only_key(client, account))["character_limit"] is None
    refused = await client.patch(path, json={"name": None})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "name"])
