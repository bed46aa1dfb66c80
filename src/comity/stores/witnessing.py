"""Keeps the last checkpoint seen of each log of a peer, and how the last look at it went."""

from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

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


def peer_logs_of(tx: Connection, party_no: int) -> list[PeerLog]:
    """Give the logs that a peer has had, in the order in which they were first seen."""
    rows = tx.execute(select(peer_logs).where(peer_logs.c.party_no == party_no).order_by(peer_logs.c.no))
    return [PeerLog(r.party_no, r.no, r.origin, r.size, bytes(r.root), bytes(r.note), r.key, r.seen_ms) for r in rows]


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
    said = {"tried_ms": now, "error": error[:LONGEST_ERROR]} | ({} if error else {"sound_ms": now})
    if not tx.execute(update(log_checks).where(log_checks.c.party_no == party_no).values(said)).rowcount:
        tx.execute(insert(log_checks).values({"party_no": party_no, "sound_ms": None, **said}))


def log_check(tx: Connection, party_no: int) -> LogCheck | None:
    """Give how the last look at a peer's log went; none if there was none."""
    row = tx.execute(select(log_checks).where(log_checks.c.party_no == party_no)).first()
    return None if row is None else LogCheck(*row)
