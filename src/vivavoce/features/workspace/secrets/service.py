"""Secrets: stored sealed, referred to by id, opened only where they are used.

A value goes in and never comes out over the API, not even to whoever sent it. What it is sealed for names its id, so
that a row copied under another id opens nothing.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from vivavoce.base.errors import Conflict, Invalid, NotFound
from vivavoce.base.json import Body
from vivavoce.base.pages import Page, Place, decode_cursor, encode_cursor
from vivavoce.features.workspace.audit.service import Actor, AuditLog, created, deleted, updated
from vivavoce.features.workspace.dependents import claim_unused
from vivavoce.features.workspace.listing import every
from vivavoce.features.workspace.sealing import reseal_each
from vivavoce.ports.clock import Clock
from vivavoce.ports.documents import Document, DocumentReader, Documents, Kind, Query, Reference
from vivavoce.ports.vault import Reseal, Vault

SECRETS = Kind("secrets", "secret", unique=lambda body: body["name"])
_PREFIX_ORDER = "secrets.prefix"
_NOUN = "Secret"


def secret_reference(secret_id: str) -> Reference:
    """What a document declares that uses a secret."""
    return Reference(SECRETS.kind, secret_id)


class Secrets:
    """The secrets of all workspaces; every call names one."""

    def __init__(self, documents: Documents, vault: Vault, clock: Clock, audit: AuditLog) -> None:
        self._documents = documents
        self._vault = vault
        self._clock = clock
        self._audit = audit

    async def create(self, actor: Actor, name: str, value: str) -> Document:
        """Store a secret under a name that is free."""
        id = self._clock.new_id(SECRETS.prefix)
        sealed = await self._vault.seal(actor.workspace_id, _purpose(id), value)
        async with self._documents.transaction() as transaction:
            await _require_free(transaction, actor.workspace_id, name)
            body = {"name": name, "sealed": sealed, "created_by_user_id": actor.user_id}
            with _naming(name):
                document = await transaction.insert(SECRETS, actor.workspace_id, body, id=id)
            await self._audit.record(transaction, actor, created(_NOUN), secret_reference(id))
        return document

    async def get(self, workspace_id: str, secret_id: str) -> Document:
        """A secret, sealed."""
        document = await self._documents.get(SECRETS, workspace_id, secret_id)
        if document is None:
            raise NotFound.of("secret", secret_id)
        return document

    async def page(
        self, workspace_id: str, *, page_size: int | None, cursor: str | None, starts_with: str | None
    ) -> Page[Document]:
        """Secrets, newest first; without a size all of them."""
        if starts_with:
            return await self._page_by_prefix(workspace_id, page_size, cursor, starts_with)
        if page_size is None:
            return Page([document async for document in every(self._documents, SECRETS, workspace_id, cursor=cursor)])
        return await self._documents.page(SECRETS, workspace_id, Query(page_size=page_size, cursor=cursor))

    async def update(self, actor: Actor, secret_id: str, name: str, value: str) -> Document:
        """Give a secret another name and value."""
        sealed = await self._vault.seal(actor.workspace_id, _purpose(secret_id), value)
        async with self._documents.transaction() as transaction:
            document = await transaction.get(SECRETS, actor.workspace_id, secret_id)
            if document is None:
                raise NotFound.of("secret", secret_id)
            if document.body["name"] != name:
                await _require_free(transaction, actor.workspace_id, name)
            with _naming(name):
                changed = await transaction.update(SECRETS, document, {**document.body, "name": name, "sealed": sealed})
            await self._audit.record(transaction, actor, updated(_NOUN), secret_reference(secret_id))
        return changed

    async def delete(self, actor: Actor, secret_id: str) -> None:
        """Remove a secret that nobody uses."""
        async with self._documents.transaction() as transaction:
            await claim_unused(transaction, SECRETS, actor.workspace_id, secret_id)
            await transaction.delete(SECRETS, actor.workspace_id, secret_id)
            await self._audit.record(transaction, actor, deleted(_NOUN), secret_reference(secret_id))

    async def reveal(self, workspace_id: str, secret_id: str) -> str:
        """The value itself, for the moment in which it is used."""
        document = await self.get(workspace_id, secret_id)
        return await self._vault.open(workspace_id, _purpose(secret_id), document.body["sealed"])

    async def reseal(self, workspace_id: str, reseal: Reseal) -> None:
        """Seal every secret of a workspace anew."""
        await reseal_each(
            self._documents, SECRETS, workspace_id, reseal, parts=["sealed"], purpose=lambda id, _: _purpose(id)
        )

    async def _page_by_prefix(
        self, workspace_id: str, page_size: int | None, cursor: str | None, starts_with: str
    ) -> Page[Document]:
        """The store finds names that have it anywhere; those that start with it are picked here."""
        after = None if cursor is None else decode_cursor(cursor, _PREFIX_ORDER)
        wanted = starts_with.casefold()
        matching = [
            document
            async for document in every(self._documents, SECRETS, workspace_id, search=starts_with)
            if document.body["name"].casefold().startswith(wanted) and _comes_after(document, after)
        ]
        return _cut(matching, page_size)


def _comes_after(document: Document, place: Place | None) -> bool:
    if place is None:
        return True
    return isinstance(place.value, int) and (document.created_at, document.id) < (place.value, place.id)


def _cut(documents: Sequence[Document], page_size: int | None) -> Page[Document]:
    if page_size is None or len(documents) <= page_size:
        return Page(documents)
    last = documents[page_size - 1]
    return Page(documents[:page_size], encode_cursor(Place(_PREFIX_ORDER, last.created_at, last.id)))


def _purpose(secret_id: str) -> str:
    return f"secret:{secret_id}"


async def _require_free(reader: DocumentReader, workspace_id: str, name: str) -> None:
    if await reader.find(SECRETS, workspace_id, name) is not None:
        raise _taken(name)


@contextmanager
def _naming(name: str) -> Generator[None]:
    """Says the same of a name that another request took since it was looked for."""
    try:
        yield
    except Conflict as conflict:
        raise (_taken(name) if conflict.status == "secret_exists" else conflict) from None


def _taken(name: str) -> Invalid:
    return Invalid(
        ("body", "name"),
        f"There is a secret named {name!r} already. Choose another name, or update that one.",
        type="secret_name_taken",
    )


def stored(document: Document) -> Body:
    """A secret as its makers and changers see it."""
    return {"type": "stored", "secret_id": document.id, "name": document.body["name"]}
