"""Keeps what the class of a record hangs on, and puts it into another: markings, what waits, what is said of it."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, bindparam, delete, insert, select, update

from comity.stores.bulk import rows_of
from comity.stores.opening import SqlRow
from comity.stores.tables import (
    LIVE,
    PORTIONS,
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


class Override(NamedTuple):
    """What officers or acts have said about one record, against the rules."""

    personal: str | None = None
    consents: tuple[str, ...] = ()
    default_tlp: int | None = None


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
    found = rows_of(tx, _DUE, now=now, most=limit)
    if found:
        at_ms, record_no = found[-1]
        earlier = (due.c.at_ms < at_ms) | ((due.c.at_ms == at_ms) & (due.c.record_no <= record_no))
        tx.execute(delete(due).where(earlier))
    return list(dict.fromkeys(row[1] for row in found))
