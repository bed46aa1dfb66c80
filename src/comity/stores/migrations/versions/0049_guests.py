"""Adds the people of parties without a node: whose guests they are, and which acts concern their parties.

Kept as released: what the tables are now stands in `comity.stores.account_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """Go from the revision before to this one; nobody is a guest yet."""
    op.create_table(
        "guests",
        sa.Column("account_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("visited_ms", sa.BigInteger()),
        sa.Column("before_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("account_no", name=op.f("pk_guests")),
    )
    op.create_index(op.f("ix_guests_party_no"), "guests", ["party_no"])
    op.create_table(
        "guest_acts",
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", "record_no", name=op.f("pk_guest_acts")),
    )
