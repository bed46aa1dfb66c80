"""Names every table of a node: portable to SQLite and PostgreSQL, keys that page, names for every constraint.

Numbers (`no`) are local and never leave the node. Instants are whole milliseconds (`_ms`), STIX versions whole
microseconds (`_us`). A key (`_key`) is the 16-byte key of a STIX id, see `comity.values.id_key`.
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
    text,
)

# Of the same metadata: whoever asks for all tables gets them too.
import comity.stores.account_tables
import comity.stores.agreement_tables
import comity.stores.approval_tables
import comity.stores.federation_tables
import comity.stores.intake_tables
import comity.stores.log_tables
import comity.stores.notice_tables
import comity.stores.outlet_tables
import comity.stores.release_tables  # noqa: F401
from comity.stores import states
from comity.stores.table_base import WORD, metadata

LIVE, WITHDRAWN, ERASED = states.LIVE, states.WITHDRAWN, states.ERASED
ITEM, ACT = states.ITEM, states.ACT
END, MEMBER = states.END, states.MEMBER
UPGRADE, PORTIONS, REFS, REVOKED = states.UPGRADE, states.PORTIONS, states.REFS, states.REVOKED
FRAGILE, RARE = states.FRAGILE, states.RARE
_RARE_ALONE, IS_RARE = text(f"flags & {RARE} <> 0"), text(f"records.flags & {RARE} <> 0")

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)
facts = Table("facts", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

parties = Table(
    "parties",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("name", WORD, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("acts_for", Text),
    Column("default_tlp", SmallInteger),
    Column("is_self", Boolean, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    UniqueConstraint("name"),
)

records = Table(
    "records",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("family", SmallInteger, nullable=False),
    Column("source_no", Integer, nullable=False),
    Column("id_key", LargeBinary(16), nullable=False),
    Column("stix_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("version_us", BigInteger, nullable=False),
    Column("spec", SmallInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("salt", LargeBinary(16)),
    Column("class_no", Integer, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("ref_keys", LargeBinary),
    Column("companion_keys", LargeBinary),
    Column("embargo_ms", BigInteger),
    Column("expires_ms", BigInteger),
    Column("kept_ms", BigInteger, nullable=False),
    Column("body", LargeBinary),
    UniqueConstraint("id_key", "source_no", "sha256"),
    # Whether one may be placed is told by the index alone. An act and what is erased have class 0.
    Index(None, "class_no", "state", "no", "flags", "embargo_ms", "expires_ms"),
    Index("ix_records_rare", "no", sqlite_where=_RARE_ALONE, postgresql_where=_RARE_ALONE),
)

links = Table(
    "links",
    metadata,
    Column("to_key", LargeBinary(16), nullable=False),
    Column("from_no", BigInteger, nullable=False),
    Column("role", SmallInteger, nullable=False),
    PrimaryKeyConstraint("to_key", "from_no", "role"),
    Index(None, "from_no"),
    sqlite_with_rowid=False,
)

siblings = Table("siblings", metadata, Column("id_key", LargeBinary(16), primary_key=True), sqlite_with_rowid=False)

search_values = Table(
    "search_values",
    metadata,
    Column("value", WORD, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    PrimaryKeyConstraint("value", "record_no", "kind"),
    Index(None, "record_no"),
    sqlite_with_rowid=False,
)

markings = Table(
    "markings",
    metadata,
    Column("source_no", Integer, nullable=False),
    Column("stix_id", Text, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("source_no", "stix_id"),
)

unresolved = Table(
    "unresolved",
    metadata,
    Column("source_no", Integer, nullable=False),
    Column("marking_key", LargeBinary(16), nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("source_no", "marking_key", "record_no"),
    Index(None, "record_no"),
)

portions = Table(
    "portions",
    metadata,
    Column("record_no", BigInteger, nullable=False),
    Column("marking_id", Text, nullable=False),
    Column("class_no", Integer, nullable=False),
    Column("required", Boolean, nullable=False),
    PrimaryKeyConstraint("record_no", "marking_id"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),
    Column("personal", Text),
    Column("consents", Text),
    Column("default_tlp", SmallInteger),
)

classes = Table(
    "classes",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("key_sha256", LargeBinary(32), nullable=False),  # a key may be longer than an index takes
    UniqueConstraint("key_sha256"),
)

queue = Table(
    "queue",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("first_no", BigInteger, nullable=False),
    Column("last_no", BigInteger, nullable=False),
)

due = Table(
    "due",
    metadata,
    Column("at_ms", BigInteger, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("at_ms", "record_no"),
    Index(None, "record_no"),
)

sequencer = Table(
    "sequencer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
)

numbers = Table(
    "numbers",
    metadata,
    Column("n_first", BigInteger, primary_key=True, autoincrement=False),
    Column("n_last", BigInteger, nullable=False),
    Column("first_no", BigInteger, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("source_no", Integer, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("reader_version", Integer, nullable=False),
    Column("body", LargeBinary),
    UniqueConstraint("source_no", "sha256", "reason"),
)

statuses = Table(
    "statuses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reader_no", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "at_ms"),
)

audit = Table(
    "audit",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Index(None, "verb", "at_ms"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha256", LargeBinary(32), nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("actor", "key"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("lease_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_error", Text),
    Index(None, "state", "due_ms"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("to_party", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("lease_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_error", Text),
    Index(None, "state", "due_ms"),
)

# Counters that every database begins with. The row `records` is also what writers on PostgreSQL wait for, one by one.
RECORDS, CLASSES, QUARANTINE_BYTES = "records", "classes", "quarantine_bytes"
FIRST_COUNTERS = ({"name": RECORDS, "value": 0}, {"name": CLASSES, "value": 0}, {"name": QUARANTINE_BYTES, "value": 0})
