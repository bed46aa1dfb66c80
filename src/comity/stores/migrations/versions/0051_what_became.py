"""Adds what acts that wait for a second person are about, so that a refusal is found again.

Kept as released: what the table is now stands in `comity.stores.approval_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0048"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "pending_about",
        sa.Column("about", sa.LargeBinary(32), nullable=False),
        sa.Column("act_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("about", "act_no", name=op.f("pk_pending_about")),
    )
