"""Reads a reader's view: deliveries in date order, each tested now against its gate, its instants and its state."""

from collections.abc import Iterable, Sequence
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    SmallInteger,
    bindparam,
    case,
    cast,
    exists,
    func,
    select,
)

from comity.stores.bulk import rows_of, rows_under
from comity.stores.keeping import KEYS_AT_ONCE, in_chunks
from comity.stores.release_tables import deliveries, open_gates, views
from comity.stores.tables import LIVE, portions, records, siblings
from comity.values import Instant

# Date, number of the kind (see `look_in`, `gate_in`), keys of what it refers to, bytes. Bare: a thousand make a page.
PlainRow: TypeAlias = tuple[int, int, bytes | None, bytes]

LATEST_MS = 2**62  # later than any date of a view
OTHER_TYPE_NO = 0  # of deliveries whose type STIX 2.1 does not define


class Shown(NamedTuple):
    """One delivered item that the reader may have now."""

    date_ms: int
    item_no: int
    stix_id: str
    id_key: bytes
    type: str
    version: str
    version_us: int
    spec: int
    class_no: int
    flags: int
    ref_keys: bytes | None
    many: bool  # other records are held under the same id
    body: bytes
    gate_no: int
    source_no: int


class Look(NamedTuple):
    """What rows may have in common beside a gate: class, flags, and whether others are held under the same id."""

    class_no: int
    flags: int
    many: bool


class Wish(NamedTuple):
    """What part of a view is asked for; empty means everything."""

    keys: tuple[bytes, ...] = ()
    type_numbers: tuple[int, ...] = ()
    other_types: tuple[str, ...] = ()
    spec: int | None = None


class VisibleVersion(NamedTuple):
    """A version of an id that a reader may have now."""

    id_key: bytes
    item_no: int
    version_us: int
    source_no: int


_SHOWN = (
    deliveries.c.date_ms,
    records.c.no,
    records.c.stix_id,
    records.c.id_key,
    records.c.type,
    records.c.version,
    records.c.version_us,
    records.c.spec,
    records.c.class_no,
    records.c.flags,
    records.c.ref_keys,
    exists().where(siblings.c.id_key == records.c.id_key).label("many"),
    records.c.body,
    deliveries.c.gate_no,
    records.c.source_no,
)
# In one number, because each value of each row costs: below 2**63, as classes have numbers below 2**26.
_ALL_FLAGS, _ALL_GATES = 32, 2**31  # above the highest
_IS_MANY = case((exists().where(siblings.c.id_key == records.c.id_key), 1), else_=0)
_FACTS = (cast(records.c.class_no, BigInteger) * _ALL_FLAGS + records.c.flags) * 2 + _IS_MANY
_KIND = _FACTS * _ALL_GATES + deliveries.c.gate_no
_PLAIN = (deliveries.c.date_ms, _KIND.label("kind"), records.c.ref_keys, records.c.body)
_Given: TypeAlias = BindParameter[int]
_READER = bindparam("reader", type_=Integer)
_NOW = bindparam("now", type_=BigInteger)
_DELIVERED = deliveries.join(records, records.c.no == deliveries.c.item_no)


def shown(tx: Connection, reader_no: int, wish: Wish, after_ms: int, limit: int, now: Instant) -> list[Shown]:
    """Give at most `limit` items of a view that became visible after `after_ms`, in date order.

    All deliveries, or those of one type, are walked in date order until the page is full. For several types the dates
    are found type by type, and for named ids by the records under them; then the page is fetched by its dates.
    """
    if wish.keys:
        dates: Iterable[int] = _dates_of_keys(tx, reader_no, wish, after_ms, now)
    else:
        kinds = _kinds(wish)
        if len(kinds) < 2:
            values = {"reader": reader_no, "now": int(now), "after": after_ms, "most": limit}
            values |= {"kind": kinds[0]} if kinds else {}
            if wish.other_types:  # any text may be asked for
                return [Shown(*row) for row in tx.execute(_page(wish.spec, wish.other_types), values)]
            return list(map(Shown._make, rows_of(tx, _PAGES[bool(kinds), wish.spec], **values)))
        # One walk over several types would meet their dates out of order, and have to sort all of them.
        dates = merge(*(_dates_of_type(tx, reader_no, wish, kind, after_ms, limit, now) for kind in kinds))
    return shown_at(tx, reader_no, list(islice(dates, limit)), now)


def shown_at(tx: Connection, reader_no: int, dates: Sequence[int], now: Instant) -> list[Shown]:
    """Give the items of a view at these dates, which are in order."""
    return list(map(Shown._make, rows_under(tx, _AT_DATES, dates, reader=reader_no, now=int(now))))


def _shown_of(reader_no: int | _Given, now: int | _Given) -> Select[Any]:
    return select(*_SHOWN).select_from(_DELIVERED).where(deliveries.c.reader_no == reader_no, *_open(reader_no, now))


