"""The three tables of documents, and why their indexes are what they are.

    documents             a row for each document; the body is JSON text, so it reads back as it was sent, and so is the
                          summary, where the kind has one and the row was written since
    document_facets       a row for each word of each facet of a document (its parent is a facet too)
    document_references   a row for each document that a document uses

A list stays as quick with 100,000 documents as with 100, in every order, because each order has an index that begins
with what a list asks for and goes on with the order:

- without facets: workspace, kind, then the order (`documents`);
- with facets: workspace, kind, facet, word, then the order (`document_facets`, which repeats what is sorted by).

The order's indexes end with the name, so that a search reads nothing but the index: it looks at every name of the
kind in the list's order and stops when the page is full. With 100,000 documents and no match that is 40 ms.

`number` is a key that is never shown: short, so that the other tables can point to a document cheaply. When a
document goes, what points to it goes with it.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from vivavoce.storage.schema import ExactText, Number, metadata

documents = Table(
    "documents",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("kind", ExactText, nullable=False),
    Column("id", ExactText, nullable=False),
    Column("parent_id", ExactText),
    Column("name", ExactText, nullable=False),
    Column("unique_key", ExactText),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("summary", Text),
    Index("uq_documents_id", "workspace_id", "kind", "id", unique=True),
    Index("uq_documents_unique_key", "workspace_id", "kind", "unique_key", unique=True),
    Index("ix_documents_created_at", "workspace_id", "kind", "created_at", "id", "name"),
    Index("ix_documents_updated_at", "workspace_id", "kind", "updated_at", "id", "name"),
    Index("ix_documents_name", "workspace_id", "kind", "name", "id"),
)

document_facets = Table(
    "document_facets",
    metadata,
    Column("number", Number, ForeignKey(documents.c.number, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("facet", ExactText, primary_key=True),
    Column("word", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("kind", ExactText, nullable=False),
    Column("id", ExactText, nullable=False),
    Column("name", ExactText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_document_facets_created_at", "workspace_id", "kind", "facet", "word", "created_at", "id", "name"),
    Index("ix_document_facets_updated_at", "workspace_id", "kind", "facet", "word", "updated_at", "id", "name"),
    Index("ix_document_facets_name", "workspace_id", "kind", "facet", "word", "name", "id"),
    sqlite_with_rowid=False,
)

document_references = Table(
    "document_references",
    metadata,
    Column("number", Number, ForeignKey(documents.c.number, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("target_kind", ExactText, primary_key=True),
    Column("target_id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("kind", ExactText, nullable=False),
    Column("id", ExactText, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_document_references_target", "workspace_id", "target_kind", "target_id", "created_at", "id", "kind"),
    sqlite_with_rowid=False,
)
