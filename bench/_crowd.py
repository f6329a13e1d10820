"""Many agents quickly: copies of those that are there, made inside the database.

A copy is a whole row with its facets, under an id and a name of its own and a little older than what it is a copy of,
so that the newest agents, and with them what a get reads, stay the same.
"""

from sqlalchemy import text

from vivavoce.storage.database import Database, database_at

_COUNT = text("SELECT count(*) FROM documents WHERE kind = 'agents'")
_COPIES = text(
    """
    INSERT INTO documents
        (workspace_id, kind, id, parent_id, name, unique_key, created_at, updated_at, revision, body)
    SELECT workspace_id, kind, id || CAST(:suffix AS TEXT), NULL, name || CAST(:suffix AS TEXT), NULL,
           created_at - CAST(:older AS BIGINT), updated_at - CAST(:older AS BIGINT), 1, body
    FROM documents WHERE kind = 'agents' AND number <= :last ORDER BY number LIMIT :count
    """
)
_FACETS = text(
    """
    INSERT INTO document_facets (number, facet, word, workspace_id, kind, id, name, created_at, updated_at)
    SELECT copy.number, facets.facet, facets.word, copy.workspace_id, copy.kind, copy.id, copy.name,
           copy.created_at, copy.updated_at
    FROM document_facets AS facets
    JOIN documents AS copy ON copy.workspace_id = facets.workspace_id AND copy.kind = facets.kind
        AND copy.id = facets.id || CAST(:suffix AS TEXT)
    WHERE facets.kind = 'agents' AND facets.number <= :last
    """
)
_LAST = text("SELECT max(number) FROM documents WHERE kind = 'agents'")


async def grow_to(url: str, total: int) -> None:
    """Copies agents until there are so many."""
    database = database_at(url)
    await database.start()
    try:
        [[count]], [[last]] = await database.fetch(_COUNT, {}), await database.fetch(_LAST, {})
        for number, made in enumerate(range(count, total, count), start=1):
            await _copy(database, number, last, min(count, total - made))
        if database.kind == "postgresql":
            async with database.write() as connection:
                await connection.execute(text("ANALYZE"))
    finally:
        await database.close()


async def _copy(database: Database, number: int, last: int, count: int) -> None:
    async with database.write() as connection:
        copied = {"suffix": f"copy{number}", "older": number * 1_000_000_000, "last": last, "count": count}
        await connection.execute(_COPIES, copied)
        await connection.execute(_FACETS, copied)
