"""Names the table of what is being taken in beside requests, part by part.

Conventions are those of `comity.stores.tables`, which gives this too. The content is the job's, and goes with it; here
stands how far it is and what became of it, for who asked.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from comity.stores.table_base import WORD, metadata

intakes = Table(
    "intakes",
    metadata,
    Column("id", WORD, primary_key=True),
    Column("asked_by", WORD, nullable=False),
    Column("asked_via", WORD, nullable=False),
    Column("asked_role", WORD, nullable=False),
    Column("name", Text, nullable=False),  # of the file, as its sender named it
    Column("asked_ms", BigInteger, nullable=False),
    Column("state", WORD, nullable=False),  # waiting, reading, keeping, done, failed
    Column("done", Integer, nullable=False),  # objects
    Column("total", Integer, nullable=False),  # 0 until it was read
    Column("answer", LargeBinary),  # what became of the objects so far
    Column("error", Text),
    Column("ended_ms", BigInteger),
    Index(None, "asked_by", "asked_ms"),
)
