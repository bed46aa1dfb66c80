"""Keeps what must be answered for: audit, repeated requests, submissions' statuses, and what could not be read."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, delete, func, insert, literal_column, select, update

from comity.stores.bulk import changed_by, row_of, rows_of
from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.opening import SqlRow, Store, many
from comity.stores.tables import QUARANTINE_BYTES, audit, counters, idempotency, quarantine, statuses
from comity.values import Instant

_INSERT_REFUSED = insert(quarantine).values({c: bindparam(f"its_{c.name}") for c in quarantine.c if c.name != "no"})
_NOTE = insert(audit).values(
    at_ms=bindparam("at"), actor=bindparam("who"), via=bindparam("by"), verb=bindparam("did"), facts=bindparam("what")
)
_ANY_HELD = select(quarantine.c.no).limit(literal_column("1"))
BODIES_AT_ONCE = 20  # each may be as large as an object may be
_Q = quarantine.c
_GROUPS = (
    select(_Q.source_no, _Q.reason, func.count(), func.min(_Q.at_ms))
    .group_by(_Q.source_no, _Q.reason)
    .order_by(func.count().desc(), _Q.source_no, _Q.reason)
)
_LAST_LINE = select(func.coalesce(func.max(audit.c.no), 0))
_LINE = select(audit).where(audit.c.no == bindparam("at", type_=BigInteger))
_LINE_FROM = (
    select(audit.c.no, audit.c.at_ms)
    .where(audit.c.no >= bindparam("at", type_=BigInteger))
    .order_by(audit.c.no)
    .limit(literal_column("1"))
)
_NEXT_VERB = (
    select(audit.c.verb).where(audit.c.verb > bindparam("before")).order_by(audit.c.verb).limit(literal_column("1"))
)
ROW_BYTES = 256  # what a line of the quarantine takes beside its content, roughly


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


class Held(NamedTuple):
    """What is in quarantine from one source for one reason."""

    source_no: int
    reason: str
    lines: int
    oldest_ms: int


class Refused(NamedTuple):
    """An input on its way into quarantine."""

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
    changed_by(tx, _NOTE, at=at, who=actor, by=via, did=verb, what=facts)


def audit_rows(tx: Connection, after_no: int = 0, limit: int = 1000) -> list[AuditRow]:
    """Give audit lines in order."""
    rows = tx.execute(select(audit).where(audit.c.no > after_no).order_by(audit.c.no).limit(limit))
    return [AuditRow(*row) for row in rows]


def audit_of(tx: Connection, verb: str, limit: int) -> tuple[int, list[AuditRow]]:
    """Count the lines of one verb, and give the latest of them, newest first."""
    here = audit.c.verb == verb
    count = int(tx.execute(select(func.count()).select_from(audit).where(here)).scalar_one())
    rows = tx.execute(select(audit).where(here).order_by(audit.c.no.desc()).limit(limit))
    return count, [AuditRow(*row) for row in rows]


def last_audit_no(tx: Connection) -> int:
    """Give the number of the latest line of the audit; 0 if there is none."""
    row = row_of(tx, _LAST_LINE)
    return int(row[0]) if row else 0


def audit_since(tx: Connection, after_no: int, verbs: Iterable[str], limit: int) -> list[AuditRow]:
    """Give the lines of these verbs after a number, in order."""
    here = (audit.c.no > after_no, audit.c.verb.in_(list(verbs)))
    return [AuditRow(*row) for row in tx.execute(select(audit).where(*here).order_by(audit.c.no).limit(limit))]


def audit_line(tx: Connection, no: int) -> AuditRow | None:
    """Give the line of this number, unless it was dropped meanwhile."""
    row = row_of(tx, _LINE, at=no)
    return None if row is None else AuditRow._make(row)


def audit_from(tx: Connection, no: int) -> tuple[int, int] | None:
    """Give the number and time of the first line from a number on that was not dropped."""
    row = row_of(tx, _LINE_FROM, at=no)
    return None if row is None else (int(row[0]), int(row[1]))


def audit_where(
    tx: Connection,
    *,
    actor: str,
    verb: str,
    via: str,
    since: Instant | None,
    until: Instant | None,
    before_no: int,
    limit: int,
    from_no: int = 0,
    of: frozenset[str] | None = None,
    but: frozenset[str] = frozenset(),
) -> list[AuditRow]:
    """Give audit lines under a number, the newest first. Empty words and no time leave all in; `until` is exclusive.

    They are walked by their numbers: no index is of use for every mixture of what may be asked.

    Args:
        from_no: the lowest number that is looked at.
        of: only lines of these verbs, if given. but: no lines of these.
    """
    if "\0" in actor + verb + via:
        return []
    here = [audit.c.no < before_no, audit.c.no >= from_no]
    did = audit.c.verb.concat("")  # which keeps SQLite off the index by it, in whose order it would sort them all
    here += [column == word for column, word in ((audit.c.actor, actor), (did, verb), (audit.c.via, via)) if word]
    here += [] if of is None else [did.in_(sorted(of))]
    here += [audit.c.verb.not_in(sorted(but))] if but else []
    here += [] if since is None else [audit.c.at_ms >= since]
    here += [] if until is None else [audit.c.at_ms < until]
    rows = tx.execute(select(audit).where(*here).order_by(audit.c.no.desc()).limit(limit))
    return [AuditRow(*row) for row in rows]


def audit_no_at(tx: Connection, moment_ms: int) -> int:
    """Give the number of the first line of the audit from an instant on, were they all in order of time."""
    low, high = 1, last_audit_no(tx) + 1
    while low < high:
        middle = (low + high) // 2
        row = row_of(tx, _LINE_FROM, at=middle)
        if row is None or row[1] >= moment_ms:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


def audited_verbs(tx: Connection) -> list[str]:
    """Give every verb that the audit names, in alphabetical order: each is sought behind the one before."""
    found: list[str] = []
    while row := row_of(tx, _NEXT_VERB, before=found[-1] if found else ""):
        found.append(str(row[0]))
    return found


def earlier_answer(tx: Connection, actor: str, key: str) -> tuple[bytes, bytes] | None:
    """Give (hash of the request, answer) of an earlier request under the same key; an emptied answer is empty."""
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


def empty_answers(tx: Connection, words: Set[bytes]) -> int:
    """Empty the remembered answers that hold one of these words; that there was one stays. Gives how many."""
    i = idempotency.c
    rows = tx.execute(select(i.actor, i.key, i.answer)).all()
    told = [(row[0], row[1]) for row in rows if any(word in bytes(row[2]) for word in words)]
    for actor, key in told:
        tx.execute(update(idempotency).where(i.actor == actor, i.key == key).values(answer=b""))
    return len(told)


def forget_answers(tx: Connection, before: Instant) -> None:
    """Forget what was answered before an instant: who repeats a request later has it carried out anew."""
    tx.execute(delete(idempotency).where(idempotency.c.at_ms < before))


def put_status(tx: Connection, status_id: str, reader_no: int, body: bytes, now: Instant) -> None:
    """Keep the status of a submission."""
    tx.execute(insert(statuses).values(id=status_id, reader_no=reader_no, at_ms=now, body=body))


def status_of(tx: Connection, status_id: str, reader_no: int) -> bytes | None:
    """Give a status to the reader whose submission it was; None for everyone else."""
    if "\0" in status_id:
        return None
    row = tx.execute(
        select(statuses.c.body).where(statuses.c.id == status_id, statuses.c.reader_no == reader_no)
    ).first()
    return None if row is None else bytes(row[0])


def statuses_of(tx: Connection, reader_nos: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Give the statuses of these readers' submissions: id and body."""
    rows = tx.execute(select(statuses.c.id, statuses.c.body).where(statuses.c.reader_no.in_(sorted(reader_nos)))).all()
    return ((row[0], bytes(row[1])) for row in rows)


