"""Names the tables of what readers have: views and their users, deliveries, gates, decisions.

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

from comity.stores.table_base import WORD, metadata

views = Table(
    "views",
    metadata,
    Column("reader_no", Integer, primary_key=True, autoincrement=False),
    Column("view_id", Text, nullable=False),
    Column("inbox_id", Text, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    UniqueConstraint("view_id"),
    UniqueConstraint("inbox_id"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("user", Text, primary_key=True),
    Column("reader_no", Integer, nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    UniqueConstraint("secret_sha256"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("date_ms", BigInteger, nullable=False),
    Column("item_no", BigInteger, nullable=False),
    Column("gate_no", Integer, nullable=False),
    Column("type_no", SmallInteger, nullable=False),
    PrimaryKeyConstraint("reader_no", "date_ms"),
    UniqueConstraint("reader_no", "item_no"),
    Index(None, "reader_no", "type_no", "date_ms", "item_no", "gate_no"),  # all that a page of one type asks for
    sqlite_with_rowid=False,
)

served = Table(
    "served",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("item_no", BigInteger, nullable=False),
    Column("date_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("reader_no", "item_no", "date_ms"),
)

redactions = Table(
    "redactions",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("class_no", Integer, nullable=False),
    Column("property", WORD, nullable=False),
    PrimaryKeyConstraint("reader_no", "class_no", "property"),
)

wanted = Table(
    "wanted",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("key", LargeBinary(16), nullable=False),
    Column("gate_no", Integer, nullable=False),
    PrimaryKeyConstraint("reader_no", "key", "gate_no"),
)

gates = Table(
    "gates",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("key_sha256", LargeBinary(32), nullable=False),  # a key may be longer than an index takes
    UniqueConstraint("key_sha256"),
)

open_gates = Table(
    "open_gates",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("gate_no", Integer, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("reader_no", "gate_no"),
    sqlite_with_rowid=False,
)

decisions = Table(
    "decisions",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("class_no", Integer, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("placed", Boolean, nullable=False),
    Column("decision", LargeBinary, nullable=False),
    PrimaryKeyConstraint("reader_no", "class_no"),
)

asked_releases = Table(
    "asked_releases",
    metadata,
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),  # of the act that asks
    Column("party_no", Integer, nullable=False),  # who asks
    Column("item_key", LargeBinary(16), nullable=False),
    Column("reader", Text, nullable=False),  # for whom
    Column("asked_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger),
    Column("granted", Boolean, nullable=False),
    Index(None, "item_key"),
)
