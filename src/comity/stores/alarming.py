"""Keeps alarms: what a peer's node did that must not be passed over, each with what proves it, until it is cleared."""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.federation_tables import alarms
from comity.stores.streams import StreamNo
from comity.stores.tables import parties
from comity.values import Instant

_TIMES = func.coalesce(alarms.c.times, 1)
_STANDING = select(func.count()).select_from(alarms).where(alarms.c.cleared_ms.is_(None))
_PARTY, _WHAT, _SAID = bindparam("party", type_=Integer), bindparam("what", type_=Text), bindparam("said", type_=Text)
_SAME = (
    update(alarms)
    .where(alarms.c.party_no == _PARTY, alarms.c.kind == _WHAT, alarms.c.facts == _SAID, alarms.c.cleared_ms.is_(None))
    .values(times=_TIMES + 1)
)
_RAISED = insert(alarms).values(
    at_ms=bindparam("now", type_=BigInteger),
    party_no=_PARTY,
    kind=_WHAT,
    facts=_SAID,
    evidence=bindparam("proof", type_=LargeBinary),
    times=literal(1),
    stream_no=bindparam("gap_stream", type_=Integer),
    seq=bindparam("gap_seq", type_=BigInteger),
)


class Alarm(NamedTuple):
    """Something that a peer's node did which must not be passed over, with what proves it; raised so many `times`."""

    no: int
    at_ms: int
    party: str
    kind: str
    facts: str
    evidence: bytes | None
    times: int


class AlarmLine(NamedTuple):
    """An alarm without what proves it, of which there are `evidence_bytes`."""

    no: int
    at_ms: int
    party: str
    kind: str
    facts: str
    evidence_bytes: int
    times: int


class Gap(NamedTuple):
    """What would fill the gap that an alarm names: a statement of a stream."""

    stream_no: StreamNo
    seq: int


def raise_alarm(
    tx: Connection, party_no: int, kind: str, facts: str, now: Instant, evidence: bytes | None, gap: Gap | None = None
) -> None:
    """Note an alarm; the same one that stands already is counted, and keeps its first evidence."""
    if changed_by(tx, _SAME, party=party_no, what=kind, said=facts):
        return
    stream_no, seq = (None, None) if gap is None else gap
    changed_by(
        tx, _RAISED, now=now, party=party_no, what=kind, said=facts, proof=evidence, gap_stream=stream_no, gap_seq=seq
    )


_FIELDS = (alarms.c.no, alarms.c.at_ms, parties.c.name, alarms.c.kind, alarms.c.facts)
_LINES = (
    select(*_FIELDS, func.coalesce(func.length(alarms.c.evidence), 0), _TIMES)
    .join(parties, parties.c.no == alarms.c.party_no)
    .where(alarms.c.cleared_ms.is_(None))
    .order_by(alarms.c.no)
)
_LINES_ON = _LINES.where(parties.c.name == bindparam("party"))


def standing_alarms(tx: Connection) -> list[Alarm]:
    """Give the alarms that nobody has cleared, the oldest first."""
    rows = tx.execute(
        select(*_FIELDS, alarms.c.evidence, _TIMES)
        .join(parties, parties.c.no == alarms.c.party_no)
        .where(alarms.c.cleared_ms.is_(None))
        .order_by(alarms.c.no)
    )
    return [Alarm(*row) for row in rows]


def alarm_lines(tx: Connection, party: str | None = None) -> list[AlarmLine]:
    """Give the alarms that nobody has cleared without their evidence, those on one party or all, the oldest first."""
    rows = rows_of(tx, _LINES) if party is None else rows_of(tx, _LINES_ON, party=party)
    return list(map(AlarmLine._make, rows))


def alarm_of(tx: Connection, no: int) -> Alarm | None:
    """Give an alarm by its number, cleared or not."""
    row = tx.execute(
        select(*_FIELDS, alarms.c.evidence, _TIMES)
        .join(parties, parties.c.no == alarms.c.party_no)
        .where(alarms.c.no == no)
    ).first()
    return None if row is None else Alarm(*row[:5], None if row[5] is None else bytes(row[5]), row[6])


def clear_filled(tx: Connection, kind: str, gap: Gap, now: Instant) -> None:
    """Let alarms of a kind stand no longer that named a gap which is filled now: what they asked for came."""
    which = (alarms.c.kind == kind, alarms.c.stream_no == gap.stream_no, alarms.c.seq == gap.seq)
    tx.execute(update(alarms).where(*which, alarms.c.cleared_ms.is_(None)).values(cleared_ms=now))


def clear_alarm(tx: Connection, no: int, now: Instant) -> bool:
    """Let an alarm stand no longer, with its evidence kept; False if it does not stand."""
    done = tx.execute(update(alarms).where(alarms.c.no == no, alarms.c.cleared_ms.is_(None)).values(cleared_ms=now))
    return bool(done.rowcount)


def alarm_count(tx: Connection) -> int:
    """Count the alarms that nobody has cleared."""
    row = row_of(tx, _STANDING)
    return int(row[0]) if row else 0