def latest_statuses(tx: Connection, reader_no: int, limit: int) -> list[bytes]:
    """Give the statuses of a reader's submissions that are still kept, the newest first."""
    here = statuses.c.reader_no == reader_no
    rows = tx.execute(select(statuses.c.body).where(here).order_by(statuses.c.at_ms.desc(), statuses.c.id).limit(limit))
    return [bytes(row[0]) for row in rows]


def change_status(tx: Connection, status_id: str, body: bytes) -> None:
    """Put another body in a status's place."""
    tx.execute(update(statuses).where(statuses.c.id == status_id).values(body=body))


def forget_statuses(tx: Connection, before: Instant) -> int:
    """Drop statuses older than an instant; gives how many."""
    return tx.execute(delete(statuses).where(statuses.c.at_ms < before)).rowcount


def quarantine_all(store: Store, tx: Connection, refused: Sequence[Refused], cap_bytes: int) -> int:
    """Keep what could not be read of one batch, once per source, content and reason; gives how many lines are new.

    Beyond the cap no content is kept, and one line stands for all of an origin with the same reason: whoever sends
    garbage without end must not fill the disk with our remarks on it.
    """
    if not refused:
        return 0
    held = quarantined_bytes(tx)
    last = int(tx.execute(select(func.max(quarantine.c.no))).scalar() or 0)
    chosen: dict[tuple[int, bytes, str], SqlRow] = {}
    for one in refused:
        size = len(one.body or b"")
        over = held + size + ROW_BYTES * (last + len(chosen)) > cap_bytes
        digest = hashlib.sha256(f"{one.origin}#{one.reason}".encode("utf-8", "backslashreplace")).digest()
        key = (one.source_no, digest if over else one.sha256, one.reason)
        if key not in chosen:
            body = None if over else one.body
            chosen[key] = (
                one.source_no, key[1], one.reason, _writable(one.path), one.size, _writable(one.origin), one.at_ms,
                one.reader_version, body,
            )  # fmt: skip
            held += len(body or b"")
    known = _known_refusals(tx, list(chosen))
    new = [row for key, row in chosen.items() if key not in known]
    many(store, tx, _INSERT_REFUSED, new)
    _count_bytes(tx, sum(len(row[-1]) for row in new if isinstance(row[-1], bytes)))
    return len(new)


