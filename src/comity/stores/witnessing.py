"""Keeps the last checkpoint seen of each log of a peer, and how the last look at it went."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Integer, bindparam, func, insert, select, update

from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.federation_tables import held_statements, held_streams, log_checks, peer_logs
from comity.stores.tables import ACT, records
from comity.values import Instant

LONGEST_ERROR = 500
MOST_LOOKED_AT = 200  # acts


class PeerLog(NamedTuple):
    """A peer's log as it was last seen and verified. `no` counts the peer's logs; the highest is the present one.

    `seen_ms`: when it was first seen at this size, which is when it was last seen to grow.
    """

    party_no: int
    no: int
    origin: str
    size: int
    root: bytes
    note: bytes
    key: str  # the key that signed the note, as one word
    seen_ms: int


class LogCheck(NamedTuple):
    """How the last look at a peer's log went: since when it is in order or not; `error` is empty if it is."""

    party_no: int
    tried_ms: int
    sound_ms: int | None
    error: str


_PARTY, _NOW = bindparam("party", type_=Integer), bindparam("now", type_=BigInteger)
_LOGS = (
    select(*(peer_logs.c[name] for name in PeerLog._fields))
    .where(peer_logs.c.party_no == _PARTY)
    .order_by(peer_logs.c.no)
)
_CHECK, _FIRST = update(log_checks).where(log_checks.c.party_no == _PARTY), insert(log_checks)
_CHECKED = select(*(log_checks.c[name] for name in LogCheck._fields)).where(log_checks.c.party_no == _PARTY)
_SOUND = _CHECK.values(tried_ms=_NOW, sound_ms=_NOW, error="")
_FAILED = _CHECK.values(tried_ms=_NOW, error=bindparam("why"))


def peer_logs_of(tx: Connection, party_no: int) -> list[PeerLog]:
    """Give the logs that a peer has had, in the order in which they were first seen."""
    rows = rows_of(tx, _LOGS, party=party_no)
    return [PeerLog._make((*row[:4], bytes(row[4]), bytes(row[5]), *row[6:])) for row in rows]


def put_peer_log(tx: Connection, before: PeerLog | None, after: PeerLog) -> bool:
    """Go on from the state before; False if somebody has moved on from it meanwhile."""
    c = peer_logs.c
    if before is None:
        held = tx.execute(select(c.no).where(c.party_no == after.party_no, c.no >= after.no).limit(1)).first()
        if held is None:
            tx.execute(insert(peer_logs).values(after._asdict()))
        return held is None
    there = (c.party_no == before.party_no, c.no == before.no, c.size == before.size, c.root == before.root)
    return bool(tx.execute(update(peer_logs).where(*there).values(after._asdict())).rowcount)


def came_since(tx: Connection, party_no: int, since_ms: int) -> int | None:
    """Give when the first statement or act came from a party after a time; None if none did.

    Of acts the newest are looked at alone, those of all parties together.
    """
    h, s = held_statements.c, held_streams.c
    stated = tx.execute(
        select(func.min(h.at_ms))
        .select_from(held_statements.join(held_streams, s.no == h.stream_no))
        .where(s.party_no == party_no, h.at_ms > since_ms)
    ).scalar()
    # Acts have class 0: named, for there is an index by it.
    acts = tx.execute(
        select(records.c.source_no, records.c.kept_ms)
        .where(records.c.class_no == 0, records.c.family == ACT)
        .order_by(records.c.no.desc())
        .limit(MOST_LOOKED_AT)
    )
    found = [at_ms for source_no, at_ms in acts if source_no == party_no and at_ms > since_ms]
    return min([*found, *([] if stated is None else [int(stated)])], default=None)


def note_check(tx: Connection, party_no: int, error: str, now: Instant) -> None:
    """Note how a look at a peer's log went."""
    told = error[:LONGEST_ERROR]
    if error:
        done = changed_by(tx, _FAILED, party=party_no, now=now, why=told)
    else:
        done = changed_by(tx, _SOUND, party=party_no, now=now)
    if not done:
        sound_ms = None if error else int(now)
        changed_by(tx, _FIRST, party_no=party_no, tried_ms=now, sound_ms=sound_ms, error=told)


def log_check(tx: Connection, party_no: int) -> LogCheck | None:
    """Give how the last look at a peer's log went; none if there was none."""
    row = row_of(tx, _CHECKED, party=party_no)
    return None if row is None else LogCheck(*row)
