"""The rows of conversations: made, written while a call runs, closed, read, removed.

What a running call writes goes the quick way: constant statements, all of many calls in one transaction. Every such
write asks that the conversation is not closed yet, so that a call which lost its place to somebody who closed it as
an orphan changes nothing any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Integer, Select, bindparam, func, select, text
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from vivavoce.base.errors import Conflict, NotFound
from vivavoce.base.frozen import frozen
from vivavoce.base.json import Body
from vivavoce.features.conversations.tables import CONVERSATIONS, JOURNAL, TURNS, WORDS
from vivavoce.features.conversations.transcript import Entry, Word
from vivavoce.features.workspace.service import Note
from vivavoce.storage.database import Database, Row

NOUN = "conversation"


@frozen(kw_only=True)
class Conversation:
    """A row. Times are microseconds UTC."""

    number: int = 0
    workspace_id: str
    id: str
    agent_id: str
    branch_id: str | None
    version_id: str | None
    user_id: str | None
    status: str
    started_at: int
    seen_at: int
    ended_at: int | None = None
    duration_seconds: int = 0
    user_messages: int = 0
    agent_messages: int = 0
    text_only: bool
    source: str
    language: str | None
    termination_reason: str = ""
    rating: int | None = None
    has_comment: bool = False
    feedback: Body = field(default_factory=dict[str, Any])
    body: Body = field(default_factory=dict[str, Any])

    @classmethod
    def read(cls, row: Row) -> "Conversation":
        """The conversation in a row of `COLUMNS`."""
        values = dict(zip(_NAMES, row, strict=True))
        values["text_only"], values["has_comment"] = bool(values["text_only"]), bool(values["has_comment"])
        values["feedback"], values["body"] = orjson.loads(values["feedback"]), orjson.loads(values["body"])
        return cls(**values)

    def written(self) -> dict[str, Any]:
        """The values of a new row."""
        values = {name: getattr(self, name) for name in _NAMES if name != "number"}
        return _storable(values | {"feedback": _json(self.feedback), "body": _json(self.body)})


COLUMNS = tuple(CONVERSATIONS.c)
_TOUCHED = ("number", "seen_at", "duration_seconds", "user_messages", "agent_messages", "language")
_NAMES = tuple(column.name for column in COLUMNS)


@frozen(kw_only=True)
class Closing:
    """How a conversation ended."""

    ended_at: int
    status: str
    termination_reason: str
    body: Body


@frozen(kw_only=True)
class Change:
    """What one running call has to write."""

    number: int
    seen_at: int
    duration_seconds: int
    user_messages: int
    agent_messages: int
    language: str | None
    entries: Sequence[Entry] = ()
    marks: Sequence[tuple[int, Body | None]] = ()
    """What the caller thinks of replies, by event id; None takes it back."""
    journal: str = ""
    piece: int = 0
    body: Body | None = None
    """The whole of it, where it has changed while the call runs."""
    closing: Closing | None = None


_FIND = select(*COLUMNS).where(
    CONVERSATIONS.c.workspace_id == bindparam("workspace_id"), CONVERSATIONS.c.id == bindparam("id")
)
_WORKSPACE_OF = select(CONVERSATIONS.c.workspace_id).where(CONVERSATIONS.c.id == bindparam("id"))
_ENTRIES = select(TURNS.c.body).where(TURNS.c.number == bindparam("number")).order_by(TURNS.c.turn)
_FIRST_ENTRIES = _ENTRIES.limit(bindparam("first", type_=Integer))
_PIECES = select(JOURNAL.c.lines).where(JOURNAL.c.number == bindparam("number")).order_by(JOURNAL.c.piece)

_INSERT = text(
    f"INSERT INTO conversations ({', '.join(_NAMES[1:])}) VALUES ({', '.join(f':{name}' for name in _NAMES[1:])}) "  # noqa: S608 - names of columns
    "ON CONFLICT DO NOTHING RETURNING number"
)
_TOUCH = text("""
    UPDATE conversations SET seen_at = :seen_at, duration_seconds = :duration_seconds,
        user_messages = :user_messages, agent_messages = :agent_messages, language = :language
    WHERE number = :number AND ended_at IS NULL RETURNING number
""")
_CLOSE = text("""
    UPDATE conversations SET seen_at = :seen_at, duration_seconds = :duration_seconds,
        user_messages = :user_messages, agent_messages = :agent_messages, language = :language,
        ended_at = :ended_at, status = :status, termination_reason = :termination_reason, body = :body
    WHERE number = :number AND ended_at IS NULL RETURNING number
""")
_PUT_TURN = text("""
    INSERT INTO conversation_turns (number, turn, folded, body) VALUES (:number, :turn, :folded, :body)
    ON CONFLICT (number, turn) DO UPDATE SET folded = excluded.folded, body = excluded.body
