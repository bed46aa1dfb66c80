"""Keeps work to be done later: jobs and outgoing messages, with lease, retry and dead letters.

A worker leases what is due; if it dies, the lease ends and another takes over, so work is done at least once.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from comity.stores.bulk import changed_by, rows_of, rows_under
from comity.stores.tables import jobs, outbox
from comity.values import Instant

MOST_TRIES = 8
FIRST_WAIT_MS = 1_000
LONGEST_WAIT_MS = 3_600_000
ACT_MESSAGE = "act"  # a message whose payload is an act's record number
RECEIPT_MESSAGE = "receipt"  # a node's own `stored`, posted alone: who pulls it would have to acknowledge it in turn
_NO_WORD = "its worker ended without a word each time"

Which = Literal["jobs", "outbox"]
_TABLES: dict[Which, Table] = {"jobs": jobs, "outbox": outbox}

_WAITING_OF_KIND = (
    select(outbox.c.no, outbox.c.payload)
    .where(outbox.c.to_party == bindparam("to"), outbox.c.kind == bindparam("of"), outbox.c.state == "waiting")
    .order_by(outbox.c.no)
)
_WAITING_AMONG = _WAITING_OF_KIND.where(outbox.c.payload.in_(bindparam("keys", expanding=True)))
_WAITING = _WAITING_OF_KIND.where(outbox.c.no > bindparam("after", type_=BigInteger)).limit(
    bindparam("most", type_=Integer)
)
_ADD_MESSAGE = insert(outbox).values(
    to_party=bindparam("to"), kind=bindparam("of"), payload=bindparam("its_payload"), state="waiting",
    due_ms=bindparam("due"), lease_ms=0, tries=0, last_error=None,
)  # fmt: skip
_FINISHED = {which: delete(table).where(table.c.no == bindparam("at")) for which, table in _TABLES.items()}


class Work(NamedTuple):
    """A piece of work under lease; `kind` says what, `payload` with which input.

    `due_ms` tells it from later work under its number, which a database gives again, and changes with its payload.
    """

    no: int
    kind: str
    payload: bytes
    tries: int
    due_ms: int


def add_job(tx: Connection, kind: str, payload: bytes, due: Instant) -> None:
    """Put a job in line, in the transaction of what it follows from."""
    tx.execute(
        insert(jobs).values(
            kind=kind, payload=payload, state="waiting", due_ms=due, lease_ms=0, tries=0, last_error=None
        )
    )


def add_message(tx: Connection, to_party: str, kind: str, payload: bytes, due: Instant) -> None:
    """Put a message for a party in line, in the transaction of what it tells."""
    changed_by(tx, _ADD_MESSAGE, to=to_party, of=kind, its_payload=payload, due=due)


def waiting_for(tx: Connection, to_party: str, kind: str, limit: int, after: int = 0) -> list[tuple[int, bytes]]:
    """Give (number, payload) of the first messages of a kind after a number that wait for a party."""
    rows = rows_of(tx, _WAITING, to=to_party, of=kind, after=after, most=limit)
    return [(row[0], bytes(row[1])) for row in rows]


def waiting_among(tx: Connection, to_party: str, kind: str, payloads: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Give (number, payload) of the messages of a kind with one of these payloads that wait for a party."""
    return [(row[0], bytes(row[1])) for row in rows_under(tx, _WAITING_AMONG, payloads, to=to_party, of=kind)]


def count_waiting(tx: Connection, to_party: str, kind: str) -> int:
    """Count the messages of a kind that wait for a party."""
    which = (outbox.c.to_party == to_party, outbox.c.kind == kind, outbox.c.state == "waiting")
    return int(tx.execute(select(func.count()).select_from(outbox).where(*which)).scalar_one())


def lease(tx: Connection, which: Which, now: Instant, for_ms: int) -> Work | None:
    """Take the oldest due work for `for_ms` milliseconds; None if there is none."""
    table = _TABLES[which]
    free = (table.c.state == "waiting", table.c.due_ms <= now, table.c.lease_ms <= now)
    # Work that ends its worker never comes to `fail`: without this it would be tried for ever.
    tx.execute(update(table).where(*free, table.c.tries >= MOST_TRIES).values(state="dead", last_error=_NO_WORD))
    oldest = select(table.c.no).where(*free).order_by(table.c.due_ms, table.c.no).limit(1)
    row = tx.execute(
        update(table)
        .where(table.c.no == oldest.scalar_subquery(), *free)
        .values(lease_ms=now + for_ms, tries=table.c.tries + 1)
        .returning(table.c.no, table.c.kind, table.c.payload, table.c.tries, table.c.due_ms)
    ).first()
    return None if row is None else Work(row[0], row[1], bytes(row[2]), row[3], row[4])


