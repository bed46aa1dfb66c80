"""Keeps records: bytes, search values, class, salt and queue mark in one transaction; acknowledged means durable."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from comity.errors import StoreError
from comity.records.envelope import read_envelope
from comity.stores.bulk import rows_under
from comity.stores.opening import SqlRow, Store, many
from comity.stores.tables import (
    ACT,
    CLASSES,
    ERASED,
    ITEM,
    LIVE,
    PORTIONS,
    RECORDS,
    WITHDRAWN,
    classes,
    counters,
    deliveries,
    due,
    links,
    markings,
    overrides,
    portions,
    queue,
    records,
    search_values,
    served,
    siblings,
    unresolved,
    views,
)
from comity.values import Instant, id_key

DUE_AT_ONCE = 5_000  # ended embargoes that one transaction takes up: a million at once would hold the writer
WAITING_AT_ONCE = 1_000  # records that one transaction classes anew
KEYS_AT_ONCE = 900  # SQLite before 3.32 takes 999 bound values

_INSERT_RECORDS = insert(records)
_INSERT_LINKS = insert(links)
_INSERT_VALUES = insert(search_values)
_INSERT_UNRESOLVED = insert(unresolved)
_INSERT_PORTIONS = insert(portions)
_INSERT_SIBLINGS = insert(siblings)
_INSERT_DUE = insert(due)
_INSERT_OVERRIDES = insert(overrides)
_HELD = select(
    records.c.id_key, records.c.source_no, records.c.sha256, records.c.no, records.c.version_us, records.c.state
).where(records.c.id_key.in_(bindparam("keys", expanding=True)))


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

    records: list[NewRecord]
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


class Override(NamedTuple):
    """What officers or acts have said about one record, against the rules."""

    personal: str | None = None
    consents: tuple[str, ...] = ()
    default_tlp: int | None = None


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
    for held in map(Held._make, rows_under(tx, _HELD, keys)):
        found.setdefault(held.id_key, []).append(held)
    return found


def next_numbers(tx: Connection, count: int) -> int:
    """Take `count` record numbers and give the first; numbers of an undone transaction are taken again.

    The order of numbers is the order of commits, with no gap: one transaction writes at a time. On PostgreSQL, where
    several processes may keep at once, each waits at the row of this counter from its beginning until the other's end.
    """
    return _advanced(tx, RECORDS, count) - count + 1


def _advanced(tx: Connection, name: str, count: int) -> int:
    here = update(counters).where(counters.c.name == name)
    row = tx.execute(here.values(value=counters.c.value + count).returning(counters.c.value)).first()
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
    many(store, tx, _INSERT_VALUES, [row for row in batch.values if not any(map(_has_nul, row))])
    many(store, tx, _INSERT_UNRESOLVED, batch.unresolved)
    many(store, tx, _INSERT_PORTIONS, batch.portions)
    many(store, tx, _INSERT_DUE, batch.due)
    many(store, tx, _INSERT_OVERRIDES, batch.overrides)
    add_siblings(store, tx, [row[0] for row in batch.siblings])
    first, last = batch.records[0].no, batch.records[-1].no
    mark(tx, "new", first, last)
    return last


def _has_nul(value: object) -> bool:
    # PostgreSQL's text takes no NUL; a value with one names nothing that anybody looks for.
    return isinstance(value, str) and "\0" in value


def add_siblings(store: Store, tx: Connection, keys: Iterable[object]) -> None:
    """Note ids that more than one record is held under."""
    wanted = sorted({key for key in keys if isinstance(key, bytes)})
    known: set[bytes] = set()
    for chunk in in_chunks(wanted):
        known.update(row[0] for row in tx.execute(select(siblings.c.id_key).where(siblings.c.id_key.in_(chunk))))
    many(store, tx, _INSERT_SIBLINGS, [(key,) for key in wanted if key not in known])


def mark(tx: Connection, kind: str, first_no: int, last_no: int) -> None:
    """Queue two numbers for the sequencer; what they mean stands at `numbering.Queued`."""
    tx.execute(insert(queue).values(kind=kind, first_no=first_no, last_no=last_no))


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


def markings_of(tx: Connection, source_no: int) -> list[tuple[str, bytes]]:
    """Give the marking definitions that a source has sent: id and body, the first received of each id."""
    rows = tx.execute(
        select(markings.c.stix_id, records.c.body)
        .join(records, records.c.no == markings.c.record_no)
        .where(markings.c.source_no == source_no, records.c.state == LIVE)
    )
    return [(row[0], bytes(row[1])) for row in rows]


def bind_marking(tx: Connection, source_no: int, stix_id: str, record_no: int) -> bool:
    """Bind a marking id to its first definition by this source; False if it has one already (it is immutable)."""
    held = tx.execute(
        select(markings.c.record_no).where(markings.c.source_no == source_no, markings.c.stix_id == stix_id)
    ).first()
    if held is not None:
        return False
    tx.execute(insert(markings).values(source_no=source_no, stix_id=stix_id, record_no=record_no))
    return True


def is_waited_for(tx: Connection, source_no: int, marking_key: bytes) -> bool:
    """Are there records that named a marking before its definition came?"""
    waiting = (unresolved.c.source_no == source_no, unresolved.c.marking_key == marking_key)
    return tx.execute(select(unresolved.c.record_no).where(*waiting).limit(1)).first() is not None


def waiting_for_marking(tx: Connection, source_no: int, marking_key: bytes, limit: int = WAITING_AT_ONCE) -> list[int]:
    """Give the first records that named a marking before its definition came, and forget that they wait.

    The rest is told next time.
    """
    waiting = (unresolved.c.source_no == source_no, unresolved.c.marking_key == marking_key)
    rows = tx.execute(select(unresolved.c.record_no).where(*waiting).order_by(unresolved.c.record_no).limit(limit))
    found = [row[0] for row in rows]
    if found:
        tx.execute(delete(unresolved).where(*waiting, unresolved.c.record_no <= found[-1]))
    return found


def digests_under(tx: Connection, key: bytes, source_no: int) -> set[bytes]:
    """Give the digests of what a source has sent under an id."""
    return {bytes(row[2]) for row in rows_under(tx, _HELD, (key,)) if row[1] == source_no}


def own_acts(tx: Connection, kinds: Sequence[str]) -> list[int]:
    """Give the node's own acts of these kinds, in their order."""
    rows = tx.execute(
        select(records.c.no)
        # Acts have class 0: named, for there is an index by it.
        .where(records.c.class_no == 0, records.c.family == ACT, records.c.source_no == 0, records.c.type.in_(kinds))
        .order_by(records.c.no)
    )
    return [row[0] for row in rows]


