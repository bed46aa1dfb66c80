"""Keeps statements of others by the stream that they number, no longer by the subscription that read it.

A subscription's number is given again once it was dropped, and pages of one stream may come by several ways. Which
stream a statement is of, it says itself. Kept as released: what the tables are now stands in `comity.stores.tables`.
"""

import base64
import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "held_streams",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_held_streams")),
        sa.UniqueConstraint("party_no", "stream", name=op.f("uq_held_streams_party_no_stream")),
    )
    op.execute("create table moved (subscription_no integer, stream_no integer)")
    _name_streams(op.get_bind())
    _move_statements()
    _move_provenance()
    op.execute("drop table moved")


def _name_streams(tx: sa.Connection) -> None:
    """Enter each stream once, and which subscriptions read it: all statements of a subscription are of one stream."""
    streams: dict[tuple[int, str], int] = {}
    parties = {row[0]: row[1] for row in tx.execute(sa.text("select name, no from parties"))}
    for (subscription_no,) in tx.execute(
        sa.text("select distinct subscription_no from held_statements order by subscription_no")
    ).all():
        envelope = tx.execute(
            sa.text("select envelope from held_statements where subscription_no = :no order by seq limit 1"),
            {"no": subscription_no},
        ).scalar_one()
        statement = json.loads(base64.b64decode(json.loads(bytes(envelope))["payload"]))
        stream = (parties[statement["issuer"]], statement["stream"])
        if stream not in streams:
            streams[stream] = len(streams) + 1
            tx.execute(
                sa.text("insert into held_streams (no, party_no, stream) values (:no, :party_no, :stream)"),
                {"no": streams[stream], "party_no": stream[0], "stream": stream[1]},
            )
        tx.execute(
            sa.text("insert into moved (subscription_no, stream_no) values (:was, :no)"),
            {"was": subscription_no, "no": streams[stream]},
        )


def _move_statements() -> None:
    # By a copy: a renamed table would keep the names of its constraints, and on SQLite be written otherwise than a new.
    op.execute(
        """create table moved_statements as
        select m.stream_no, h.seq, h.sha256, h.envelope, h.at_ms, h.missing from held_statements h
        join moved m on m.subscription_no = h.subscription_no
        where not exists (
            select 1 from held_statements o join moved n on n.subscription_no = o.subscription_no
            where n.stream_no = m.stream_no and o.seq = h.seq and o.subscription_no < h.subscription_no)"""
    )
    op.drop_table("held_statements")
    op.create_table(
        "held_statements",
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream_no", "seq", name=op.f("pk_held_statements")),
    )
    op.execute(
        """insert into held_statements (stream_no, seq, sha256, envelope, at_ms, missing)
        select stream_no, seq, sha256, envelope, at_ms, missing from moved_statements"""
    )
    op.execute("drop table moved_statements")


def _move_provenance() -> None:
    op.execute(
        """create table moved_provenance as
        select p.record_no, m.stream_no, p.seq, p.leaf, p.grade, p.set_no, p.place from provenance p
        join moved m on m.subscription_no = p.subscription_no"""
    )
    op.drop_table("provenance")
    op.create_table(
        "provenance",
        sa.Column("record_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream_no", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("set_no", sa.BigInteger()),
        sa.Column("place", sa.Integer()),
        sa.PrimaryKeyConstraint("record_no", name=op.f("pk_provenance")),
    )
    op.execute(
        """insert into provenance (record_no, stream_no, seq, leaf, grade, set_no, place)
        select record_no, stream_no, seq, leaf, grade, set_no, place from moved_provenance"""
    )
    op.execute("drop table moved_provenance")
