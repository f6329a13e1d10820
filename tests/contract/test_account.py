"""Who works in a workspace, with which keys, and what they did, through the official Python SDK."""

import time
import uuid

import pytest
from elevenlabs.core.api_error import ApiError
from tests.contract.making import new_member


@pytest.fixture
def sdk(contract):
    return contract.python


@pytest.fixture
def account_id(sdk):
    """A new service account."""
    return sdk.service_accounts.create(name="Robot").service_account_user_id


def new_key(contract, account_id, **more):
    """A key's id and the key."""
    contract.python.service_accounts.api_keys.create(account_id, **{"name": "Key", "permissions": "all", **more})
    return contract.last["key_id"], contract.last["xi-api-key"]


def listed_key(contract, account_id, key_id):
    contract.python.service_accounts.api_keys.list(account_id)
    return next(key for key in contract.last["api-keys"] if key["key_id"] == key_id)


def members(contract):
    contract.python.workspace.members.list()
    return {member["email"]: member for member in contract.last}


@pytest.mark.covers("GET /v1/user")
def test_a_user_is_whoever_the_key_belongs_to(contract, account_id):
    _, key = new_key(contract, account_id)
    contract.with_key(key).user.get()
    assert contract.last["user_id"] == account_id
    assert contract.last["xi_api_key_preview"].endswith(key[-4:])
    contract.python.user.get()
    assert contract.last["user_id"] != account_id


@pytest.mark.covers("GET /v1/user/subscription")
def test_nobody_runs_out_of_anything_here(contract, sdk):
    sdk.user.subscription.get()
    assert contract.last["status"] == "active"
    assert contract.last["character_count"] < contract.last["character_limit"]
    assert contract.last["open_invoices"] == []


@pytest.mark.covers("POST /v1/service-accounts", "GET /v1/service-accounts")
def test_a_service_account_is_made_and_listed(contract, sdk):
    name = f"Robot {uuid.uuid4().hex}"
    account_id = sdk.service_accounts.create(name=name).service_account_user_id
    sdk.service_accounts.list()
    found = {account["service_account_user_id"]: account for account in contract.last["service-accounts"]}
    assert found[account_id]["name"] == name


@pytest.mark.covers(
    "POST /v1/service-accounts/{service_account_user_id}/api-keys",
    "GET /v1/service-accounts/{service_account_user_id}/api-keys",
)
def test_a_key_opens_the_door_and_is_never_shown_again(contract, account_id):
    tomorrow = int(time.time()) + 86_400
    key_id, key = new_key(
        contract,
        account_id,
        name="For reading",
        permissions=["convai_read"],
        allowed_ips=["127.0.0.1"],
        character_limit=500,
        expires_at_unix=tomorrow,
    )
    read = listed_key(contract, account_id, key_id)
    assert (read["name"], read["permissions"]) == ("For reading", ["convai_read"])
    assert (read["character_limit"], read["expires_at_unix"]) == (500, tomorrow)
    assert read["allowed_ips"][0].startswith("127.0.0.1")
    assert key not in contract.answers[-1].response.text
    contract.with_key(key).conversational_ai.agents.list()
    refused = contract.http.post("/v1/convai/agents/create", json={}, headers={"xi-api-key": key})
    assert refused.status_code == 403


@pytest.mark.covers("PATCH /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}")
def test_a_key_is_changed_where_asked(contract, sdk, account_id):
    key_id, _ = new_key(contract, account_id, character_limit=7)
    sdk.service_accounts.api_keys.update(account_id, key_id, name="Renamed", permissions=["convai_write"])
    read = listed_key(contract, account_id, key_id)
    assert (read["name"], read["permissions"], read["character_limit"]) == ("Renamed", ["convai_write"], 7)
    sdk.service_accounts.api_keys.update(account_id, key_id, character_limit="clear", is_enabled=False)
    read = listed_key(contract, account_id, key_id)
    assert (read["character_limit"], read["is_disabled"]) == (None, True)


@pytest.mark.covers("POST /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}/disable")
def test_a_disabled_key_opens_nothing(contract, sdk, account_id):
    key_id, key = new_key(contract, account_id)
    sdk.service_accounts.api_keys.disable(account_id, key_id)
    assert listed_key(contract, account_id, key_id)["is_disabled"] is True
    assert contract.http.get("/v1/user", headers={"xi-api-key": key}).status_code == 401


@pytest.mark.covers("DELETE /v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}")
def test_a_deleted_key_is_gone(contract, sdk, account_id):
    key_id, key = new_key(contract, account_id)
    sdk.service_accounts.api_keys.delete(account_id, key_id)
    sdk.service_accounts.api_keys.list(account_id)
    assert contract.last["api-keys"] == []
    assert contract.http.get("/v1/user", headers={"xi-api-key": key}).status_code == 401


