"""Finds what was given under statements: which records came by which leaf, and statements a few at a time."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from comity.stores.federation_tables import held_statements, provenance, statements
from comity.stores.streams import StreamNo
from comity.stores.tables import ACT, records
from comity.values import Instant

_ALWAYS = Instant(0)
AT_ONCE = 50  # statements: each lists up to 1,000 leaves


class CameBy(NamedTuple):
    """A record that came by a leaf of a statement."""

    record_no: int
    grade: str
    class_no: int
    is_erased: bool


def each_held(tx: Connection, stream_no: StreamNo, since: Instant = _ALWAYS) -> Iterator[tuple[int, bytes]]:
    """Give (number, envelope) of every statement of a stream that came since a time, in order; a few in memory."""
    h, last = held_statements.c, 0
    which = (h.stream_no == stream_no, h.at_ms >= since)
    while rows := tx.execute(
        select(h.seq, h.envelope).where(*which, h.seq > last).order_by(h.seq).limit(AT_ONCE)
    ).all():
        yield from ((row[0], bytes(row[1])) for row in rows)
        last = rows[-1][0]


def each_made(tx: Connection, reader_no: int) -> Iterator[tuple[int, bytes]]:
    """Give (number, envelope) of every statement made for a reader, in order."""
    s, last = statements.c, 0
    while rows := tx.execute(
        select(s.seq, s.envelope).where(s.reader_no == reader_no, s.seq > last).order_by(s.seq).limit(AT_ONCE)
    ).all():
        yield from ((row[0], bytes(row[1])) for row in rows)
        last = rows[-1][0]


def came_by(tx: Connection, stream_no: StreamNo, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], CameBy]:
    """Give what came by these (statement, place of the leaf in it) of a stream."""
    if not places:
        return {}
    p, r = provenance.c, records.c
    # One pass over the stream: there is no index by statement, and what ends asks for much of it.
    rows = tx.execute(
        select(p.seq, p.leaf, p.record_no, p.grade, r.class_no, r.body.is_(None))
        .join(records, r.no == p.record_no)
        .where(p.stream_no == stream_no)
    )
    return {
        (row[0], row[1]): CameBy(row[2], row[3], row[4], bool(row[5])) for row in rows if (row[0], row[1]) in places
    }


def acts_given(tx: Connection, source_no: int, since: Instant) -> list[int]:
    """Give the acts of a party that came since a time, in the order in which they came."""
    # Acts have class 0: named, for there is an index by it.
    which = (records.c.class_no == 0, records.c.family == ACT, records.c.source_no == source_no)
    rows = tx.execute(select(records.c.no).where(*which, records.c.kept_ms >= since).order_by(records.c.no))
    return [row[0] for row in rows]
