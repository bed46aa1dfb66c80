"""Counts what became visible to a reader since a day, by day and class: as much of it as one asks for, newest first."""

from sqlalchemy import Connection, func, select

from comity.stores.release_tables import deliveries
from comity.stores.tables import records

DAY_MS = 86_400_000


def flowed(tx: Connection, reader_no: int, since_ms: int, most: int) -> list[tuple[int, int, int]]:
    """Give (day, class, items), days counted from `since_ms`; of the newest `most` deliveries."""
    d = deliveries.c
    newest = (
        select(d.date_ms, d.item_no)
        .where(d.reader_no == reader_no, d.date_ms >= since_ms)
        .order_by(d.date_ms.desc())
        .limit(most)
        .subquery()
    )
    day = (newest.c.date_ms - since_ms) // DAY_MS
    rows = tx.execute(
        select(day.label("day"), records.c.class_no, func.count())
        .join_from(newest, records, records.c.no == newest.c.item_no)
        .group_by("day", records.c.class_no)
        .order_by("day", records.c.class_no)
    )
    return [(int(row[0]), row[1], row[2]) for row in rows]
