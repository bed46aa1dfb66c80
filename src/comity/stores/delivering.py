"""Appends deliveries: what becomes visible to a reader, in the order in which it does, each at a date of its own.

A reader's dates rise strictly and are never shared between readers: `date_ms = max(now, last of the reader + 1)`. The
date is the key, so `added_after` and page tokens need no second number.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    update,
    values,
)

from comity.stores import bulk
from comity.stores.bulk import rows_under
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import Store, many
from comity.stores.placeables import IS_ONE_OF_MANY, free
from comity.stores.release_tables import deliveries, open_gates, served, views
from comity.stores.tables import FRAGILE, PORTIONS, records
from comity.values import Instant

_INSERT_DELIVERIES = insert(deliveries)
_HELD = (
    deliveries.c.item_no,
    deliveries.c.gate_no,
    records.c.id_key,
    records.c.version_us,
    records.c.companion_keys,
    records.c.source_no,
    IS_ONE_OF_MANY.label("many"),
)


class HeldRow(NamedTuple):
    """An item that stands in a reader's view; `many`: other records are held under its id."""

    no: int
    gate_no: int
    id_key: bytes
    version_us: int
    companion_keys: bytes | None
    source_no: int
    many: bool


def delivered(tx: Connection, reader_no: int, nos: Sequence[int]) -> dict[int, int]:
    """Give the gate of each of these records that has been delivered to the reader."""
    return {row[0]: row[1] for row in rows_under(tx, _DELIVERED, nos, reader=reader_no)}


def readers_of(tx: Connection) -> list[int]:
    """Give the numbers of all parties that have a view."""
    return [row[0] for row in bulk.rows_of(tx, _READERS)]


def append(store: Store, tx: Connection, reader_no: int, rows: Sequence[tuple[int, int, int]], now: Instant) -> None:
    """Append (item, gate, type number) rows to a reader's deliveries, each at the reader's next date."""
    if not rows:
        return
    date = _next_date(tx, reader_no, now)
    many(
        store,
        tx,
        _INSERT_DELIVERIES,
        [(reader_no, date + i, item, gate, kind) for i, (item, gate, kind) in enumerate(rows)],
    )
    tx.execute(update(views).where(views.c.reader_no == reader_no).values(last_ms=date + len(rows) - 1))


def append_classes(
    tx: Connection, reader_no: int, rows: Sequence[tuple[int, int, int]], now: Instant, upto: int
) -> int:
    """Append all items of these (class, gate, type number) that the reader does not have yet; gives how many.

    In the order of their numbers across all classes. For types without ends.
    """
    date = _next_date(tx, reader_no, now)
    opened = values(
        column("class_no", Integer), column("gate_no", Integer), column("type_no", Integer), name="opened",
        literal_binds=True,
    ).data(list(rows)).cte("opened_classes", nesting=True)  # fmt: skip
    held = (
        select(deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == records.c.no)
        .exists()
    )
    place = func.row_number().over(order_by=records.c.no)
    source = (
        select(bindparam("r", reader_no), place + (date - 1), records.c.no, opened.c.gate_no, opened.c.type_no)
        .select_from(opened.join(records, records.c.class_no == opened.c.class_no))
        .where(records.c.no <= upto, records.c.flags.op("&")(PORTIONS | FRAGILE) == 0, *free(now), ~held)
    )
    tx.execute(insert(deliveries).from_select(["reader_no", "date_ms", "item_no", "gate_no", "type_no"], source))
    # Asked and not taken from the driver: sqlite3 counts no insert that begins with `with`, PostgreSQL's is not kept.
    last = tx.execute(
        select(func.max(deliveries.c.date_ms)).where(deliveries.c.reader_no == reader_no, deliveries.c.date_ms >= date)
    ).scalar()
    count = 0 if last is None else int(last) - date + 1
    if count:
        tx.execute(update(views).where(views.c.reader_no == reader_no).values(last_ms=date + count - 1))
    return count


