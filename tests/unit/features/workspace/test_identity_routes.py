"""Who am I, signing in and out, over HTTP."""

import httpx
import pytest
from tests.unit.features.workspace.house import House

pytestmark = pytest.mark.anyio


async def sign_in(client: httpx.AsyncClient, house: House) -> str:
    """Sign the client in; its CSRF token."""
    link = await house.identities.create_login_link(house.first.user_id)
    reply = await client.post("/v1/vivavoce/session", json={"login_token": link.token})
    assert reply.status_code == 200, reply.text
    return reply.json()["csrf_token"]


async def test_the_user_behind_a_key(client: httpx.AsyncClient, house: House):
    body = (await client.get("/v1/user")).json()
    assert body["user_id"] == house.first.user_id
    assert body["workspace_id"] == house.first.workspace_id
    assert body["seat_type"] == "workspace_admin"
    assert body["xi_api_key_preview"] == f"****{str(house.first.api_key)[-4:]}"
    assert body["created_at"] == house.clock.now() // 1_000_000
    assert body["subscription"]["max_credit_limit_extension"] == "unlimited"


async def test_the_subscription_is_unlimited_and_owes_nothing(client: httpx.AsyncClient):
    body = (await client.get("/v1/user/subscription")).json()
    assert body["status"] == "active"
    assert body["character_limit"] == 2**53 - 1
    assert (body["open_invoices"], body["has_open_invoices"]) == ([], False)


async def test_a_browser_signs_in_with_a_link_and_acts_with_its_csrf_token(house: House):
    async with house.client() as client:
        csrf = await sign_in(client, house)
        [cookie] = client.cookies.jar
        assert cookie.has_nonstandard_attr("HttpOnly")
        session = (await client.get("/v1/vivavoce/session")).json()
        assert session["user"]["email"] == "admin@localhost"
        assert (session["role"], session["csrf_token"]) == ("admin", csrf)
        refused = await client.post("/v1/vivavoce/groups", json={"name": "Sales"})
        assert (refused.status_code, refused.json()["detail"]["status"]) == (403, "csrf_token_missing")
        done = await client.post("/v1/vivavoce/groups", json={"name": "Sales"}, headers={"x-csrf-token": csrf})
        assert done.status_code == 200


async def test_signing_out_ends_the_session(house: House):
    async with house.client() as client:
        csrf = await sign_in(client, house)
        token = client.cookies["vivavoce_session"]
        assert (await client.delete("/v1/vivavoce/session", headers={"x-csrf-token": csrf})).status_code == 200
        assert "vivavoce_session" not in client.cookies
        client.cookies.set("vivavoce_session", token)
        reply = await client.get("/v1/vivavoce/session")
        assert reply.status_code == 401


async def test_a_link_signs_in_once(house: House):
    link = await house.identities.create_login_link(house.first.user_id)
    async with house.client() as client:
        assert (await client.post("/v1/vivavoce/session", json={"login_token": link.token})).status_code == 200
    async with house.client() as client:
        reply = await client.post("/v1/vivavoce/session", json={"login_token": link.token})
        assert (reply.status_code, reply.json()["detail"]["status"]) == (401, "login_link_invalid")


async def test_only_a_key_with_all_permissions_signs_in(house: House):
    limited = await house.member("bob@example.com", permissions=["convai_read"])
    async with house.client() as client:
        reply = await client.post("/v1/vivavoce/session", json={"api_key": limited})
        assert reply.status_code == 403
        reply = await client.post("/v1/vivavoce/session", json={"api_key": house.first.api_key})
        assert reply.status_code == 200
        assert reply.json()["user"]["user_id"] == house.first.user_id


async def test_a_password_is_chosen_in_a_session_and_signs_in(house: House):
    async with house.client() as client:
        csrf = {"x-csrf-token": await sign_in(client, house)}
        short = await client.put("/v1/vivavoce/session/password", json={"new_password": "short"}, headers=csrf)
        assert short.status_code == 422
        assert "short" not in short.text.replace("too_short", "")
        reply = await client.put(
            "/v1/vivavoce/session/password", json={"new_password": "correct horse battery"}, headers=csrf
        )
        assert reply.status_code == 200
    async with house.client() as client:
        body = {"email": "admin@localhost", "password": "correct horse battery"}
        assert (await client.post("/v1/vivavoce/session", json=body)).status_code == 200
        body["password"] = "incorrect horse battery"
        assert (await client.post("/v1/vivavoce/session", json=body)).status_code == 401


async def test_guessing_is_slowed_down(house: House):
    async with house.client() as client:
        codes = [
            (await client.post("/v1/vivavoce/session", json={"login_token": f"guess-{n}"})).status_code
            for n in range(40)
        ]
    assert codes[0] == 401
    assert codes[-1] == 429


@pytest.mark.parametrize("body", [{}, {"login_token": "a", "api_key": "b"}, {"password": "p"}, {"email": "e"}])
async def test_one_way_to_sign_in_at_a_time(quick_house: House, body: dict[str, str]):
    async with quick_house.client() as quick:
        assert (await quick.post("/v1/vivavoce/session", json=body)).status_code == 422


async def test_an_administrator_makes_login_links_for_members_and_nobody_else_does(
    client: httpx.AsyncClient, house: House
):
    bob_key = await house.member("bob@example.com")
    bob = await house.identities.by_key(bob_key)
    assert bob is not None
    link = (await client.post("/v1/vivavoce/login-links", json={"user_id": bob.user_id})).json()
    async with house.client() as browser:
        token = link["path"].removeprefix("/?login=")
        session = (await browser.post("/v1/vivavoce/session", json={"login_token": token})).json()
        assert session["user"]["first_name"] == "Bob"
    async with house.client(bob_key) as editor:
        assert (await editor.post("/v1/vivavoce/login-links", json={})).status_code == 403
    eve_key = await house.other_workspace()
    async with house.client(eve_key) as eve:
        assert (await eve.post("/v1/vivavoce/login-links", json={"user_id": bob.user_id})).status_code == 404


async def test_a_key_that_may_less_than_its_member_makes_no_login_links(house: House):
    key = await house.member("carol@example.com", "admin", permissions=["workspace_write"])
    async with house.client(key) as narrow:
        reply = await narrow.post("/v1/vivavoce/login-links", json={})
    assert (reply.status_code, reply.json()["detail"]["status"]) == (403, "missing_permissions")


async def test_who_is_asking_with_a_key(client: httpx.AsyncClient, house: House):
    body = (await client.get("/v1/vivavoce/session")).json()
    assert body["workspace"]["workspace_id"] == house.first.workspace_id
    assert (body["scopes"], body["csrf_token"]) == (["all"], None)


@pytest.mark.parametrize("path", ["/v1/user", "/v1/vivavoce/session", "/v1/workspace/members", "/v1/service-accounts"])
async def test_strangers_stay_outside(quick_house: House, path: str):
    async with quick_house.client() as quick:
        assert (await quick.get(path)).status_code == 401
