"""Appends deliveries: what becomes visible to a reader, in the order in which it does, each at a date of its own.

A reader's dates rise strictly and are never shared between readers: `date_ms = max(now, last of the reader + 1)`. The
date is the key, so `added_after` and page tokens need no second number.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    update,
    values,
)

from comity.errors import Conflict
from comity.stores.bulk import rows_under
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import Store, many
from comity.stores.tables import (
    END,
    FRAGILE,
    IS_RARE,
    LIVE,
    MEMBER,
    PORTIONS,
    deliveries,
    gates,
    links,
    numbers,
    open_gates,
    portions,
    queue,
    records,
    sequencer,
    served,
    siblings,
    views,
)
from comity.values import Instant

_MANY_NEW = 20_000
_INSERT_DELIVERIES = insert(deliveries)
_PLACEABLE = (
    records.c.no,
    records.c.id_key,
    records.c.type,
    records.c.class_no,
    records.c.flags,
    records.c.companion_keys,
    records.c.source_no,
)
_MANY = exists().where(siblings.c.id_key == records.c.id_key)
_HELD = (
    deliveries.c.item_no,
    deliveries.c.gate_no,
    records.c.id_key,
    records.c.version_us,
    records.c.companion_keys,
    records.c.source_no,
    _MANY.label("many"),
)


class Queued(NamedTuple):
    """One mark of the queue, and what its numbers are.

    `new`, `again`: records, first to last. `view`: a reader. `anew`: item and reader. `fuller`: class and reader.
    `marking`: the source of a late definition and its record.
    """

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
    source_no: int


class Parts(NamedTuple):
    """The class of a record, and (marking id, class) of its granular portions."""

    class_no: int
    portions: tuple[tuple[str, int], ...]

    @property
    def classes(self) -> tuple[int, ...]:
        """Every class by which something of the record is decided."""
        return (self.class_no, *(no for _, no in self.portions))


class HeldRow(NamedTuple):
    """An item that stands in a reader's view; `many`: other records are held under its id."""

    no: int
    gate_no: int
    id_key: bytes
    version_us: int
    companion_keys: bytes | None
    source_no: int
    many: bool


class Rest(NamedTuple):
    """Classes of which all items need more than their class, and those of which the fragile and cut ones do."""

    whole: Sequence[int]
    in_part: Sequence[int]


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
        select(*_PLACEABLE).where(records.c.no.between(first_no, last_no), *free(now)).order_by(records.c.no)
    )
    return [Placeable(*row) for row in rows]


def placeable_of(tx: Connection, nos: Sequence[int], now: Instant) -> list[Placeable]:
    """Give those of these records that are live items and that no embargo holds back, in order."""
    return [Placeable._make(row) for row in rows_under(tx, _PLACEABLE_OF, nos, now=now)]


def placeable_under(tx: Connection, keys: Iterable[bytes], last_no: int, now: Instant) -> dict[bytes, list[Placeable]]:
    """Give the items up to `last_no` under these ids that could be placed, by id."""
    found: dict[bytes, list[Placeable]] = {}
    for item in map(Placeable._make, rows_under(tx, _PLACEABLE_UNDER, keys, upto=last_no, now=now)):
        found.setdefault(item.id_key, []).append(item)
    return found


def ends_of(tx: Connection, nos: Sequence[int]) -> dict[int, list[bytes]]:
    """Give the ends that each of these relationships and sightings needs."""
    found: dict[int, list[bytes]] = {}
    for from_no, to_key in rows_under(tx, _ENDS, nos):
        found.setdefault(from_no, []).append(bytes(to_key))
    return found


def linked_to(tx: Connection, keys: Iterable[bytes], upto: int) -> list[tuple[bytes, int, int]]:
    """Give (key, record, role) of all records up to a number that name these ids."""
    return [(bytes(row[0]), int(row[1]), int(row[2])) for row in rows_under(tx, _LINKED, keys, upto=upto)]


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


def parts_of(tx: Connection, nos: Sequence[int]) -> dict[int, Parts]:
    """Give by which classes each of these records is decided, itself and its portions."""
    portioned: dict[int, list[tuple[str, int]]] = {}
    found: dict[int, Parts] = {}
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        statement = select(portions.c.record_no, portions.c.marking_id, portions.c.class_no)
        for no, marking, class_no in tx.execute(statement.where(portions.c.record_no.in_(chunk))):
            portioned.setdefault(no, []).append((marking, class_no))
        for no, class_no in tx.execute(select(records.c.no, records.c.class_no).where(records.c.no.in_(chunk))):
            found[no] = Parts(class_no, tuple(portioned.get(no, ())))
    return found


