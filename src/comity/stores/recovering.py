"""Keeps recoveries of accounts: asked for by one administrator, seconded by another, done after a delay."""

from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from comity.stores.approval_tables import recoveries
from comity.stores.bulk import rows_of
from comity.values import Instant

ASKED, WAITING, DONE, CANCELLED = "asked", "waiting", "done", "cancelled"
_RUNNING = (ASKED, WAITING)


class RecoveryRow(NamedTuple):
    """One recovery. `until_ms`: until when somebody may second it; `ready_ms`: from when on a code may be given."""

    no: int
    account_no: int
    asked_by: str
    asked_ms: int
    until_ms: int
    reason: str
    seconded_by: str = ""
    seconded_ms: int | None = None
    ready_ms: int | None = None
    state: str = ASKED
    ended_by: str = ""
    ended_ms: int | None = None


_THERE = (
    select(*(recoveries.c[name] for name in RecoveryRow._fields))
    .where((recoveries.c.state == ASKED) | (recoveries.c.state == WAITING))
    .order_by(recoveries.c.no)
)


def ask(tx: Connection, account_no: int, by: str, reason: str, now: Instant, until: Instant) -> RecoveryRow:
    """Enter a recovery; one that nobody seconded in time makes room."""
    no = int(tx.execute(select(func.coalesce(func.max(recoveries.c.no), 0))).scalar_one()) + 1
    row = RecoveryRow(no, account_no, by, int(now), int(until), reason)
    tx.execute(insert(recoveries).values(row._asdict()))
    return row


def running(tx: Connection, now: Instant) -> list[RecoveryRow]:
    """Give what is asked for or waits for its time, the oldest first."""
    found = list(map(RecoveryRow._make, rows_of(tx, _THERE)))
    return [row for row in found if row.state == WAITING or row.until_ms > now]


def running_for(tx: Connection, account_no: int, now: Instant) -> RecoveryRow | None:
    """Give the recovery that runs for an account."""
    return next((row for row in running(tx, now) if row.account_no == account_no), None)


def second(tx: Connection, no: int, by: str, now: Instant, ready: Instant) -> None:
    """Note the second administrator's word."""
    said = {"seconded_by": by, "seconded_ms": now, "ready_ms": ready, "state": WAITING}
    tx.execute(update(recoveries).where(recoveries.c.no == no, recoveries.c.state == ASKED).values(said))


def end(tx: Connection, no: int, state: str, by: str, now: Instant) -> None:
    """End a recovery: done or cancelled."""
    here = (recoveries.c.no == no, recoveries.c.state.in_(_RUNNING))
    tx.execute(update(recoveries).where(*here).values(state=state, ended_by=by, ended_ms=now))
