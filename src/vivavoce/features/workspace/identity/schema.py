"""The user, their subscription and their session on the wire.

A self-hosted server sells nothing, so the subscription says what is true here: nothing is limited by a plan and
nothing is owed. Where the contract wants a number for "unlimited", it is the largest that JavaScript counts exactly.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from vivavoce.api.schema import Wire
from vivavoce.features.workspace.identity.store import User, Workspace
from vivavoce.features.workspace.permissions import SEAT_OF_ROLE, SeatType
from vivavoce.ports.clock import SECOND
from vivavoce.ports.identity import Caller, Role

UNLIMITED = 2**53 - 1
TIER = "self_hosted"


class Price(Wire):
    """An amount of money, as text."""

    amount: str = "0"
    currency: str = "usd"


class SubscriptionResponse(Wire):
    """What the plan allows: everything."""

    tier: str = TIER
    character_count: int = 0
    character_limit: int = UNLIMITED
    max_character_limit_extension: int | None = None
    max_credit_limit_extension: int | Literal["unlimited"] = "unlimited"
    can_extend_character_limit: bool = False
    allowed_to_extend_character_limit: bool = False
    next_character_count_reset_unix: int | None = None
    voice_slots_used: int = 0
    professional_voice_slots_used: int = 0
    professional_voice_slots_used_in_workspace: int = 0
    voice_limit: int = UNLIMITED
    max_voice_add_edits: int | None = None
    voice_add_edit_counter: int = 0
    professional_voice_limit: int = 0
    can_extend_voice_limit: bool = False
    can_use_instant_voice_cloning: bool = False
    can_use_professional_voice_cloning: bool = False
    currency: str | None = None
    current_overage: Price = Field(default_factory=Price)
    status: str = "active"
    billing_period: str | None = None
    character_refresh_period: str | None = None


class Subscription(SubscriptionResponse):
    """The same with invoices, of which there are none."""

    next_invoice: None = None
    open_invoices: list[Any] = Field(default_factory=list[Any])
    has_open_invoices: bool = False
    cancels_immediately: bool = False
    pending_change: None = None
    has_used_starter_coupon_on_account: bool = False
    has_used_creator_coupon_on_account: bool = False
    is_eligible_for_starter_promo: bool = False


class UserResponse(Wire):
    """The user behind a request."""

    user_id: str
    workspace_id: str
    subscription: SubscriptionResponse
    is_new_user: bool = False
    can_use_delayed_payment_methods: bool = False
    is_onboarding_completed: bool = True
    is_onboarding_checklist_completed: bool = True
    show_compliance_terms: bool = False
    first_name: str | None
    is_api_key_hashed: bool = True
    xi_api_key_preview: str | None
    referral_link_code: None = None
    partnerstack_partner_default_link: None = None
    created_at: int
    seat_type: SeatType

    @classmethod
    def of(cls, user: User, caller: Caller, key_hint: str | None) -> "UserResponse":
        """A user as they are stored; of their key only its end is known."""
        return cls(
            user_id=user.id,
            workspace_id=caller.workspace_id,
            subscription=SubscriptionResponse(),
            first_name=user.first_name,
            xi_api_key_preview=None if key_hint is None else f"****{key_hint}",
            created_at=user.created_at // SECOND,
            seat_type=SEAT_OF_ROLE[caller.role],
        )


_Token = Annotated[str, Field(min_length=1, max_length=512)]
_Password = Annotated[str, Field(min_length=1, max_length=1000)]
_NewPassword = Annotated[str, Field(min_length=12, max_length=1000)]


class LoginRequest(Wire):
    """One way to sign in: a one-time link's token, an API key, or an email address with a password."""

    login_token: _Token | None = None
    api_key: _Token | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    password: _Password | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "LoginRequest":
        ways = [self.login_token is not None, self.api_key is not None, self.password is not None]
        if sum(ways) != 1 or (self.password is not None) != (self.email is not None):
            raise ValueError("send exactly one of login_token, api_key, or email with password")
        return self


class AcceptInviteRequest(Wire):
    """Take an invite and sign in."""

    invite_token: _Token
    first_name: Annotated[str, Field(max_length=200)] | None = None


class PasswordRequest(Wire):
    """A new password; whoever has one proves that they know it."""

    new_password: _NewPassword
    current_password: _Password | None = None


class LoginLinkRequest(Wire):
    """For whom a login link is made; without a user it is for the caller."""

    user_id: Annotated[str, Field(max_length=200)] | None = None


class LoginLink(Wire):
    """Where to go within thirty minutes, once."""

    path: str
    expires_at_unix: int


class SessionUser(Wire):
    """Who is signed in."""

    user_id: str
    email: str | None
    first_name: str | None


class SessionWorkspace(Wire):
    """Where they are signed in."""

    workspace_id: str
    name: str


class SessionResponse(Wire):
    """Who is asking, where, as what. `csrf_token` goes with every change that rests on the session's cookie."""

    user: SessionUser
    workspace: SessionWorkspace
    role: Role
    scopes: list[str]
    csrf_token: str | None

    @classmethod
    def of(cls, user: User, workspace: Workspace, caller: Caller, csrf_token: str | None) -> "SessionResponse":
        """A caller in full."""
        return cls(
            user=SessionUser(user_id=user.id, email=user.email, first_name=user.first_name),
            workspace=SessionWorkspace(workspace_id=workspace.id, name=workspace.name),
            role=caller.role,
            scopes=sorted(caller.scopes),
            csrf_token=csrf_token,
        )
