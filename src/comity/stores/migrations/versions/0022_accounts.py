"""Adds the people at a node: accounts, passkeys, one-time codes and sessions.

Kept as released: what the tables are now stands in `comity.stores.account_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "accounts",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("handle", sa.LargeBinary(32), nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_used", sa.BigInteger(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("disabled_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
        sa.UniqueConstraint("handle", name=op.f("uq_accounts_handle")),
    )
    op.create_table(
        "passkeys",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_account_no"), "passkeys", ["account_no"])
    op.create_table(
        "one_time_codes",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("account_no", sa.Integer()),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_one_time_codes")),
    )
    op.create_table(
        "sessions",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account_no"), "sessions", ["account_no"])
