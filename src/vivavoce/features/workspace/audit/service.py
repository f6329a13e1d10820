"""Recording and reading who did what.

    await audit.record(transaction, actor, created("Webhook"), Reference("webhooks", webhook.id))
    await audit.note(connection, actor, MEMBER_REMOVAL, Reference("users", user_id))

Either way the entry stands in the transaction of what it is about: one is not there without the other.

The words are those of the Open Cybersecurity Schema Framework (OCSF), because the contract's entries are: an activity
belongs to a class (account change, authentication, entity management, ...) and has a number within it.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.base.pages import Page
from vivavoce.ports.documents import Document, Documents, DocumentTransaction, Kind, Query, Reference
from vivavoce.ports.identity import Caller


@frozen
class ActivityClass:
    """An OCSF event class."""

    uid: int
    name: str


ACCOUNT_CHANGE = ActivityClass(3001, "Account Change")
AUTHENTICATION = ActivityClass(3002, "Authentication")
ENTITY_MANAGEMENT = ActivityClass(3004, "Entity Management")
USER_ACCESS_MANAGEMENT = ActivityClass(3005, "User Access Management")
GROUP_MANAGEMENT = ActivityClass(3006, "Group Management")


@frozen
class Activity:
    """What was done, and where that stands in OCSF."""

    name: str
    category: ActivityClass
    number: int


def created(noun: str) -> Activity:
    """`created("Agent")` is "Agent Creation"."""
    return Activity(f"{noun} Creation", ENTITY_MANAGEMENT, 1)


def updated(noun: str) -> Activity:
    """`updated("Agent")` is "Agent Update"."""
    return Activity(f"{noun} Update", ENTITY_MANAGEMENT, 3)


def deleted(noun: str) -> Activity:
    """`deleted("Agent")` is "Agent Deletion"."""
    return Activity(f"{noun} Deletion", ENTITY_MANAGEMENT, 4)


LOGON = Activity("Logon", AUTHENTICATION, 1)
LOGOFF = Activity("Logoff", AUTHENTICATION, 2)
PASSWORD_CHANGE = Activity("Account Security Change", ACCOUNT_CHANGE, 3)
PASSWORD_LINK = Activity("Password Reset Link Generation", ACCOUNT_CHANGE, 4)
INVITE_SENT = Activity("Workspace Invitation Sent", USER_ACCESS_MANAGEMENT, 1)
INVITE_REVOKED = Activity("Workspace Invitation Revoked", USER_ACCESS_MANAGEMENT, 2)
INVITE_ACCEPTED = Activity("Workspace Invitation Accepted", USER_ACCESS_MANAGEMENT, 1)
MEMBER_UPDATE = Activity("Workspace Member Update", USER_ACCESS_MANAGEMENT, 99)
MEMBER_LIMIT_UPDATE = Activity("Workspace Member Usage Limit Update", USER_ACCESS_MANAGEMENT, 99)
MEMBER_REMOVAL = Activity("Workspace Member Removal", USER_ACCESS_MANAGEMENT, 2)
WORKSPACE_UPDATE = Activity("Workspace Metadata Update", ENTITY_MANAGEMENT, 3)
GROUP_CREATION = Activity("Group Creation", GROUP_MANAGEMENT, 6)
GROUP_DELETION = Activity("Group Deletion", GROUP_MANAGEMENT, 5)
GROUP_MEMBER_ADDITION = Activity("Group Member Addition", GROUP_MANAGEMENT, 3)
GROUP_MEMBER_REMOVAL = Activity("Group Member Removal", GROUP_MANAGEMENT, 4)


@frozen
class Origin:
    """Where a request came from."""

    address: str
    method: str
    path: str
    user_agent: str | None = None


@frozen
class Actor:
    """Who does something. Without a caller it is the operator at the machine itself."""

    workspace_id: str
    caller: Caller | None = None
    origin: Origin | None = None

    @property
    def user_id(self) -> str | None:
        """The member behind it, if there is one."""
        return None if self.caller is None else self.caller.user_id


def _facets(body: Body) -> dict[str, list[str]]:
    actor = body["actor"]["user"].get("uid")
    return {
        "actor_uid": [] if actor is None else [actor],
        "class_name": [body["class_name"]],
        "activity_name": [body["activity_name"]],
    }


AUDIT_ENTRIES = Kind("audit_entries", "audit", facets=_facets)


Note = Callable[[AsyncConnection], Awaitable[None]]
"""Writes down what happens, in the transaction in which it happens."""


class JoiningDocuments(Documents, Protocol):
    """Documents that can take part in the transaction of other tables."""

    def within(self, connection: AsyncConnection, /) -> AbstractAsyncContextManager[DocumentTransaction]:
        """Documents in the transaction of this connection."""
        ...


class AuditLog:
    """The log of one installation; every entry belongs to a workspace."""

    def __init__(self, documents: JoiningDocuments) -> None:
        self._documents = documents

    async def record(
        self, transaction: DocumentTransaction, actor: Actor, activity: Activity, target: Reference
    ) -> None:
        """Record what happens in this transaction; if it fails, nothing happened."""
        await transaction.insert(AUDIT_ENTRIES, actor.workspace_id, _entry(actor, activity, target))

    async def note(self, connection: AsyncConnection, actor: Actor, activity: Activity, target: Reference) -> None:
        """Record what happens to people and keys in this transaction of the database."""
        async with self._documents.within(connection) as transaction:
            await self.record(transaction, actor, activity, target)

    def noting(self, actor: Actor, activity: Activity, target: Reference) -> Note:
        """The same, for somebody who has the transaction and knows nothing of logs."""

        async def note(connection: AsyncConnection) -> None:
            await self.note(connection, actor, activity, target)

        return note

    async def page(self, workspace_id: str, query: Query) -> Page[Document]:
        """Entries, newest first."""
        return await self._documents.page(AUDIT_ENTRIES, workspace_id, query)


def _entry(actor: Actor, activity: Activity, target: Reference) -> Body:
    return {
        "activity_id": activity.number,
        "activity_name": activity.name,
        "class_uid": activity.category.uid,
        "class_name": activity.category.name,
        "actor": _actor(actor),
        "device": None if actor.origin is None else {"ip": actor.origin.address, "hostname": None, "type_id": 99},
        "http_request": None if actor.origin is None else _request(actor.origin),
        "unmapped": {"target_kind": target.kind, "target_id": target.id},
    }


def _actor(actor: Actor) -> Body:
    caller = actor.caller
    if caller is None:
        return {"user": {"uid": None, "type_id": 3, "type": "System"}, "app_name": "vivavoce"}
    return {
        "user": {"uid": caller.user_id, "type_id": 2 if caller.role == "admin" else 1},
        "app_uid": caller.key_id,
        "session": None if caller.session_id is None else {"uid": caller.session_id},
    }


def _request(origin: Origin) -> Body:
    return {"http_method": origin.method, "url": {"path": origin.path}, "user_agent": origin.user_agent}