def plain_rows(
    tx: Connection, reader_no: int, kinds: tuple[int, ...], after_ms: int, limit: int, now: Instant
) -> Sequence[PlainRow]:
    """Give the rows that `shown` would find, of one type if asked, with the least that a page can be made of.

    Their gates are not tested: many rows share few, so that it costs less to ask of each gate once (`open_among`).
    """
    values = {"reader": reader_no, "now": int(now), "after": after_ms, "most": limit}
    values |= {"kind": kinds[0]} if kinds else {}
    return rows_of(tx, _PLAIN_PAGES[bool(kinds)], **values)  # type: ignore[return-value]  # as selected


def open_among(tx: Connection, reader_no: int, gates: Iterable[int], now: Instant) -> set[int]:
    """Give those of these gates that stand open before a reader now."""
    return {row[0] for row in rows_under(tx, _OPEN_AMONG, gates, reader=reader_no, now=int(now))}


def gate_in(kind: int) -> int:
    """Give the gate in the kind of a plain row."""
    return kind % _ALL_GATES


def look_in(kind: int) -> int:
    """Give the look in the kind of a plain row, in one number (`look_of`)."""
    return kind // _ALL_GATES


def look_of(number: int) -> Look:
    """Read a look: rows have few, and many gates."""
    return Look(number // 2 // _ALL_FLAGS, number // 2 % _ALL_FLAGS, bool(number % 2))


def _dates_of_type(
    tx: Connection, reader_no: int, wish: Wish, kind: int, after_ms: int, limit: int, now: Instant
) -> list[int]:
    statement = (
        select(deliveries.c.date_ms)
        .select_from(_DELIVERED)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.date_ms > after_ms)
        .where(*_wished(wish, (kind,)), *_open(reader_no, now))
        .order_by(deliveries.c.date_ms)
        .limit(limit)
    )
    return [row[0] for row in tx.execute(statement)]


def _dates_of_keys(tx: Connection, reader_no: int, wish: Wish, after_ms: int, now: Instant) -> list[int]:
    nos: list[int] = []
    for keys in in_chunks(wish.keys):
        nos.extend(row[0] for row in tx.execute(select(records.c.no).where(records.c.id_key.in_(keys))))
    dates: list[int] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        rows = tx.execute(
            select(deliveries.c.date_ms)
            .select_from(_DELIVERED)
            .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
            .where(*_wished(wish, _kinds(wish)), *_open(reader_no, now))
        )
        dates.extend(row[0] for row in rows if row[0] > after_ms)
    return sorted(dates)


def dates_before(
    tx: Connection, reader_no: int, type_nos: Sequence[int], before_ms: int, limit: int, now: Instant
) -> list[int]:
    """Give the latest dates of a view before one at which the reader may have something, of some types or all.

    The latest first. What is shut is passed over here: page by page it would be met anew in each of them.
    """
    here = [deliveries.c.reader_no == reader_no, deliveries.c.date_ms < before_ms, *_open(reader_no, now)]
    here += [deliveries.c.type_no.in_(type_nos)] if type_nos else []
    statement = select(deliveries.c.date_ms).select_from(_DELIVERED).where(*here)
    return list(tx.execute(statement.order_by(deliveries.c.date_ms.desc()).limit(limit)).scalars())


def visible_versions(
    tx: Connection, reader_no: int, keys: Iterable[bytes], now: Instant
) -> dict[bytes, list[VisibleVersion]]:
    """Give the versions of these ids that the reader may have now, oldest version first."""
    found: dict[bytes, list[VisibleVersion]] = {}
    for chunk in in_chunks(list(keys)):
        rows = tx.execute(
            select(records.c.id_key, records.c.no, records.c.version_us, records.c.source_no)
            .select_from(records.join(deliveries, deliveries.c.item_no == records.c.no))
            .where(records.c.id_key.in_(chunk), deliveries.c.reader_no == reader_no, *_open(reader_no, now))
            .order_by(records.c.version_us, records.c.no.desc())
        )
        for row in rows:
            found.setdefault(bytes(row[0]), []).append(VisibleVersion(*row))
    return found


def visible_keys(
    tx: Connection, reader_no: int, keys: Iterable[bytes], now: Instant, *, upto_ms: int | None = None
) -> set[bytes]:
    """Give those of these ids of which the reader may have some version now, delivered up to a date if one is given."""
    upto = LATEST_MS if upto_ms is None else upto_ms
    return {bytes(row[0]) for row in rows_under(tx, _VISIBLE_KEYS, keys, reader=reader_no, now=now, upto=upto)}


