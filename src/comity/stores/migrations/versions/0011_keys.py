"""Adds the registry of peers and of every party's keys.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "peers",
        sa.Column("party_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root_key", sa.LargeBinary(32), nullable=False),
        sa.Column("endpoints", sa.Text(), nullable=False),
        sa.Column("anchor", sa.LargeBinary(), nullable=False),
        sa.Column("anchor_us", sa.BigInteger(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", name=op.f("pk_peers")),
        sa.UniqueConstraint("root_key", name=op.f("uq_peers_root_key")),
    )
    op.create_table(
        "key_sets",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("witnessed_ms", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_key_sets")),
        sa.UniqueConstraint("party_no", "sha256", name=op.f("uq_key_sets_party_no_sha256")),
    )
    op.create_table(
        "party_keys",
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(32), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid_until_ms", sa.BigInteger()),
        sa.Column("suspect_from_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("party_no", "key_id", name=op.f("pk_party_keys")),
    )
