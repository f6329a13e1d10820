"""API keys and service accounts over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import Depends

from vivavoce.api.auth import AnyCaller, UserReader, UserWriter, WorkspaceAdmin
from vivavoce.api.routing import Router
from vivavoce.api.sent import parsed
from vivavoce.api.services import provided
from vivavoce.base.json import Body
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.doors import ServiceAccountsManager
from vivavoce.features.workspace.keys import schema
from vivavoce.features.workspace.keys.service import Keys
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.ports.clock import SECOND

router = Router(tags=["workspace"])

KeysIn = Annotated[Keys, Depends(provided(Keys))]

_LIMITS = ("character_limit", "tts_concurrency_limit", "dubbing_concurrency_limit", "music_concurrency_limit")
_DONE: dict[str, str] = {"status": "ok"}


@router.get("/v1/service-accounts")
async def list_service_accounts(
    caller: ServiceAccountsManager, keys: KeysIn
) -> schema.WorkspaceServiceAccountListResponseModel:
    """All service accounts with their keys."""
    accounts = await keys.service_accounts(caller.workspace_id)
    return schema.WorkspaceServiceAccountListResponseModel(
        service_accounts=[schema.WorkspaceServiceAccountResponseModel.of(account) for account in accounts]
    )


@router.post("/v1/service-accounts")
async def create_service_account(
    body: Annotated[schema.CreateServiceAccountRequest, Depends(parsed(schema.CreateServiceAccountRequest))],
    _: ServiceAccountsManager,
    actor: Acting,
    keys: KeysIn,
) -> schema.WorkspaceCreateServiceAccountResponseModel:
    """A new service account."""
    sharing = [each.model_dump() for each in body.default_sharing_groups or ()]
    user_id = await keys.create_service_account(actor, body.name, sharing)
    return schema.WorkspaceCreateServiceAccountResponseModel(user_id=user_id)


@router.delete("/v1/vivavoce/service-accounts/{service_account_user_id}")
async def delete_service_account(
    service_account_user_id: str, _: ServiceAccountsManager, actor: Acting, keys: KeysIn
) -> dict[str, str]:
    """Remove a service account with its keys."""
    await keys.delete_service_account(actor, service_account_user_id)
    return _DONE


@router.get("/v1/service-accounts/{service_account_user_id}/api-keys")
async def list_service_account_api_keys(
    service_account_user_id: str, caller: ServiceAccountsManager, keys: KeysIn
) -> schema.WorkspaceApiKeyListResponseModel:
    """The keys of a service account."""
    account = await keys.service_account(caller.workspace_id, service_account_user_id)
    found = await keys.list_keys(caller.workspace_id, account.user_id)
    return schema.WorkspaceApiKeyListResponseModel(
        api_keys=[schema.WorkspaceApiKeyResponseModel.of(key) for key in found]
    )


@router.post("/v1/service-accounts/{service_account_user_id}/api-keys")
async def create_service_account_api_key(
    service_account_user_id: str,
    body: Annotated[
        schema.CreateServiceAccountApiKeyRequest, Depends(parsed(schema.CreateServiceAccountApiKeyRequest))
    ],
    caller: ServiceAccountsManager,
    actor: Acting,
    keys: KeysIn,
) -> schema.WorkspaceCreateApiKeyResponseModel:
    """A new key for a service account; it is shown in this answer and never again."""
    account = await keys.service_account(caller.workspace_id, service_account_user_id)
    made = await keys.create_key(
        actor,
        account.user_id,
        body.name,
        permissions=None if body.permissions == "all" else body.permissions,
        expires_at=None if body.expires_at_unix is None else body.expires_at_unix * SECOND,
        allowed_ips=body.allowed_ips,
        third_party_disable_allowed=body.third_party_disable_allowed,
        limits={name: value for name in _LIMITS if (value := getattr(body, name)) is not None},
    )
    return schema.WorkspaceCreateApiKeyResponseModel(key=made.key, key_id=made.record.id)


@router.patch("/v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}")
async def edit_service_account_api_key(
    service_account_user_id: str,
    api_key_id: str,
    caller: ServiceAccountsManager,
    actor: Acting,
    keys: KeysIn,
    body: Annotated[schema.EditServiceAccountApiKeyRequest, Depends(parsed(schema.EditServiceAccountApiKeyRequest))],
) -> dict[str, str]:
    """Change a key."""
    key = await _key_of_account(keys, caller.workspace_id, service_account_user_id, api_key_id)
    await keys.update_key(actor, key, _changes(key, body))
    return _DONE


@router.delete("/v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}")
async def delete_service_account_api_key(
    service_account_user_id: str, api_key_id: str, caller: ServiceAccountsManager, actor: Acting, keys: KeysIn
) -> dict[str, str]:
    """Revoke a key for good."""
    key = await _key_of_account(keys, caller.workspace_id, service_account_user_id, api_key_id)
    await keys.revoke_key(actor, key.id)
    return _DONE


@router.post("/v1/service-accounts/{service_account_user_id}/api-keys/{api_key_id}/disable")
async def disable_service_account_api_key(
    service_account_user_id: str, api_key_id: str, caller: ServiceAccountsManager, actor: Acting, keys: KeysIn
) -> dict[str, str]:
    """Disable a key and leave the rest of it as it is."""
    key = await _key_of_account(keys, caller.workspace_id, service_account_user_id, api_key_id)
    await keys.update_key(actor, key, {"is_disabled": True})
    return _DONE


@router.post("/v1/workspaces/api-keys/disable")
async def disable_own_api_key(
    api_key_name: Literal["self"], _: AnyCaller, actor: Acting, keys: KeysIn
) -> dict[str, str]:
    """Disable the key that authenticates this very request."""
    assert api_key_name == "self"
    await keys.disable_own(actor)
    return _DONE


@router.post("/v1/workspaces/api-keys/third-party-disabling")
async def set_third_party_disabling(
    _: WorkspaceAdmin,
    actor: Acting,
    keys: KeysIn,
    body: Annotated[schema.ThirdPartyDisablingRequest, Depends(parsed(schema.ThirdPartyDisablingRequest))],
) -> dict[str, str]:
    """Decide for all keys whether their holders may disable them."""
    await keys.set_third_party_disabling(actor, body.third_party_disable_allowed)
    return _DONE


# Our own: the keys of people, for the dashboard


@router.get("/v1/vivavoce/api-keys")
async def list_api_keys(caller: UserReader, keys: KeysIn) -> schema.OwnKeysPage:
    """The caller's keys; administrators see everybody's."""
    user_id = None if caller.role == "admin" else caller.user_id
    found = await keys.list_keys(caller.workspace_id, user_id)
    return schema.OwnKeysPage(api_keys=[schema.OwnKey.of(key) for key in found])


@router.post("/v1/vivavoce/api-keys")
async def create_api_key(
    body: Annotated[schema.CreateOwnKeyRequest, Depends(parsed(schema.CreateOwnKeyRequest))],
    caller: UserWriter,
    actor: Acting,
    keys: KeysIn,
) -> schema.NewOwnKey:
    """A new key for the caller; it is shown in this answer and never again."""
    made = await keys.create_key(
        actor,
        caller.user_id,
        body.name,
        permissions=None if body.permissions == "all" else body.permissions,
        expires_at=None if body.expires_at_unix is None else body.expires_at_unix * SECOND,
    )
    return schema.NewOwnKey(api_key=made.key, key_id=made.record.id)


@router.delete("/v1/vivavoce/api-keys/{key_id}")
async def revoke_api_key(key_id: str, caller: UserWriter, actor: Acting, keys: KeysIn) -> dict[str, str]:
    """Revoke a key of the caller's; administrators revoke anybody's."""
    await keys.get_key(caller.workspace_id, key_id, None if caller.role == "admin" else caller.user_id)
    await keys.revoke_key(actor, key_id)
    return _DONE


async def _key_of_account(keys: Keys, workspace_id: str, user_id: str, key_id: str) -> KeyRecord:
    account = await keys.service_account(workspace_id, user_id)
    return await keys.get_key(workspace_id, key_id, account.user_id)


def _changes(key: KeyRecord, body: schema.EditServiceAccountApiKeyRequest) -> Body:
    """The columns that an update sets; "no_update" leaves one alone, "clear" empties it."""
    changes: Body = {}
    if "name" in body.model_fields_set:
        changes["name"] = body.name
    if isinstance(body.is_enabled, bool):
        changes["is_disabled"] = not body.is_enabled
        changes["disable_reason"] = None
    if body.permissions != "no_update":
        changes["permissions"] = None if body.permissions == "all" else body.permissions
    for name in ("allowed_ips", "third_party_disable_allowed"):
        if (value := getattr(body, name)) != "no_update":
            changes[name] = _cleared(value)
    if body.expires_at_unix != "no_update":
        changes["expires_at"] = None if body.expires_at_unix == "clear" else body.expires_at_unix * SECOND
    limits = _limits(key.limits, body)
    if limits != key.limits:
        changes["limits"] = limits
    return changes


def _limits(before: Body, body: schema.EditServiceAccountApiKeyRequest) -> Body:
    asked = {name: getattr(body, name) for name in _LIMITS if getattr(body, name) != "no_update"}
    merged = {**before, **{name: _cleared(value) for name, value in asked.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def _cleared(value: Any) -> Any:
    return None if value == "clear" else value
