"""Adds the list of backups, so that who erases learns which of them still hold it.

Kept as released: what the table is now stands in `comity.stores.log_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0042"


def upgrade() -> None:
    """Go from the revision before to this one. Of backups made before nobody knows here."""
    op.create_table(
        "backups",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.Column("with_keys", sa.Boolean(), nullable=False),
        sa.Column("destroyed_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_backups")),
    )
