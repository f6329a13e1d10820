"""Sealed text in documents, sealed anew with a workspace's newest key."""

from collections.abc import Callable, Sequence

from vivavoce.features.workspace.listing import every
from vivavoce.ports.documents import Documents, Kind
from vivavoce.ports.vault import Reseal


async def reseal_each(
    documents: Documents,
    kind: Kind,
    workspace_id: str,
    reseal: Reseal,
    *,
    parts: Sequence[str],
    purpose: Callable[[str, str], str],
) -> None:
    """Seal these parts of every document of a kind anew; `purpose` says what a document's part is sealed for."""
    async for document in every(documents, kind, workspace_id):
        sealed = {part: await reseal(purpose(document.id, part), document.body[part]) for part in parts}
        if all(sealed[part] == document.body[part] for part in parts):
            continue
        async with documents.transaction() as transaction:
            await transaction.update(kind, document, {**document.body, **sealed})
