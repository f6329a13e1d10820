"""What a key may do, and what only administrators may.

The contract gives a key a list of permissions, or all of them. Reading and writing in an area (`convai_read`,
`workspace_write`) are scopes as they stand; the names of single speech products fold into the area `speech`. The
administrative ones below open single doors of the workspace and count only where they were granted by somebody who
had them: a person who is no administrator never has them, whatever a key of theirs says.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from vivavoce.base.errors import Forbidden
from vivavoce.ports.identity import ALL, Area, Caller, Role

MEMBERS_READ = "workspace_members_read"
MEMBERS_INVITE = "workspace_members_invite"
MEMBERS_REMOVE = "workspace_members_remove"
GROUPS_MANAGE = "group_members_manage"
SERVICE_ACCOUNTS_WRITE = "service_account_write"
WEBHOOKS_WRITE = "webhooks_write"
AUDIT_LOG_READ = "audit_log_read"

_ADMINISTRATIVE = frozenset(
    {MEMBERS_INVITE, MEMBERS_REMOVE, GROUPS_MANAGE, SERVICE_ACCOUNTS_WRITE, WEBHOOKS_WRITE, AUDIT_LOG_READ}
)
_SPEECH_READ = frozenset({"speech_history_read", "pronunciation_dictionaries_read"})
_SPEECH_WRITE = frozenset(
    {
        "text_to_speech",
        "speech_to_speech",
        "speech_to_text",
        "sound_generation",
        "audio_isolation",
        "forced_alignment",
        "speech_history_write",
        "pronunciation_dictionaries_write",
    }
)

SeatType = Literal["workspace_admin", "workspace_member", "workspace_lite_member"]

# The contract's seats are the house's roles under other names.
SEAT_OF_ROLE: dict[Role, SeatType] = {
    "admin": "workspace_admin",
    "editor": "workspace_member",
    "viewer": "workspace_lite_member",
}
ROLE_OF_SEAT: dict[str, Role] = {seat: role for role, seat in SEAT_OF_ROLE.items()}


_SCOPES = frozenset(f"{area}_{right}" for area in get_args(Area) for right in ("read", "write"))

# What opens something here. A key made over the API may have others too: the contract has more, for what may come.
KNOWN_PERMISSIONS = _SCOPES | _SPEECH_READ | _SPEECH_WRITE | _ADMINISTRATIVE | {MEMBERS_READ, ALL}


def scopes_of(permissions: Iterable[str] | None, role: Role, *, person: bool) -> frozenset[str]:
    """The scopes of a key with these permissions (None is all of them) in the hands of this member."""
    if permissions is None:
        return frozenset({ALL})
    granted = set(permissions)
    if granted & _SPEECH_WRITE:
        granted.add("speech_write")
    if granted & _SPEECH_READ:
        granted.add("speech_read")
    if person and role != "admin":
        granted -= _ADMINISTRATIVE
    return frozenset(granted)


def administers(caller: Caller, permission: str) -> bool:
    """Whether somebody may pass an administrative door."""
    return permission in caller.scopes or (caller.role == "admin" and caller.may("workspace", write=True))


def require(caller: Caller, permission: str) -> None:
    """Stop whoever may not pass an administrative door."""
    if not administers(caller, permission):
        raise Forbidden(f"This needs an administrator of the workspace, or a key with the permission {permission!r}.")


def require_grantable(caller: Caller, permissions: Sequence[str] | None) -> None:
    """Nobody gives a key more than they have themselves."""
    if ALL in caller.scopes:
        return
    missing = ["all"] if permissions is None else sorted(set(permissions) - caller.scopes)
    if missing:
        raise Forbidden(f"A key cannot grant what it does not have itself: {', '.join(missing)}.")


def require_everything(caller: Caller, purpose: str) -> None:
    """Stop a key that may less than its member, where what it asks for may all that the member may."""
    if ALL not in caller.scopes:
        raise Forbidden(f"Only a key with all permissions can {purpose}.", status="missing_permissions")


def require_invitable(caller: Caller, role: Role) -> None:
    """Nobody brings somebody in who may more than they do: the link of an invite opens for its maker too.

    `workspace_members_invite` says by name that its holder may let people in, as editors at most. A key that is merely
    allowed to write in the workspace says nothing of the kind.
    """
    if role == "admin":
        require_appointable(caller, role)
    elif MEMBERS_INVITE not in caller.scopes:
        require_everything(caller, f"invite somebody, unless it has the permission {MEMBERS_INVITE!r}")


def require_appointable(caller: Caller, role: Role) -> None:
    """Nobody makes an administrator who may less than one: whoever they can sign in as would do the rest for them."""
    if role != "admin":
        return
    if caller.role != "admin":
        raise Forbidden("Only an administrator can make somebody an administrator.", status="missing_permissions")
    require_everything(caller, "make somebody an administrator")
