"""Adds which acts were sent to whom, how often an alarm came again, and what would fill the gap that it names.

What was sent before is taken to have been sent to every party whose key is known: nobody can say any more to whom it
went, and none of them shall be accused of acknowledging it. Kept as released: what the tables are now stands in
`comity.stores.tables`.
"""

import base64
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Go from the revision before to this one."""
    op.create_table(
        "sent_acts",
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", "sha256", name=op.f("pk_sent_acts")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _alarms_anew()
    else:
        for column in _new_columns():
            op.add_column("alarms", column)
    _note_sent(op.get_bind())


def _new_columns() -> list[sa.Column[int]]:
    return [
        sa.Column("times", sa.BigInteger()),
        sa.Column("stream_no", sa.Integer()),
        sa.Column("seq", sa.BigInteger()),
    ]


def _alarms_anew() -> None:
    """Make the table anew with what it holds: what SQLite adds to a table stands there as another statement."""
    op.rename_table("alarms", "alarms_before")
    op.create_table(
        "alarms",
        sa.Column("no", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("evidence", sa.LargeBinary()),
        sa.Column("cleared_ms", sa.BigInteger()),
        *_new_columns(),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_alarms")),
    )
    op.execute(
        """insert into alarms (no, at_ms, party_no, kind, facts, evidence, cleared_ms)
        select no, at_ms, party_no, kind, facts, evidence, cleared_ms from alarms_before"""
    )
    op.drop_table("alarms_before")


def _note_sent(tx: sa.Connection) -> None:
    peers = [row[0] for row in tx.execute(sa.text("select party_no from peers order by party_no"))]
    acts = sa.text(
        "select no, body from records where class_no = 0 and family = 1 and source_no = 0 and body is not null"
    )
    insert = sa.text("insert into sent_acts (party_no, sha256, record_no) values (:party, :sha256, :no)")
    for no, body in tx.execute(acts).all() if peers else ():
        payload = base64.b64decode(json.loads(bytes(body))["payload"])
        if json.loads(payload).get("level") != "stored":  # which nobody acknowledges
            sha256 = hashlib.sha256(payload).digest()
            tx.execute(insert, [{"party": party, "sha256": sha256, "no": no} for party in peers])
