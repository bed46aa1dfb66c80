"""Adds the salt by which an item's leaf opens in its originator's set, so that the set can be shown to others.

Kept as released: what the tables are now stands in `comity.stores.federation_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0029"


def upgrade() -> None:
    """Go from the revision before to this one; of what came before it no salt is known."""
    op.add_column("provenance", sa.Column("salt", sa.LargeBinary(16), nullable=True))
