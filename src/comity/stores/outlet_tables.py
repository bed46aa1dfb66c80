"""Names the tables of what is submitted to others: outlets, what is on its way there, and what became of each object.

Conventions are those of `comity.stores.tables`, which gives these too.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from comity.stores.table_base import metadata

# A row stays when its outlet is dropped: what lies at that server must be known when it is taken back.
outlets = Table(
    "outlets",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("party_no", Integer, nullable=False),
    Column("url", Text, nullable=False),  # of the collection that is written
    Column("readable", Boolean, nullable=False),  # whether its server lets us look what is there
    Column("cursor_ms", BigInteger, nullable=False),  # date in the party's own stream up to which all is put in line
    Column("paused", Boolean, nullable=False),
    Column("dropped_ms", BigInteger),
    Column("lease_ms", BigInteger, nullable=False),
    Column("tried_ms", BigInteger),
    Column("done_ms", BigInteger),
    Column("due_ms", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("party_no", "url"),
)

batches = Table(
    "batches",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("outlet_no", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("unsure", Boolean, nullable=False),  # posted once, and nobody knows what became of it
    Column("posted_ms", BigInteger),
    Column("due_ms", BigInteger, nullable=False),
    Column("status_url", Text),  # where its status is asked; none before it is taken
    Index(None, "outlet_no"),
)

submitted = Table(
    "submitted",
    metadata,
    Column("outlet_no", Integer, nullable=False),
    Column("item_no", BigInteger, nullable=False),
    Column("batch_no", BigInteger),  # none once nothing more is to come
    Column("state", SmallInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),  # of the bytes that went, or are in line
    Column("differs", Boolean, nullable=False),  # it would go otherwise now
    Column("at_ms", BigInteger, nullable=False),
    Column("words", Text, nullable=False),  # of the server, as far as it said any
    PrimaryKeyConstraint("outlet_no", "item_no"),
    Index(None, "batch_no"),
    Index(None, "item_no"),
)
