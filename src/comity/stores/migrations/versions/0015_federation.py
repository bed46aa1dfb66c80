"""Adds what nodes state to each other: statements made and held, sets, provenance, alarms and receipts.

Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from the revision before to this one."""
    _create_statements()
    _create_accounts()


def _create_statements() -> None:
    """Create the statements made and held, and signed sets."""
    op.create_table(
        "statements",
        sa.Column("reader_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("after_ms", sa.BigInteger(), nullable=False),
        sa.Column("upto_ms", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("seed", sa.LargeBinary(32), nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("set_envelope", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("reader_no", "seq", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_reader_no_upto_ms"), "statements", ["reader_no", "upto_ms"])
    op.create_table(
        "held_statements",
        sa.Column("subscription_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_no", "seq", name=op.f("pk_held_statements")),
    )
    op.create_table(
        "held_sets",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("known", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_held_sets")),
        sa.UniqueConstraint("party_no", "root", name=op.f("uq_held_sets_party_no_root")),
    )


def _create_accounts() -> None:
    """Create what is known of records that came, and of those who sent them."""
    op.create_table(
        "provenance",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subscription_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("set_no", sa.BigInteger()),
        sa.Column("place", sa.Integer()),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_provenance")),
    )
    op.create_table(
        "alarms",
        sa.Column("no", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("evidence", sa.LargeBinary()),
        sa.Column("cleared_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_alarms")),
    )
    op.create_table(
        "receipts",
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.Column("of_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record_no", "of_sha256", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_of_sha256"), "receipts", ["of_sha256"])
