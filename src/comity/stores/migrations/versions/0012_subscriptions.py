"""Adds what this node reads from others: one row for each collection of a peer.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "subscriptions",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("inbox_url", sa.Text()),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("tried_ms", sa.BigInteger()),
        sa.Column("synced_ms", sa.BigInteger()),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("party_no", "url", name=op.f("uq_subscriptions_party_no_url")),
    )