def delivered_of_class(
    tx: Connection, reader_no: int, class_no: int, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """Give (number, bytes) of the next items in a view that are, or of which a portion is, of a class."""
    portioned = select(portions.c.record_no).where(portions.c.class_no == class_no)
    rows = tx.execute(
        select(records.c.no, records.c.body)
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(
            deliveries.c.reader_no == reader_no,
            deliveries.c.item_no > after,
            (records.c.class_no == class_no) | records.c.no.in_(portioned),
        )
        .order_by(deliveries.c.item_no)
        .limit(limit)
    )
    return [(row[0], bytes(row[1] or b"")) for row in rows]


def with_portions_in(tx: Connection, class_nos: Sequence[int]) -> list[int]:
    """Give the records of which a granular portion is of one of these classes."""
    found: set[int] = set()
    for start in range(0, len(class_nos), KEYS_AT_ONCE):
        chunk = class_nos[start : start + KEYS_AT_ONCE]
        found.update(row[0] for row in tx.execute(select(portions.c.record_no).where(portions.c.class_no.in_(chunk))))
    return sorted(found)


def delivered(tx: Connection, reader_no: int, nos: Sequence[int]) -> dict[int, int]:
    """Give the gate of each of these records that has been delivered to the reader."""
    return {row[0]: row[1] for row in rows_under(tx, _DELIVERED, nos, reader=reader_no)}


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
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no.not_in(is_open), _MANY)
    )
    return [HeldRow(*row) for row in rows]


def closed_companions(tx: Connection, reader_no: int, now: Instant) -> list[int]:
    """Give the companions behind closed gates in a reader's view."""
    is_open = select(open_gates.c.gate_no).where(open_gates.c.reader_no == reader_no, open_gates.c.until_ms > now)
    rows = tx.execute(
        select(deliveries.c.item_no)
        .join(gates, gates.c.no == deliveries.c.gate_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no.not_in(is_open), gates.c.key.like("any:%"))
        .order_by(deliveries.c.item_no)
    )
    return [row[0] for row in rows]


def last_date(tx: Connection, reader_no: int) -> int:
    """Give the last date of a reader's stream (milliseconds)."""
    return int(tx.execute(select(views.c.last_ms).where(views.c.reader_no == reader_no)).scalar_one())


def are_many_new(tx: Connection, reader_no: int, start: int) -> bool:
    """Whether so much became visible after a date that it is quicker to go through what may concern it instead."""
    new = select(deliveries.c.date_ms).where(deliveries.c.reader_no == reader_no, deliveries.c.date_ms > start)
    return tx.execute(select(func.count()).select_from(new.limit(_MANY_NEW).subquery())).scalar_one() == _MANY_NEW


def linked_to_new_versions(tx: Connection, reader_no: int, start: int, *, many: bool) -> list[Placeable]:
    """Give the records that have as an end an id with several versions, of which one became visible after a date.

    With `many` every such id is looked at, else everything that became visible.
    """
    visible = _visible(deliveries, reader_no).where(deliveries.c.date_ms > start)
    if many:
        came = select(siblings.c.id_key).where(visible.where(records.c.id_key == siblings.c.id_key).exists())
    else:
        came = visible.where(_MANY)
    ends = select(links.c.from_no).where(links.c.role == END, links.c.to_key.in_(came))
    return [Placeable(*row) for row in tx.execute(select(*_PLACEABLE).where(records.c.no.in_(ends)))]


def naming_new(tx: Connection, reader_no: int, start: int, *, many: bool) -> list[int]:
    """Give the items that name as a member an id of which something is visible only since a date.

    With `many` every member is looked at, else everything that became visible.
    """
    new, old = deliveries.alias("new"), deliveries.alias("old")
    was = _visible(old, reader_no).where(old.c.date_ms <= start, records.c.id_key == links.c.to_key).exists()
    visible = _visible(new, reader_no).where(new.c.date_ms > start)
    came = visible.where(records.c.id_key == links.c.to_key).exists() if many else links.c.to_key.in_(visible)
    rows = tx.execute(select(links.c.from_no).distinct().where(links.c.role == MEMBER, came, ~was))
    return sorted(row[0] for row in rows)


