"""The first run, callers behind keys and sessions, and what ends them."""

import contextlib
from typing import Any

import anyio
import pytest
from tests.unit.features.workspace.house import House

from vivavoce.base.errors import Invalid, NotFound, Unauthorized
from vivavoce.features.workspace.identity.service import PRESET_KEY_NAME
from vivavoce.features.workspace.service import Actor, FirstRun, NewKey
from vivavoce.ports.documents import Query
from vivavoce.ports.identity import ALL

pytestmark = pytest.mark.anyio

PRESET = "preset-key-0123456789abcdef"


async def test_the_first_run_makes_a_workspace_an_owner_and_a_key_that_works(house: House):
    assert house.first.api_key is not None
    assert house.first.api_key.startswith("xi_")
    caller = await house.identities.by_key(house.first.api_key)
    assert caller is not None
    assert (caller.workspace_id, caller.user_id) == (house.first.workspace_id, house.first.user_id)
    assert (caller.role, caller.scopes) == ("admin", frozenset({ALL}))


async def test_the_second_run_finds_what_the_first_one_made_and_shows_no_key(house: House):
    again = await house.identities.first_run()
    assert (again.workspace_id, again.user_id) == (house.first.workspace_id, house.first.user_id)
    assert again.api_key is None


async def test_only_hashes_of_keys_are_stored(house: House):
    assert house.first.api_key is not None
    for key in await house.keys.list_keys(house.first.workspace_id):
        assert house.first.api_key not in repr(key)


async def test_a_preset_key_works_and_presetting_another_one_replaces_it(house: House):
    await house.identities.first_run(PRESET)
    await house.identities.first_run(PRESET)
    assert await house.identities.by_key(PRESET)
    await house.identities.first_run(PRESET + "-2")
    assert await house.identities.by_key(PRESET) is None
    assert await house.identities.by_key(PRESET + "-2")
    names = [key.name for key in await house.keys.list_keys(house.first.workspace_id)]
    assert names.count(PRESET_KEY_NAME) == 1


@pytest.mark.parametrize("weak", ["short", "with spaces in it 0123456789", "ümläut-0123456789abcdef"])
async def test_a_weak_preset_key_is_refused(quick_house: House, weak: str):
    with pytest.raises(Invalid, match="preset API key"):
        await quick_house.identities.first_run(weak)


async def test_starts_at_the_same_time_make_one_workspace_and_one_key(new_house: House):
    made: list[FirstRun] = []

    async def start() -> None:
        made.append(await new_house.new_services().identities.first_run())

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(start)
    assert len({(run.workspace_id, run.user_id) for run in made}) == 1
    [key] = [run.api_key for run in made if run.api_key is not None]
    assert await new_house.identities.by_key(key)
    assert len(await new_house.keys.list_keys(made[0].workspace_id)) == 1


async def test_starts_at_the_same_time_keep_one_preset_key(new_house: House):
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(new_house.new_services().identities.first_run, PRESET)
    caller = await new_house.identities.by_key(PRESET)
    assert caller is not None
    assert [key.name for key in await new_house.keys.list_keys(caller.workspace_id)] == [PRESET_KEY_NAME]


async def test_an_unknown_key_is_nobody(house: House):
    assert await house.identities.by_key("xi_unknown") is None


async def test_a_revoked_key_stops_at_once_also_in_other_processes(house: House):
    made = await house.keys.create_key(house.operator, house.first.user_id, "short-lived")
    other = house.new_services().identities
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other.listen)
        await anyio.wait_all_tasks_blocked()
        assert await house.identities.by_key(made.key)
        assert await other.by_key(made.key)
        await house.keys.revoke_key(house.operator, made.record.id)
        assert await house.identities.by_key(made.key) is None
        await anyio.wait_all_tasks_blocked()
        assert await other.by_key(made.key) is None
        tasks.cancel_scope.cancel()