def regate(tx: Connection, reader_no: int, item_no: int, gate_no: int) -> None:
    """Put another gate before a delivered item, at its old date."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == item_no)
        .values(gate_no=gate_no)
    )


def withdraw(tx: Connection, reader_no: int, nos: Sequence[int], now: Instant) -> None:
    """Take items out of a reader's view, remembering that they were served."""
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        _remember(tx, which, now)
        tx.execute(delete(deliveries).where(*which))


def withdraw_closed(tx: Connection, reader_no: int, now: Instant) -> int:
    """Take all items behind closed gates out of a reader's view; gives how many."""
    is_open = select(open_gates.c.gate_no).where(open_gates.c.reader_no == reader_no, open_gates.c.until_ms > now)
    which = (deliveries.c.reader_no == reader_no, deliveries.c.gate_no.not_in(is_open))
    _remember(tx, which, now)
    return tx.execute(delete(deliveries).where(*which)).rowcount


def rows_of(tx: Connection, nos: Sequence[int]) -> dict[int, dict[int, HeldRow]]:
    """Give the rows of these records in each reader's view, by reader and record."""
    found: dict[int, dict[int, HeldRow]] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        # Named by reader too: the table is kept in the readers' order, and has no index on items alone.
        rows = tx.execute(
            select(deliveries.c.reader_no, *_HELD)
            .join(records, records.c.no == deliveries.c.item_no)
            .where(
                deliveries.c.reader_no.in_(select(views.c.reader_no)),
                deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]),
            )
        )
        for row in rows:
            found.setdefault(row[0], {})[row[1]] = HeldRow(*row[1:])
    return found


def closed_rows(tx: Connection, reader_no: int, now: Instant) -> list[HeldRow]:
    """Give those rows behind closed gates under whose ids other records are held."""
    is_open = select(open_gates.c.gate_no).where(open_gates.c.reader_no == reader_no, open_gates.c.until_ms > now)
    rows = tx.execute(
        select(*_HELD)
        .join(records, records.c.no == deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no.not_in(is_open), IS_ONE_OF_MANY)
    )
    return [HeldRow(*row) for row in rows]


def last_date(tx: Connection, reader_no: int) -> int:
    """Give the last date of a reader's stream (milliseconds)."""
    ((last,),) = bulk.rows_of(tx, _LAST_DATE, reader=reader_no)
    return int(last)


def redeliver(store: Store, tx: Connection, reader_no: int, nos: Sequence[int], now: Instant) -> None:
    """Move delivered items to the reader's present: they show more than they did."""
    rows: list[tuple[int, int, int]] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        found = tx.execute(select(deliveries.c.item_no, deliveries.c.gate_no, deliveries.c.type_no).where(*which))
        rows.extend((row[0], row[1], row[2]) for row in found)
        tx.execute(delete(deliveries).where(*which))
    append(store, tx, reader_no, sorted(rows), now)


def _next_date(tx: Connection, reader_no: int, now: Instant) -> int:
    row = tx.execute(select(views.c.last_ms).where(views.c.reader_no == reader_no)).one()
    return max(int(now), int(row[0]) + 1)


def _remember(tx: Connection, which: tuple[ColumnElement[bool], ...], now: Instant) -> None:
    source = select(
        deliveries.c.reader_no, deliveries.c.item_no, deliveries.c.date_ms, bindparam("ended", int(now))
    ).where(*which)
    tx.execute(insert(served).from_select(["reader_no", "item_no", "date_ms", "ended_ms"], source))


def regate_all(tx: Connection, reader_no: int, old_gate: int, new_gate: int) -> None:
    """Put a gate in another's place for one reader."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no == old_gate)
        .values(gate_no=new_gate)
    )


_LAST_DATE = select(views.c.last_ms).where(views.c.reader_no == bindparam("reader", type_=Integer))
_READERS = select(views.c.reader_no).order_by(views.c.reader_no)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_DELIVERED = select(deliveries.c.item_no, deliveries.c.gate_no).where(
    deliveries.c.reader_no == bindparam("reader", type_=Integer), deliveries.c.item_no.in_(_KEYS)
)
