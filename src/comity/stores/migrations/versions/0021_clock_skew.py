"""Adds how far the clocks of peers are from ours.

Kept as released: what the table is now stands in `comity.stores.federation_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "clock_skews",
        sa.Column("subscription_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_no", name=op.f("pk_clock_skews")),
    )
