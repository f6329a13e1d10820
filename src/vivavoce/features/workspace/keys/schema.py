"""Keys and service accounts on the wire.

An update says "no_update" for what stays and "clear" for what goes; both words are the contract's.
"""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from vivavoce.api.schema import Flag, Integer, Wire, cleared, unsent
from vivavoce.features.workspace.keys.service import ServiceAccount
from vivavoce.features.workspace.keys.store import KeyRecord
from vivavoce.features.workspace.members.schema import WorkspaceGroupResponseModel
from vivavoce.ports.clock import SECOND

NoUpdate = Literal["no_update"]
Clear = Literal["clear", "no_update"]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Permissions = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=200)]
Limit = Annotated[Integer, Field(ge=0, le=2**53)]


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("must be an IP address or a network like 10.0.0.0/8") from None
    return text


AllowedIps = Annotated[list[Annotated[str, AfterValidator(_network)]], Field(min_length=1, max_length=100)]


class CreateServiceAccountApiKeyRequest(Wire):
    """A new key."""

    name: Name
    permissions: Permissions | Literal["all"]
    character_limit: Limit | None = None
    allowed_ips: AllowedIps | None = None
    third_party_disable_allowed: Flag | None = None
    tts_concurrency_limit: Limit | None = None
    dubbing_concurrency_limit: Limit | None = None
    music_concurrency_limit: Limit | None = None
    expires_at_unix: Integer | None = None


class EditServiceAccountApiKeyRequest(Wire):
    """What changes about a key."""

    is_enabled: Flag | NoUpdate = "no_update"
    name: Name = unsent()
    permissions: Permissions | Literal["all", "no_update"] = "no_update"
    character_limit: Annotated[Limit | Clear | None, cleared("clear")] = "no_update"
    allowed_ips: AllowedIps | Clear = "no_update"
    third_party_disable_allowed: Flag | Clear = "no_update"
    tts_concurrency_limit: Limit | Clear = "no_update"
    dubbing_concurrency_limit: Limit | Clear = "no_update"
    music_concurrency_limit: Limit | Clear = "no_update"
    expires_at_unix: Integer | Clear = "no_update"


class WorkspaceCreateApiKeyResponseModel(Wire):
    """The one answer that holds the key itself."""

    model_config = ConfigDict(serialize_by_alias=True)

    key: str = Field(validation_alias="xi-api-key", serialization_alias="xi-api-key")
    key_id: str


class StoredUsagePlatformLimit(Wire):
    """A limit with what was used of it."""

    limit: int | None = None
    usage: int = 0


class ComputedUsagePlatformLimit(Wire):
    """A limit whose use is counted elsewhere."""

    limit: int | None = None


class PlatformLimits(Wire):
    """A key's own limits."""

    credits: StoredUsagePlatformLimit
    pvc: ComputedUsagePlatformLimit
    concurrency: ComputedUsagePlatformLimit
    dubbing_concurrency: ComputedUsagePlatformLimit
    music_concurrency: ComputedUsagePlatformLimit


class WorkspaceApiKeyResponseModel(Wire):
    """A key, without the key."""

    name: str
    hint: str
    key_id: str
    service_account_user_id: str
    created_at_unix: int | None
    is_disabled: bool = False
    permissions: list[str] | None
    disable_reason: str | None
    character_limit: int | None
    character_count: int | None
    hashed_xi_api_key: str
    allowed_ips: list[str] | None
    third_party_disable_allowed: bool | None
    platform_limits: PlatformLimits | None
    expires_at_unix: int | None

    @classmethod
    def of(cls, key: KeyRecord) -> "WorkspaceApiKeyResponseModel":
        """A key as it was stored."""
        return cls(
            name=key.name,
            hint=key.hint,
            key_id=key.id,
            service_account_user_id=key.user_id,
            created_at_unix=key.created_at // SECOND,
            is_disabled=key.is_disabled,
            permissions=None if key.permissions is None else list(key.permissions),
            disable_reason=key.disable_reason,
            character_limit=key.limits.get("character_limit"),
            character_count=None,
            hashed_xi_api_key=key.key_hash,
            allowed_ips=None if key.allowed_ips is None else list(key.allowed_ips),
            third_party_disable_allowed=key.third_party_disable_allowed,
            platform_limits=_platform_limits(key),
            expires_at_unix=None if key.expires_at is None else key.expires_at // SECOND,
        )