def portions_of(tx: Connection, nos: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """Give (marking id, class) of the granular portions of these records."""
    found: dict[int, list[tuple[str, int]]] = {}
    rows = tx.execute(
        select(portions.c.record_no, portions.c.marking_id, portions.c.class_no).where(portions.c.record_no.in_(nos))
    )
    for record_no, marking_id, class_no in rows:
        found.setdefault(record_no, []).append((marking_id, class_no))
    return found


def open_count(tx: Connection, reader_no: int, now: Instant) -> int:
    """Count what a reader may have now."""
    statement = (
        select(func.count())
        .select_from(deliveries.join(records, records.c.no == deliveries.c.item_no))
        .where(deliveries.c.reader_no == reader_no, *_open(reader_no, now))
    )
    return int(tx.execute(statement).scalar_one())


def view_ids(tx: Connection, reader_no: int) -> tuple[str, str] | None:
    """Give the ids of a reader's view and inbox."""
    row = tx.execute(select(views.c.view_id, views.c.inbox_id).where(views.c.reader_no == reader_no)).first()
    return None if row is None else (row[0], row[1])


def _open(reader_no: int | _Given, now: int | _Given) -> tuple[ColumnElement[bool], ...]:
    # Tested at read and not only when delivered, so that a tightening takes effect at once.
    gate = exists().where(
        open_gates.c.reader_no == reader_no,
        open_gates.c.gate_no == deliveries.c.gate_no,
        open_gates.c.until_ms > now,
    )
    return (gate, *_lasting(now))


def _lasting(now: int | _Given) -> tuple[ColumnElement[bool], ...]:
    return (records.c.state == LIVE, (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now))


def _kinds(wish: Wish) -> tuple[int, ...]:
    return (*wish.type_numbers, *((OTHER_TYPE_NO,) if wish.other_types else ()))


def _wished(wish: Wish, kinds: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    tests: list[ColumnElement[bool]] = []
    if kinds:
        # TAXII 2.1 §3.4.1: the values of one filter are alternatives.
        tests.append(deliveries.c.type_no == kinds[0] if len(kinds) == 1 else deliveries.c.type_no.in_(kinds))
    if wish.other_types:
        tests.append((deliveries.c.type_no != OTHER_TYPE_NO) | records.c.type.in_(wish.other_types))
    if wish.spec is not None:
        tests.append(records.c.spec == wish.spec)
    return tuple(tests)


def _page(spec: int | None, other_types: tuple[str, ...] = (), *, one_kind: bool = True) -> Select[Any]:
    return _paged(_shown_of(_READER, _NOW), one_kind=one_kind).where(*_wished(Wish((), (), other_types, spec), ()))


def _plain_page(*, one_kind: bool) -> Select[Any]:
    rows = select(*_PLAIN).select_from(_DELIVERED).where(deliveries.c.reader_no == _READER, *_lasting(_NOW))
    return _paged(rows, one_kind=one_kind)


def _paged(rows: Select[Any], *, one_kind: bool) -> Select[Any]:
    after = rows.where(deliveries.c.date_ms > bindparam("after", type_=BigInteger))
    if one_kind:
        after = after.where(deliveries.c.type_no == bindparam("kind", type_=SmallInteger))
    return after.order_by(deliveries.c.date_ms).limit(bindparam("most", type_=Integer))


_PAGES = {(one, spec): _page(spec, one_kind=one) for one in (False, True) for spec in (None, 20)}
_AT_DATES = (
    _shown_of(_READER, _NOW)
    .where(deliveries.c.date_ms.in_(bindparam("keys", expanding=True)))
    .order_by(deliveries.c.date_ms)
)
_PLAIN_PAGES = {one: _plain_page(one_kind=one) for one in (False, True)}
_OPEN_AMONG = select(open_gates.c.gate_no).where(
    open_gates.c.reader_no == _READER,
    open_gates.c.gate_no.in_(bindparam("keys", expanding=True)),
    open_gates.c.until_ms > _NOW,
)
_VISIBLE_KEYS = (
    select(records.c.id_key)
    .distinct()
    .select_from(records.join(deliveries, deliveries.c.item_no == records.c.no))
    .where(
        records.c.id_key.in_(bindparam("keys", expanding=True)),
        deliveries.c.reader_no == _READER,
        deliveries.c.date_ms <= bindparam("upto", type_=BigInteger),
        *_open(_READER, _NOW),
    )
)


def readers_who_may(tx: Connection, nos: Sequence[int], now: Instant) -> list[int]:
    """Give the readers who may have any of these records now."""
    gate = exists().where(
        open_gates.c.reader_no == deliveries.c.reader_no,
        open_gates.c.gate_no == deliveries.c.gate_no,
        open_gates.c.until_ms > now,
    )
    statement = (
        select(deliveries.c.reader_no)
        .distinct()
        .join(records, records.c.no == deliveries.c.item_no)
        .where(
            deliveries.c.reader_no.in_(select(views.c.reader_no)),
            deliveries.c.item_no.in_(nos),
            gate,
            records.c.state == LIVE,
            (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now),
        )
    )
    return [row[0] for row in tx.execute(statement)]