def is_due(tx: Connection, which: Which, now: Instant) -> bool:
    """Tell whether there is work that nobody does and that could be begun."""
    table = _TABLES[which]
    free = (table.c.state == "waiting", table.c.due_ms <= now, table.c.lease_ms <= now)
    return tx.execute(select(table.c.no).where(*free).limit(1)).first() is not None


def renew(tx: Connection, which: Which, work: Work, until: Instant, payload: bytes | None = None) -> bool:
    """Keep work under lease until an instant, its payload changed if one is given; False if another has taken it.

    In the transaction of a part of the work, so that what a worker does whose lease has ended is undone.
    """
    table = _TABLES[which]
    said = {"lease_ms": until} if payload is None else {"lease_ms": until, "payload": payload}
    return tx.execute(update(table).where(*_still(table, work)).values(said)).rowcount == 1


def let_go(tx: Connection, which: Which, work: Work) -> None:
    """Give work back that is not done yet, for another to go on at once; this was no failed try."""
    table = _TABLES[which]
    tx.execute(update(table).where(*_still(table, work)).values(lease_ms=0, tries=work.tries - 1))


def free(tx: Connection, which: Which) -> None:
    """End every lease: for a process that takes over. Who still works under one finds out when it would renew it."""
    table = _TABLES[which]
    tx.execute(update(table).where(table.c.state == "waiting", table.c.lease_ms > 0).values(lease_ms=0))


def finish(tx: Connection, which: Which, no: int) -> None:
    """Take a piece of work that is done out of the line, and its payload with it."""
    changed_by(tx, _FINISHED[which], at=no)


def give_up(tx: Connection, which: Which, no: int, error: str) -> None:
    """Make a piece of work a dead letter: trying it again would not help."""
    table = _TABLES[which]
    tx.execute(update(table).where(table.c.no == no).values(state="dead", last_error=error[:500]))


def abandon(tx: Connection, which: Which, work: Work, error: str) -> None:
    """Make work under lease a dead letter.

    A worker whose lease has ended and whose work another has taken meanwhile changes nothing.
    """
    table = _TABLES[which]
    tx.execute(update(table).where(*_still(table, work)).values(state="dead", last_error=error[:500]))


def payloads(tx: Connection, which: Which, kind: str) -> Iterator[tuple[int, bytes]]:
    """Give (number, input) of all work of a kind, one after the other: an input may be large."""
    table = _TABLES[which]
    for no in tx.execute(select(table.c.no).where(table.c.kind == kind).order_by(table.c.no)).scalars().all():
        yield int(no), payload_of(tx, which, int(no))


def change_payload(tx: Connection, which: Which, no: int, payload: bytes) -> None:
    """Let work have another input. Whoever has it under lease loses it, which is no failed try, and it is due again."""
    c = _TABLES[which].c
    tries = case((c.lease_ms > 0, c.tries - 1), else_=c.tries)
    changed = {"payload": payload, "due_ms": c.due_ms - 1, "lease_ms": 0, "tries": tries}
    tx.execute(update(_TABLES[which]).where(c.no == no).values(changed))


def fail(tx: Connection, which: Which, work: Work, error: str, now: Instant) -> None:
    """Put failed work back to a later time, twice as late each time; after the eighth try it is a dead letter.

    A worker whose lease has ended and whose work another has taken meanwhile changes nothing.
    """
    table = _TABLES[which]
    wait = min(FIRST_WAIT_MS * 2 ** (work.tries - 1), LONGEST_WAIT_MS)
    state = "dead" if work.tries >= MOST_TRIES else "waiting"
    tx.execute(
        update(table)
        .where(*_still(table, work))
        .values(state=state, due_ms=now + wait, lease_ms=0, last_error=error[:500])
    )


def dead_letters(tx: Connection, which: Which) -> list[tuple[int, str, str]]:
    """Give (number, kind, last error) of work that was given up."""
    table = _TABLES[which]
    rows = tx.execute(select(table.c.no, table.c.kind, table.c.last_error).where(table.c.state == "dead"))
    return [(row[0], row[1], row[2] or "") for row in rows]


def payload_of(tx: Connection, which: Which, no: int) -> bytes:
    """Give the input of a piece of work; empty if it is gone."""
    table = _TABLES[which]
    row = tx.execute(select(table.c.payload).where(table.c.no == no)).first()
    return b"" if row is None else bytes(row[0])


def _still(table: Table, work: Work) -> tuple[ColumnElement[bool], ...]:
    c = table.c
    return c.no == work.no, c.state == "waiting", c.tries == work.tries, c.due_ms == work.due_ms
