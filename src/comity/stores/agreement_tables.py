"""Names the tables of agreements: their texts, and what each party has said on them.

Conventions are those of `comity.stores.tables`, which gives these too.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from comity.stores.table_base import WORD, metadata

agreements = Table(
    "agreements",
    metadata,
    Column("id", WORD, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
)

adherences = Table(
    "adherences",
    metadata,
    Column("agreement_id", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("agreement_id", "party"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("agreement_id", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("agreement_id", "party"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("agreement_id", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("agreement_id", "party", "article"),
)

departures = Table(
    "departures",
    metadata,
    Column("agreement_id", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("record_no", BigInteger, nullable=False),
    PrimaryKeyConstraint("agreement_id", "party"),
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("record_no", BigInteger, primary_key=True, autoincrement=False),
    Column("agreement_id", Text, nullable=False),
    Column("party", Text),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Index(None, "agreement_id"),
)
