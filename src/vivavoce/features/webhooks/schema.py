"""Webhooks on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from vivavoce.api.schema import Flag, Wire, cleared
from vivavoce.base.json import Body
from vivavoce.features.workspace.service import Used
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document

Name = Annotated[str, Field(min_length=1, max_length=256)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=4096)]
HeaderName = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[^\r\n]*$", max_length=8192)]
Headers = Annotated[dict[HeaderName, HeaderValue | None], Field(max_length=100)]
Event = Literal["voice_library_removal_notice", "speech_to_text", "agent_qa", "flows"]

# What the contract calls the places that a webhook can be used in.
USAGE_OF_KIND = {"agents": "ConvAI Agent Settings", "settings": "ConvAI Settings"}


class WebhookHMACSettings(Wire):
    """A webhook that is signed with a shared secret."""

    auth_type: Literal["hmac"]
    name: Name
    webhook_url: Url
    request_headers: Headers | None = None


class CreateWorkspaceWebhookRequest(Wire):
    """A new webhook."""

    settings: WebhookHMACSettings


class UpdateWorkspaceWebhookRequest(Wire):
    """What changes about a webhook."""

    is_disabled: Flag
    name: Name
    retry_enabled: Annotated[Flag | None, cleared(False)] = None
    request_headers: Annotated[Headers | None, cleared({})] = None
    events: Annotated[list[Event] | None, cleared([])] = None


class WorkspaceCreateWebhookResponseModel(Wire):
    """The one answer that holds the secret."""

    webhook_id: str
    webhook_secret: str | None


class StatusResponse(Wire):
    """It is done."""

    status: str


class WorkspaceWebhookUsageResponseModel(Wire):
    """A place that a webhook is used in."""

    usage_type: str


class WorkspaceWebhookResponseModel(Wire):
    """A webhook, without its secret and headers."""

    name: str
    webhook_id: str
    webhook_url: str
    is_disabled: bool
    is_auto_disabled: bool
    created_at_unix: int
    auth_type: Literal["hmac", "oauth2", "mtls"]
    usage: list[WorkspaceWebhookUsageResponseModel] | None
    events: list[Event] | None
    most_recent_failure_error_code: int | None
    most_recent_failure_timestamp: int | None


class WorkspaceWebhookListResponseModel(Wire):
    """All webhooks."""

    webhooks: list[WorkspaceWebhookResponseModel]


def webhook(document: Document, used: Used | None) -> Body:
    """A webhook as the contract shows it; where it is used and what it hears of only if that was asked for."""
    body = document.body
    kinds = None if used is None else dict.fromkeys(reference.kind for reference in used.references)
    return {
        "name": body["name"],
        "webhook_id": document.id,
        "webhook_url": body["url"],
        "is_disabled": body["is_disabled"],
        "is_auto_disabled": False,
        "created_at_unix": document.created_at // SECOND,
        "auth_type": body["auth_type"],
        "usage": None
        if kinds is None
        else [{"usage_type": USAGE_OF_KIND[kind]} for kind in kinds if kind in USAGE_OF_KIND],
        "events": None if kinds is None else body["events"],
        "most_recent_failure_error_code": None,
        "most_recent_failure_timestamp": None,
    }
