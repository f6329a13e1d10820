"""The two tables of leases.

    slots            a row for each place that a lease holds
    registrations    a row for each thing that lives in a process, until it is unregistered

What has lapsed stays until somebody looks: slots are cleared away whenever places are taken, registrations when an
adopter has cleaned up after them.
"""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from vivavoce.storage.schema import ExactText, metadata

slots = Table(
    "slots",
    metadata,
    Column("lease_id", ExactText, primary_key=True),
    Column("name", ExactText, primary_key=True),
    Column("owner", ExactText, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_slots_name", "name", "expires_at"),
    Index("ix_slots_owner", "owner"),
)

registrations = Table(
    "registrations",
    metadata,
    Column("id", ExactText, primary_key=True),
    Column("workspace_id", ExactText, nullable=False),
    Column("owner", ExactText, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_registrations_workspace_id", "workspace_id", "registered_at", "id"),
    Index("ix_registrations_owner", "owner"),
    Index("ix_registrations_expires_at", "expires_at"),
)