async def test_a_process_that_hears_nothing_forgets_a_revoked_key_within_seconds(house: House):
    made = await house.keys.create_key(house.operator, house.first.user_id, "short-lived")
    deaf = house.new_services().identities
    assert await deaf.by_key(made.key)
    await house.keys.revoke_key(house.operator, made.record.id)
    house.clock.advance(5)
    assert await deaf.by_key(made.key) is None
    await deaf.close()


async def test_a_key_expires_to_the_second_even_while_it_is_remembered(house: House):
    expires_at = house.clock.now() + 15 * 60 * 1_000_000
    made = await house.keys.create_key(house.operator, house.first.user_id, "timed", expires_at=expires_at)
    house.clock.advance(15 * 60 - 1)
    assert await house.identities.by_key(made.key)
    house.clock.advance(1)
    assert await house.identities.by_key(made.key) is None


async def test_the_last_use_of_a_key_is_noted(house: House):
    made = await house.keys.create_key(house.operator, house.first.user_id, "used")
    await house.identities.by_key(made.key)
    await house.identities.close()
    assert (await house.keys.get_key(house.first.workspace_id, made.record.id)).last_used_at == house.clock.now()


async def test_a_locked_member_has_neither_keys_nor_sessions(house: House):
    key = await house.member("bob@example.com")
    bob = await house.identities.by_key(key)
    assert bob is not None
    login = await house.identities.sign_in(bob.workspace_id, bob.user_id)
    await house.members.update_member(house.operator, "bob@example.com", is_locked=True, role=None)
    assert await house.identities.by_key(key) is None
    assert await house.identities.by_session(login.token) is None
    with pytest.raises(Unauthorized):
        await house.identities.sign_in(bob.workspace_id, bob.user_id)


async def test_a_login_link_works_once(house: House):
    link = await house.identities.create_login_link(house.first.user_id)
    login = await house.identities.redeem_login_link(link.token)
    caller = await house.identities.by_session(login.token)
    assert caller is not None
    assert (caller.user_id, caller.role, caller.session_id) == (house.first.user_id, "admin", login.session.id)
    with pytest.raises(Unauthorized, match="used already"):
        await house.identities.redeem_login_link(link.token)


async def test_of_many_racing_uses_of_a_login_link_one_wins(house: House):
    link = await house.identities.create_login_link(house.first.user_id)
    won: list[str] = []

    async def redeem() -> None:
        with contextlib.suppress(Unauthorized):
            won.append((await house.identities.redeem_login_link(link.token)).token)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(redeem)
    assert len(won) == 1


async def test_a_login_link_ends_after_thirty_minutes(house: House):
    link = await house.identities.create_login_link(house.first.user_id)
    house.clock.advance(30 * 60)
    with pytest.raises(Unauthorized):
        await house.identities.redeem_login_link(link.token)


async def test_no_login_link_for_somebody_of_another_workspace(house: House):
    eve = await house.identities.by_key(await house.other_workspace())
    assert eve is not None
    with pytest.raises(NotFound):
        await house.identities.create_login_link(eve.user_id, house.first.workspace_id)


async def test_signing_in_again_ends_the_session_that_came_along(house: House):
    old = await house.identities.sign_in(house.first.workspace_id, house.first.user_id)
    new = await house.identities.sign_in(house.first.workspace_id, house.first.user_id, old.token)
    assert new.token != old.token
    assert await house.identities.by_session(old.token) is None
    assert await house.identities.by_session(new.token)


async def test_a_session_ends_on_logout_after_two_weeks_and_after_a_week_unused(house: House):
    async def sign_in() -> str:
        return (await house.identities.sign_in(house.first.workspace_id, house.first.user_id)).token

    left = await sign_in()
    await house.identities.sign_out(left)
    assert await house.identities.by_session(left) is None
    unused = await sign_in()
    used = await sign_in()
    for _ in range(13):
        house.clock.advance(24 * 3600)
        assert await house.identities.by_session(used)
        await house.identities.close()
    assert await house.identities.by_session(unused) is None
    house.clock.advance(24 * 3600)
    assert await house.identities.by_session(used) is None


