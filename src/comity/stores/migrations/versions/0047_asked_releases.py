"""Adds what other parties ask for of this party's items: that one may go on to a third party.

Kept as released: what the table is now stands in `comity.stores.release_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0045"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "asked_releases",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.LargeBinary(16), nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_asked_releases")),
    )
    op.create_index(op.f("ix_asked_releases_item_key"), "asked_releases", ["item_key"])
