"""Documents with their facets and references."""

import sqlalchemy as sa
from alembic import op

from vivavoce.storage.schema import ExactText, Number

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the three tables."""
    _make_documents()
    _make_facets()
    _make_references()


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("number", Number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("kind", ExactText, nullable=False),
        sa.Column("id", ExactText, nullable=False),
        sa.Column("parent_id", ExactText),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("unique_key", ExactText),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_documents"),
    )
    scope = ["workspace_id", "kind"]
    op.create_index("uq_documents_id", "documents", [*scope, "id"], unique=True)
    op.create_index("uq_documents_unique_key", "documents", [*scope, "unique_key"], unique=True)
    op.create_index("ix_documents_created_at", "documents", [*scope, "created_at", "id", "name"])
    op.create_index("ix_documents_updated_at", "documents", [*scope, "updated_at", "id", "name"])
    op.create_index("ix_documents_name", "documents", [*scope, "name", "id"])


def _make_facets() -> None:
    op.create_table(
        "document_facets",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("facet", ExactText, nullable=False),
        sa.Column("word", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("kind", ExactText, nullable=False),
        sa.Column("id", ExactText, nullable=False),
        sa.Column("name", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", "facet", "word", name="pk_document_facets"),
        sa.ForeignKeyConstraint(["number"], ["documents.number"], ondelete="CASCADE", name="fk_document_facets_number"),
        sqlite_with_rowid=False,
    )
    scope = ["workspace_id", "kind", "facet", "word"]
    op.create_index("ix_document_facets_created_at", "document_facets", [*scope, "created_at", "id", "name"])
    op.create_index("ix_document_facets_updated_at", "document_facets", [*scope, "updated_at", "id", "name"])
    op.create_index("ix_document_facets_name", "document_facets", [*scope, "name", "id"])


def _make_references() -> None:
    op.create_table(
        "document_references",
        sa.Column("number", Number, autoincrement=False, nullable=False),
        sa.Column("target_kind", ExactText, nullable=False),
        sa.Column("target_id", ExactText, nullable=False),
        sa.Column("workspace_id", ExactText, nullable=False),
        sa.Column("kind", ExactText, nullable=False),
        sa.Column("id", ExactText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", "target_kind", "target_id", name="pk_document_references"),
        sa.ForeignKeyConstraint(
            ["number"], ["documents.number"], ondelete="CASCADE", name="fk_document_references_number"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_document_references_target",
        "document_references",
        ["workspace_id", "target_kind", "target_id", "created_at", "id", "kind"],
    )
