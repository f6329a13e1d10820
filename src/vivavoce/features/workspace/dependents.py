"""Who uses a secret, an auth connection or a webhook: the answer to "may I delete this?", as the contract shows it.

Users declare what they use with their documents; here they are only read. `app` says which kinds of documents there
are above this feature; a user of a kind that nobody named is shown as unknown, by its id alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from vivavoce.base.errors import Conflict, Invalid, NotFound, quoted
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.ports.clock import SECOND
from vivavoce.ports.documents import Document, DocumentReader, DocumentTransaction, Kind, Reference
from vivavoce.ports.identity import Role

TOOLS: Final = "tools"
AGENTS: Final = "agents"
PHONE_NUMBERS: Final = "phone_numbers"
MCP_SERVERS: Final = "mcp_servers"
INTEGRATION_CONNECTIONS: Final = "integration_connections"
SETTINGS: Final = "settings"
_NAMED_IN_REFUSAL = 3


@frozen
class Used:
    """The users of one thing, by kind, oldest first."""

    references: Sequence[Reference]
    documents: Mapping[Reference, Document]
    names: Mapping[Reference, str]

    def of_kind(self, kind: str) -> Sequence[Reference]:
        """Its users of one kind."""
        return [reference for reference in self.references if reference.kind == kind]

    def identifiers(self, kind: str, role: Role) -> list[Body]:
        """Its users of one kind as the contract shows tools, agents and MCP servers."""
        return [self._identifier(reference, role) for reference in self.of_kind(kind)]

    def connections(self) -> list[Body]:
        """Its users among integrations, which are shown by name alone."""
        return [
            {"id": reference.id, "name": self.names.get(reference, "")}
            for reference in self.of_kind(INTEGRATION_CONNECTIONS)
        ]

    def phone_numbers(self) -> list[Body]:
        """Its users among phone numbers, which are shown in another way."""
        found = [self.documents.get(reference) for reference in self.of_kind(PHONE_NUMBERS)]
        return [
            {
                "phone_number_id": document.id,
                "phone_number": document.body.get("phone_number", ""),
                "label": document.body.get("label", ""),
                "provider": document.body.get("provider", "twilio"),
            }
            for document in found
            if document is not None
        ]

    def _identifier(self, reference: Reference, role: Role) -> Body:
        more: Body = {"referenced_resource_ids": []} if reference.kind == AGENTS else {}
        document = self.documents.get(reference)
        if document is None:
            return {"type": "unknown", "id": reference.id, **more}
        return {
            "type": "available",
            "id": document.id,
            "name": self.names[reference],
            "created_at_unix_secs": document.created_at // SECOND,
            "access_level": role,
            **more,
        }


class Dependents:
    """Finds users."""

    def __init__(self, documents: DocumentReader, kinds: Iterable[Kind] = ()) -> None:
        self._documents = documents
        self._kinds = {kind.kind: kind for kind in kinds}

    async def of(self, workspace_id: str, target: Reference) -> Used:
        """The users of one thing."""
        return (await self.of_each(workspace_id, [target]))[target]

    async def of_each(self, workspace_id: str, targets: Sequence[Reference]) -> Mapping[Reference, Used]:
        """The users of several things; documents are read once for all of them."""
        users = {target: await self._documents.used_by(workspace_id, target) for target in targets}
        documents = await self._read(workspace_id, {user for found in users.values() for user in found})
        names = {user: self._kinds[user.kind].name(document.body) for user, document in documents.items()}
        return {target: Used(found, documents, names) for target, found in users.items()}

    async def _read(self, workspace_id: str, users: Iterable[Reference]) -> Mapping[Reference, Document]:
        ids: dict[str, list[str]] = {}
        for user in users:
            ids.setdefault(user.kind, []).append(user.id)
        found: dict[Reference, Document] = {}
        for kind in self._kinds.keys() & ids.keys():
            documents = await self._documents.get_many(self._kinds[kind], workspace_id, ids[kind])
            found |= {Reference(kind, id): document for id, document in documents.items()}
        return found


def _by_id(document: Document, kind: Kind) -> Reference:
    return Reference(kind.kind, document.id)


async def claim_unused(
    transaction: DocumentTransaction,
    kind: Kind,
    workspace_id: str,
    id: str,
    *,
    as_target: Callable[[Document, Kind], Reference] = _by_id,
    except_kinds: Iterable[str] = (),
    remedy: str = "Take it out there first.",
) -> Document:
    """The document that is to be deleted, and that nobody uses or can begin to use; else `NotFound` or `Conflict`.

    `as_target` says how its users refer to it. Using itself does not count.
    """
    document = await transaction.claim(kind, workspace_id, id)
    if document is None:
        raise NotFound.of(kind.called, id)
    itself = Reference(kind.kind, id)
    users = await transaction.used_by(workspace_id, as_target(document, kind))
    in_the_way = [user for user in users if user.kind not in set(except_kinds) and user != itself]
    if in_the_way:
        raise _still_used(kind, in_the_way, remedy)
    return document


def _still_used(kind: Kind, users: Sequence[Reference], remedy: str) -> Conflict:
    named = ", ".join(f"{_noun(user.kind)} {user.id}" for user in users[:_NAMED_IN_REFUSAL])
    more = len(users) - _NAMED_IN_REFUSAL
    rest = f" and {more} more" if more > 0 else ""
    message = f"This {kind.called} is still used by {named}{rest}. {remedy}"
    return Conflict(message, status=f"{kind.called.replace(' ', '_')}_in_use")


async def require(
    transaction: DocumentTransaction, kind: Kind, workspace_id: str, id: str, loc: Sequence[str | int]
) -> None:
    """`Invalid` at `loc` if there is no such document to refer to; if there is, it stays until the reference stands."""
    if id not in await transaction.hold(kind, workspace_id, [id]):
        raise missing_target(kind.called, id, loc)


async def require_named(
    transaction: DocumentTransaction, kind: Kind, workspace_id: str, unique: str, loc: Sequence[str | int]
) -> None:
    """The same for what is referred to by the word that is unique to it."""
    found = await transaction.find(kind, workspace_id, unique)
    if found is None or found.id not in await transaction.hold(kind, workspace_id, [found.id]):
        raise missing_target(kind.called, unique, loc)


def missing_target(noun: str, id: str, loc: Sequence[str | int]) -> Invalid:
    """A reference that leads nowhere."""
    message = f"There is no {noun} {quoted(id)} in this workspace. Create it first, or take it out here."
    return Invalid(loc, message, type="unknown_reference")


def _noun(kind: str) -> str:
    return kind.removesuffix("s").replace("_", " ")