@pytest.mark.covers("POST /v1/workspaces/api-keys/disable", "POST /v1/workspaces/api-keys/third-party-disabling")
def test_whoever_holds_a_key_may_disable_it_if_the_workspace_lets_them(contract, sdk, account_id):
    _, key = new_key(contract, account_id)
    sdk.workspace.set_third_party_disabling_policy(third_party_disable_allowed=False)
    with pytest.raises(ApiError):
        contract.with_key(key).workspaces.api_keys.disable(api_key_name="self")
    sdk.workspace.set_third_party_disabling_policy(third_party_disable_allowed=True)
    contract.with_key(key).workspaces.api_keys.disable(api_key_name="self")
    assert contract.http.get("/v1/user", headers={"xi-api-key": key}).status_code == 401


@pytest.mark.covers("POST /v1/workspace/invites/add", "GET /v1/workspace/members")
def test_an_invited_person_becomes_a_member(contract):
    email = new_member(contract, seat_type="workspace_admin")
    assert members(contract)[email]["seat_type"] == "workspace_admin"


@pytest.mark.covers("POST /v1/workspace/invites/add-bulk")
def test_several_people_are_invited_at_once(contract, sdk):
    emails = [f"{uuid.uuid4().hex[:12]}@example.org" for _ in range(2)]
    sdk.workspace.invites.create_batch(emails=emails)
    links = contract.last["vivavoce_invite_links"]
    open_invites = contract.http.get("/v1/vivavoce/invites").json()["invites"]
    assert [link["email"] for link in links] == emails
    assert set(emails) <= {invite["email"] for invite in open_invites}


@pytest.mark.covers("DELETE /v1/workspace/invites")
def test_an_invite_is_taken_back(contract, sdk):
    email = f"{uuid.uuid4().hex[:12]}@example.org"
    sdk.workspace.invites.create(email=email)
    sdk.workspace.invites.delete(email=email)
    open_invites = contract.http.get("/v1/vivavoce/invites").json()["invites"]
    assert email not in {invite["email"] for invite in open_invites}


@pytest.mark.covers("POST /v1/workspace/members")
def test_a_member_is_locked_and_given_another_seat(contract, sdk):
    email = new_member(contract)
    sdk.workspace.members.update(email=email, is_locked=True, workspace_seat_type="workspace_lite_member")
    member = members(contract)[email]
    assert (member["is_locked"], member["seat_type"]) == (True, "workspace_lite_member")


@pytest.mark.covers("PUT /v1/workspace/members/{user_id}/usage-limit")
def test_a_member_gets_a_limit(contract, sdk):
    email = new_member(contract)
    user_id = members(contract)[email]["user_id"]
    sdk.workspace.members.update_usage_limit(user_id, usage_limit=12345)
    assert members(contract)[email]["vivavoce_usage_limit"] == 12345


@pytest.mark.covers(
    "GET /v1/workspace/groups",
    "GET /v1/workspace/groups/search",
    "POST /v1/workspace/groups/{group_id}/members",
    "POST /v1/workspace/groups/{group_id}/members/remove",
)
def test_people_are_put_into_groups(contract, sdk):
    name = f"Sales {uuid.uuid4().hex[:8]}"
    group_id = contract.http.post("/v1/vivavoce/groups", json={"name": name}).json()["id"]
    email = new_member(contract)
    sdk.workspace.groups.members.add(group_id, email=email)
    sdk.workspace.groups.list()
    assert contract.last[group_id]["name"] == name
    assert contract.last[group_id]["members"] == [members(contract)[email]["user_id"]]
    sdk.workspace.groups.search(name=name.upper())
    assert contract.last == [{"name": name, "id": group_id, "members_emails": [email]}]
    sdk.workspace.groups.members.remove(group_id, email=email)
    sdk.workspace.groups.search(name=name)
    assert contract.last[0]["members_emails"] == []


@pytest.mark.covers("GET /v1/workspace/audit-logs")
def test_what_people_do_is_noted(contract, sdk, account_id):
    sdk.workspace.audit_logs.list(limit=1)
    newest = contract.last
    assert len(newest["entries"]) == 1
    assert newest["has_more"] is True
    sdk.workspace.audit_logs.list(limit=1, cursor=newest["next_cursor"])
    assert contract.last["entries"][0]["id"] != newest["entries"][0]["id"]
    assert account_id in str(newest["entries"][0])
