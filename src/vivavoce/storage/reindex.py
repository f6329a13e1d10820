"""What documents are found by, derived anew: names, unique keys, facets, references and summaries.

All of these are written beside a body when the body is written, by what its `Kind` said then. A version of the code
whose kinds derive something else calls for this once; bodies, times and revisions stay as they are. It works beside
running servers, a few documents at a time, and only writes where something differs.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Conflict
from vivavoce.base.frozen import frozen
from vivavoce.ports.document_index import Index, decoded, encoded, index_of
from vivavoce.ports.documents import Kind, Reference
from vivavoce.storage.database import Database
from vivavoce.storage.database_errors import is_unique_violation
from vivavoce.storage.documents_tables import document_facets, document_references, documents

BATCH_ROWS = 200
_REPORT_EVERY = 10_000

Progress = Callable[[str], None]

_AFTER = select(documents).order_by(documents.c.number).with_for_update()


@frozen
class Reindexed:
    """How many documents were looked at, how many of them changed, and how many nobody knows, by kind."""

    seen: int
    changed: int
    unknown: Mapping[str, int]


@frozen
class _Kept:
    """Everything beside a body."""

    index: Index
    summary: str | None


async def reindex_documents(
    database: Database, kinds: Sequence[Kind], *, progress: Progress, batch_rows: int = BATCH_ROWS
) -> Reindexed:
    """Look at every document once, in the order in which they were made."""
    known = {kind.kind: kind for kind in kinds}
    seen = changed = last = 0
    unknown: dict[str, int] = {}
    while True:
        async with database.write() as connection:
            some = _AFTER.where(documents.c.number > last).limit(batch_rows)
            rows = (await connection.execute(some)).mappings().all()
            for row in rows:
                if row["kind"] in known:
                    changed += await _reindex_one(connection, known[row["kind"]], row)
                else:
                    unknown[row["kind"]] = unknown.get(row["kind"], 0) + 1
        if not rows:
            return Reindexed(seen, changed, unknown)
        last = rows[-1]["number"]
        if seen // _REPORT_EVERY != (seen + len(rows)) // _REPORT_EVERY:
            progress(f"{seen + len(rows)} documents")
        seen += len(rows)


async def _reindex_one(connection: AsyncConnection, kind: Kind, row: RowMapping) -> bool:
    wanted = _derived(kind, row)
    if wanted == await _kept(connection, row):
        return False
    same = documents.c.number == row["number"]
    values = {"name": wanted.index.name, "unique_key": wanted.index.unique, "summary": wanted.summary}
    try:
        await connection.execute(update(documents).where(same).values(values))
    except Exception as error:
        if not is_unique_violation(error):
            raise
        raise Conflict(
            f"The {kind.called} {row['id']} of the workspace {row['workspace_id']} would have the same unique key as "
            "another one. Rename one of the two with the version of Vivavoce that wrote them, then repeat.",
            status="unique_key_taken",
        ) from None
    await _replace_lines(connection, row, wanted.index)
    return True


async def _replace_lines(connection: AsyncConnection, row: RowMapping, index: Index) -> None:
    shared = {name: row[name] for name in ("number", "workspace_id", "kind", "id", "created_at")}
    of_facets = shared | {"name": index.name, "updated_at": row["updated_at"]}
    facets = [of_facets | {"facet": facet, "word": word} for facet, word in sorted(index.facets)]
    references = [shared | {"target_kind": target.kind, "target_id": target.id} for target in index.references]
    for table, lines in ((document_facets, facets), (document_references, references)):
        await connection.execute(delete(table).where(table.c.number == row["number"]))
        if lines:
            await connection.execute(insert(table), lines)


def _derived(kind: Kind, row: RowMapping) -> _Kept:
    body = decoded(row["body"])
    summary = encoded(kind.summary(body)).decode() if kind.summary else None
    return _Kept(index_of(kind, body, row["parent_id"]), summary)


async def _kept(connection: AsyncConnection, row: RowMapping) -> _Kept:
    facets = document_facets.c
    words = await connection.execute(select(facets.facet, facets.word).where(facets.number == row["number"]))
    targets = document_references.c
    used = await connection.execute(
        select(targets.target_kind, targets.target_id).where(targets.number == row["number"])
    )
    index = Index(
        row["name"],
        row["unique_key"],
        frozenset((facet, word) for facet, word in words),
        frozenset(Reference(kind, id) for kind, id in used),
    )
    return _Kept(index, row["summary"])