def _visible(view: FromClause, reader_no: int) -> Select[tuple[bytes]]:
    """Select the keys of what stands in a reader's view."""
    return select(records.c.id_key).join(view, view.c.item_no == records.c.no).where(view.c.reader_no == reader_no)


def rows_before(tx: Connection, reader_no: int, nos: Sequence[int], date_ms: int) -> list[int]:
    """Give those of these records that stand in a view since a date or longer."""
    found: list[int] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        rows = tx.execute(select(deliveries.c.item_no).where(*which, deliveries.c.date_ms <= date_ms))
        found.extend(row[0] for row in rows)
    return found


def rows_flagged(tx: Connection, reader_no: int, flags: int) -> list[int]:
    """Give the items in a view that have one of these flags, all of `RARE`."""
    rows = tx.execute(
        select(records.c.no)
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(deliveries.c.reader_no == reader_no, IS_RARE, records.c.flags.op("&")(flags) != 0)
        .order_by(records.c.no)
    )
    return [row[0] for row in rows]


def bodies_of(tx: Connection, nos: Sequence[int]) -> dict[int, bytes]:
    """Give the bytes of these records."""
    return {row[0]: bytes(row[1]) for row in rows_under(tx, _BODIES, nos) if row[1] is not None}


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


def free(now: Instant | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Give the tests of what may be placed: under embargo, expired, withdrawn or erased, it is placed before nobody."""
    return (
        records.c.class_no > 0,  # no act, nothing erased
        records.c.state == LIVE,
        (records.c.embargo_ms.is_(None)) | (records.c.embargo_ms <= now),
        (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now),
    )


def _remember(tx: Connection, which: tuple[ColumnElement[bool], ...], now: Instant) -> None:
    source = select(
        deliveries.c.reader_no, deliveries.c.item_no, deliveries.c.date_ms, bindparam("ended", int(now))
    ).where(*which)
    tx.execute(insert(served).from_select(["reader_no", "item_no", "date_ms", "ended_ms"], source))


def not_delivered(tx: Connection, reader_no: int, rest: Rest, upto: int) -> list[int]:
    """Give the numbers of the live items that a reader does not have, in order, be they under embargo or expired too.

    All at once: to look for them part by part would go over all of a large class for each part.
    """
    held = (
        select(deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == records.c.no)
        .exists()
    )
    lacking = select(records.c.no).where(records.c.state == LIVE, records.c.no <= upto, ~held)
    cut = and_(records.c.class_no.in_(rest.in_part), IS_RARE, records.c.flags.op("&")(PORTIONS | FRAGILE) != 0)
    found = {row[0] for which in (records.c.class_no.in_(rest.whole), cut) for row in tx.execute(lacking.where(which))}
    return sorted(found)


def regate_all(tx: Connection, reader_no: int, old_gate: int, new_gate: int) -> None:
    """Put a gate in another's place for one reader."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no == old_gate)
        .values(gate_no=new_gate)
    )


def last_numbered(tx: Connection) -> int:
    """Give the highest record number that the sequencer has numbered."""
    row = tx.execute(
        select(numbers.c.first_no + numbers.c.n_last - numbers.c.n_first).order_by(numbers.c.n_first.desc()).limit(1)
    ).first()
    return 0 if row is None else int(row[0])


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_FREE = free(bindparam("now", type_=BigInteger))
_UPTO = bindparam("upto", type_=BigInteger)
_PLACEABLE_OF = select(*_PLACEABLE).where(records.c.no.in_(_KEYS), *_FREE).order_by(records.c.no)
_PLACEABLE_UNDER = (
    select(*_PLACEABLE)
    .where(records.c.id_key.in_(_KEYS), records.c.no <= _UPTO, *_FREE)
    .order_by(records.c.version_us.desc(), records.c.no)
)
_ENDS = select(links.c.from_no, links.c.to_key).where(links.c.from_no.in_(_KEYS), links.c.role == END)
_LINKED = select(links.c.to_key, links.c.from_no, links.c.role).where(
    links.c.to_key.in_(_KEYS), links.c.from_no <= _UPTO
)
_DELIVERED = select(deliveries.c.item_no, deliveries.c.gate_no).where(
    deliveries.c.reader_no == bindparam("reader", type_=Integer), deliveries.c.item_no.in_(_KEYS)
)
_BODIES = select(records.c.no, records.c.body).where(records.c.no.in_(_KEYS))
