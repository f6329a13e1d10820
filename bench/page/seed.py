"""Many conversations quickly: copies of one that was held, made inside the database; and one of 2,000 turns.

The copies are older than what they are copies of, one every few seconds back into the past, and differ in length and
end, so that lists and figures have something to tell apart. The newest of them have their turns too, which the figures
of the first page are made from.
"""

from typing import Any

import orjson
from sqlalchemy import text

from vivavoce.base.json import Body
from vivavoce.storage.database import database_at

APART_MICROS = 20_000_000
WITH_TURNS = 5_000
BATCH = 20_000

_SOURCE = text("SELECT number FROM conversations WHERE id = :id")
_COLUMNS = (
    *("workspace_id", "agent_id", "branch_id", "version_id", "user_id", "status", "text_only", "source", "language"),
    *("rating", "has_comment", "feedback", "body"),
)
_COPIES = text(
    f"""
    WITH RECURSIVE copies(copy) AS (
        SELECT CAST(:first AS BIGINT) UNION ALL SELECT copy + 1 FROM copies WHERE copy < CAST(:last AS BIGINT)
    ), model AS (SELECT *, CAST(:apart AS BIGINT) AS apart FROM conversations WHERE number = :number)
    INSERT INTO conversations
        (id, started_at, seen_at, ended_at, duration_seconds, user_messages, agent_messages, termination_reason,
         {", ".join(_COLUMNS)})
    SELECT id || 'copy' || CAST(copy AS TEXT), started_at - copy * apart, seen_at - copy * apart,
           ended_at - copy * apart, 5 + (copy * 37) % 600, 1 + copy % 9, 1 + copy % 9,
           CASE copy % 4 WHEN 0 THEN 'The caller hung up.' WHEN 1 THEN 'The agent said goodbye.'
                         WHEN 2 THEN 'Nobody spoke for 30 seconds.' ELSE termination_reason END,
           {", ".join(_COLUMNS)}
    FROM model CROSS JOIN copies
    """
)
_TURNS = text(
    """
    INSERT INTO conversation_turns (number, turn, folded, body)
    SELECT copy.number, turns.turn, turns.folded, turns.body
    FROM conversations AS copy CROSS JOIN conversation_turns AS turns
    WHERE turns.number = :number AND copy.number > :number
        AND copy.number <= CAST(:number AS BIGINT) + CAST(:count AS BIGINT)
    """
)
_READ_TURNS = text("SELECT body FROM conversation_turns WHERE number = :number ORDER BY turn")
_CLEAR_TURNS = text("DELETE FROM conversation_turns WHERE number = :number")
_PUT_TURN = text("INSERT INTO conversation_turns (number, turn, folded, body) VALUES (:number, :turn, :folded, :body)")

_SENTENCES = (
    "Of course. Let me look that up for you; it takes a moment.",
    "The parcel left the warehouse on Monday and should be with you tomorrow before noon, if nothing comes between.",
    "Yes.",
    "سأتحقق من ذلك الآن، لحظة من فضلك.",
    "Would you like me to send the details by mail? 📬 I only need the address that you ordered with.",
)


async def grow(url: str, conversation_id: str, total: int) -> None:
    """Copy a conversation until there are so many."""
    database = database_at(url)
    await database.start()
    try:
        [[number]] = await database.fetch(_SOURCE, {"id": conversation_id})
        for first in range(1, total, BATCH):
            async with database.write() as connection:
                last = min(first + BATCH - 1, total - 1)
                given = {"first": first, "last": last, "apart": APART_MICROS, "number": number}
                await connection.execute(_COPIES, given)
        async with database.write() as connection:
            await connection.execute(_TURNS, {"number": number, "count": WITH_TURNS})
            if database.kind == "postgresql":
                await connection.execute(text("ANALYZE"))
    finally:
        await database.close()


async def lengthen(url: str, conversation_id: str, turns: int) -> None:
    """Give a conversation so many turns, in the form of those that it has."""
    database = database_at(url)
    await database.start()
    try:
        [[number]] = await database.fetch(_SOURCE, {"id": conversation_id})
        models = {
            body["role"]: body
            for [row] in await database.fetch(_READ_TURNS, {"number": number})
            for body in [orjson.loads(row)]
        }
        rows = [_row(number, turn, models) for turn in range(turns)]
        async with database.write() as connection:
            await connection.execute(_CLEAR_TURNS, {"number": number})
            await connection.execute(_PUT_TURN, rows)
    finally:
        await database.close()


def _row(number: int, turn: int, models: dict[str, Body]) -> dict[str, Any]:
    role = "user" if turn % 2 else "agent"
    message = f"{turn}: {_SENTENCES[turn % len(_SENTENCES)]}"
    body = {**models[role], "message": message, "time_in_call_secs": 4 * turn}
    if turn % 14 == 4:
        body |= {"interrupted": True, "original_message": f"{message} And there is one more thing."}
    return {"number": number, "turn": turn, "folded": message.casefold(), "body": orjson.dumps(body).decode()}
