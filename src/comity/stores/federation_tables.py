"""Names the tables of what nodes are to each other: keys, subscriptions, statements, provenance, alarms, receipts.

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
    Table,
    Text,
    UniqueConstraint,
)

from comity.stores.table_base import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("party_no", Integer, nullable=False),
    Column("url", Text, nullable=False),  # of the collection that is read
    Column("inbox_url", Text),
    Column("cursor", Text, nullable=False),  # the last date as its server wrote it; empty before the first
    Column("paused", Boolean, nullable=False),
    Column("objects", BigInteger, nullable=False),
    Column("tried_ms", BigInteger),
    Column("synced_ms", BigInteger),
    Column("due_ms", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("party_no", "url"),
)

# How far behind a peer was, hour by hour: bounded by the hours that are kept.
peer_lags = Table(
    "peer_lags",
    metadata,
    Column("subscription_no", Integer, nullable=False),
    Column("hour_ms", BigInteger, nullable=False),
    Column("behind_ms", BigInteger),  # at most in this hour; none before it was first read to its end
    Column("objects", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("subscription_no", "hour_ms"),
)

statements = Table(
    "statements",
    metadata,
    Column("reader_no", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("after_ms", BigInteger, nullable=False),
    Column("upto_ms", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),  # of the payload
    Column("seed", LargeBinary(32), nullable=False),  # of the set's shuffle and padding
    Column("own", LargeBinary, nullable=False),  # one byte for each leaf: 1 if it is signed in the set
    Column("envelope", LargeBinary, nullable=False),
    Column("set_envelope", LargeBinary),
    PrimaryKeyConstraint("reader_no", "seq"),
    Index(None, "reader_no", "upto_ms"),
)

held_streams = Table(
    "held_streams",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("party_no", Integer, nullable=False),
    Column("stream", Text, nullable=False),  # the id of the collection that carries it, as its giver states it
    UniqueConstraint("party_no", "stream"),
)

held_statements = Table(
    "held_statements",
    metadata,
    Column("stream_no", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("missing", Text, nullable=False),
    PrimaryKeyConstraint("stream_no", "seq"),
)

held_sets = Table(
    "held_sets",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("party_no", Integer, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("known", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    UniqueConstraint("party_no", "root"),
)

provenance = Table(
    "provenance",
    metadata,
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_no", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("leaf", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("set_no", BigInteger),  # the signed set of its originator, who need not be its giver
    Column("place", Integer),
    Column("salt", LargeBinary(16)),  # by which the leaf there opens; goes with the content
)

alarms = Table(
    "alarms",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("party_no", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("evidence", LargeBinary),
    Column("cleared_ms", BigInteger),
    Column("times", BigInteger),  # how often it was raised; none: once
    Column("stream_no", Integer),  # with the statement that would fill the gap it names
    Column("seq", BigInteger),
)

sent_acts = Table(
    "sent_acts",
    metadata,
    Column("party_no", Integer, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),  # of the payload
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("party_no", "sha256"),
)

spoken_of = Table(
    "spoken_of",
    metadata,
    Column("party_no", Integer, nullable=False),  # whose act it is
    Column("key", LargeBinary(32), nullable=False),  # of an id, or the salted leaf of one version
    Column("record_no", BigInteger, nullable=False),  # of the act
    PrimaryKeyConstraint("party_no", "key", "record_no"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("record_no", BigInteger, nullable=False),
    Column("of_sha256", LargeBinary(32), nullable=False),
    Column("party_no", Integer, nullable=False),
    Column("level", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("record_no", "of_sha256"),
    Index(None, "of_sha256"),
)

peers = Table(
    "peers",
    metadata,
    Column("party_no", Integer, primary_key=True, autoincrement=False),
    Column("root_key", LargeBinary(32), nullable=False),
    Column("endpoints", Text, nullable=False),  # a JSON list of URLs
    Column("anchor", LargeBinary, nullable=False),  # its envelope as received
    Column("anchor_us", BigInteger, nullable=False),  # when it says it was made
    Column("accepted_by", Text, nullable=False),
    Column("accepted_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("root_key"),
)

key_sets = Table(
    "key_sets",
    metadata,
    Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("party_no", Integer, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),  # of the payload
    Column("envelope", LargeBinary, nullable=False),  # as received
    Column("witnessed_ms", BigInteger, nullable=False),
    Column("refused", Text),  # why, if it is kept as evidence only
    UniqueConstraint("party_no", "sha256"),
)

party_keys = Table(
    "party_keys",
    metadata,
    Column("party_no", Integer, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("use", Text, nullable=False),
    Column("public", LargeBinary(32), nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("valid_until_ms", BigInteger),
    Column("suspect_from_ms", BigInteger),
    PrimaryKeyConstraint("party_no", "key_id"),
)

peer_logs = Table(
    "peer_logs",
    metadata,
    Column("party_no", Integer, nullable=False),
    Column("no", Integer, nullable=False),  # counts the logs of a peer: each that is given up is followed by another
    Column("origin", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),  # as received
    Column("key", Text, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("party_no", "no"),
    UniqueConstraint("party_no", "origin"),
)

log_checks = Table(
    "log_checks",
    metadata,
    Column("party_no", Integer, primary_key=True, autoincrement=False),
    Column("tried_ms", BigInteger, nullable=False),
    Column("sound_ms", BigInteger),
    Column("error", Text, nullable=False),
)

clock_skews = Table(
    "clock_skews",
    metadata,
    Column("subscription_no", Integer, primary_key=True, autoincrement=False),
    Column("skew_ms", BigInteger, nullable=False),  # by how much the peer's clock is ahead of ours
)
