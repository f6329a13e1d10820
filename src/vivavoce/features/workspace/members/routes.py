"""Members, invites and groups over HTTP."""

from typing import Annotated

from fastapi import Depends
from fastapi import Query as Parameter

from vivavoce.api.auth import WorkspaceAdmin, WorkspaceReader
from vivavoce.api.routing import Router
from vivavoce.api.sent import parsed
from vivavoce.api.services import provided
from vivavoce.features.workspace.audit.acting import Acting
from vivavoce.features.workspace.doors import GroupsManager, MembersInviter, MembersReader, MembersRemover
from vivavoce.features.workspace.members import schema
from vivavoce.features.workspace.members.schema import Done
from vivavoce.features.workspace.members.service import Members
from vivavoce.features.workspace.permissions import ROLE_OF_SEAT, SeatType
from vivavoce.ports.identity import Role

router = Router(tags=["workspace"])

MembersIn = Annotated[Members, Depends(provided(Members))]


@router.get("/v1/workspace/members")
async def list_members(caller: MembersReader, members: MembersIn) -> list[schema.WorkspaceMemberResponseModel]:
    """The people of the workspace, locked ones too."""
    found = await members.members(caller.workspace_id)
    return [schema.WorkspaceMemberResponseModel.of(member) for member in found]


@router.post("/v1/workspace/members")
async def update_member(
    body: Annotated[schema.UpdateMemberRequest, Depends(parsed(schema.UpdateMemberRequest))],
    _: WorkspaceAdmin,
    actor: Acting,
    members: MembersIn,
) -> Done:
    """Lock or unlock a member, or give them another seat."""
    seat = body.workspace_seat_type or body.workspace_role
    role = None if seat is None else ROLE_OF_SEAT[seat]
    await members.update_member(actor, body.email, is_locked=body.is_locked, role=role)
    return Done()


@router.put("/v1/workspace/members/{user_id}/usage-limit")
async def update_member_usage_limit(
    user_id: str,
    body: Annotated[schema.UpdateMemberUsageLimitRequest, Depends(parsed(schema.UpdateMemberUsageLimitRequest))],
    _: WorkspaceAdmin,
    actor: Acting,
    members: MembersIn,
) -> Done:
    """Set or clear the monthly limit of a member or service account."""
    await members.set_usage_limit(actor, user_id, body.usage_limit)
    return Done()


@router.delete("/v1/vivavoce/members/{user_id}")
async def remove_member(user_id: str, _: MembersRemover, actor: Acting, members: MembersIn) -> Done:
    """Take somebody out of the workspace, with their keys and sessions."""
    await members.remove_member(actor, user_id)
    return Done()


# Invites


@router.post("/v1/workspace/invites/add")
async def invite_user(
    body: Annotated[schema.InviteUserRequest, Depends(parsed(schema.InviteUserRequest))],
    _: MembersInviter,
    actor: Acting,
    members: MembersIn,
) -> schema.AddWorkspaceInviteResponseModel:
    """Invite somebody; the answer holds the link to pass on."""
    role = _role(body.seat_type, body.workspace_permission)
    made = await members.invite(actor, [body.email], role, body.group_ids or (), body.usage_limit)
    return schema.AddWorkspaceInviteResponseModel(vivavoce_invite_links=[schema.InviteLink.of(each) for each in made])


@router.post("/v1/workspace/invites/add-bulk")
async def invite_users(
    body: Annotated[schema.InviteUsersRequest, Depends(parsed(schema.InviteUsersRequest))],
    _: MembersInviter,
    actor: Acting,
    members: MembersIn,
) -> schema.AddWorkspaceInviteResponseModel:
    """Invite several people, all or none."""
    made = await members.invite(actor, body.emails, _role(body.seat_type), body.group_ids or (), body.usage_limit)
    return schema.AddWorkspaceInviteResponseModel(vivavoce_invite_links=[schema.InviteLink.of(each) for each in made])


@router.delete("/v1/workspace/invites")
async def delete_invite(
    body: Annotated[schema.DeleteInviteRequest, Depends(parsed(schema.DeleteInviteRequest))],
    _: MembersInviter,
    actor: Acting,
    members: MembersIn,
) -> Done:
    """Take an invite back."""
    await members.revoke_invite(actor, body.email)
    return Done()


@router.get("/v1/vivavoce/invites")
async def list_invites(caller: MembersInviter, members: MembersIn) -> schema.OpenInvites:
    """Invites that nobody has taken yet."""
    return schema.OpenInvites(
        invites=[schema.OpenInvite.of(invite) for invite in await members.invites(caller.workspace_id)]
    )


def _role(seat: SeatType | None, older_name: str | None = None) -> Role:
    return ROLE_OF_SEAT.get(seat or older_name or "", "editor")


# Groups


@router.get("/v1/workspace/groups")
async def list_groups(caller: WorkspaceReader, members: MembersIn) -> dict[str, schema.WorkspaceGroupResponseModel]:
    """All groups by id."""
    found = await members.groups(caller.workspace_id)
    return {group.id: schema.WorkspaceGroupResponseModel.of(group) for group in found}


@router.get("/v1/workspace/groups/search")
async def search_groups(
    caller: WorkspaceReader, members: MembersIn, name: Annotated[str, Parameter(max_length=200)]
) -> list[schema.WorkspaceGroupByNameResponseModel]:
    """The groups of this name, whatever its case."""
    emails = await members.emails(caller.workspace_id)
    return [
        schema.WorkspaceGroupByNameResponseModel(
            name=group.name, id=group.id, members_emails=[emails[id] for id in group.members if id in emails]
        )
        for group in await members.groups(caller.workspace_id)
        if group.name.casefold() == name.casefold()
    ]


@router.post("/v1/workspace/groups/{group_id}/members")
async def add_group_member(
    group_id: str,
    body: Annotated[schema.GroupMemberRequest, Depends(parsed(schema.GroupMemberRequest))],
    _: GroupsManager,
    actor: Acting,
    members: MembersIn,
) -> Done:
    """Put a member into a group."""
    await members.add_to_group(actor, group_id, body.email)
    return Done()


@router.post("/v1/workspace/groups/{group_id}/members/remove")
async def remove_group_member(
    group_id: str,
    body: Annotated[schema.GroupMemberRequest, Depends(parsed(schema.GroupMemberRequest))],
    _: GroupsManager,
    actor: Acting,
    members: MembersIn,
) -> Done:
    """Take a member out of a group."""
    await members.remove_from_group(actor, group_id, body.email)
    return Done()


@router.post("/v1/vivavoce/groups")
async def create_group(
    body: Annotated[schema.CreateGroupRequest, Depends(parsed(schema.CreateGroupRequest))],
    _: GroupsManager,
    actor: Acting,
    members: MembersIn,
) -> schema.WorkspaceGroupResponseModel:
    """A new group without members."""
    return schema.WorkspaceGroupResponseModel.of(await members.create_group(actor, body.name))


@router.delete("/v1/vivavoce/groups/{group_id}")
async def delete_group(group_id: str, _: GroupsManager, actor: Acting, members: MembersIn) -> Done:
    """Remove a group; its members stay in the workspace."""
    await members.delete_group(actor, group_id)
    return Done()
