"""Conversations that were: listed, read, rated, removed; their journals. Other features come in by `service`."""

from collections.abc import Mapping, Sequence

from vivavoce.base.errors import Conflict, NotFound
from vivavoce.base.json import Body
from vivavoce.base.pages import Page, Place, encode_cursor
from vivavoce.features.conversations.filters import Wanted, page_statement
from vivavoce.features.conversations.records import journal_path
from vivavoce.features.conversations.render import conversation_body, summary_body
from vivavoce.features.conversations.store import Conversation, ConversationStore
from vivavoce.features.workspace.service import Actor, AuditLog, deleted
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.documents import Reference

NOUN = "Conversation"
KIND = "conversations"


class Conversations:
    """The conversations of all workspaces; every call names one."""

    def __init__(self, store: ConversationStore, blobs: Blobs, audit: AuditLog) -> None:
        self._store = store
        self._blobs = blobs
        self._audit = audit

    async def page(self, workspace_id: str, wanted: Wanted, *, asks_for: Mapping[str, bool]) -> Page[Body]:
        """One page of the list."""
        rows = await self._store.page(page_statement(workspace_id, wanted, self._store.database.kind))
        shown = rows[: wanted.page_size]
        tools = await self._store.tools_of([row.number for row in shown])
        last = shown[-1] if len(rows) > len(shown) else None
        cursor = encode_cursor(Place(wanted.order, last.started_at, last.id)) if last else None
        return Page([summary_body(row, tools.get(row.number, ()), asks_for=asks_for) for row in shown], cursor)

    async def get(self, workspace_id: str, conversation_id: str, first_turns: int | None = None) -> Body:
        """A conversation with its transcript, or with the beginning of it."""
        conversation = await self._store.get(workspace_id, conversation_id)
        return conversation_body(conversation, await self._store.entries(conversation.number, first_turns))

    async def row(self, workspace_id: str, conversation_id: str) -> Conversation:
        """A conversation without its transcript."""
        return await self._store.get(workspace_id, conversation_id)

    async def delete(self, actor: Actor, conversation_id: str) -> None:
        """Remove a conversation with its transcript and journal."""
        conversation = await self._store.get(actor.workspace_id, conversation_id)
        if conversation.ended_at is None:
            raise Conflict(
                "This conversation is still running. End it first, then delete it.", status="conversation_running"
            )
        note = self._audit.noting(actor, deleted(NOUN), Reference(KIND, conversation_id))
        await self._store.delete(actor.workspace_id, conversation.number, note)
        await self._blobs.delete_folder(actor.workspace_id, f"conversations/{conversation_id}")

    async def rate(self, workspace_id: str, conversation_id: str, change: Body) -> None:
        """Keep what somebody thinks of a whole conversation; null takes it back."""
        conversation = await self._store.get(workspace_id, conversation_id)
        await self._store.rate(conversation.number, change)

    async def workspace_of(self, conversation_id: str) -> str:
        """The workspace of a conversation, for its client, who comes without a key; or `NotFound`."""
        workspace_id = await self._store.workspace_of(conversation_id)
        if workspace_id is None:
            raise NotFound.of("conversation", conversation_id)
        return workspace_id

    async def journal(self, workspace_id: str, conversation_id: str) -> bytes:
        """The journal as far as it is known; empty where none is kept."""
        conversation = await self._store.get(workspace_id, conversation_id)
        pieces = await self._store.journal(conversation.number)
        if pieces:
            return pieces.encode()
        path = journal_path(conversation_id)
        return await self._blobs.get(workspace_id, path) if await self._blobs.info(workspace_id, path) else b""

    async def last_calls(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """When some agents were called last; those that never were are left out."""
        return await self._store.last_started(workspace_id, agent_ids)