def others_acts(tx: Connection, kinds: Sequence[str]) -> list[int]:
    """Give the acts of these kinds that came from other parties, in their order."""
    rows = tx.execute(
        select(records.c.no)
        .where(records.c.class_no == 0, records.c.family == ACT, records.c.source_no != 0, records.c.type.in_(kinds))
        .order_by(records.c.no)
    )
    return [row[0] for row in rows]


def acts_of_others(tx: Connection, kinds: Sequence[str]) -> list[int]:
    """Give the acts of these kinds that other parties gave, in the order in which they came."""
    rows = tx.execute(
        select(records.c.no)
        .where(records.c.family == ACT, records.c.source_no != 0, records.c.type.in_(kinds))
        .order_by(records.c.no)
    )
    return [row[0] for row in rows]


def held_record(tx: Connection, no: int) -> HeldRecord | None:
    """Give one record by its number."""
    row = tx.execute(select(*(records.c[name] for name in HeldRecord._fields)).where(records.c.no == no)).first()
    return None if row is None else HeldRecord(*row)


def records_under(tx: Connection, stix_id: str) -> list[HeldRecord]:
    """Give every record held under an id, from any source, newest version first."""
    rows = tx.execute(
        select(*(records.c[name] for name in HeldRecord._fields))
        .where(records.c.id_key == id_key(stix_id))
        .order_by(records.c.version_us.desc(), records.c.no.desc())
    )
    return [HeldRecord(*row) for row in rows]


def override_of(tx: Connection, record_no: int) -> Override:
    """Give what has been said about a record against the rules."""
    row = tx.execute(
        select(overrides.c.personal, overrides.c.consents, overrides.c.default_tlp).where(
            overrides.c.record_no == record_no
        )
    ).first()
    if row is None:
        return Override()
    return Override(row[0], tuple(row[1].split(",")) if row[1] else (), row[2])


def set_override(tx: Connection, record_no: int, override: Override) -> None:
    """Keep what is said about a record against the rules."""
    tx.execute(delete(overrides).where(overrides.c.record_no == record_no))
    tx.execute(
        insert(overrides).values(
            record_no=record_no,
            personal=override.personal,
            consents=",".join(sorted(override.consents)) or None,
            default_tlp=override.default_tlp,
        )
    )


