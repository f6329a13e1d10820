"""Calls kept as tests: journals that every later version has to decide alike.

A call that was worth looking at is worth keeping, and a conversation does not stay for ever. So what is kept is a
copy: the plan and the events with what was decided at each, in made-up words unless somebody says that the real ones
may stay. `check` lives through it again; `vivavoce replay --kept` does so with all of them, and what is downloaded is
the file that `tests/recordings` holds, so an installation's own calls can stand in anybody's test suite.

A document says what was kept, a blob holds it. It outlives its conversation, until somebody removes it.
"""

from collections.abc import Sequence

from anyio import to_thread

from vivavoce.base.errors import Conflict, Invalid, NotFound
from vivavoce.base.json import Body
from vivavoce.base.pages import Page
from vivavoce.engine.journal import JournalError, decode
from vivavoce.engine.redaction import HangsOnWords, recording_of
from vivavoce.engine.timeline import timeline, verdict
from vivavoce.features.conversations.history import Conversations
from vivavoce.features.conversations.records import DONE, FAILED
from vivavoce.features.workspace.service import Actor, AuditLog, created, deleted, every
from vivavoce.ports.blobs import Blobs
from vivavoce.ports.clock import SECOND, Clock
from vivavoce.ports.documents import Document, Documents, Kind, Query, Reference

KEPT_CALLS = Kind("kept_calls", "kept", unique=lambda body: body["name"])
_NOUN = "Kept Call"
_SALT_BYTES = 16


class KeptCalls:
    """The calls that were kept, of all workspaces; every call names one."""

    def __init__(
        self, documents: Documents, blobs: Blobs, history: Conversations, audit: AuditLog, clock: Clock
    ) -> None:
        self._documents = documents
        self._blobs = blobs
        self._history = history
        self._audit = audit
        self._clock = clock

    async def keep(self, actor: Actor, conversation_id: str, name: str, *, keeps_words: bool) -> Body:
        """Keep a conversation that is over under a name that is free."""
        workspace_id = actor.workspace_id
        if await self._documents.find(KEPT_CALLS, workspace_id, name) is not None:
            raise Invalid(("body", "name"), f"Another kept call is called {name!r}. Choose another name.", type="taken")
        conversation = await self._history.row(workspace_id, conversation_id)
        if conversation.status not in (DONE, FAILED):
            raise Conflict("This conversation is still running. Keep it when it is over.", status="not_over")
        journal = await self._history.journal(workspace_id, conversation_id)
        if not journal:
            raise NotFound(
                "No journal was kept of this conversation: its agent's settings keep none, or its time was over.",
                status="no_journal",
            )
        salt = None if keeps_words else self._clock.entropy(_SALT_BYTES)
        text = await to_thread.run_sync(_recording, journal.decode("utf-8", "replace"), salt)
        id = self._clock.new_id(KEPT_CALLS.prefix)
        body: Body = {
            "name": name,
            "conversation_id": conversation_id,
            "agent_id": conversation.agent_id,
            "keeps_words": keeps_words,
            "event_count": max(0, text.count("\n") - 1),
            "user_id": actor.user_id,
        }
        await self._blobs.put(workspace_id, _path(id), text.encode())
        async with self._documents.transaction() as transaction:
            row = await transaction.insert(KEPT_CALLS, workspace_id, body, id=id)
            await self._audit.record(transaction, actor, created(_NOUN), Reference(KEPT_CALLS.kind, id))
        return _shown(row)

    async def page(self, workspace_id: str, query: Query) -> Page[Body]:
        """One page of what was kept."""
        return (await self._documents.page(KEPT_CALLS, workspace_id, query)).map(_shown)

    async def all(self, workspace_id: str) -> Sequence[Body]:
        """All that was kept, newest first."""
        return [_shown(row) async for row in every(self._documents, KEPT_CALLS, workspace_id)]

    async def recording(self, workspace_id: str, id: str) -> bytes:
        """The recording itself."""
        await self._row(workspace_id, id)
        return await self._blobs.get(workspace_id, _path(id))

    async def check(self, workspace_id: str, id: str) -> Body:
        """Whether this version decides the call as it was decided when it was kept."""
        recording = await self.recording(workspace_id, id)
        return await to_thread.run_sync(_checked, recording.decode("utf-8", "replace"))

    async def delete(self, actor: Actor, id: str) -> None:
        """Keep it no longer."""
        await self._row(actor.workspace_id, id)
        async with self._documents.transaction() as transaction:
            await transaction.delete(KEPT_CALLS, actor.workspace_id, id)
            await self._audit.record(transaction, actor, deleted(_NOUN), Reference(KEPT_CALLS.kind, id))
        await self._blobs.delete(actor.workspace_id, _path(id))

    async def _row(self, workspace_id: str, id: str) -> Document:
        row = await self._documents.get(KEPT_CALLS, workspace_id, id)
        if row is None:
            raise NotFound.of(KEPT_CALLS.called, id)
        return row


def _path(id: str) -> str:
    return f"kept_calls/{id}.jsonl"


def _shown(row: Document) -> Body:
    body = row.body
    return {
        "kept_call_id": row.id,
        "name": body["name"],
        "conversation_id": body["conversation_id"],
        "agent_id": body["agent_id"],
        "keeps_words": body["keeps_words"],
        "event_count": body["event_count"],
        "kept_at_unix": row.created_at // SECOND,
    }


def _recording(journal: str, salt: bytes | None) -> str:
    try:
        return recording_of(decode(journal), salt)
    except JournalError as error:
        raise Conflict(f"This version cannot read the journal. {error}", status="journal_unreadable") from None
    except HangsOnWords as refused:
        raise Conflict(
            f"{refused} It can be kept with its own words, if they may be seen.", status="hangs_on_words"
        ) from None


def _checked(recording: str) -> Body:
    try:
        moments = list(timeline(decode(recording)))
    except JournalError as error:
        return {"diverges": True, "verdict": f"This version cannot read it. {error}"}
    return {"diverges": any(moment.diverges for moment in moments), "verdict": verdict(moments)}
