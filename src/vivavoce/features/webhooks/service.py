"""Webhooks as records. The signing secret is shown once, when it is made; it and the headers are sealed."""

from collections.abc import Mapping, Sequence

import orjson

from vivavoce.base.errors import NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.workspace.service import (
    Actor,
    AuditLog,
    claim_unused,
    created,
    deleted,
    every,
    new_token,
    reseal_each,
    updated,
)
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Document, Documents, Kind, Reference
from vivavoce.ports.vault import Reseal, Vault

WEBHOOKS = Kind("webhooks", "webhook", facets=lambda body: {"event": body["events"]})
KINDS = (WEBHOOKS,)
SECRET_PREFIX = "wsec_"  # noqa: S105  a prefix, not a secret
_NOUN = "Webhook"
_SEALED = ("secret", "headers")


def webhook_reference(webhook_id: str) -> Reference:
    """What a document declares that uses a webhook."""
    return Reference(WEBHOOKS.kind, webhook_id)


@frozen
class NewWebhook:
    """A webhook that was just made: the one time its secret is known."""

    document: Document
    secret: str


@frozen
class Receiver:
    """A webhook opened, for the moment in which something is sent to it."""

    url: str
    secret: str
    headers: Mapping[str, str]
    is_disabled: bool
    retry_enabled: bool


class Webhooks:
    """The webhooks of all workspaces; every call names one."""

    def __init__(self, documents: Documents, vault: Vault, clock: Clock, audit: AuditLog) -> None:
        self._documents = documents
        self._vault = vault
        self._clock = clock
        self._audit = audit

    async def create(self, actor: Actor, name: str, url: str, headers: Mapping[str, str | None]) -> NewWebhook:
        """A new webhook that is signed with a fresh secret."""
        id = self._clock.new_id(WEBHOOKS.prefix)
        secret = new_token(self._clock, SECRET_PREFIX)
        body: Body = {
            "name": name,
            "url": url,
            "auth_type": "hmac",
            "is_disabled": False,
            "retry_enabled": False,
            "events": [],
            "secret": await self._seal(actor.workspace_id, id, "secret", secret),
            "headers": await self._seal(actor.workspace_id, id, "headers", _headers(headers)),
            "created_by_user_id": actor.user_id,
        }
        async with self._documents.transaction() as transaction:
            document = await transaction.insert(WEBHOOKS, actor.workspace_id, body, id=id)
            await self._audit.record(transaction, actor, created(_NOUN), webhook_reference(id))
        return NewWebhook(document, secret)

    async def all(self, workspace_id: str) -> Sequence[Document]:
        """All webhooks, newest first."""
        return [document async for document in every(self._documents, WEBHOOKS, workspace_id)]

    async def update(self, actor: Actor, webhook_id: str, change: Body) -> Document:
        """Change a webhook; what is absent stays."""
        said = dict(change)
        if "request_headers" in said:
            headers = _headers(said.pop("request_headers"))
            said["headers"] = await self._seal(actor.workspace_id, webhook_id, "headers", headers)
        async with self._documents.transaction() as transaction:
            document = await transaction.get(WEBHOOKS, actor.workspace_id, webhook_id)
            if document is None:
                raise NotFound.of("webhook", webhook_id)
            changed = await transaction.update(WEBHOOKS, document, {**document.body, **said})
            await self._audit.record(transaction, actor, updated(_NOUN), webhook_reference(webhook_id))
        return changed

    async def delete(self, actor: Actor, webhook_id: str) -> None:
        """Remove a webhook that nobody uses."""
        async with self._documents.transaction() as transaction:
            await claim_unused(transaction, WEBHOOKS, actor.workspace_id, webhook_id)
            await transaction.delete(WEBHOOKS, actor.workspace_id, webhook_id)
            await self._audit.record(transaction, actor, deleted(_NOUN), webhook_reference(webhook_id))

    async def open(self, workspace_id: str, webhook_id: str) -> Receiver:
        """A webhook with its secret and headers."""
        document = await self._documents.get(WEBHOOKS, workspace_id, webhook_id)
        if document is None:
            raise NotFound.of("webhook", webhook_id)
        body = document.body
        return Receiver(
            url=body["url"],
            secret=await self._vault.open(workspace_id, _purpose(webhook_id, "secret"), body["secret"]),
            headers=orjson.loads(
                await self._vault.open(workspace_id, _purpose(webhook_id, "headers"), body["headers"])
            ),
            is_disabled=body["is_disabled"],
            retry_enabled=body["retry_enabled"],
        )

    async def reseal(self, workspace_id: str, reseal: Reseal) -> None:
        """Seal what is secret in every webhook of a workspace anew."""
        await reseal_each(self._documents, WEBHOOKS, workspace_id, reseal, parts=_SEALED, purpose=_purpose)

    async def _seal(self, workspace_id: str, id: str, part: str, text: str) -> str:
        return await self._vault.seal(workspace_id, _purpose(id, part), text)


def _purpose(webhook_id: str, part: str) -> str:
    return f"webhook:{webhook_id}:{part}"


def _headers(headers: Mapping[str, str | None]) -> str:
    """Headers as text; one without a value is none."""
    return orjson.dumps({name: value for name, value in headers.items() if value is not None}).decode()
