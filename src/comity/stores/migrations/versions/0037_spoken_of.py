"""Adds which acts speak of which items, so that what comes after an act is found by it; fills it from those held.

Kept as released: what the tables are now stands in `comity.stores.federation_tables`.
"""

import base64
import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Go from the revision before to this one; what others take back or erase holds for what comes later."""
    op.create_table(
        "spoken_of",
        sa.Column("party_no", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("record_no", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("party_no", "key", "record_no", name=op.f("pk_spoken_of")),
    )
    asked = (
        "select no, source_no, body from records where class_no = 0 and family = 1 and source_no <> 0"
        " and type in ('x-comity-retraction', 'x-comity-erasure') and body is not null"
    )
    found = set()
    for no, source_no, body in op.get_bind().execute(sa.text(asked)):
        payload = json.loads(base64.b64decode(json.loads(bytes(body))["payload"]))
        found |= {(source_no, key, no) for key in _keys(payload)}
    rows = [dict(zip(("party_no", "key", "record_no"), row, strict=True)) for row in sorted(found)]
    if rows:
        table = sa.table("spoken_of", *(sa.column(name) for name in ("party_no", "key", "record_no")))
        op.bulk_insert(table, rows)


def _keys(payload: dict[str, Any]) -> set[bytes]:
    if payload["type"] == "x-comity-retraction":
        ids = [str(item["id"]).encode("utf-8", "surrogatepass") for item in payload["items"]]
        return {hashlib.sha256(one).digest()[:16] for one in ids}
    return set() if payload.get("answers") else set(map(bytes.fromhex, payload.get("leaves", ())))
