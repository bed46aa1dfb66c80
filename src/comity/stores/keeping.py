"""Keeps records: bytes, search values, class, salt and queue mark in one transaction; acknowledged means durable."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Connection, LargeBinary, Select, bindparam, insert, select, update

from comity.errors import StoreError
from comity.records.envelope import read_envelope
from comity.stores.bulk import changed_by, row_of, rows_of, rows_under
from comity.stores.opening import SqlRow, Store, many
from comity.stores.tables import (
    ACT,
    CLASSES,
    ITEM,
    LIVE,
    RECORDS,
    WITHDRAWN,
    classes,
    counters,
    due,
    links,
    overrides,
    portions,
    queue,
    records,
    search_values,
    siblings,
    unresolved,
)
from comity.values import id_key

KEYS_AT_ONCE = 900  # SQLite before 3.32 takes 999 bound values

_INSERT_RECORDS = insert(records)
_INSERT_LINKS = insert(links)
_INSERT_VALUES = insert(search_values)
_INSERT_UNRESOLVED = insert(unresolved)
_INSERT_PORTIONS = insert(portions)
_INSERT_SIBLINGS = insert(siblings)
_INSERT_DUE = insert(due)
_INSERT_OVERRIDES = insert(overrides)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_HELD = select(
    records.c.id_key, records.c.source_no, records.c.sha256, records.c.no, records.c.version_us, records.c.state
).where(records.c.id_key.in_(_KEYS))
_ADVANCE = (
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("by", type_=BigInteger))
    .returning(counters.c.value)
)
_MARK = insert(queue).values(kind=bindparam("what"), first_no=bindparam("its_first"), last_no=bindparam("its_last"))
# Acts have class 0: named, for there is an index by it, and all that is held would be gone through.
_ACTS = (
    select(records.c.no)
    .where(records.c.class_no == 0, records.c.family == ACT, records.c.type.in_(_KEYS))
    .order_by(records.c.no)
)
_OWN_ACTS, _ACTS_OF_OTHERS = _ACTS.where(records.c.source_no == 0), _ACTS.where(records.c.source_no != 0)


class Held(NamedTuple):
    """A record already held under an id."""

    id_key: bytes
    source_no: int
    sha256: bytes
    no: int
    version_us: int
    state: int


class NewRecord(NamedTuple):
    """One row of `records`, in the table's order."""

    no: int
    family: int
    source_no: int
    id_key: bytes
    stix_id: str
    type: str
    version: str
    version_us: int
    spec: int
    sha256: bytes
    salt: bytes | None
    class_no: int
    flags: int
    state: int
    ref_keys: bytes | None
    companion_keys: bytes | None
    embargo_ms: int | None
    expires_ms: int | None
    kept_ms: int
    body: bytes | None


class Batch(NamedTuple):
    """What one transaction keeps: records and the rows beside them, in their tables' order."""

    records: list[SqlRow]  # as `NewRecord`
    links: list[SqlRow]
    values: list[SqlRow]
    unresolved: list[SqlRow]
    portions: list[SqlRow]
    siblings: list[SqlRow]
    due: list[SqlRow]
    overrides: list[SqlRow]


class HeldRecord(NamedTuple):
    """A record as held; `body` is None once it is erased."""

    no: int
    family: int
    source_no: int
    id_key: bytes
    stix_id: str
    type: str
    version: str
    version_us: int
    spec: int
    sha256: bytes
    class_no: int
    flags: int
    state: int
    embargo_ms: int | None
    expires_ms: int | None
    kept_ms: int
    body: bytes | None


_WHOLE = select(*(records.c[name] for name in HeldRecord._fields))
_HELD_RECORDS = _WHOLE.where(records.c.no.in_(_KEYS))
_UNDER_ALL = _WHOLE.where(records.c.id_key.in_(_KEYS))
_HELD_UNDER = _WHOLE.where(records.c.id_key == bindparam("key", type_=LargeBinary)).order_by(
    records.c.version_us.desc(), records.c.no.desc()
)


