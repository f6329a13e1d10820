"""Members, invites and groups on the wire. The contract's seats are our roles: admin, editor, viewer."""

from typing import Annotated

from pydantic import Field

from vivavoce.api.schema import Flag, Integer, Wire
from vivavoce.features.workspace.members.service import NewInvite
from vivavoce.features.workspace.members.store import Group, Invite, Member
from vivavoce.features.workspace.permissions import SEAT_OF_ROLE, SeatType
from vivavoce.ports.clock import SECOND

Email = Annotated[str, Field(min_length=3, max_length=320)]
Id = Annotated[str, Field(max_length=200)]
UsageLimit = Annotated[Integer, Field(ge=0, le=2**53)]


class Done(Wire):
    """It is done."""

    status: str = "ok"


class WorkspaceMemberResponseModel(Wire):
    """Somebody in the workspace."""

    user_id: str
    email: str
    first_name: str | None
    seat_type: SeatType
    is_owner: bool
    is_locked: bool
    vivavoce_usage_limit: int | None
    """Ours: the contract sets a member's limit and shows it nowhere."""

    @classmethod
    def of(cls, member: Member) -> "WorkspaceMemberResponseModel":
        """A member as they are stored."""
        return cls(
            user_id=member.user_id,
            email=member.email or "",
            first_name=member.first_name,
            seat_type=SEAT_OF_ROLE[member.role],
            is_owner=member.is_owner,
            is_locked=member.is_locked,
            vivavoce_usage_limit=member.usage_limit,
        )


class UpdateMemberRequest(Wire):
    """What changes about a member; `workspace_role` is an older name of `workspace_seat_type`."""

    email: Email
    is_locked: Flag | None = None
    workspace_role: SeatType | None = None
    workspace_seat_type: SeatType | None = None
    allow_downgrade_to_basic_seat: Flag | None = None


class UpdateMemberUsageLimitRequest(Wire):
    """A member's monthly limit; null removes it."""

    usage_limit: UsageLimit | None = None


class InviteUserRequest(Wire):
    """An invite; `workspace_permission` is an older name of `seat_type`."""

    email: Email
    workspace_permission: Annotated[str, Field(max_length=100)] | None = None
    seat_type: SeatType | None = None
    group_ids: Annotated[list[Id], Field(max_length=100)] | None = None
    usage_limit: UsageLimit | None = None


class InviteUsersRequest(Wire):
    """The same invite for several people."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=500)]
    seat_type: SeatType | None = None
    group_ids: Annotated[list[Id], Field(max_length=100)] | None = None
    usage_limit: UsageLimit | None = None


class DeleteInviteRequest(Wire):
    """Whose invite is taken back."""

    email: Email


class InviteLink(Wire):
    """Where the invited person goes, once."""

    email: str
    path: str

    @classmethod
    def of(cls, invite: NewInvite) -> "InviteLink":
        """The link of an invite that was just made."""
        return cls(email=invite.email, path=f"/?invite={invite.token}")


class AddWorkspaceInviteResponseModel(Done):
    """The invites are made. The links are ours: nothing here sends mail, so whoever invites passes them on."""

    vivavoce_invite_links: list[InviteLink]


class OpenInvite(Wire):
    """An invite that nobody has taken yet."""

    email: str
    seat_type: SeatType
    group_ids: list[str]
    invited_by_user_id: str
    created_at_unix: int
    expires_at_unix: int

    @classmethod
    def of(cls, invite: Invite) -> "OpenInvite":
        """An invite as it is stored, which is without its link."""
        return cls(
            email=invite.email,
            seat_type=SEAT_OF_ROLE[invite.role],
            group_ids=list(invite.group_ids),
            invited_by_user_id=invite.invited_by,
            created_at_unix=invite.created_at // SECOND,
            expires_at_unix=invite.expires_at // SECOND,
        )


class OpenInvites(Wire):
    """All of them."""

    invites: list[OpenInvite]


class WorkspaceGroupResponseModel(Wire):
    """A group. Groups here carry no permissions or limits of their own."""

    name: str
    id: str
    members: list[str]
    permissions: list[str] | None = None
    group_usage_limit: int | None = None
    group_pvc_limit: int | None = None
    character_count: int | None = None
    is_scim_synced: bool = False
    scim_group: None = None
    scim_frozen: bool = False

    @classmethod
    def of(cls, group: Group) -> "WorkspaceGroupResponseModel":
        """A group as it is stored."""
        return cls(name=group.name, id=group.id, members=list(group.members))


class WorkspaceGroupByNameResponseModel(Wire):
    """A group with the addresses of its members."""

    name: str
    id: str
    members_emails: list[str]


class GroupMemberRequest(Wire):
    """Who goes in or out."""

    email: Email


class CreateGroupRequest(Wire):
    """A new group."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
