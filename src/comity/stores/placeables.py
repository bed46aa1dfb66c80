"""Finds what the sequencer looks at to place records before readers: what they are, need and stand on."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    bindparam,
    exists,
    func,
    select,
)

from comity.stores.bulk import rows_of, rows_under
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.tables import (
    END,
    LIVE,
    links,
    portions,
    records,
    siblings,
)
from comity.values import Instant

PLACEABLE = (
    records.c.no,
    records.c.id_key,
    records.c.type,
    records.c.class_no,
    records.c.flags,
    records.c.companion_keys,
    records.c.source_no,
)
IS_ONE_OF_MANY = exists().where(siblings.c.id_key == records.c.id_key)  # held under its id


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


def placeable(tx: Connection, first_no: int, last_no: int, now: Instant) -> list[Placeable]:
    """Give the live items of a range that no embargo holds back, in order."""
    return [Placeable._make(row) for row in rows_of(tx, _PLACEABLE, first=first_no, upto=last_no, now=now)]


def standing(tx: Connection, first_no: int, last_no: int) -> int:
    """Give how many items of a range are live."""
    ((count,),) = rows_of(tx, _STANDING, first=first_no, upto=last_no)
    return int(count)


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


def naming(tx: Connection, key: bytes, after: int, upto: int, limit: int) -> list[int]:
    """Give the next records after a number and up to another that name an id, in their order."""
    return [int(row[0]) for row in rows_of(tx, _NAMING, key=key, after=after, upto=upto, most=limit)]


def required_portions(tx: Connection, nos: Sequence[int]) -> dict[int, list[int]]:
    """Give the classes of those granular portions without which an object can not be served."""
    found: dict[int, list[int]] = {}
    for record_no, class_no in rows_under(tx, _REQUIRED, nos):
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


def with_portions_in(tx: Connection, class_nos: Sequence[int]) -> list[int]:
    """Give the records of which a granular portion is of one of these classes."""
    found: set[int] = set()
    for start in range(0, len(class_nos), KEYS_AT_ONCE):
        chunk = class_nos[start : start + KEYS_AT_ONCE]
        found.update(row[0] for row in tx.execute(select(portions.c.record_no).where(portions.c.class_no.in_(chunk))))
    return sorted(found)


def bodies_of(tx: Connection, nos: Sequence[int]) -> dict[int, bytes]:
    """Give the bytes of these records."""
    return {row[0]: bytes(row[1]) for row in rows_under(tx, _BODIES, nos) if row[1] is not None}


def free(now: Instant | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Give the tests of what may be placed: under embargo, expired, withdrawn or erased, it is placed before nobody."""
    return (
        records.c.class_no > 0,  # no act, nothing erased
        records.c.state == LIVE,
        (records.c.embargo_ms.is_(None)) | (records.c.embargo_ms <= now),
        (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now),
    )


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_FREE = free(bindparam("now", type_=BigInteger))
_UPTO = bindparam("upto", type_=BigInteger)
_PLACEABLE = (
    select(*PLACEABLE)
    .where(records.c.no >= bindparam("first", type_=BigInteger), records.c.no <= _UPTO, *_FREE)
    .order_by(records.c.no)
)
_STANDING = select(func.count()).where(
    records.c.no >= bindparam("first", type_=BigInteger),
    records.c.no <= _UPTO,
    records.c.class_no > 0,
    records.c.state == LIVE,
)
_PLACEABLE_OF = select(*PLACEABLE).where(records.c.no.in_(_KEYS), *_FREE).order_by(records.c.no)
_PLACEABLE_UNDER = (
    select(*PLACEABLE)
    .where(records.c.id_key.in_(_KEYS), records.c.no <= _UPTO, *_FREE)
    .order_by(records.c.version_us.desc(), records.c.no)
)
_ENDS = select(links.c.from_no, links.c.to_key).where(links.c.from_no.in_(_KEYS), links.c.role == END)
_LINKED = select(links.c.to_key, links.c.from_no, links.c.role).where(
    links.c.to_key.in_(_KEYS), links.c.from_no <= _UPTO
)
_REQUIRED = select(portions.c.record_no, portions.c.class_no).where(
    portions.c.record_no.in_(_KEYS), portions.c.required
)
_NAMING = (
    select(links.c.from_no)
    .distinct()
    .where(links.c.to_key == bindparam("key", type_=LargeBinary), links.c.from_no <= _UPTO)
    .where(links.c.from_no > bindparam("after", type_=BigInteger))
    .order_by(links.c.from_no)
    .limit(bindparam("most", type_=Integer))
)
_BODIES = select(records.c.no, records.c.body).where(records.c.no.in_(_KEYS))
