"""Adds identity providers, and the identities there by which people sign in.

Kept as released: what the tables are now stands in `comity.stores.account_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0037"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "identity_providers",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("issuer", _WORD, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_identity_providers")),
        sa.UniqueConstraint("name", name=op.f("uq_identity_providers_name")),
        sa.UniqueConstraint("issuer", name=op.f("uq_identity_providers_issuer")),
    )
    op.create_table(
        "identities",
        sa.Column("provider_no", sa.Integer(), nullable=False),
        sa.Column("subject", _WORD, nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("provider_no", "subject", name=op.f("pk_identities")),
        sa.UniqueConstraint("account_no", "provider_no", name=op.f("uq_identities_account_no_provider_no")),
    )