def _known_refusals(tx: Connection, keys: Sequence[tuple[int, bytes, str]]) -> set[tuple[int, bytes, str]]:
    q, found = quarantine.c, set[tuple[int, bytes, str]]()
    for source_no in {key[0] for key in keys}:
        digests = [key[1] for key in keys if key[0] == source_no]
        for start in range(0, len(digests), KEYS_AT_ONCE):
            wanted = q.sha256.in_(digests[start : start + KEYS_AT_ONCE])
            rows = tx.execute(select(q.source_no, q.sha256, q.reason).where(q.source_no == source_no, wanted))
            found.update((row[0], bytes(row[1]), row[2]) for row in rows)
    return found


def quarantined_bytes(tx: Connection) -> int:
    """Give how many bytes of content the quarantine holds."""
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


def quarantine_groups(tx: Connection) -> list[Held]:
    """Give what is in quarantine by source and reason, the most first."""
    return list(map(Held._make, rows_of(tx, _GROUPS)))


def is_quarantine_empty(tx: Connection) -> bool:
    """Tell whether nothing is in quarantine."""
    return row_of(tx, _ANY_HELD) is None


def quarantine_count(tx: Connection) -> int:
    """Count the lines of the quarantine."""
    return int(tx.execute(select(func.count()).select_from(quarantine)).scalar_one())


def quarantined_bodies(tx: Connection, source_nos: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Give the content in quarantine that came from these sources, row by row: number and bytes."""
    here, after = (quarantine.c.source_no.in_(sorted(source_nos)), quarantine.c.body.is_not(None)), 0
    while True:
        wanted = select(quarantine.c.no, quarantine.c.body).where(*here, quarantine.c.no > after)
        rows = tx.execute(wanted.order_by(quarantine.c.no).limit(BODIES_AT_ONCE)).all()
        if not rows:
            return
        yield from ((row[0], bytes(row[1])) for row in rows)
        after = rows[-1][0]


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
