"""Adds channels by which people are told what needs them, the messages there, and what each is about.

Kept as released: what the tables are now stands in `comity.stores.notice_tables`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

_COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "notice_channels",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary()),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("pace", sa.Text(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("audit_no", sa.BigInteger(), nullable=False),
        sa.Column("digest_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_notice_channels")),
    )
    op.create_index(op.f("ix_notice_channels_account_no"), "notice_channels", ["account_no"])
    op.create_table(
        "notice_messages",
        sa.Column("no", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("channel_no", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_notice_messages")),
    )
    op.create_index(op.f("ix_notice_messages_channel_no_state"), "notice_messages", ["channel_no", "state"])
    op.create_index(op.f("ix_notice_messages_state_due_ms"), "notice_messages", ["state", "due_ms"])
    op.create_table(
        "notices",
        sa.Column("no", _COUNTED, autoincrement=True, nullable=False),
        sa.Column("channel_no", sa.Integer(), nullable=False),
        sa.Column("thing", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audit_no", sa.BigInteger()),
        sa.Column("message_no", sa.BigInteger()),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("over_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_notices")),
        sa.UniqueConstraint("channel_no", "thing", name=op.f("uq_notices_channel_no_thing")),
    )
    op.create_index(op.f("ix_notices_message_no"), "notices", ["message_no"])
