"""The bare peer of an import: writes the rows of a finished database into the tables and indices it began with.

Same rows, same tables and indices, same durability, same batches, one transaction a batch, prepared statements and
nothing else: no reading of STIX, no decision, no look-up. Reading the rows to be written is not counted.
"""

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from comity.desk.import_items import BATCH_OBJECTS

# Tables whose rows belong to records, by the column that says to which; the rest is small and written at the end.
OF_RECORDS = {
    "records": "no",
    "links": "from_no",
    "search_values": "record_no",
    "unresolved": "record_no",
    "portions": "record_no",
    "overrides": "record_no",
    "due": "record_no",
}
PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "secure_delete = on",
    "temp_store = memory",
    "cache_size = -131072",
    "wal_autocheckpoint = 20000",
)


class Bare(NamedTuple):
    """How long the writing took, and how many rows of all tables."""

    seconds: float
    rows: int


def write_again(start: Path, finished: Path, target: Path) -> Bare:
    """Bring a copy of `start` to the state of `finished`."""
    target.unlink(missing_ok=True)
    with sqlite3.connect(start) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    done = sqlite3.connect(f"file:{finished}?mode=ro", uri=True)
    store = sqlite3.connect(target, isolation_level=None)
    for pragma in PRAGMAS:
        store.execute(f"pragma {pragma}")
    writer = _Writer(done, store)
    first = int(store.execute("select coalesce(max(no), 0) from records").fetchone()[0]) + 1
    last = int(done.execute("select max(no) from records").fetchone()[0])
    readers = [row[0] for row in done.execute("select reader_no from views order by reader_no")]
    for low in range(first, last + 1, BATCH_OBJECTS):
        writer.batch(low, min(last, low + BATCH_OBJECTS - 1), readers)
    writer.small()
    store.close()
    done.close()
    return Bare(writer.seconds, writer.rows)


class _Writer:
    """Writes batch after batch. State: what was counted, and where each reader's deliveries have got to."""

    def __init__(self, done: sqlite3.Connection, store: sqlite3.Connection) -> None:
        self._done, self._store = done, store
        self.seconds, self.rows = 0.0, 0
        self._reached = dict(store.execute("select reader_no, max(date_ms) from deliveries group by reader_no"))

    def batch(self, low: int, high: int, readers: list[int]) -> None:
        """Write one batch of records with all that belongs to it."""
        work = [
            (table, self._done.execute(f"select * from {table} where {column} between ? and ?", (low, high)).fetchall())
            for table, column in OF_RECORDS.items()
        ]
        for reader in readers:
            work.append(("deliveries", self._delivered(reader, low, high)))
        self._write(work)

    def small(self) -> None:
        """Write what remains: the few rows of all other tables."""
        work = []
        tables = [row[0] for row in self._done.execute("select name from sqlite_master where type = 'table'")]
        for table in sorted(set(tables) - set(OF_RECORDS) - {"deliveries"}):
            if not table.startswith("sqlite_"):
                work.append((table, self._done.execute(f"select * from {table}").fetchall()))
        self._write(work)

    def _delivered(self, reader: int, low: int, high: int) -> list[tuple[object, ...]]:
        return self._done.execute(
            "select * from deliveries where reader_no = ? and item_no between ? and ? and date_ms > ? order by date_ms",
            (reader, low, high, self._reached.get(reader, 0)),
        ).fetchall()

    def _write(self, work: list[tuple[str, list[tuple[object, ...]]]]) -> None:
        started = time.perf_counter()
        self._store.execute("begin immediate")
        for table, rows in work:
            if rows:
                verb = "insert" if table in OF_RECORDS or table == "deliveries" else "insert or replace"
                marks = ",".join("?" * len(rows[0]))
                self._store.executemany(f"{verb} into {table} values ({marks})", rows)
                self.rows += len(rows)
        self._store.execute("commit")
        self.seconds += time.perf_counter() - started
