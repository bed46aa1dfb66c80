"""Adds what becomes of an agreement besides adherence: signatures, reservations, departures, suspensions.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "signatures",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "party", name=op.f("pk_signatures")),
    )
    op.create_table(
        "reservations",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "party", "article", name=op.f("pk_reservations")),
    )
    op.create_table(
        "departures",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "party", name=op.f("pk_departures")),
    )
    op.create_table(
        "suspensions",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text()),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_suspensions")),
    )
    op.create_index(op.f("ix_suspensions_agreement_id"), "suspensions", ["agreement_id"])
