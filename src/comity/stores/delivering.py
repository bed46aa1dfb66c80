"""Appends deliveries: what becomes visible to a reader, in the order in which it does, each at a date of its own.

A reader's dates rise strictly and are never shared between readers: `date_ms = max(now, last of the reader + 1)`. The
date is the key, so `added_after` and page tokens need no second number.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from comity.errors import Conflict
from comity.stores.keeping import KEYS_AT_ONCE, in_chunks
from comity.stores.opening import Store, many
from comity.stores.tables import (
    END,
    ITEM,
    LIVE,
    PORTIONS,
    deliveries,
    links,
    numbers,
    open_gates,
    portions,
    queue,
    records,
    sequencer,
    served,
    views,
    wanted,
)
from comity.values import Instant

_INSERT_DELIVERIES = insert(deliveries)
_PLACEABLE = (
    records.c.no,
    records.c.id_key,
    records.c.type,
    records.c.class_no,
    records.c.flags,
    records.c.companion_keys,
)


class Queued(NamedTuple):
    """One mark of the queue: `new` and `again` name records first to last, `view` names a reader."""

    no: int
    kind: str
    first_no: int
    last_no: int


class Placeable(NamedTuple):
    """What the sequencer looks at to place a record before readers."""

    no: int
    id_key: bytes
    type: str
    class_no: int
    flags: int
    companion_keys: bytes | None


def next_queued(tx: Connection) -> Queued | None:
    """Give the oldest mark of the queue."""
    row = tx.execute(select(queue).order_by(queue.c.no).limit(1)).first()
    return None if row is None else Queued(*row)


def done(tx: Connection, queued: Queued) -> None:
    """Take a mark off the queue."""
    tx.execute(delete(queue).where(queue.c.no == queued.no))


def seize(tx: Connection, epoch: int) -> None:
    """Become the sequencer: writers with an older epoch are fenced off from now on."""
    row = tx.execute(select(sequencer.c.epoch).where(sequencer.c.name == "main")).first()
    if row is None:
        tx.execute(insert(sequencer).values(name="main", n=0, epoch=epoch))
    else:
        tx.execute(update(sequencer).where(sequencer.c.name == "main").values(epoch=epoch))


def epoch_now(tx: Connection) -> int:
    """Give the epoch of the present sequencer, 0 if there was none yet."""
    row = tx.execute(select(sequencer.c.epoch).where(sequencer.c.name == "main")).first()
    return 0 if row is None else int(row[0])


def number(tx: Connection, epoch: int, first_no: int, count: int) -> int:
    """Number `count` records from `first_no` on; gives the last number.

    Raises:
        Conflict: another sequencer has taken over.
    """
    row = tx.execute(select(sequencer.c.n).where(sequencer.c.name == "main", sequencer.c.epoch == epoch)).first()
    if row is None:
        raise Conflict("another sequencer has taken over")
    n = int(row[0])
    moved = tx.execute(
        update(sequencer)
        .where(sequencer.c.name == "main", sequencer.c.n == n, sequencer.c.epoch == epoch)
        .values(n=n + count)
    )
    if moved.rowcount != 1:
        raise Conflict("another sequencer has taken over")
    if count:
        tx.execute(insert(numbers).values(n_first=n + 1, n_last=n + count, first_no=first_no))
    return n + count


def placeable(tx: Connection, first_no: int, last_no: int, now: Instant) -> list[Placeable]:
    """Give the live items of a range that no embargo holds back, in order."""
    rows = tx.execute(
        select(*_PLACEABLE).where(records.c.no.between(first_no, last_no), *_free(now)).order_by(records.c.no)
    )
    return [Placeable(*row) for row in rows]


def placeable_of(tx: Connection, nos: Sequence[int], now: Instant) -> list[Placeable]:
    """Give those of these records that are live items and that no embargo holds back, in order."""
    found: list[Placeable] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(select(*_PLACEABLE).where(records.c.no.in_(chunk), *_free(now)).order_by(records.c.no))
        found.extend(Placeable(*row) for row in rows)
    return found


def placeable_under(tx: Connection, keys: Iterable[bytes], last_no: int, now: Instant) -> dict[bytes, list[Placeable]]:
    """Give the items up to `last_no` under these ids that could be placed, by id."""
    found: dict[bytes, list[Placeable]] = {}
    for chunk in in_chunks(list(keys)):
        rows = tx.execute(
            select(*_PLACEABLE)
            .where(records.c.id_key.in_(chunk), records.c.no <= last_no, *_free(now))
            .order_by(records.c.version_us.desc(), records.c.no)
        )
        for row in rows:
            item = Placeable(*row)
            found.setdefault(item.id_key, []).append(item)
    return found


def ends_of(tx: Connection, nos: Sequence[int]) -> dict[int, list[bytes]]:
    """Give the ends that each of these relationships and sightings needs."""
    found: dict[int, list[bytes]] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(
            select(links.c.from_no, links.c.to_key).where(links.c.from_no.in_(chunk), links.c.role == END)
        )
        for from_no, to_key in rows:
            found.setdefault(from_no, []).append(bytes(to_key))
    return found


def linked_to(tx: Connection, keys: Iterable[bytes], upto: int) -> list[tuple[bytes, int, int]]:
    """Give (key, record, role) of all records up to a number that name these ids."""
    found: list[tuple[bytes, int, int]] = []
    for chunk in in_chunks(list(keys)):
        rows = tx.execute(
            select(links.c.to_key, links.c.from_no, links.c.role).where(
                links.c.to_key.in_(chunk), links.c.from_no <= upto
            )
        )
        found.extend((bytes(row[0]), int(row[1]), int(row[2])) for row in rows)
    return found


def required_portions(tx: Connection, nos: Sequence[int]) -> dict[int, list[int]]:
    """Give the classes of those granular portions without which an object can not be served."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(
            select(portions.c.record_no, portions.c.class_no).where(
                portions.c.record_no.in_(chunk), portions.c.required
            )
        )
        for record_no, class_no in rows:
            found.setdefault(record_no, []).append(class_no)
    return found


