"""Adds what is submitted to collections of others, and what became of it there.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0022"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "outlets",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.Column("cursor_ms", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("dropped_ms", sa.BigInteger()),
        sa.Column("lease_ms", sa.BigInteger(), nullable=False),
        sa.Column("tried_ms", sa.BigInteger()),
        sa.Column("done_ms", sa.BigInteger()),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_outlets")),
        sa.UniqueConstraint("party_no", "url", name=op.f("uq_outlets_party_no_url")),
    )
    op.create_table(
        "batches",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("outlet_no", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("posted_ms", sa.BigInteger()),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("status_url", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_outlet_no"), "batches", ["outlet_no"])
    op.create_table(
        "submitted",
        sa.Column("outlet_no", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.BigInteger(), nullable=False),
        sa.Column("batch_no", sa.BigInteger()),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet_no", "item_no", name=op.f("pk_submitted")),
    )
    op.create_index(op.f("ix_submitted_batch_no"), "submitted", ["batch_no"])
    op.create_index(op.f("ix_submitted_item_no"), "submitted", ["item_no"])