async def test_a_password_is_checked_and_belongs_to_one_workspace(house: House):
    caller = await house.identities.by_key(house.first.api_key or "")
    assert caller is not None
    await house.identities.set_password(caller, "correct horse battery", None)
    login = await house.identities.sign_in_with_password("ADMIN@localhost ", "correct horse battery")
    assert login.session.user_id == house.first.user_id
    for email, password in (("admin@localhost", "wrong"), ("nobody@example.com", "correct horse battery")):
        with pytest.raises(Unauthorized, match="Email address or password is wrong"):
            await house.identities.sign_in_with_password(email, password)
    with pytest.raises(Invalid, match="current password"):
        await house.identities.set_password(caller, "another long password", "wrong")
    await house.identities.set_password(caller, "another long password", "correct horse battery")
    assert await house.identities.sign_in_with_password("admin@localhost", "another long password")


async def test_the_operator_makes_a_key_for_nobody_unknown(house: House):
    with pytest.raises(NotFound):
        await house.keys.create_key(Actor(house.first.workspace_id), "user_unknown", "key")


async def test_a_key_is_found_changed_and_revoked_in_its_own_workspace_alone(house: House):
    made = await house.keys.create_key(house.operator, house.first.user_id, "mine")
    elsewhere = Actor("workspace_other")
    with pytest.raises(NotFound):
        await house.keys.get_key("workspace_other", made.record.id)
    with pytest.raises(NotFound):
        await house.keys.revoke_key(elsewhere, made.record.id)
    await house.keys.update_key(elsewhere, made.record, {"is_disabled": True})
    assert await house.identities.by_key(made.key)


async def test_what_the_operator_does_at_the_machine_is_in_the_audit_log(house: House):
    made = await house.keys.create_key(house.operator, house.first.user_id, "mine")
    page = await house.services.audit.page(house.first.workspace_id, Query())
    [entry] = [document.body for document in page.items]
    assert entry["activity_name"] == "API Key Creation"
    assert entry["actor"]["user"]["type"] == "System"
    assert entry["unmapped"] == {"target_kind": "api_keys", "target_id": made.record.id}


async def session_by_key(house: House, **limits: Any) -> tuple[str, NewKey]:
    """A session that was opened with a key."""
    made = await house.keys.create_key(house.operator, house.first.user_id, "for signing in", **limits)
    login = await house.identities.sign_in(house.first.workspace_id, house.first.user_id, key_id=made.record.id)
    assert await house.identities.by_session(login.token)
    return login.token, made


async def test_a_session_ends_when_the_key_that_opened_it_is_revoked(house: House):
    token, made = await session_by_key(house)
    await house.keys.revoke_key(house.operator, made.record.id)
    assert await house.identities.by_session(token) is None


async def test_a_session_rests_while_the_key_that_opened_it_is_disabled(house: House):
    token, made = await session_by_key(house)
    await house.keys.update_key(house.operator, made.record, {"is_disabled": True})
    assert await house.identities.by_session(token) is None


async def test_a_session_may_no_more_than_the_key_that_opened_it(house: House):
    token, made = await session_by_key(house)
    changes = {"permissions": ["convai_read"], "allowed_ips": ["10.0.0.0/8"]}
    await house.keys.update_key(house.operator, made.record, changes)
    caller = await house.identities.by_session(token)
    assert caller is not None
    assert caller.scopes == {"convai_read"}
    assert not caller.may_come_from("127.0.0.1")


async def test_a_session_does_not_outlive_the_key_that_opened_it(house: House):
    token, _ = await session_by_key(house, expires_at=house.clock.now() + 900_000_000)
    house.clock.advance(899)
    assert await house.identities.by_session(token)
    house.clock.advance(1)
    assert await house.identities.by_session(token) is None


async def test_a_new_password_ends_the_other_sessions_of_its_member(house: House):
    logins = [await house.identities.sign_in(house.first.workspace_id, house.first.user_id) for _ in range(2)]
    here = await house.identities.by_session(logins[0].token)
    assert here is not None
    await house.identities.set_password(here, "correct horse battery", None)
    assert await house.identities.by_session(logins[0].token)
    assert await house.identities.by_session(logins[1].token) is None