def empty_batch() -> Batch:
    """A batch with nothing in it."""
    return Batch([], [], [], [], [], [], [], [])


def in_chunks(keys: Sequence[bytes], size: int = KEYS_AT_ONCE) -> Iterator[list[bytes]]:
    """Cut keys into lists that one statement can take."""
    for start in range(0, len(keys), size):
        yield list(keys[start : start + size])


def held_under(tx: Connection, keys: Iterable[bytes]) -> dict[bytes, list[Held]]:
    """Find the records held under the ids with these keys, from any source and in any state."""
    found: dict[bytes, list[Held]] = {}
    for held in map(Held._make, rows_held(tx, keys)):
        found.setdefault(held.id_key, []).append(held)
    return found


def rows_held(tx: Connection, keys: Iterable[bytes]) -> Sequence[Sequence[Any]]:
    """Find the same, each as the plain row that `Held` names."""
    return rows_under(tx, _HELD, keys)


def next_numbers(tx: Connection, count: int) -> int:
    """Take `count` record numbers and give the first; numbers of an undone transaction are taken again.

    The order of numbers is the order of commits, with no gap: one transaction writes at a time. On PostgreSQL, where
    several processes may keep at once, each waits at the row of this counter from its beginning until the other's end.
    """
    return _advanced(tx, RECORDS, count) - count + 1


def _advanced(tx: Connection, name: str, count: int) -> int:
    row = row_of(tx, _ADVANCE, counter=name, by=count)
    if row is None:
        raise StoreError("the counter {name} is missing: the database was not made by this program", name=name)
    return int(row[0])


def key_digest(key: str) -> bytes:
    """Give what the key of a class or gate is looked up by."""
    return hashlib.sha256(key.encode()).digest()


def keep(store: Store, tx: Connection, batch: Batch) -> int:
    """Write a batch and its queue mark; gives the last record number, 0 if the batch is empty.

    The queue mark stands in the same transaction: a crash can not leave a record that the sequencer never saw.
    """
    if not batch.records:
        return 0
    many(store, tx, _INSERT_RECORDS, batch.records)
    many(store, tx, _INSERT_LINKS, batch.links)
    values = batch.values
    if store.dialect == "postgresql":  # its text takes no NUL; no reading of ours finds a value with one
        values = [row for row in values if "\0" not in str(row[0]) + str(row[2])]
    many(store, tx, _INSERT_VALUES, values)
    many(store, tx, _INSERT_UNRESOLVED, batch.unresolved)
    many(store, tx, _INSERT_PORTIONS, batch.portions)
    many(store, tx, _INSERT_DUE, batch.due)
    many(store, tx, _INSERT_OVERRIDES, batch.overrides)
    add_siblings(store, tx, [row[0] for row in batch.siblings])
    first, last = (NewRecord._make(batch.records[at]).no for at in (0, -1))
    mark(tx, "new", first, last)
    return last


def add_siblings(store: Store, tx: Connection, keys: Iterable[object]) -> None:
    """Note ids that more than one record is held under."""
    wanted = sorted({key for key in keys if isinstance(key, bytes)})
    known: set[bytes] = set()
    for chunk in in_chunks(wanted):
        known.update(row[0] for row in tx.execute(select(siblings.c.id_key).where(siblings.c.id_key.in_(chunk))))
    many(store, tx, _INSERT_SIBLINGS, [(key,) for key in wanted if key not in known])


def mark(tx: Connection, kind: str, first_no: int, last_no: int) -> None:
    """Queue two numbers for the sequencer; what they mean stands at `numbering.Queued`."""
    changed_by(tx, _MARK, what=kind, its_first=first_no, its_last=last_no)