def reclass(
    tx: Connection,
    record_no: int,
    class_no: int,
    embargo_ms: int | None,
    expires_ms: int | None,
    portion_rows: Sequence[SqlRow],
) -> None:
    """Put a record and its portions into other classes, with other instants; it is not weighed again by this."""
    row = tx.execute(select(records.c.flags).where(records.c.no == record_no)).one()
    flags = (row[0] | PORTIONS) if portion_rows else (row[0] & ~PORTIONS)
    tx.execute(
        update(records)
        .where(records.c.no == record_no)
        .values(class_no=class_no, embargo_ms=embargo_ms, expires_ms=expires_ms, flags=flags)
    )
    tx.execute(delete(due).where(due.c.record_no == record_no))
    for moment in {embargo_ms, expires_ms} - {None}:
        tx.execute(insert(due).values(at_ms=moment, record_no=record_no))
    tx.execute(delete(portions).where(portions.c.record_no == record_no))
    for values in portion_rows:
        tx.execute(insert(portions).values(dict(zip(portions.c.keys(), values, strict=True))))


def due_by(tx: Connection, now: Instant, limit: int = DUE_AT_ONCE) -> list[int]:
    """Give the first of the records whose embargo has ended, and forget that they wait; the rest is told next time."""
    waiting = select(due.c.at_ms, due.c.record_no).where(due.c.at_ms <= now)
    found = tx.execute(waiting.order_by(due.c.at_ms, due.c.record_no).limit(limit)).all()
    if found:
        at_ms, record_no = found[-1]
        earlier = (due.c.at_ms < at_ms) | ((due.c.at_ms == at_ms) & (due.c.record_no <= record_no))
        tx.execute(delete(due).where(earlier))
    return list(dict.fromkeys(row[1] for row in found))


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


def erase_record(tx: Connection, no: int, blank: bytes) -> None:
    """Take content, salt, id and search values of a record away; `blank` (32 bytes, in its act) stands for its keys.

    The row's number, family, source and date stay, so that history keeps its count.
    """
    for table, column in (
        (search_values, search_values.c.record_no),
        (links, links.c.from_no),
        (portions, portions.c.record_no),
        (unresolved, unresolved.c.record_no),
        (overrides, overrides.c.record_no),
        (markings, markings.c.record_no),
        (due, due.c.record_no),
    ):
        tx.execute(delete(table).where(column == no))
    tx.execute(
        update(records)
        .where(records.c.no == no)
        .values(
            state=ERASED,
            id_key=blank[:16],
            stix_id="",
            type="",
            version="",
            version_us=0,
            sha256=blank,
            salt=None,
            class_no=0,
            flags=0,
            ref_keys=None,
            companion_keys=None,
            body=None,
        )
    )


def forget_siblings(tx: Connection, keys: Iterable[bytes]) -> None:
    """Drop the note that several records are held under an id, where none is any more: it would tell of the id."""
    wanted = set(keys)
    for key in sorted(wanted - held_under(tx, wanted).keys()):
        tx.execute(delete(siblings).where(siblings.c.id_key == key))


def salt_of(tx: Connection, no: int) -> bytes:
    """Give a record's salt, empty once it is erased."""
    return bytes(tx.execute(select(records.c.salt).where(records.c.no == no)).scalar() or b"")


def served_to(tx: Connection, nos: Sequence[int]) -> int:
    """Count the readers to whom any of these records has ever been released."""
    return len(readers_served(tx, nos))


def readers_served(tx: Connection, nos: Sequence[int]) -> set[int]:
    """Give the readers to whom any of these records has ever been released."""
    # Named by reader too: both tables are kept in the readers' order.
    readers = select(views.c.reader_no)
    found: set[int] = set()
    for start in range(0, len(nos), KEYS_AT_ONCE):
        chunk = nos[start : start + KEYS_AT_ONCE]
        for table in (deliveries, served):
            rows = tx.execute(
                select(table.c.reader_no).distinct().where(table.c.reader_no.in_(readers), table.c.item_no.in_(chunk))
            )
            found.update(row[0] for row in rows)
    return found


class NamedEnd(NamedTuple):
    """An end of a relationship or sighting, as its object names it."""

    stix_id: str
    key: bytes


def ends_named(tx: Connection, held: HeldRecord) -> list[NamedEnd]:
    """Give the ends that a held relationship or sighting names, in its own words."""
    if held.body is None:
        return []
    return [NamedEnd(end, id_key(end)) for end in read_envelope(held.body).ends]