def _platform_limits(key: KeyRecord) -> PlatformLimits | None:
    if not key.limits:
        return None
    return PlatformLimits(
        credits=StoredUsagePlatformLimit(limit=key.limits.get("character_limit")),
        pvc=ComputedUsagePlatformLimit(),
        concurrency=ComputedUsagePlatformLimit(limit=key.limits.get("tts_concurrency_limit")),
        dubbing_concurrency=ComputedUsagePlatformLimit(limit=key.limits.get("dubbing_concurrency_limit")),
        music_concurrency=ComputedUsagePlatformLimit(limit=key.limits.get("music_concurrency_limit")),
    )


class WorkspaceApiKeyListResponseModel(Wire):
    """The keys of one service account."""

    model_config = ConfigDict(serialize_by_alias=True)

    api_keys: list[WorkspaceApiKeyResponseModel] = Field(validation_alias="api-keys", serialization_alias="api-keys")


class DefaultSharingGroupConfig(Wire):
    """A group that sees what the account makes."""

    group_id: Annotated[str, Field(max_length=200)]
    permission_level: Literal["admin", "editor", "viewer"]


class DefaultSharingGroupResponseModel(Wire):
    """A group that sees what the account makes, in full."""

    group: WorkspaceGroupResponseModel
    permission_level: str


class CreateServiceAccountRequest(Wire):
    """A new service account."""

    name: Name
    default_sharing_groups: Annotated[list[DefaultSharingGroupConfig], Field(max_length=100)] | None = None


class WorkspaceCreateServiceAccountResponseModel(Wire):
    """The new account's id."""

    model_config = ConfigDict(serialize_by_alias=True)

    user_id: str = Field(validation_alias="service-account-user-id", serialization_alias="service-account-user-id")


class WorkspaceServiceAccountResponseModel(Wire):
    """A service account with its keys."""

    model_config = ConfigDict(serialize_by_alias=True)

    service_account_user_id: str
    name: str
    created_at_unix: int | None
    api_keys: list[WorkspaceApiKeyResponseModel] = Field(validation_alias="api-keys", serialization_alias="api-keys")
    default_sharing_groups: list[DefaultSharingGroupResponseModel]

    @classmethod
    def of(cls, account: ServiceAccount) -> "WorkspaceServiceAccountResponseModel":
        """An account as it was stored; sharing with a group that is gone is gone too."""
        sharing = [
            DefaultSharingGroupResponseModel(
                group=WorkspaceGroupResponseModel.of(account.groups[each["group_id"]]),
                permission_level=each["permission_level"],
            )
            for each in account.member.default_sharing_groups
            if each["group_id"] in account.groups
        ]
        return cls(
            service_account_user_id=account.member.user_id,
            name=account.member.first_name or "",
            created_at_unix=account.member.created_at // SECOND,
            api_keys=[WorkspaceApiKeyResponseModel.of(key) for key in account.keys],
            default_sharing_groups=sharing,
        )


class WorkspaceServiceAccountListResponseModel(Wire):
    """All service accounts."""

    model_config = ConfigDict(serialize_by_alias=True)

    service_accounts: list[WorkspaceServiceAccountResponseModel] = Field(
        validation_alias="service-accounts", serialization_alias="service-accounts"
    )


class ThirdPartyDisablingRequest(Wire):
    """Whether holders of keys may disable them; null lets each key decide."""

    third_party_disable_allowed: Flag | None = None


class OwnKey(Wire):
    """A key as the dashboard lists it."""

    key_id: str
    name: str
    hint: str
    user_id: str
    permissions: list[str] | None
    is_disabled: bool
    created_at_unix: int
    last_used_at_unix: int | None
    expires_at_unix: int | None

    @classmethod
    def of(cls, key: KeyRecord) -> "OwnKey":
        """A key as it was stored."""
        return cls(
            key_id=key.id,
            name=key.name,
            hint=key.hint,
            user_id=key.user_id,
            permissions=None if key.permissions is None else list(key.permissions),
            is_disabled=key.is_disabled,
            created_at_unix=key.created_at // SECOND,
            last_used_at_unix=None if key.last_used_at is None else key.last_used_at // SECOND,
            expires_at_unix=None if key.expires_at is None else key.expires_at // SECOND,
        )


class OwnKeysPage(Wire):
    """The keys that the caller may see."""

    api_keys: list[OwnKey]


class CreateOwnKeyRequest(Wire):
    """A new key for the caller."""

    name: Name
    permissions: Permissions | Literal["all"] = "all"
    expires_at_unix: Integer | None = None


class NewOwnKey(Wire):
    """The one answer that holds the key itself."""

    api_key: str
    key_id: str