def class_numbers(tx: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Give the number of each class, numbering the ones not met before."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        digests = [key_digest(key) for key in wanted[start : start + KEYS_AT_ONCE]]
        rows = tx.execute(select(classes.c.key, classes.c.no).where(classes.c.key_sha256.in_(digests)))
        found.update({row[0]: row[1] for row in rows})
    new = [key for key in wanted if key not in found]
    if new:
        first = _advanced(tx, CLASSES, len(new)) - len(new) + 1
        entered = [{"no": first + i, "key": key, "key_sha256": key_digest(key)} for i, key in enumerate(new)]
        tx.execute(insert(classes), entered)
        found.update({key: first + i for i, key in enumerate(new)})
    return found


def digests_under(tx: Connection, key: bytes, source_no: int) -> set[bytes]:
    """Give the digests of what a source has sent under an id."""
    return {bytes(row[2]) for row in rows_under(tx, _HELD, (key,)) if row[1] == source_no}


def own_acts(tx: Connection, kinds: Sequence[str]) -> list[int]:
    """Give the node's own acts of these kinds, in their order."""
    return _numbers(tx, _OWN_ACTS, kinds)


def acts_of_others(tx: Connection, kinds: Sequence[str]) -> list[int]:
    """Give the acts of these kinds that other parties gave, in the order in which they came."""
    return _numbers(tx, _ACTS_OF_OTHERS, kinds)


def _numbers(tx: Connection, statement: Select[Any], kinds: Sequence[str]) -> list[int]:
    return [row[0] for row in rows_under(tx, statement, kinds)]


def held_record(tx: Connection, no: int) -> HeldRecord | None:
    """Give one record by its number."""
    rows = rows_under(tx, _HELD_RECORDS, (no,))
    return HeldRecord._make(rows[0]) if rows else None


def held_records(tx: Connection, nos: Iterable[int]) -> list[HeldRecord]:
    """Give records by their numbers, as far as they are there, in the order of these."""
    found = {row[0]: HeldRecord._make(row) for row in rows_under(tx, _HELD_RECORDS, nos)}
    return [found[no] for no in nos if no in found]


def records_under(tx: Connection, stix_id: str) -> list[HeldRecord]:
    """Give every record held under an id, from any source, newest version first."""
    return list(map(HeldRecord._make, rows_of(tx, _HELD_UNDER, key=id_key(stix_id))))


def records_under_all(tx: Connection, stix_ids: Iterable[str]) -> list[HeldRecord]:
    """Give every record held under any of these ids, the newest version of each id first."""
    rows = rows_under(tx, _UNDER_ALL, [id_key(stix_id) for stix_id in stix_ids])
    return sorted(map(HeldRecord._make, rows), key=lambda row: (row.version_us, row.no), reverse=True)


def keys_of(tx: Connection, nos: Sequence[int]) -> set[bytes]:
    """Give the keys of the ids under which these records are held."""
    found: set[bytes] = set()
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        found.update(bytes(row[0]) for row in tx.execute(select(records.c.id_key).where(records.c.no.in_(chunk))))
    return found


def live_bodies(tx: Connection, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Give the next live items after one number, as received."""
    rows = tx.execute(
        select(records.c.no, records.c.body)
        .where(records.c.no > after, records.c.family == ITEM, records.c.state == LIVE)
        .order_by(records.c.no)
        .limit(limit)
    )
    return [(row[0], bytes(row[1])) for row in rows]


def withdraw_records(tx: Connection, nos: Sequence[int]) -> None:
    """Mark records as taken back: kept, and shown to no reader."""
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        tx.execute(update(records).where(records.c.no.in_(chunk)).values(state=WITHDRAWN))


def restore_records(tx: Connection, nos: Sequence[int]) -> None:
    """Let records that were taken back stand again."""
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        which = (records.c.no.in_(chunk), records.c.state == WITHDRAWN)
        tx.execute(update(records).where(*which).values(state=LIVE))


class NamedEnd(NamedTuple):
    """An end of a relationship or sighting, as its object names it."""

    stix_id: str
    key: bytes


def ends_named(tx: Connection, held: HeldRecord) -> list[NamedEnd]:
    """Give the ends that a held relationship or sighting names, in its own words."""
    if held.body is None:
        return []
    return [NamedEnd(end, id_key(end)) for end in read_envelope(held.body).ends]
