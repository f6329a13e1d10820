"""A change of people or keys and its entry in the audit log are one: neither is there without the other."""

from collections.abc import Awaitable, Callable

import pytest
from tests.unit.features.workspace.house import House

from vivavoce.features.workspace.audit.service import PASSWORD_CHANGE
from vivavoce.features.workspace.identity import store as identity_store
from vivavoce.ports.documents import Query, Reference
from vivavoce.ports.identity import Caller

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


async def make_key(house: House) -> None:
    await house.keys.create_key(house.operator, house.first.user_id, "second")


async def revoke_key(house: House) -> None:
    [key] = await house.keys.list_keys(house.first.workspace_id)
    await house.keys.revoke_key(house.operator, key.id)


async def disable_key(house: House) -> None:
    [key] = await house.keys.list_keys(house.first.workspace_id)
    await house.keys.update_key(house.operator, key, {"is_disabled": True})


async def make_service_account(house: House) -> None:
    await house.keys.create_service_account(house.operator, "machine")


async def limit_member(house: House) -> None:
    await house.members.set_usage_limit(house.operator, house.first.user_id, 5)


async def invite(house: House) -> None:
    await house.members.invite(house.operator, ["bob@example.com"], "editor")


async def make_group(house: House) -> None:
    await house.members.create_group(house.operator, "crew")


async def set_password(house: House) -> None:
    caller = Caller(house.first.workspace_id, house.first.user_id, "admin", frozenset({"all"}))
    note = house.services.audit.noting(house.operator, PASSWORD_CHANGE, Reference("users", caller.user_id))
    await house.identities.set_password(caller, PASSWORD, None, note)


CHANGES = [make_key, revoke_key, disable_key, make_service_account, limit_member, invite, make_group, set_password]


async def state(house: House) -> list[object]:
    """Everything that the changes change, and how long the log is."""
    workspace_id = house.first.workspace_id
    async with house.database.read() as connection:
        password = await identity_store.password_hash(connection, workspace_id, house.first.user_id)
    return [
        await house.keys.list_keys(workspace_id),
        await house.keys.service_accounts(workspace_id),
        await house.members.members(workspace_id),
        await house.members.invites(workspace_id),
        await house.members.groups(workspace_id),
        password,
        len((await house.services.audit.page(workspace_id, Query(page_size=100))).items),
    ]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_cannot_be_logged_does_not_happen(
    house: House, change: Callable[[House], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
):
    async def full(*_: object) -> None:
        raise RuntimeError("the log is full")

    before = await state(house)
    with monkeypatch.context() as patched:
        patched.setattr(house.services.audit, "record", full)
        with pytest.raises(RuntimeError, match="the log is full"):
            await change(house)
    assert await state(house) == before
    await change(house)
    after = await state(house)
    assert after[:-1] != before[:-1]
    assert after[-1] == before[-1] + 1
