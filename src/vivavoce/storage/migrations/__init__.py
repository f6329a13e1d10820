"""How the tables came to be: one file for each step, in order.

Each file is named `NNNN_what.py` and holds

    revision = "NNNN"           the same number as in its name
    down_revision = "..."       the number of the file before it
    def upgrade() -> None       Alembic operations that work on SQLite and PostgreSQL

A step is never changed once it has been released: data folders out there have taken it. It declares what it makes in
full and imports nothing but `ExactText` and `Number`, because tables in the code move on. There is no way
back down: whoever wants to return restores a backup.

The tables themselves are declared on `schema.metadata` beside the code that uses them; a test compares the two, and
another one walks from every earlier step to the newest, on both databases.
"""
