"""The administrative doors of a workspace, as parameters of routes.

    async def invite(body: ..., caller: MembersInviter, ...)

A door opens for the workspace's administrators, and for keys that were granted its permission by name.
"""

from typing import Annotated

from fastapi import Depends

from vivavoce.api.auth import Needs
from vivavoce.base.frozen import frozen
from vivavoce.features.workspace import permissions
from vivavoce.ports.identity import Caller


@frozen
class NeedsPermission(Needs):
    """What a route needs of its caller: an administrator, or this permission by name."""

    permission: str = ""

    def check(self, caller: Caller) -> None:
        """Refuse whoever may not pass."""
        permissions.require(caller, self.permission)


@frozen
class NeedsMembersRead(Needs):
    """Reading who is in the workspace: anybody who reads in it, or a key with that one permission."""

    def check(self, caller: Caller) -> None:
        """Refuse whoever may not look."""
        if not caller.may("workspace", write=False):
            permissions.require(caller, permissions.MEMBERS_READ)


def _door(permission: str) -> NeedsPermission:
    return NeedsPermission("workspace", write=True, permission=permission)


MembersReader = Annotated[Caller, Depends(NeedsMembersRead("workspace"))]
MembersInviter = Annotated[Caller, Depends(_door(permissions.MEMBERS_INVITE))]
MembersRemover = Annotated[Caller, Depends(_door(permissions.MEMBERS_REMOVE))]
GroupsManager = Annotated[Caller, Depends(_door(permissions.GROUPS_MANAGE))]
ServiceAccountsManager = Annotated[Caller, Depends(_door(permissions.SERVICE_ACCOUNTS_WRITE))]
WebhooksManager = Annotated[Caller, Depends(_door(permissions.WEBHOOKS_WRITE))]
AuditReader = Annotated[Caller, Depends(_door(permissions.AUDIT_LOG_READ))]
