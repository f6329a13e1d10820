"""What all tables share: one `metadata`, names for every constraint, and text that sorts the same everywhere.

Whoever has tables declares them on `metadata`, in a module named `tables` or `..._tables` beside the code that uses
them, and a migration makes them (see `migrations`). A test compares the two on both databases.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, MetaData, Text, TextClause

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# Compared and sorted by code point, which is what SQLite and Python do; PostgreSQL's default depends on its locale.
ExactText: Final = Text(collation="C").with_variant(Text(), "sqlite")

# A key that the database counts up by itself: SQLite does that for INTEGER only, which has 64 bit there anyway.
Number: Final = BigInteger().with_variant(Integer(), "sqlite")


def rows_where(condition: TextClause) -> Mapping[str, Any]:
    """What an index over some of the rows says of itself; the migration that makes it says it to the database.

    Not in SQLAlchemy's words for it (`postgresql_where`): a dialect that is named is loaded, and a server on SQLite
    would load PostgreSQL's at every start.
    """
    return {"info": {"where": condition}}
