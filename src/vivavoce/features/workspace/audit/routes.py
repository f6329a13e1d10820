"""Reading the audit log."""

from typing import Annotated

from fastapi import Depends
from fastapi import Query as Parameter

from vivavoce.api.pages import Cursor, UnixMilliseconds
from vivavoce.api.routing import Router
from vivavoce.api.services import provided
from vivavoce.features.workspace.audit.schema import WorkspaceAuditLogEntryResponse, WorkspaceAuditLogsPageResponse
from vivavoce.features.workspace.audit.service import AuditLog
from vivavoce.features.workspace.doors import AuditReader
from vivavoce.ports.documents import Query

router = Router(tags=["workspace"])

AuditIn = Annotated[AuditLog, Depends(provided(AuditLog))]

_MILLISECOND = 1000


@router.get("/v1/workspace/audit-logs")
async def list_audit_logs(
    caller: AuditReader,
    audit: AuditIn,
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
    cursor: Cursor = None,
    time_from_unix_ms: UnixMilliseconds = None,
    time_to_unix_ms: UnixMilliseconds = None,
    actor_uid: str | None = None,
    class_name: str | None = None,
    activity_name: str | None = None,
) -> WorkspaceAuditLogsPageResponse:
    """Who did what in this workspace, newest first."""
    wanted = {"actor_uid": actor_uid, "class_name": class_name, "activity_name": activity_name}
    query = Query(
        page_size=limit,
        cursor=cursor,
        facets={facet: [word] for facet, word in wanted.items() if word is not None},
        created_after=None if time_from_unix_ms is None else time_from_unix_ms * _MILLISECOND,
        # The contract's end is inclusive and in milliseconds, the store's is exclusive and in microseconds.
        created_before=None if time_to_unix_ms is None else (time_to_unix_ms + 1) * _MILLISECOND,
    )
    page = await audit.page(caller.workspace_id, query)
    entries = [WorkspaceAuditLogEntryResponse.of(document) for document in page.items]
    return WorkspaceAuditLogsPageResponse(entries=entries, has_more=page.has_more, next_cursor=page.next_cursor)
