"""Adds which properties were dropped for a reader from what it was served of a class.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "redactions",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("class_no", sa.Integer(), nullable=False),
        sa.Column("property", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("reader_no", "class_no", "property", name=op.f("pk_redactions")),
    )
