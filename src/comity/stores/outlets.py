"""Keeps to which collections of others this node submits, how far it has come, and how it went the last time."""

from typing import NamedTuple

from sqlalchemy import Connection, func, insert, or_, select, update

from comity.stores.outlet_tables import outlets
from comity.stores.tables import parties
from comity.values import Instant

LONGEST_ERROR = 500


class Outlet(NamedTuple):
    """One collection to which this node submits. `cursor_ms` is a date in the party's own stream of deliveries."""

    no: int
    party_no: int
    url: str
    readable: bool
    cursor_ms: int
    paused: bool
    dropped_ms: int | None
    lease_ms: int
    tried_ms: int | None
    done_ms: int | None
    due_ms: int
    failures: int
    last_error: str | None


class NamedOutlet(NamedTuple):
    """An outlet with the short name of its party."""

    party: str
    row: Outlet


def add_outlet(tx: Connection, party_no: int, url: str, now: Instant, *, readable: bool) -> Outlet:
    """Enter a collection to submit to, due at once. One that was dropped goes on where it stood."""
    which = (outlets.c.party_no == party_no, outlets.c.url == url)
    before = tx.execute(select(outlets).where(*which)).first()
    if before is not None:
        fresh = {"readable": readable, "paused": False, "dropped_ms": None, "due_ms": int(now)}
        tx.execute(update(outlets).where(*which).values(**fresh, failures=0, last_error=None))
        return Outlet(*before)._replace(readable=readable, paused=False, dropped_ms=None, due_ms=int(now), failures=0)
    no = int(tx.execute(select(func.coalesce(func.max(outlets.c.no), 0))).scalar_one()) + 1
    row = Outlet(no, party_no, url, readable, -1, False, None, 0, None, None, int(now), 0, None)
    tx.execute(insert(outlets).values(row._asdict()))
    return row


def all_outlets(tx: Connection, *, dropped: bool = False) -> list[NamedOutlet]:
    """Give every outlet by party and number; those that were dropped too, if asked."""
    statement = (
        select(parties.c.name, *outlets.c)
        .join(parties, parties.c.no == outlets.c.party_no)
        .order_by(parties.c.name, outlets.c.no)
    )
    if not dropped:
        statement = statement.where(outlets.c.dropped_ms.is_(None))
    return [NamedOutlet(row[0], Outlet(*row[1:])) for row in tx.execute(statement)]


def outlet(tx: Connection, no: int) -> Outlet:
    """Give an outlet by its number; a row once entered stays."""
    return Outlet(*tx.execute(select(outlets).where(outlets.c.no == no)).one())


def claim(tx: Connection, no: int, now: Instant, for_ms: int) -> bool:
    """Take an outlet for oneself for `for_ms` milliseconds; False if another has it, or it is paused or dropped."""
    # A lease beyond what can be given was taken by a clock that was wrong: nobody holds it.
    free = or_(outlets.c.lease_ms <= now, outlets.c.lease_ms > now + for_ms)
    here = (outlets.c.no == no, outlets.c.paused.is_(False), outlets.c.dropped_ms.is_(None))
    return bool(tx.execute(update(outlets).where(free, *here).values(lease_ms=now + for_ms)).rowcount)


def keep_claim(tx: Connection, no: int, now: Instant, for_ms: int) -> bool:
    """Hold an outlet for longer; False if it was paused or dropped meanwhile."""
    mine = (outlets.c.no == no, outlets.c.paused.is_(False), outlets.c.dropped_ms.is_(None))
    return bool(tx.execute(update(outlets).where(*mine).values(lease_ms=now + for_ms)).rowcount)


def move_on(tx: Connection, no: int, cursor_ms: int) -> None:
    """Note that all up to a date is in line."""
    tx.execute(update(outlets).where(outlets.c.no == no).values(cursor_ms=cursor_ms))


def let_go(tx: Connection, no: int, due: Instant) -> None:
    """Let an outlet go as it stands, and look at it again at an instant."""
    tx.execute(update(outlets).where(outlets.c.no == no).values(due_ms=due, lease_ms=0))


def note_success(tx: Connection, no: int, now: Instant, due: Instant) -> None:
    """Note that nothing is left to do, when to look again, and let the outlet go."""
    done = {"tried_ms": now, "done_ms": now, "due_ms": due, "failures": 0, "last_error": None, "lease_ms": 0}
    tx.execute(update(outlets).where(outlets.c.no == no).values(**done))


def note_failure(tx: Connection, no: int, error: str, now: Instant, due: Instant) -> None:
    """Note why nothing could be submitted, when it is tried again, and let the outlet go."""
    failed = {"tried_ms": now, "due_ms": due, "last_error": error[:LONGEST_ERROR], "lease_ms": 0}
    tx.execute(update(outlets).where(outlets.c.no == no).values(**failed, failures=outlets.c.failures + 1))


def set_paused(tx: Connection, no: int, now: Instant, *, paused: bool) -> None:
    """Rest an outlet, or take it up again at once."""
    tx.execute(update(outlets).where(outlets.c.no == no).values(paused=paused, due_ms=now))


def drop(tx: Connection, no: int, now: Instant) -> None:
    """Submit no more there. The row stays, and with it what is known to lie there."""
    tx.execute(update(outlets).where(outlets.c.no == no).values(dropped_ms=now))
