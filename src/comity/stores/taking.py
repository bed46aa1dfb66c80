"""Keeps how far content is that is taken in beside requests, and what became of it."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.intake_tables import intakes
from comity.values import Instant

WAITING, READING, KEEPING, DONE, FAILED = "waiting", "reading", "keeping", "done", "failed"
RUNNING = (WAITING, READING, KEEPING)


class IntakeRow(NamedTuple):
    """One content that somebody asked to take in. `answer` is of what was done so far."""

    id: str
    asked_by: str
    asked_via: str
    asked_role: str
    name: str
    asked_ms: int
    state: str
    done: int
    total: int
    answer: bytes | None
    error: str | None
    ended_ms: int | None


def add_intake(tx: Connection, row: IntakeRow) -> None:
    """Enter what was asked for."""
    tx.execute(insert(intakes).values(row._asdict()))


def intake(tx: Connection, intake_id: str) -> IntakeRow | None:
    """Give the one of this id."""
    row = tx.execute(select(intakes).where(intakes.c.id == intake_id)).first()
    return None if row is None else IntakeRow(*row)


def intakes_of(tx: Connection, asked_by: str, asked_via: str, limit: int) -> list[IntakeRow]:
    """Give what one person or program asked for at a door, the newest first."""
    i = intakes.c
    mine = select(intakes).where(i.asked_by == asked_by, i.asked_via == asked_via)
    rows = tx.execute(mine.order_by(i.asked_ms.desc(), i.id).limit(limit))
    return [IntakeRow(*row) for row in rows]


def running_count(tx: Connection) -> int:
    """Count what has not ended."""
    return int(tx.execute(select(func.count()).select_from(intakes).where(intakes.c.state.in_(RUNNING))).scalar_one())


def go_on(tx: Connection, intake_id: str, state: str, done: int, total: int, answer: bytes | None) -> None:
    """Note how far it is, in the transaction that took it there."""
    said = {"state": state, "done": done, "total": total, "answer": answer}
    tx.execute(update(intakes).where(intakes.c.id == intake_id).values(said))


def end(tx: Connection, intake_id: str, state: str, error: str | None, answer: bytes | None, now: Instant) -> None:
    """Note what became of it. One that ended stays as it did."""
    said = {"state": state, "error": error, "answer": answer, "ended_ms": now}
    here = (intakes.c.id == intake_id, intakes.c.state.in_(RUNNING))
    tx.execute(update(intakes).where(*here).values(said))


def answers(tx: Connection) -> list[tuple[str, bytes]]:
    """Give (id, what became of the objects) of each: what an erasure looks through."""
    rows = tx.execute(select(intakes.c.id, intakes.c.answer).where(intakes.c.answer.is_not(None)))
    return [(row[0], bytes(row[1])) for row in rows]


def change_answer(tx: Connection, intake_id: str, answer: bytes) -> None:
    """Let another answer stand in the place of one."""
    tx.execute(update(intakes).where(intakes.c.id == intake_id).values(answer=answer))


def forget_ended(tx: Connection, before: Instant) -> int:
    """Forget what ended before an instant; gives how many."""
    return tx.execute(delete(intakes).where(intakes.c.ended_ms < before)).rowcount
