"""Keeps what must be answered for: audit, repeated requests, submissions' statuses, and what could not be read."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.stores.tables import QUARANTINE_BYTES, audit, counters, idempotency, quarantine, statuses
from comity.values import Instant


class Quarantined(NamedTuple):
    """An input that could not be read, with the reason; `body` is None where it was over the limit or the cap."""

    no: int
    source_no: int
    sha256: bytes
    reason: str
    path: str
    size: int
    origin: str
    at_ms: int
    reader_version: int
    body: bytes | None


class AuditRow(NamedTuple):
    """One line of the audit: who did what, by which door; never content."""

    no: int
    at_ms: int
    actor: str
    via: str
    verb: str
    facts: str


def note(tx: Connection, *, at: Instant, actor: str, via: str, verb: str, facts: str) -> None:
    """Write an audit line into the transaction of the act itself."""
    tx.execute(insert(audit).values(at_ms=at, actor=actor, via=via, verb=verb, facts=facts))


def audit_rows(tx: Connection, after_no: int = 0, limit: int = 1000) -> list[AuditRow]:
    """Give audit lines in order."""
    rows = tx.execute(select(audit).where(audit.c.no > after_no).order_by(audit.c.no).limit(limit))
    return [AuditRow(*row) for row in rows]


def earlier_answer(tx: Connection, actor: str, key: str) -> tuple[bytes, bytes] | None:
    """Give (hash of the request, answer) of an earlier request under the same key."""
    row = tx.execute(
        select(idempotency.c.request_sha256, idempotency.c.answer).where(
            idempotency.c.actor == actor, idempotency.c.key == key
        )
    ).first()
    return None if row is None else (bytes(row[0]), bytes(row[1]))


def remember_answer(tx: Connection, actor: str, key: str, request_sha256: bytes, answer: bytes, now: Instant) -> None:
    """Keep an answer under its idempotency key."""
    tx.execute(
        insert(idempotency).values(actor=actor, key=key, request_sha256=request_sha256, answer=answer, at_ms=now)
    )


def put_status(tx: Connection, status_id: str, reader_no: int, body: bytes, now: Instant) -> None:
    """Keep the status of a submission."""
    tx.execute(insert(statuses).values(id=status_id, reader_no=reader_no, at_ms=now, body=body))


def status_of(tx: Connection, status_id: str, reader_no: int) -> bytes | None:
    """Give a status to the reader whose submission it was; None for everyone else."""
    row = tx.execute(
        select(statuses.c.body).where(statuses.c.id == status_id, statuses.c.reader_no == reader_no)
    ).first()
    return None if row is None else bytes(row[0])


def forget_statuses(tx: Connection, before: Instant) -> int:
    """Drop statuses older than an instant; gives how many."""
    return tx.execute(delete(statuses).where(statuses.c.at_ms < before)).rowcount


def put_in_quarantine(
    tx: Connection,
    *,
    source_no: int,
    sha256: bytes,
    reason: str,
    path: str,
    size: int,
    origin: str,
    at: Instant,
    reader_version: int,
    body: bytes | None,
) -> bool:
    """Keep what could not be read, once per source, content and reason; False if it is there already."""
    same = (quarantine.c.source_no == source_no, quarantine.c.sha256 == sha256, quarantine.c.reason == reason)
    if tx.execute(select(quarantine.c.no).where(*same)).first() is not None:
        return False
    tx.execute(
        insert(quarantine).values(
            source_no=source_no,
            sha256=sha256,
            reason=reason,
            path=_writable(path),
            size=size,
            origin=_writable(origin),
            at_ms=at,
            reader_version=reader_version,
            body=body,
        )
    )
    _count_bytes(tx, len(body or b""))
    return True


def quarantined_bytes(tx: Connection) -> int:
    """Give how many bytes of content the quarantine holds; asked for each input that goes there."""
    return int(tx.execute(select(counters.c.value).where(counters.c.name == QUARANTINE_BYTES)).scalar_one())


def _count_bytes(tx: Connection, more: int) -> None:
    if more:
        here = counters.c.name == QUARANTINE_BYTES
        tx.execute(update(counters).where(here).values(value=counters.c.value + more))


def _writable(text: str) -> str:
    # A file's name and a key of hostile JSON may hold what no database takes: lone surrogates, and NUL on PostgreSQL.
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def quarantine_rows(tx: Connection, after_no: int = 0, limit: int = 1000) -> list[Quarantined]:
    """Give quarantined inputs in order."""
    rows = tx.execute(select(quarantine).where(quarantine.c.no > after_no).order_by(quarantine.c.no).limit(limit))
    return [Quarantined(*row) for row in rows]


def to_retry(tx: Connection, reader_version: int, limit: int = 500) -> list[Quarantined]:
    """Give inputs that an older reading of ours refused and whose bytes are held."""
    rows = tx.execute(
        select(quarantine)
        .where(quarantine.c.reader_version < reader_version, quarantine.c.body.is_not(None))
        .order_by(quarantine.c.no)
        .limit(limit)
    )
    return [Quarantined(*row) for row in rows]


def retried(tx: Connection, no: int, reader_version: int) -> None:
    """Note that an input was refused again by this reading."""
    tx.execute(update(quarantine).where(quarantine.c.no == no).values(reader_version=reader_version))


def leave_quarantine(tx: Connection, no: int) -> None:
    """Take an input out of quarantine."""
    held = tx.execute(select(func.length(quarantine.c.body)).where(quarantine.c.no == no)).scalar()
    _count_bytes(tx, -int(held or 0))
    tx.execute(delete(quarantine).where(quarantine.c.no == no))