def all_portions(tx: Connection, nos: Sequence[int]) -> dict[int, list[int]]:
    """Give the classes of all granular portions of these records."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(select(portions.c.record_no, portions.c.class_no).where(portions.c.record_no.in_(chunk)))
        for record_no, class_no in rows:
            found.setdefault(record_no, []).append(class_no)
    return found


def delivered(tx: Connection, reader_no: int, nos: Sequence[int]) -> dict[int, int]:
    """Give the gate of each of these records that has been delivered to the reader."""
    found: dict[int, int] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        rows = tx.execute(
            select(deliveries.c.item_no, deliveries.c.gate_no).where(
                deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(chunk)
            )
        )
        found.update({row[0]: row[1] for row in rows})
    return found


def readers_of(tx: Connection) -> list[int]:
    """Give the numbers of all parties that have a view."""
    return [row[0] for row in tx.execute(select(views.c.reader_no).order_by(views.c.reader_no))]


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


def append_class(
    tx: Connection, reader_no: int, class_no: int, gate_no: int, type_no: int, now: Instant, upto: int
) -> int:
    """Append all items of one class that the reader does not have yet; gives how many. For types without ends."""
    date = _next_date(tx, reader_no, now)
    held = (
        select(deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == records.c.no)
        .exists()
    )
    place = func.row_number().over(order_by=records.c.no)
    source = select(
        bindparam("r", reader_no), place + (date - 1), records.c.no, bindparam("g", gate_no), bindparam("t", type_no)
    ).where(
        records.c.class_no == class_no,
        records.c.no <= upto,
        records.c.flags.op("&")(PORTIONS) == 0,
        *_free(now),
        ~held,
    )
    # An insert's count is not kept unless asked for: PostgreSQL's would be -1.
    count = tx.execute(
        insert(deliveries).from_select(["reader_no", "date_ms", "item_no", "gate_no", "type_no"], source),
        execution_options={"preserve_rowcount": True},
    ).rowcount
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


def withdraw(store: Store, tx: Connection, reader_no: int, nos: Sequence[int], now: Instant) -> None:
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


def withdraw_everywhere(tx: Connection, nos: Sequence[int], now: Instant) -> None:
    """Take items out of every reader's view."""
    for start in range(0, len(nos), KEYS_AT_ONCE):
        # Named by reader too: the table is kept in the readers' order, and has no index on items alone.
        readers = deliveries.c.reader_no.in_(select(views.c.reader_no))
        which = (readers, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        _remember(tx, which, now)
        tx.execute(delete(deliveries).where(*which))


def redeliver(store: Store, tx: Connection, reader_no: int, nos: Sequence[int], now: Instant) -> None:
    """Move delivered items to the reader's present: they show more than they did."""
    rows: list[tuple[int, int, int]] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        found = tx.execute(select(deliveries.c.item_no, deliveries.c.gate_no, deliveries.c.type_no).where(*which))
        rows.extend((row[0], row[1], row[2]) for row in found)
        tx.execute(delete(deliveries).where(*which))
    append(store, tx, reader_no, sorted(rows), now)


def want(tx: Connection, reader_no: int, key: bytes, gate_no: int) -> list[int] | None:
    """Note that an object behind this gate names a companion; gives all such gates if this one is new, else None."""
    here = (wanted.c.reader_no == reader_no, wanted.c.key == key)
    known = [row[0] for row in tx.execute(select(wanted.c.gate_no).where(*here))]
    if gate_no in known:
        return None
    tx.execute(insert(wanted).values(reader_no=reader_no, key=key, gate_no=gate_no))
    return sorted([*known, gate_no])


def wanted_gates(tx: Connection, reader_no: int, key: bytes) -> list[int]:
    """Give the gates behind which objects name this companion."""
    here = (wanted.c.reader_no == reader_no, wanted.c.key == key)
    return sorted(row[0] for row in tx.execute(select(wanted.c.gate_no).where(*here)))


def _next_date(tx: Connection, reader_no: int, now: Instant) -> int:
    row = tx.execute(select(views.c.last_ms).where(views.c.reader_no == reader_no)).one()
    return max(int(now), int(row[0]) + 1)


def _free(now: Instant) -> tuple[ColumnElement[bool], ...]:
    # An item under embargo, expired, withdrawn or erased is placed before nobody.
    return (
        records.c.family == ITEM,
        records.c.state == LIVE,
        (records.c.embargo_ms.is_(None)) | (records.c.embargo_ms <= now),
        (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now),
    )


def _remember(tx: Connection, which: tuple[ColumnElement[bool], ...], now: Instant) -> None:
    source = select(
        deliveries.c.reader_no, deliveries.c.item_no, deliveries.c.date_ms, bindparam("ended", int(now))
    ).where(*which)
    tx.execute(insert(served).from_select(["reader_no", "item_no", "date_ms", "ended_ms"], source))


def not_delivered(
    tx: Connection, reader_no: int, class_no: int, after: int, upto: int, limit: int, now: Instant, portions_only: bool
) -> list[Placeable]:
    """Give the next items of a class that a reader does not have; on wish only those with granular portions."""
    held = (
        select(deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == records.c.no)
        .exists()
    )
    statement = (
        select(*_PLACEABLE)
        .where(records.c.class_no == class_no, records.c.no > after, records.c.no <= upto, *_free(now), ~held)
        .order_by(records.c.no)
        .limit(limit)
    )
    if portions_only:
        statement = statement.where(records.c.flags.op("&")(PORTIONS) != 0)
    return [Placeable(*row) for row in tx.execute(statement)]


def companions_in_class(tx: Connection, class_no: int) -> list[bytes]:
    """Give the distinct lists of companions' keys that the items of a class name."""
    rows = tx.execute(
        select(records.c.companion_keys)
        .distinct()
        .where(records.c.class_no == class_no, records.c.companion_keys.is_not(None))
    )
    return [bytes(row[0]) for row in rows]


def regate_all(tx: Connection, reader_no: int, old_gate: int, new_gate: int) -> None:
    """Put a gate in another's place for one reader."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no == old_gate)
        .values(gate_no=new_gate)
    )


def wanted_keys(tx: Connection, reader_no: int) -> list[bytes]:
    """Give the ids of all companions that objects placed before a reader name."""
    return [bytes(row[0]) for row in tx.execute(select(wanted.c.key).distinct().where(wanted.c.reader_no == reader_no))]


def last_numbered(tx: Connection) -> int:
    """Give the highest record number that the sequencer has numbered."""
    row = tx.execute(
        select(numbers.c.first_no + numbers.c.n_last - numbers.c.n_first).order_by(numbers.c.n_first.desc()).limit(1)
    ).first()
    return 0 if row is None else int(row[0])
