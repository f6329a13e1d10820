"""Audit entries on the wire, in OCSF's words."""

from datetime import UTC, datetime
from typing import Any

from vivavoce.api.schema import Wire
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document

_CATEGORY_UID = 3
_CATEGORY_NAME = "Identity & Access Management"
_INFORMATIONAL = 1
_SUCCESS = 1


class AuditUser(Wire):
    """Who it was."""

    name: str | None = None
    uid: str | None = None
    type_id: int = 1
    type: str | None = None
    email_addr: str | None = None
    full_name: str | None = None
    domain: str | None = None


class AuditActor(Wire):
    """Who it was, and with which key or session."""

    user: AuditUser
    app_name: str | None = None
    app_uid: str | None = None
    session: dict[str, Any] | None = None


class AuditDevice(Wire):
    """Where from."""

    ip: str | None = None
    hostname: str | None = None
    type_id: int = 99


class AuditUrl(Wire):
    """What was asked for, without its query."""

    url_string: str | None = None
    scheme: str | None = None
    hostname: str | None = None
    port: int | None = None
    path: str | None = None
    query_string: str | None = None


class AuditRequest(Wire):
    """The request that did it."""

    http_method: str
    url: AuditUrl
    user_agent: str | None = None
    x_forwarded_for: list[str] | None = None


class WorkspaceAuditLogEntryResponse(Wire):
    """One entry."""

    id: str
    metadata: dict[str, Any]
    time: int
    time_dt: str
    activity_id: int
    activity_name: str
    category_name: str = _CATEGORY_NAME
    category_uid: int = _CATEGORY_UID
    class_name: str = ""
    class_uid: int = 0
    type_uid: int
    type_name: str
    severity_id: int = _INFORMATIONAL
    status_id: int = _SUCCESS
    actor: AuditActor
    device: AuditDevice | None = None
    http_request: AuditRequest | None = None
    message: str
    unmapped: dict[str, Any]

    @classmethod
    def of(cls, document: Document) -> "WorkspaceAuditLogEntryResponse":
        """An entry as it was stored, with what follows from it."""
        body = document.body
        target = body["unmapped"]
        return cls(
            id=document.id,
            metadata={"version": "1.6.0", "product": {"name": "Vivavoce"}},
            time=document.created_at // 1000,
            time_dt=datetime.fromtimestamp(document.created_at / SECOND, UTC).isoformat(),
            type_uid=body["class_uid"] * 100 + body["activity_id"],
            type_name=f"{body['class_name']}: {body['activity_name']}",
            message=f"{body['activity_name']}: {target['target_kind']} {target['target_id']}",
            **body,
        )


class WorkspaceAuditLogsPageResponse(Wire):
    """A page of entries, newest first."""

    entries: list[WorkspaceAuditLogEntryResponse]
    has_more: bool
    next_cursor: str | None
