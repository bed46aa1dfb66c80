"""Adds what waits for a second person: pending acts, and recoveries of accounts.

Kept as released: what the tables are now stands in `comity.stores.approval_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "pending_acts",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("verb", _WORD, nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("request_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("challenge", sa.LargeBinary(32), nullable=False),
        sa.Column("asked_by", _WORD, nullable=False),
        sa.Column("asked_via", _WORD, nullable=False),
        sa.Column("asked_role", _WORD, nullable=False),
        sa.Column("device", sa.LargeBinary(32)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("decided_by", _WORD, nullable=False),
        sa.Column("decided_ms", sa.BigInteger()),
        sa.Column("method", _WORD, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reviewed_by", _WORD, nullable=False),
        sa.Column("reviewed_ms", sa.BigInteger()),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_pending_acts")),
    )
    op.create_index(op.f("ix_pending_acts_state"), "pending_acts", ["state"])
    op.create_table(
        "recoveries",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("asked_by", _WORD, nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seconded_by", _WORD, nullable=False),
        sa.Column("seconded_ms", sa.BigInteger()),
        sa.Column("ready_ms", sa.BigInteger()),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("ended_by", _WORD, nullable=False),
        sa.Column("ended_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_recoveries")),
    )
    op.create_index(op.f("ix_recoveries_account_no"), "recoveries", ["account_no"])
