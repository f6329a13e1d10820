"""The table of the bus on PostgreSQL: messages too long for a notification, for the minute in which they are read."""

from sqlalchemy import BigInteger, Column, Table, Text

from vivavoce.storage.schema import Number, metadata

bus_messages = Table(
    "bus_messages",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