""")
_PUT_WORD = text("""
    INSERT INTO conversation_words (number, facet, word, amount) VALUES (:number, :facet, :word, :amount)
    ON CONFLICT DO NOTHING
""")
_PUT_JOURNAL = text("""
    INSERT INTO conversation_journal (number, piece, lines) VALUES (:number, :piece, :lines)
    ON CONFLICT (number, piece) DO UPDATE SET lines = excluded.lines
""")
_FEEDBACK = text("SELECT feedback FROM conversations WHERE number = :number")
_PUT_BODY = text("UPDATE conversations SET body = :body WHERE number = :number")
_PUT_FEEDBACK = text("""
    UPDATE conversations SET feedback = :feedback, rating = :rating, has_comment = :has_comment WHERE number = :number
""")
_DELETE = text("DELETE FROM conversations WHERE workspace_id = :workspace_id AND number = :number RETURNING number")
_DROP_JOURNAL = text("DELETE FROM conversation_journal WHERE number = :number")
_STILL_IN_PIECES = text("""
    SELECT DISTINCT c.number, c.workspace_id, c.id
    FROM conversations c JOIN conversation_journal j ON j.number = c.number
    WHERE c.ended_at IS NOT NULL AND c.ended_at < :ended_before
""")
_RUNNING = select(*COLUMNS).where(
    CONVERSATIONS.c.ended_at.is_(None), CONVERSATIONS.c.seen_at < bindparam("seen_before")
)
_COUNT_SINCE = text("""
    SELECT count(*) FROM conversations
    WHERE workspace_id = :workspace_id AND agent_id = :agent_id AND started_at >= :since
        AND (ended_at IS NULL OR ended_at > started_at)
