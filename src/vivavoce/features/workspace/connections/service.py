"""Auth connections: stored in two parts, one that may be shown and one that is sealed."""

from collections.abc import Sequence

import orjson

from vivavoce.base.errors import Invalid, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body, patched
from vivavoce.features.workspace.audit.service import Actor, AuditLog, created, deleted, updated
from vivavoce.features.workspace.connections.types import split
from vivavoce.features.workspace.dependents import claim_unused
from vivavoce.features.workspace.listing import every
from vivavoce.features.workspace.sealing import reseal_each
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Document, Documents, Kind, Reference
from vivavoce.ports.vault import Reseal, Vault

CONNECTIONS = Kind(
    "auth_connections",
    "authconn",
    name=lambda body: body["public"]["name"],
    facets=lambda body: {"auth_type": [body["public"]["auth_type"]]},
)
_NOUN = "Auth Connection"
# A map of headers or parameters is sent whole, so that a client can take an entry out.
_WHOLE = frozenset({"extra_params", "custom_headers"})


def connection_reference(auth_connection_id: str) -> Reference:
    """What a document declares that uses a connection."""
    return Reference(CONNECTIONS.kind, auth_connection_id)


@frozen
class Credentials:
    """A connection opened, for the moment in which a request is signed."""

    auth_type: str
    public: Body
    secret: Body


class AuthConnections:
    """The connections of all workspaces; every call names one."""

    def __init__(self, documents: Documents, vault: Vault, clock: Clock, audit: AuditLog) -> None:
        self._documents = documents
        self._vault = vault
        self._clock = clock
        self._audit = audit

    async def create(self, actor: Actor, auth_type: str, body: Body) -> Document:
        """A new connection."""
        id = self._clock.new_id(CONNECTIONS.prefix)
        public, secret = split(auth_type, {**body, "auth_type": auth_type})
        sealed = await self._seal(actor.workspace_id, id, secret)
        stored = {"public": public, "sealed": sealed, "created_by_user_id": actor.user_id}
        async with self._documents.transaction() as transaction:
            document = await transaction.insert(CONNECTIONS, actor.workspace_id, stored, id=id)
            await self._audit.record(transaction, actor, created(_NOUN), connection_reference(id))
        return document

    async def all(self, workspace_id: str) -> Sequence[Document]:
        """All connections, newest first."""
        return [document async for document in every(self._documents, CONNECTIONS, workspace_id)]

    async def get(self, workspace_id: str, id: str) -> Document:
        """A connection, sealed."""
        document = await self._documents.get(CONNECTIONS, workspace_id, id)
        if document is None:
            raise NotFound.of("auth connection", id)
        return document

    async def update(self, actor: Actor, id: str, auth_type: str, change: Body) -> Document:
        """Change a connection; what is absent stays."""
        document = await self.get(actor.workspace_id, id)
        is_now = document.body["public"]["auth_type"]
        if auth_type != is_now:
            raise Invalid(
                ("body", "auth_type"),
                f"This connection is of type {is_now!r}, which cannot be changed. Create another one instead.",
            )
        public, secret = split(auth_type, {**change, "auth_type": auth_type})
        sealed = document.body["sealed"]
        if secret:
            before = await self._open(actor.workspace_id, id, sealed)
            sealed = await self._seal(actor.workspace_id, id, {**before, **secret})
        body = {**document.body, "public": patched(document.body["public"], public, _WHOLE), "sealed": sealed}
        async with self._documents.transaction() as transaction:
            changed = await transaction.update(CONNECTIONS, document, body)
            await self._audit.record(transaction, actor, updated(_NOUN), connection_reference(id))
        return changed

    async def delete(self, actor: Actor, id: str) -> None:
        """Remove a connection that nobody uses."""
        async with self._documents.transaction() as transaction:
            await claim_unused(transaction, CONNECTIONS, actor.workspace_id, id)
            await transaction.delete(CONNECTIONS, actor.workspace_id, id)
            await self._audit.record(transaction, actor, deleted(_NOUN), connection_reference(id))

    async def open(self, workspace_id: str, id: str) -> Credentials:
        """A connection with its secrets."""
        document = await self.get(workspace_id, id)
        public = document.body["public"]
        secret = await self._open(workspace_id, id, document.body["sealed"])
        return Credentials(public["auth_type"], public, secret)

    async def reseal(self, workspace_id: str, reseal: Reseal) -> None:
        """Seal every connection of a workspace anew."""
        await reseal_each(
            self._documents, CONNECTIONS, workspace_id, reseal, parts=["sealed"], purpose=lambda id, _: _purpose(id)
        )

    async def _seal(self, workspace_id: str, id: str, secret: Body) -> str:
        return await self._vault.seal(workspace_id, _purpose(id), orjson.dumps(secret).decode())

    async def _open(self, workspace_id: str, id: str, sealed: str) -> Body:
        return orjson.loads(await self._vault.open(workspace_id, _purpose(id), sealed))


def _purpose(id: str) -> str:
    return f"auth_connection:{id}"
