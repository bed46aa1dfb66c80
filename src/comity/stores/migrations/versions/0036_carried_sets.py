"""Adds the salt by which an item's leaf opens in its originator's set, so that the set can be shown to others.

Kept as released: what the tables are now stands in `comity.stores.federation_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0029"


def upgrade() -> None:
    """Go from the revision before to this one; of what came before it no salt is known."""
    if op.get_bind().dialect.name == "sqlite":
        _provenance_anew()
    else:
        op.add_column("provenance", _salt())


def _salt() -> sa.Column[bytes]:
    return sa.Column("salt", sa.LargeBinary(16))


def _provenance_anew() -> None:
    """Make the table anew with what it holds: what SQLite adds to a table stands there as another statement."""
    op.rename_table("provenance", "provenance_before")
    op.create_table(
        "provenance",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("set_no", sa.BigInteger()),
        sa.Column("place", sa.Integer()),
        _salt(),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_provenance")),
    )
    op.execute(
        """insert into provenance (record_no, stream_no, seq, leaf, grade, set_no, place)
        select record_no, stream_no, seq, leaf, grade, set_no, place from provenance_before"""
    )
    op.drop_table("provenance_before")
