"""Names the tables of the node's own log: its state, tiles, entries, what these stand for, checkpoints; and backups.

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
)

from comity.stores.table_base import metadata

logs = Table(
    "logs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("numbered", BigInteger, nullable=False),  # the last number of the sequencer that has its entry
    Column("began_no", BigInteger, nullable=False),  # the last record that was numbered before the first log
)

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", SmallInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "number"),
)

log_bundles = Table(
    "log_bundles",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

log_ranges = Table(
    "log_ranges",
    metadata,
    Column("first_index", BigInteger, primary_key=True, autoincrement=False),
    Column("length", BigInteger, nullable=False),
    Column("first_no", BigInteger, nullable=False),
    Index(None, "first_no"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("note", LargeBinary, nullable=False),
    PrimaryKeyConstraint("origin", "size"),
)

backups = Table(
    "backups",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("file", Text, nullable=False),  # as it was named; it may lie elsewhere by now
    Column("sha256", LargeBinary(32), nullable=False),
    Column("last_no", BigInteger, nullable=False),  # of the records that may be in it
    Column("with_keys", Boolean, nullable=False),
    Column("destroyed_ms", BigInteger),
)
