"""Settings: one document for each workspace, kept as it was sent; defaults are added when it is read."""

from collections.abc import Iterable, Iterator
from typing import Final

from vivavoce.base.json import Body, patched
from vivavoce.features.workspace.audit.service import WORKSPACE_UPDATE, Actor, AuditLog
from vivavoce.features.workspace.dependents import require, require_named
from vivavoce.features.workspace.environments.service import VARIABLES, variable_reference
from vivavoce.features.workspace.repeating import Repeating
from vivavoce.features.workspace.secrets.service import SECRETS, secret_reference
from vivavoce.ports.documents import DocumentReader, Documents, DocumentTransaction, Kind, Reference

INITIATION_WEBHOOK: Final = "conversation_initiation_client_data_webhook"
# What the webhooks feature, a layer above, calls its documents; here only their existence matters.
_WEBHOOKS = Kind("webhooks", "webhook")
# A webhook is sent whole: both its fields are required, and a header must be removable.
_WHOLE = frozenset({INITIATION_WEBHOOK})


def _references(body: Body) -> Iterable[Reference]:
    return dict.fromkeys(reference for _, reference in _located_references(body))


def _located_references(body: Body) -> Iterator[tuple[tuple[str, ...], Reference]]:
    webhook_id: str | None = _inner(body, "webhooks").get("post_call_webhook_id")
    if webhook_id is not None:
        yield ("webhooks", "post_call_webhook_id"), Reference(_WEBHOOKS.kind, webhook_id)
    for name, value in _inner(_inner(body, INITIATION_WEBHOOK), "request_headers").items():
        loc = (INITIATION_WEBHOOK, "request_headers", name)
        match value:
            case {"secret_id": str(secret_id)}:
                yield (*loc, "secret_id"), secret_reference(secret_id)
            case {"env_var_label": str(label)}:
                yield (*loc, "env_var_label"), variable_reference(label)
            case _:
                pass


def _inner(body: Body, key: str) -> Body:
    found: Body | None = body.get(key)
    return {} if found is None else found


SETTINGS = Kind("settings", "settings", references=_references)
DASHBOARD_SETTINGS = Kind("dashboard_settings", "settings")
# There is one of each in a workspace.
_ID = "settings"
_SOMEBODY_WAS_FASTER = [
    f"{kind.called.replace(' ', '_')}_{how}" for kind in (SETTINGS, DASHBOARD_SETTINGS) for how in ("exists", "changed")
]


class WorkspaceSettings:
    """The settings of all workspaces; every call names one."""

    def __init__(self, documents: Documents, audit: AuditLog) -> None:
        self._documents = documents
        self._audit = audit
        self._repeating = Repeating(documents, _SOMEBODY_WAS_FASTER)

    async def get(self, workspace_id: str) -> Body:
        """The settings as they were sent."""
        return await _stored(self._documents, SETTINGS, workspace_id)

    async def update(self, actor: Actor, change: Body) -> Body:
        """Lay a change over the settings."""

        async def work(transaction: DocumentTransaction) -> Body:
            before = await _stored(transaction, SETTINGS, actor.workspace_id)
            await _check_references(transaction, actor.workspace_id, change)
            after = patched(before, change, _WHOLE)
            await self._store(transaction, actor, SETTINGS, after)
            return after

        return await self._repeating.done(work)

    async def get_dashboard(self, workspace_id: str) -> Body:
        """The dashboard's settings as they were sent."""
        return await _stored(self._documents, DASHBOARD_SETTINGS, workspace_id)

    async def update_dashboard(self, actor: Actor, change: Body) -> Body:
        """Lay a change over the dashboard's settings."""

        async def work(transaction: DocumentTransaction) -> Body:
            before = await _stored(transaction, DASHBOARD_SETTINGS, actor.workspace_id)
            after = patched(before, change)
            await self._store(transaction, actor, DASHBOARD_SETTINGS, after)
            return after

        return await self._repeating.done(work)

    async def _store(self, transaction: DocumentTransaction, actor: Actor, kind: Kind, body: Body) -> None:
        document = await transaction.get(kind, actor.workspace_id, _ID)
        if document is None:
            await transaction.insert(kind, actor.workspace_id, body, id=_ID)
        else:
            await transaction.update(kind, document, body)
        await self._audit.record(transaction, actor, WORKSPACE_UPDATE, Reference(kind.kind, _ID))


async def _stored(reader: DocumentReader, kind: Kind, workspace_id: str) -> Body:
    document = await reader.get(kind, workspace_id, _ID)
    return {} if document is None else document.body


async def _check_references(transaction: DocumentTransaction, workspace_id: str, change: Body) -> None:
    """What a change refers to is there; what it leaves alone is not looked at."""
    for loc, reference in _located_references(change):
        place = ("body", *loc)
        if reference.kind == VARIABLES.kind:
            await require_named(transaction, VARIABLES, workspace_id, reference.id, place)
        else:
            kind = _WEBHOOKS if reference.kind == _WEBHOOKS.kind else SECRETS
            await require(transaction, kind, workspace_id, reference.id, place)
