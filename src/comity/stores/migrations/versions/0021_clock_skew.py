"""Adds how far a peer's clock is from ours.

Kept as released: what the table is now stands in `comity.stores.federation_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.add_column("subscriptions", sa.Column("skew_ms", sa.BigInteger()))
