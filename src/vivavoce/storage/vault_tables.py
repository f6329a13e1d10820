"""The table of data keys: a row for each, wrapped by a master key. Nothing in it opens anything by itself."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from vivavoce.storage.schema import ExactText, metadata

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("master_key_id", ExactText, nullable=False),
    Column("wrapped", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_data_keys_workspace_id", "workspace_id", "created_at", "id"),
)
