"""Walking through all documents of a kind, for the lists that the contract does not page."""

from collections.abc import AsyncIterator, Mapping, Sequence

from vivavoce.ports.documents import Document, DocumentReader, Kind, Query

_AT_ONCE = 100


async def every(
    reader: DocumentReader,
    kind: Kind,
    workspace_id: str,
    *,
    cursor: str | None = None,
    search: str | None = None,
    facets: Mapping[str, Sequence[str]] | None = None,
) -> AsyncIterator[Document]:
    """Each document, newest first."""
    while True:
        query = Query(page_size=_AT_ONCE, cursor=cursor, search=search, facets=facets or {})
        page = await reader.page(kind, workspace_id, query)
        for document in page.items:
            yield document
        cursor = page.next_cursor
        if cursor is None:
            return
