"""The tables of conversations, and why they are not documents.

    conversations         a row for each: what lists filter and sort by in columns, the rest in `body`
    conversation_turns    a row for each turn, so that a turn's end is one small write
    conversation_words    what can be asked for beside the columns: tools that were called, values of variables, tags...
    conversation_journal  the journal in pieces while the call runs; afterwards it lies in one blob

A call writes often and little, and lists ask for ranges (how long, how well rated), neither of which documents are
made for. `number` is a short key that is never shown. Whatever hangs on a conversation goes with it. A journal is
text of the database's own, so that it is as durable as the turns that are written in the same transaction.

`ended_at` is set exactly once, by whoever closes the conversation first; every write of a running call asks that it
is not set yet. `seen_at` is when the process that holds the call wrote last.
"""

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, Table, Text, text

from vivavoce.storage.schema import ExactText, Number, metadata, rows_where

_RUNNING = text("ended_at IS NULL")
_OVER = text("ended_at IS NOT NULL")
STARTED_DAY = "started_at / 86400000000"
"""The day on which a conversation began, counted from 1970 in UTC."""

CONVERSATIONS = Table(
    "conversations",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("id", ExactText, nullable=False),
    Column("agent_id", ExactText, nullable=False),
    Column("branch_id", ExactText),
    Column("version_id", ExactText),
    Column("user_id", ExactText),
    Column("status", ExactText, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("duration_seconds", Integer, nullable=False),
    Column("user_messages", Integer, nullable=False),
    Column("agent_messages", Integer, nullable=False),
    Column("text_only", Boolean, nullable=False),
    Column("source", ExactText, nullable=False),
    Column("language", ExactText),
    Column("termination_reason", ExactText, nullable=False),
    Column("rating", Integer),
    Column("has_comment", Boolean, nullable=False),
    Column("feedback", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("uq_conversations_id", "id", unique=True),
    Index("ix_conversations_started_at", "workspace_id", "started_at", "id"),
    Index("ix_conversations_agent_id", "workspace_id", "agent_id", "started_at", "id"),
    Index("ix_conversations_user_id", "workspace_id", "user_id", "started_at", "id"),
    Index("ix_conversations_running", "seen_at", **rows_where(_RUNNING)),
    # The last two so that nothing has to be looked up in the row. A call that runs is not in it, nor writes to it.
    Index(
        "ix_conversations_days",
        "workspace_id",
        text(f"({STARTED_DAY})"),
        *("agent_id", "termination_reason", "duration_seconds", "started_at", "ended_at"),
        **rows_where(_OVER),
    ),
)

TURNS = Table(
    "conversation_turns",
    metadata,
    Column(
        "number", Number, ForeignKey(CONVERSATIONS.c.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("turn", Integer, primary_key=True),
    Column("folded", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)

WORDS = Table(
    "conversation_words",
    metadata,
    Column(
        "number", Number, ForeignKey(CONVERSATIONS.c.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("facet", ExactText, primary_key=True),
    Column("word", ExactText, primary_key=True),
    Column("amount", Double),
    sqlite_with_rowid=False,
)

JOURNAL = Table(
    "conversation_journal",
    metadata,
    Column(
        "number", Number, ForeignKey(CONVERSATIONS.c.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("piece", Integer, primary_key=True),
    Column("lines", Text, nullable=False),
    sqlite_with_rowid=False,
)