""")


@lru_cache
def _last_started(count: int) -> Select[Any]:
    """The newest start of each of so many agents: one look at the end of an index for each."""
    columns = CONVERSATIONS.c
    return select(
        *(
            select(func.max(columns.started_at))
            .where(columns.workspace_id == bindparam("workspace_id"), columns.agent_id == bindparam(f"id_{at}"))
            .scalar_subquery()
            for at in range(count)
        )
    )


class ConversationStore:
    """The conversations of all workspaces. What names no workspace is for the house itself."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # Reading

    async def get(self, workspace_id: str, id: str) -> Conversation:
        """A conversation, or `NotFound`."""
        rows = await self.database.fetch(_FIND, {"workspace_id": workspace_id, "id": id})
        if not rows:
            raise NotFound.of(NOUN, id)
        return Conversation.read(rows[0])

    async def workspace_of(self, id: str) -> str | None:
        """The workspace of a conversation, whichever that is."""
        rows = await self.database.fetch(_WORKSPACE_OF, {"id": id})
        return rows[0][0] if rows else None

    async def page(self, statement: Select[Any]) -> Sequence[Conversation]:
        """The conversations that a statement of `filters` finds."""
        async with self.database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [Conversation.read(row) for row in rows]

    async def tools_of(self, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """The names of the tools that were called, by conversation."""
        statement = (
            select(WORDS.c.number, WORDS.c.word)
            .where(WORDS.c.number.in_(numbers), WORDS.c.facet == "tool")
            .order_by(WORDS.c.number, WORDS.c.word)
        )
        found: dict[int, list[str]] = {}
        async with self.database.read() as connection:
            for number, word in (await connection.execute(statement)).all():
                found.setdefault(number, []).append(word)
        return found

    async def last_started(self, workspace_id: str, agent_ids: Sequence[str]) -> Mapping[str, int]:
        """When the last conversation of each of some agents began."""
        if not agent_ids:
            return {}
        parameters = {"workspace_id": workspace_id, **{f"id_{at}": id for at, id in enumerate(agent_ids)}}
        [times] = await self.database.fetch(_last_started(len(agent_ids)), parameters)
        return {id: int(time) for id, time in zip(agent_ids, times, strict=True) if time is not None}

    async def entries(self, number: int, first: int | None = None) -> Sequence[Body]:
        """The transcript as it is stored, or so many turns from its beginning."""
        if first is None:
            rows = await self.database.fetch(_ENTRIES, {"number": number})
        else:
            rows = await self.database.fetch(_FIRST_ENTRIES, {"number": number, "first": first})
        return [orjson.loads(row[0]) for row in rows]

    async def journal(self, number: int) -> str:
        """What of the journal lies here and not yet in a blob."""
        return "".join(row[0] for row in await self.database.fetch(_PIECES, {"number": number}))

    async def running(self, seen_before: int) -> Sequence[Conversation]:
        """The conversations of all workspaces that run, as far as is known, and were not heard of since."""
        rows = await self.database.fetch(_RUNNING, {"seen_before": seen_before})
        return [Conversation.read(row) for row in rows]

    async def in_pieces(self, ended_before: int) -> Sequence[tuple[int, str, str]]:
        """Number, workspace and id of conversations that are over and whose journal is not yet a blob."""
        rows = await self.database.fetch(_STILL_IN_PIECES, {"ended_before": ended_before})
        return [(row[0], row[1], row[2]) for row in rows]

    async def count_since(self, workspace_id: str, agent_id: str, since: int) -> int:
        """How many conversations an agent began since then. What was refused ended when it started, and is none."""
        parameters = {"workspace_id": workspace_id, "agent_id": agent_id, "since": since}
        [[count]] = await self.database.fetch(_COUNT_SINCE, parameters)
        return int(count)

    # Writing

    async def insert(self, conversation: Conversation, words: Sequence[Word] = ()) -> int:
        """A new row; its number. `Conflict` if there was such a conversation already."""
        async with self.database.write() as connection:
            rows = await self.database.fetch_on(connection, _INSERT, conversation.written())
            if not rows:
                raise Conflict("There was a conversation of this id already.", status="conversation_exists")
            number = int(rows[0][0])
            await self._put_words(connection, number, words)
        return number

    async def write(self, changes: Sequence[Change]) -> None:
        """Write for many calls at once. Who was closed by somebody else writes nothing."""
        async with self.database.write() as connection:
            for change in changes:
                if await self._touch(connection, change):
                    await self._write_parts(connection, change)

    async def _touch(self, connection: AsyncConnection, change: Change) -> bool:
        parameters: dict[str, Any] = {name: getattr(change, name) for name in _TOUCHED}
        closing = change.closing
        if closing is None:
            return bool(await self.database.fetch_on(connection, _TOUCH, _storable(parameters)))
        parameters |= {name: getattr(closing, name) for name in ("ended_at", "status", "termination_reason")}
        parameters |= {"body": _json(closing.body)}
        return bool(await self.database.fetch_on(connection, _CLOSE, _storable(parameters)))

    async def _write_parts(self, connection: AsyncConnection, change: Change) -> None:
        for entry in change.entries:
            parameters = {
                "number": change.number,
                "turn": entry.turn,
                "folded": entry.folded,
                "body": _json(entry.body),
            }
            await self.database.fetch_on(connection, _PUT_TURN, _storable(parameters))
            await self._put_words(connection, change.number, entry.words)
        if change.journal:
            parameters = {"number": change.number, "piece": change.piece, "lines": change.journal}
            await self.database.fetch_on(connection, _PUT_JOURNAL, parameters)
        if change.body is not None and change.closing is None:
            parameters = {"number": change.number, "body": _json(change.body)}
            await self.database.fetch_on(connection, _PUT_BODY, _storable(parameters))
        if change.marks:
            feedback = await self._feedback(connection, change.number)
            await self._put_feedback(connection, change.number, marked(feedback, change.marks))

    async def _put_words(self, connection: AsyncConnection, number: int, words: Sequence[Word]) -> None:
        for word in words:
            parameters = {"number": number, "facet": word.facet, "word": word.word, "amount": word.amount}
            await self.database.fetch_on(connection, _PUT_WORD, _storable(parameters))

    async def rate(self, number: int, change: Mapping[str, Any]) -> None:
        """Lay what somebody thinks of a whole conversation over what was known of that."""
        async with self.database.write() as connection:
            feedback = await self._feedback(connection, number)
            await self._put_feedback(connection, number, {**feedback, **change})

    async def _feedback(self, connection: AsyncConnection, number: int) -> Body:
        rows = await self.database.fetch_on(connection, _FEEDBACK, {"number": number})
        return orjson.loads(rows[0][0]) if rows else {}

    async def _put_feedback(self, connection: AsyncConnection, number: int, feedback: Body) -> None:
        parameters = {
            "number": number,
            "feedback": _json(feedback),
            "rating": feedback.get("rating"),
            "has_comment": bool(feedback.get("comment")),
        }
        await self.database.fetch_on(connection, _PUT_FEEDBACK, parameters)

    async def delete(self, workspace_id: str, number: int, note: Note) -> None:
        """Remove a conversation with all that hangs on it, and note it."""
        async with self.database.write() as connection:
            parameters = {"workspace_id": workspace_id, "number": number}
            await self.database.fetch_on(connection, _DELETE, parameters)
            await note(connection)

    async def drop_journal(self, number: int) -> None:
        """Remove the pieces of a journal that now lies elsewhere."""
        async with self.database.write() as connection:
            await self.database.fetch_on(connection, _DROP_JOURNAL, {"number": number})


def marked(feedback: Body, marks: Sequence[tuple[int, Body | None]]) -> Body:
    """Feedback with what was thought of single replies."""
    replies: Body = dict(feedback.get("replies", {}))
    for event_id, mark in marks:
        if mark is None:
            replies.pop(str(event_id), None)
        else:
            replies[str(event_id)] = mark
    return {**feedback, "replies": replies}


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as PostgreSQL takes them: without NUL, which anybody may say and no column can hold."""
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in values.items()}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
