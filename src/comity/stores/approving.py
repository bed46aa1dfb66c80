"""Keeps acts that wait for a second person, and what became of them."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, func, insert, null, select, update

from comity.stores.approval_tables import pending_about, pending_acts
from comity.stores.bulk import rows_of
from comity.values import Instant

OPEN, DONE, REFUSED, WITHDRAWN, EXPIRED = "open", "done", "refused", "withdrawn", "expired"
BREAK_GLASS = "break-glass"


class PendingRow(NamedTuple):
    """An act that was asked for. `sealed` is what is to be done, until it is decided."""

    no: int
    verb: str
    sealed: bytes | None
    request_sha256: bytes
    challenge: bytes
    asked_by: str
    asked_via: str
    asked_role: str
    device: bytes | None
    reason: str
    asked_ms: int
    until_ms: int
    state: str
    decided_by: str = ""
    decided_ms: int | None = None
    method: str = ""
    words: str = ""
    reviewed_by: str = ""
    reviewed_ms: int | None = None
    finding: str = ""


def next_number(tx: Connection) -> int:
    """Give the number of the next act that is asked for."""
    return int(tx.execute(select(func.coalesce(func.max(pending_acts.c.no), 0))).scalar_one()) + 1


def add_pending(tx: Connection, row: PendingRow, about: Collection[bytes] = ()) -> None:
    """Enter an act, with the keyed hashes of what it is about."""
    tx.execute(insert(pending_acts).values(row._asdict()))
    if about:
        tx.execute(insert(pending_about), [{"about": one, "act_no": row.no} for one in sorted(set(about))])


def pendings_about(tx: Connection, verb: str, about: Collection[bytes]) -> list[PendingRow]:
    """Give the acts of a verb, decided or not, that are about all of these, the newest first."""
    wanted, a = set(about), pending_about.c
    all_of_them = (
        select(a.act_no).where(a.about.in_(wanted)).group_by(a.act_no).having(func.count() == len(wanted))
    )  # fmt: skip
    p = pending_acts.c
    rows = tx.execute(select(pending_acts).where(p.verb == verb, p.no.in_(all_of_them)).order_by(p.no.desc()))
    return [PendingRow(*row) for row in rows]


def pending(tx: Connection, no: int) -> PendingRow | None:
    """Give the act of this number."""
    row = tx.execute(select(pending_acts).where(pending_acts.c.no == no)).first()
    return None if row is None else PendingRow(*row)


def open_like(tx: Connection, request_sha256: bytes, asked_by: str, now: Instant) -> PendingRow | None:
    """Give the open act that the same person asked for in the same words."""
    p = pending_acts.c
    same = (p.request_sha256 == request_sha256, p.asked_by == asked_by, *_open(now))
    row = tx.execute(select(pending_acts).where(*same)).first()
    return None if row is None else PendingRow(*row)


def open_pendings(tx: Connection, now: Instant) -> list[PendingRow]:
    """Give what waits, the oldest first."""
    return list(map(PendingRow._make, rows_of(tx, _OPEN_ONES, now=now)))


def waiting(tx: Connection, now: Instant) -> list[PendingRow]:
    """Give what waits for a second person, or for its review, without what is sealed."""
    return list(map(PendingRow._make, rows_of(tx, _WAITING, now=now)))


def latest(tx: Connection, before_no: int, limit: int) -> list[PendingRow]:
    """Give acts, decided or not, the newest first."""
    p = pending_acts.c
    rows = tx.execute(select(pending_acts).where(p.no < before_no).order_by(p.no.desc()).limit(limit))
    return [PendingRow(*row) for row in rows]


def unreviewed(tx: Connection) -> list[PendingRow]:
    """Give what was carried out without a second person and not reviewed yet, the oldest first."""
    return list(map(PendingRow._make, rows_of(tx, _UNREVIEWED)))


def decide(tx: Connection, no: int, state: str, by: str, method: str, words: str, now: Instant) -> bool:
    """Decide an act that is still open; False if it is not: nothing is decided twice. What was sealed goes."""
    here = (pending_acts.c.no == no, *_open(now))
    said = {"state": state, "decided_by": by, "decided_ms": now, "method": method, "words": words, "sealed": None}
    return tx.execute(update(pending_acts).where(*here).values(said)).rowcount == 1


def review(tx: Connection, no: int, by: str, finding: str, now: Instant) -> bool:
    """Close the review of an act that was carried out without a second person; False if there is none to close."""
    p = pending_acts.c
    here = (p.no == no, p.method == BREAK_GLASS, p.reviewed_ms.is_(None))
    said = {"reviewed_by": by, "reviewed_ms": now, "finding": finding}
    return tx.execute(update(pending_acts).where(*here).values(said)).rowcount == 1


def expire(tx: Connection, now: Instant) -> int:
    """Close what waited too long, and drop what it held; gives how many."""
    p = pending_acts.c
    late = (p.state == OPEN, p.until_ms <= now)
    return tx.execute(update(pending_acts).where(*late).values(state=EXPIRED, sealed=None)).rowcount


_P = pending_acts.c
_ROWS = select(*(_P[name] for name in PendingRow._fields))
_OPEN_ONES = _ROWS.where(_P.state == OPEN, _P.until_ms > bindparam("now", type_=BigInteger)).order_by(_P.no)
_UNREVIEWED = _ROWS.where(_P.method == BREAK_GLASS, _P.reviewed_ms.is_(None)).order_by(_P.decided_ms, _P.no)
_WAITING = select(*(null() if name == "sealed" else _P[name] for name in PendingRow._fields)).where(
    ((_P.state == OPEN) & (_P.until_ms > bindparam("now", type_=BigInteger)))
    | ((_P.method == BREAK_GLASS) & _P.reviewed_ms.is_(None))
)


def _open(now: Instant) -> tuple[ColumnElement[bool], ...]:
    return pending_acts.c.state == OPEN, pending_acts.c.until_ms > now
