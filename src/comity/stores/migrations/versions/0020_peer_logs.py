"""Adds what is seen of peers' logs: the last checkpoint of each, and how the last look went.

Kept as released: what the tables are now stands in `comity.stores.federation_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "peer_logs",
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", "no", name=op.f("pk_peer_logs")),
        sa.UniqueConstraint("party_no", "origin", name=op.f("uq_peer_logs_party_no_origin")),
    )
    op.create_table(
        "log_checks",
        sa.Column("party_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tried_ms", sa.BigInteger(), nullable=False),
        sa.Column("sound_ms", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", name=op.f("pk_log_checks")),
    )
