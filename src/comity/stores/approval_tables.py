"""Names the tables of what waits for a second person: pending acts, what each is about, and recoveries of accounts.

Conventions are those of `comity.stores.tables`, which gives these too. What is asked for stands sealed by a key outside
the database, for it may name an item or hold a password; it goes when the act is decided.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from comity.stores.table_base import WORD, metadata

pending_acts = Table(
    "pending_acts",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("verb", WORD, nullable=False),
    Column("sealed", LargeBinary),  # the request, the payloads to be signed, and what they were made with
    Column("request_sha256", LargeBinary(32), nullable=False),  # keyed: to find the same request again
    Column("challenge", LargeBinary(32), nullable=False),
    Column("asked_by", WORD, nullable=False),
    Column("asked_via", WORD, nullable=False),
    Column("asked_role", WORD, nullable=False),
    Column("device", LargeBinary(32)),  # hash of the asking browser's mark
    Column("reason", Text, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("state", WORD, nullable=False),  # open, done, refused, withdrawn
    Column("decided_by", WORD, nullable=False),
    Column("decided_ms", BigInteger),
    Column("method", WORD, nullable=False),  # passkey, password, break-glass; empty until then
    Column("words", Text, nullable=False),  # why it was refused, or the glass broken
    Column("reviewed_by", WORD, nullable=False),
    Column("reviewed_ms", BigInteger),
    Column("finding", Text, nullable=False),
    Index(None, "state"),
)

# What an act was asked about, each word as a keyed hash: found by who asks for the very item and party, told to nobody.
pending_about = Table(
    "pending_about",
    metadata,
    Column("about", LargeBinary(32), primary_key=True),
    Column("act_no", Integer, primary_key=True, autoincrement=False),
)

recoveries = Table(
    "recoveries",
    metadata,
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("account_no", Integer, nullable=False),
    Column("asked_by", WORD, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seconded_by", WORD, nullable=False),
    Column("seconded_ms", BigInteger),
    Column("ready_ms", BigInteger),  # from when on a code may be given
    Column("state", WORD, nullable=False),  # asked, waiting, done, cancelled
    Column("ended_by", WORD, nullable=False),
    Column("ended_ms", BigInteger),
    Index(None, "account_no"),
)
