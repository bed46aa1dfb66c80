"""Adds what waiting acts are about, how far intakes are, how far behind peers were, and addresses to be confirmed.

Kept as released: what the tables are now stands in `comity.stores` – `approval_tables`, `intake_tables`,
`federation_tables` and `notice_tables`. Channels of before count as confirmed. Tokens of before hold for ninety
days at most, as new ones do.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0049"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


_MOST_TOKEN_MS = 90 * 86_400_000


def upgrade() -> None:
    """Go from the revision before to this one."""
    _shorten_tokens()
    op.create_table(
        "pending_about",
        sa.Column("about", sa.LargeBinary(32), nullable=False),
        sa.Column("act_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("about", "act_no", name=op.f("pk_pending_about")),
    )
    op.create_table(
        "intakes",
        sa.Column("id", _WORD, nullable=False),
        sa.Column("asked_by", _WORD, nullable=False),
        sa.Column("asked_via", _WORD, nullable=False),
        sa.Column("asked_role", _WORD, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("error", sa.Text()),
        sa.Column("ended_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakes")),
    )
    op.create_table(
        "peer_lags",
        sa.Column("subscription_no", sa.Integer(), nullable=False),
        sa.Column("hour_ms", sa.BigInteger(), nullable=False),
        sa.Column("behind_ms", sa.BigInteger()),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subscription_no", "hour_ms", name=op.f("pk_peer_lags")),
    )
    op.create_table(
        "notice_confirmations",
        sa.Column("channel_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nonce", sa.LargeBinary(16), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel_no", name=op.f("pk_notice_confirmations")),
    )
    op.create_index(op.f("ix_intakes_asked_by_asked_ms"), "intakes", ["asked_by", "asked_ms"])


def _shorten_tokens() -> None:
    """Let no token of a program hold for longer than ninety days from now, by this clock or the node's, if it is ahead.

    A node of an exercise may have a clock of its own; the last line of its audit says what that showed.
    """
    tx = op.get_bind()
    audit = sa.table("audit", sa.column("at_ms", sa.BigInteger()))
    tokens = sa.table("api_tokens", sa.column("until_ms", sa.BigInteger()))
    seen_ms = int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(audit.c.at_ms), 0))).scalar_one())
    most = max(int(time.time() * 1_000), seen_ms) + _MOST_TOKEN_MS
    tx.execute(sa.update(tokens).where(tokens.c.until_ms > most).values(until_ms=most))
