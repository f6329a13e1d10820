"""Many agents quickly: copies of those that are there, made inside the database.

A copy is a whole row with its facets, under an id and a name of its own and a little older than what it is a copy of,
so that the newest agents, and with them what a get reads, stay the same.
"""

from sqlalchemy import text

from vivavoce.storage.database import Database, database_at

_NEXT = text(
    """
    INSERT INTO documents
        (workspace_id, kind, id, parent_id, name, unique_key, created_at, updated_at, revision, body)
    SELECT workspace_id, kind, 'agent_copy' || CAST(number AS TEXT), NULL, name || ' copy', NULL,
           created_at - 1000000000, updated_at - 1000000000, 1, body
    FROM documents WHERE kind = 'agents' ORDER BY number LIMIT :count
    """
)
_FACETS = text(
    """
    INSERT INTO document_facets (number, facet, word, workspace_id, kind, id, name, created_at, updated_at)
    SELECT copy.number, facets.facet, facets.word, copy.workspace_id, copy.kind, copy.id, copy.name,
           copy.created_at, copy.updated_at
    FROM documents AS copy
    JOIN documents AS original ON copy.id = 'agent_copy' || CAST(original.number AS TEXT)
    JOIN document_facets AS facets ON facets.number = original.number
    WHERE copy.kind = 'agents' AND original.kind = 'agents' AND copy.number > :last
    """
)
_COUNT = text("SELECT count(*), max(number) FROM documents WHERE kind = 'agents'")


async def grow_to(url: str, total: int) -> None:
    """Copies agents until there are so many."""
    database = database_at(url)
    await database.start()
    try:
        while await _double(database, total):
            pass
        if database.kind == "postgresql":
            async with database.write() as connection:
                await connection.execute(text("ANALYZE"))
    finally:
        await database.close()


async def _double(database: Database, total: int) -> bool:
    async with database.write() as connection:
        count, last = (await connection.execute(_COUNT)).one()
        if count >= total:
            return False
        await connection.execute(_NEXT, {"count": min(count, total - count)})
        await connection.execute(_FACETS, {"last": last})
    return True
