"""Keeps what the class of a record hangs on, and puts it into another: markings, what waits, what is said of it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, Connection, Integer, bindparam, delete, insert, select, update

from comity.stores.bulk import rows_of, rows_under
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import Store, many
from comity.stores.tables import (
    LIVE,
    PORTIONS,
    WITHDRAWN,
    due,
    markings,
    overrides,
    portions,
    records,
    unresolved,
)
from comity.values import Instant

DUE_AT_ONCE = 5_000  # ended embargoes that one transaction takes up: a million at once would hold the writer
WAITING_AT_ONCE = 1_000  # records that one transaction classes anew

_DUE = (
    select(due.c.at_ms, due.c.record_no)
    .where(due.c.at_ms <= bindparam("now", type_=BigInteger))
    .order_by(due.c.at_ms, due.c.record_no)
    .limit(bindparam("most", type_=Integer))
)
_MARKINGS = (
    select(markings.c.stix_id, records.c.body)
    .join(records, records.c.no == markings.c.record_no)
    .where(markings.c.source_no == bindparam("source", type_=Integer), records.c.body.is_not(None))
    .where((records.c.state == LIVE) | (records.c.state == WITHDRAWN))
)


class Override(NamedTuple):
    """What officers or acts have said about one record, against the rules."""

    personal: str | None = None
    consents: tuple[str, ...] = ()
    default_tlp: int | None = None


def markings_of(tx: Connection, source_no: int) -> list[tuple[str, bytes]]:
    """Give the marking definitions that a source has sent: id and body, the first received of each id.

    One that was taken back still says how what names it is handled: nothing opens or closes by its going.
    """
    return [(row[0], bytes(row[1])) for row in rows_of(tx, _MARKINGS, source=source_no)]


def bind_marking(tx: Connection, source_no: int, stix_id: str, record_no: int) -> bool:
    """Bind a marking id to its first definition by this source; False if it has one already (it is immutable)."""
    held = tx.execute(
        select(markings.c.record_no).where(markings.c.source_no == source_no, markings.c.stix_id == stix_id)
    ).first()
    if held is not None:
        return False
    tx.execute(insert(markings).values(source_no=source_no, stix_id=stix_id, record_no=record_no))
    return True


def bound_by(tx: Connection, record_nos: Sequence[int]) -> dict[int, str]:
    """Give the marking id that each of these records defines, for those that do."""
    found: dict[int, str] = {}
    for start in range(0, len(record_nos), KEYS_AT_ONCE):
        which = markings.c.record_no.in_(record_nos[start : start + KEYS_AT_ONCE])
        found.update(
            (row[0], row[1]) for row in tx.execute(select(markings.c.record_no, markings.c.stix_id).where(which))
        )
    return found


def naming_marking(tx: Connection, source_no: int, marking_key: bytes) -> list[int]:
    """Give the records of a source that name a marking, in their order. All that is held is gone through for it."""
    r = records.c
    here = (r.source_no == source_no, r.companion_keys.is_not(None))
    named = [
        bytes(row[0])
        for row in tx.execute(select(r.companion_keys).distinct().where(*here))
        if marking_key in (row[0][at : at + len(marking_key)] for at in range(0, len(row[0]), len(marking_key)))
    ]
    found: list[int] = []
    for start in range(0, len(named), KEYS_AT_ONCE):
        which = r.companion_keys.in_(named[start : start + KEYS_AT_ONCE])
        found += tx.execute(select(r.no).where(*here, which)).scalars()
    return sorted(found)


def wait_for(store: Store, tx: Connection, source_no: int, waits: Iterable[tuple[bytes, int]]) -> None:
    """Note for (marking, record) that the record waits for the marking's definition, where it is not noted yet."""
    wanted = set(waits)
    nos = sorted({no for _, no in wanted})
    known: set[tuple[bytes, int]] = set()
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = unresolved.c.record_no.in_(nos[start : start + KEYS_AT_ONCE])
        known.update(
            (bytes(row[0]), row[1])
            for row in tx.execute(select(unresolved.c.marking_key, unresolved.c.record_no).where(which))
        )
    many(store, tx, _INSERT_UNRESOLVED, [(source_no, *one) for one in sorted(wanted - known)])


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


def override_of(tx: Connection, record_no: int) -> Override:
    """Give what has been said about a record against the rules."""
    return overrides_of(tx, [record_no]).get(record_no, Override())


def overrides_of(tx: Connection, nos: Iterable[int]) -> dict[int, Override]:
    """Give what has been said against the rules about those of these records of which something has."""
    return {
        no: Override(personal, tuple(consents.split(",")) if consents else (), default_tlp)
        for no, personal, consents, default_tlp in rows_under(tx, _OVERRIDES, nos)
    }


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


class Reclassed(NamedTuple):
    """A record's other class and instants, and (marking id, class, required) of its portions."""

    record_no: int
    class_no: int
    embargo_ms: int | None = None
    expires_ms: int | None = None
    portions: tuple[tuple[str, int, bool], ...] = ()


def reclass(store: Store, tx: Connection, changed: Sequence[Reclassed]) -> None:
    """Put records and their portions into other classes, with other instants; they are not weighed again by this."""
    if not changed:
        return
    nos = [one.record_no for one in changed]
    flags = {row[0]: row[1] for row in rows_under(tx, _FLAGS, nos)}
    rows = [
        {
            "record_no": one.record_no,
            "class": one.class_no,
            "embargo": one.embargo_ms,
            "expires": one.expires_ms,
            "flagged": flags[one.record_no] & ~PORTIONS | (PORTIONS if one.portions else 0),
        }
        for one in changed
    ]
    tx.execute(_RECLASS, rows)
    for start in range(0, len(nos), KEYS_AT_ONCE):
        for table in (due, portions):
            tx.execute(delete(table).where(table.c.record_no.in_(nos[start : start + KEYS_AT_ONCE])))
    moments = [(moment, one.record_no) for one in changed for moment in {one.embargo_ms, one.expires_ms}]
    many(store, tx, _INSERT_DUE, [row for row in moments if row[0] is not None])
    parts = [(one.record_no, *portion) for one in changed for portion in one.portions]
    many(store, tx, _INSERT_PORTIONS, parts)


def due_by(tx: Connection, now: Instant, limit: int = DUE_AT_ONCE) -> list[int]:
    """Give the first of the records whose embargo has ended, and forget that they wait; the rest is told next time."""
    found = rows_of(tx, _DUE, now=now, most=limit)
    if found:
        at_ms, record_no = found[-1]
        earlier = (due.c.at_ms < at_ms) | ((due.c.at_ms == at_ms) & (due.c.record_no <= record_no))
        tx.execute(delete(due).where(earlier))
    return list(dict.fromkeys(row[1] for row in found))


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_OVERRIDES = select(overrides.c.record_no, overrides.c.personal, overrides.c.consents, overrides.c.default_tlp).where(
    overrides.c.record_no.in_(_KEYS)
)
_FLAGS = select(records.c.no, records.c.flags).where(records.c.no.in_(_KEYS))
_RECLASS = (
    update(records)
    .where(records.c.no == bindparam("record_no"))
    .values(
        class_no=bindparam("class"),
        embargo_ms=bindparam("embargo"),
        expires_ms=bindparam("expires"),
        flags=bindparam("flagged"),
    )
)
_INSERT_DUE, _INSERT_PORTIONS, _INSERT_UNRESOLVED = insert(due), insert(portions), insert(unresolved)
