"""What a workspace keeps of voices: those it made from stock voices, and the settings of any.

A voice of one's own is a stock voice with a name, a description, labels and settings of its own, so that agents can
name it, and all of them change with it. Settings of a stock voice belong to the workspace that set them.
"""

from collections.abc import Mapping, Sequence

from vivavoce.base.errors import NotFound
from vivavoce.base.json import Body, Json
from vivavoce.features.workspace.service import Actor, AuditLog, claim_unused, created, deleted, every, updated
from vivavoce.ports.documents import Document, Documents, DocumentTransaction, Kind, Reference

VOICES = Kind("voices", "voice")
SETTINGS = Kind("voice_settings", "voicesettings", name=lambda body: body["voice_id"], unique=lambda b: b["voice_id"])
_NOUN = "Voice"

DEFAULT_SETTINGS: Mapping[str, Json] = {
    "stability": 0.5,
    "use_speaker_boost": True,
    "similarity_boost": 0.75,
    "style": 0.0,
    "speed": 1.0,
}


def voice_reference(voice_id: str) -> Reference:
    """What a document declares that uses a voice."""
    return Reference(VOICES.kind, voice_id)


class OwnVoices:
    """The voices and settings that workspaces keep; every call names one."""

    def __init__(self, documents: Documents, audit: AuditLog) -> None:
        self._documents = documents
        self._audit = audit

    async def all(self, workspace_id: str) -> Sequence[Document]:
        """The workspace's own voices, newest first."""
        return [each async for each in every(self._documents, VOICES, workspace_id)]

    async def get(self, workspace_id: str, voice_id: str) -> Document | None:
        """One of them."""
        return await self._documents.get(VOICES, workspace_id, voice_id)

    async def named(self, workspace_id: str, voice_ids: Sequence[str]) -> Sequence[Document]:
        """Those of some ids that are its own."""
        if not voice_ids:
            return []
        return list((await self._documents.get_many(VOICES, workspace_id, voice_ids)).values())

    async def create(self, actor: Actor, body: Body, settings: Body) -> Document:
        """Another one."""
        async with self._documents.transaction() as transaction:
            document = await transaction.insert(VOICES, actor.workspace_id, body)
            await self._put(transaction, actor, document.id, settings)
            await self._audit.record(transaction, actor, created(_NOUN), voice_reference(document.id))
        return document

    async def change(self, actor: Actor, voice_id: str, change: Body) -> None:
        """Change what is named; the rest stays."""
        async with self._documents.transaction() as transaction:
            document = await transaction.get(VOICES, actor.workspace_id, voice_id)
            if document is None:
                raise NotFound.of(VOICES.called, voice_id)
            await transaction.update(VOICES, document, {**document.body, **change})
            await self._audit.record(transaction, actor, updated(_NOUN), voice_reference(voice_id))

    async def delete(self, actor: Actor, voice_id: str) -> None:
        """Remove one that nobody uses, with its settings."""
        workspace_id = actor.workspace_id
        async with self._documents.transaction() as transaction:
            await claim_unused(transaction, VOICES, workspace_id, voice_id)
            kept = await transaction.find(SETTINGS, workspace_id, voice_id)
            if kept is not None:
                await transaction.delete(SETTINGS, workspace_id, kept.id)
            await transaction.delete(VOICES, workspace_id, voice_id)
            await self._audit.record(transaction, actor, deleted(_NOUN), voice_reference(voice_id))

    # Settings

    async def settings(self, workspace_id: str) -> Mapping[str, Body]:
        """The settings that were set, by voice."""
        return {
            each.body["voice_id"]: each.body["settings"]
            async for each in every(self._documents, SETTINGS, workspace_id)
        }

    async def settings_of(self, workspace_id: str, voice_id: str) -> Body:
        """What was set for one voice."""
        kept = await self._documents.find(SETTINGS, workspace_id, voice_id)
        return {} if kept is None else kept.body["settings"]

    async def set(self, actor: Actor, voice_id: str, change: Body) -> None:
        """Set what is named; the rest stays."""
        async with self._documents.transaction() as transaction:
            await self._put(transaction, actor, voice_id, change)
            await self._audit.record(transaction, actor, updated(_NOUN), voice_reference(voice_id))

    async def _put(self, transaction: DocumentTransaction, actor: Actor, voice_id: str, change: Body) -> None:
        kept = await transaction.find(SETTINGS, actor.workspace_id, voice_id)
        if kept is None:
            await transaction.insert(SETTINGS, actor.workspace_id, {"voice_id": voice_id, "settings": change})
        else:
            settings: Body = kept.body["settings"]
            await transaction.update(SETTINGS, kept, {**kept.body, "settings": {**settings, **change}})
