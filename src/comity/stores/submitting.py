"""Keeps what is in line for an outlet in batches, and what became of each object there.

An object is put in line in the transaction that moves the outlet's place on. Its bytes are not kept here: they are made
when they go, so that what may no longer leave does not leave. That a batch goes is noted before it goes: after a crash
nobody knows whether it arrived.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, not_, or_, select, update

from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.outlet_tables import batches, outlets, submitted
from comity.stores.outlets import NamedOutlet, Outlet
from comity.stores.release_tables import deliveries, open_gates
from comity.stores.tables import LIVE, parties, records
from comity.values import Instant

WAITING, PENDING, TAKEN, FAILED, UNKNOWN, WITHHELD, DOUBLE = range(7)  # states of an object at an outlet
MAY_BE_THERE = (PENDING, TAKEN, UNKNOWN)
LONGEST_WORDS = 500
_NO_DIGEST = bytes(32)


class Batch(NamedTuple):
    """Objects that go in one request. `status_url` is there once the server has taken it and works on it."""

    no: int
    outlet_no: int
    tries: int
    unsure: bool
    posted_ms: int | None
    due_ms: int
    status_url: str | None


class Line(NamedTuple):
    """What is known of one object at an outlet."""

    item_no: int
    state: int
    sha256: bytes
    words: str = ""


class Held(NamedTuple):
    """One object at an outlet, for people. The id is empty once the item is erased."""

    item_no: int
    stix_id: str
    version: str
    state: int
    words: str
    differs: bool
    at_ms: int


class Tally(NamedTuple):
    """How many objects are in which state. `ended`: may be there, and may no longer be had; `words`: one reason."""

    by_state: dict[int, int]
    differing: int
    ended: int
    words: str


def known(tx: Connection, outlet_no: int, item_nos: Sequence[int]) -> dict[int, Line]:
    """Give what is known of these items at an outlet."""
    found: dict[int, Line] = {}
    for chunk in _chunks(item_nos):
        rows = tx.execute(
            select(submitted.c.item_no, submitted.c.state, submitted.c.sha256, submitted.c.words).where(
                submitted.c.outlet_no == outlet_no, submitted.c.item_no.in_(chunk)
            )
        )
        found.update({row[0]: Line(row[0], row[1], bytes(row[2]), row[3]) for row in rows})
    return found


def there_under(tx: Connection, outlet_no: int, id_keys: Sequence[bytes]) -> dict[tuple[bytes, str], int]:
    """Give by (id key, version) the items under these ids that went to an outlet or are in line for it."""
    found: dict[tuple[bytes, str], int] = {}
    for start in range(0, len(id_keys), KEYS_AT_ONCE):
        rows = tx.execute(
            select(records.c.id_key, records.c.version, records.c.no)
            .join(submitted, submitted.c.item_no == records.c.no)
            .where(submitted.c.outlet_no == outlet_no, submitted.c.state.in_((WAITING, *MAY_BE_THERE)))
            .where(records.c.id_key.in_(id_keys[start : start + KEYS_AT_ONCE]))
        )
        found.update({(bytes(row[0]), row[1]): row[2] for row in rows})
    return found


def put_in_line(tx: Connection, outlet_no: int, rows: Sequence[tuple[int, bytes]], now: Instant) -> None:
    """Make a batch of (item, SHA-256 of its bytes as they would go now)."""
    made = {"outlet_no": outlet_no, "tries": 0, "unsure": False, "posted_ms": None, "due_ms": now, "status_url": None}
    no = tx.execute(insert(batches).values(**made).returning(batches.c.no)).scalar_one()
    _replace(tx, outlet_no, [Line(item, WAITING, digest) for item, digest in rows], now, batch_no=no)


def put_aside(tx: Connection, outlet_no: int, lines: Sequence[Line], now: Instant) -> None:
    """Note objects that are not to go, and why."""
    _replace(tx, outlet_no, lines, now, batch_no=None)


def note_differing(tx: Connection, outlet_no: int, item_nos: Sequence[int]) -> None:
    """Note that these would go otherwise now than they went; what is there stays as it is."""
    for chunk in _chunks(item_nos):
        which = (submitted.c.outlet_no == outlet_no, submitted.c.item_no.in_(chunk))
        tx.execute(update(submitted).where(*which).values(differs=True))


def batches_of(tx: Connection, outlet_no: int) -> list[Batch]:
    """Give what is on its way to an outlet; first what was tried least, so that one bad batch holds up no other."""
    rows = tx.execute(select(batches).where(batches.c.outlet_no == outlet_no).order_by(batches.c.tries, batches.c.no))
    return [Batch(*row) for row in rows]


def lines_of(tx: Connection, batch_no: int) -> list[Line]:
    """Give the objects of a batch, in the order of their numbers."""
    rows = tx.execute(
        select(submitted.c.item_no, submitted.c.state, submitted.c.sha256, submitted.c.words)
        .where(submitted.c.batch_no == batch_no)
        .order_by(submitted.c.item_no)
    )
    return [Line(row[0], row[1], bytes(row[2]), row[3]) for row in rows]


def names_of(tx: Connection, item_nos: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Give (id, version) of items; both empty for one that was erased."""
    found: dict[int, tuple[str, str]] = {}
    for chunk in _chunks(item_nos):
        rows = tx.execute(select(records.c.no, records.c.stix_id, records.c.version).where(records.c.no.in_(chunk)))
        found.update({row[0]: (row[1], row[2]) for row in rows})
    return found


def dates_of(tx: Connection, reader_no: int, item_nos: Sequence[int]) -> list[int]:
    """Give the dates at which these items stand in a reader's stream, in order; none for what is no longer there."""
    dates: list[int] = []
    for chunk in _chunks(item_nos):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(chunk))
        dates += tx.execute(select(deliveries.c.date_ms).where(*which)).scalars()
    return sorted(dates)


def note_going(tx: Connection, batch_no: int, now: Instant) -> None:
    """Note that a batch goes now, before it goes."""
    going = {"tries": batches.c.tries + 1, "unsure": True, "posted_ms": now}
    tx.execute(update(batches).where(batches.c.no == batch_no).values(**going))


def note_stayed(tx: Connection, batch: Batch) -> None:
    """Note that a batch did not go: the server took nothing of it, and said so."""
    as_before = {"tries": batch.tries, "unsure": batch.unsure, "posted_ms": batch.posted_ms}
    tx.execute(update(batches).where(batches.c.no == batch.no).values(**as_before))


def note_lines(tx: Connection, outlet_no: int, lines: Iterable[Line], now: Instant) -> None:
    """Note what became of objects; of which nothing more is to come, they leave their batch."""
    for line in lines:
        values: dict[str, Any] = {"state": line.state, "words": line.words[:LONGEST_WORDS], "at_ms": now}
        if line.state not in (WAITING, PENDING):
            values["batch_no"] = None
        which = (submitted.c.outlet_no == outlet_no, submitted.c.item_no == line.item_no)
        tx.execute(update(submitted).where(*which).values(sha256=line.sha256, **values))


def await_status(tx: Connection, batch_no: int, status_url: str | None, tries: int, due: Instant) -> None:
    """Note where and when to ask what became of a batch."""
    values = {"status_url": status_url, "tries": tries, "unsure": False, "due_ms": due}
    tx.execute(update(batches).where(batches.c.no == batch_no).values(**values))


def finish(tx: Connection, batch_no: int) -> None:
    """Take a batch out of which nothing more is to come."""
    tx.execute(delete(batches).where(batches.c.no == batch_no))


def part(tx: Connection, batch: Batch, tries: int, now: Instant) -> None:
    """Make two batches of one, as unsure as `batch` says; both count `tries` tries."""
    items = [line.item_no for line in lines_of(tx, batch.no)]
    made = {**batch._asdict(), "tries": tries, "posted_ms": None, "due_ms": now}
    del made["no"]
    second = tx.execute(insert(batches).values(**made).returning(batches.c.no)).scalar_one()
    for chunk in _chunks(items[(len(items) + 1) // 2 :]):
        which = (submitted.c.outlet_no == batch.outlet_no, submitted.c.item_no.in_(chunk))
        tx.execute(update(submitted).where(*which).values(batch_no=second))
    first = {"tries": tries, "unsure": batch.unsure, "posted_ms": None, "due_ms": now}
    tx.execute(update(batches).where(batches.c.no == batch.no).values(**first))


def try_again(tx: Connection, outlet_no: int, at_once: int, now: Instant) -> int:
    """Put what was not taken, or of which nobody knows, in line again, `at_once` to a batch; gives how many."""
    which = (submitted.c.outlet_no == outlet_no, submitted.c.state.in_((FAILED, UNKNOWN)))
    rows = [
        (row[0], bytes(row[1])) for row in tx.execute(select(submitted.c.item_no, submitted.c.sha256).where(*which))
    ]
    rows = [row for row in rows if row[1] != _NO_DIGEST]  # those are erased
    for start in range(0, len(rows), at_once):
        put_in_line(tx, outlet_no, rows[start : start + at_once], now)
    return len(rows)


def tally(tx: Connection, row: Outlet, now: Instant) -> Tally:
    """Count the objects of an outlet."""
    here = submitted.c.outlet_no == row.no
    counted = tx.execute(select(submitted.c.state, func.count()).where(here).group_by(submitted.c.state))
    by_state = {state: count for state, count in counted}
    differing = tx.execute(select(func.count()).select_from(submitted).where(here, submitted.c.differs)).scalar_one()
    ended = tx.execute(select(func.count()).select_from(submitted).where(here, *_ended(row.party_no, now))).scalar_one()
    worst = select(submitted.c.words).where(here, submitted.c.state.in_((FAILED, UNKNOWN)), submitted.c.words != "")
    words = tx.execute(worst.order_by(submitted.c.at_ms.desc(), submitted.c.item_no).limit(1)).scalar()
    return Tally(by_state, differing, ended, words or "")


def listed(
    tx: Connection, row: Outlet, states: Sequence[int], after: int, limit: int, now: Instant, *, ended: bool = False
) -> list[Held]:
    """Give objects of an outlet after an item's number: in these states, or those that ended."""
    statement: Select[Any] = (
        select(
            submitted.c.item_no,
            records.c.stix_id,
            records.c.version,
            submitted.c.state,
            submitted.c.words,
            submitted.c.differs,
            submitted.c.at_ms,
        )
        .join(records, records.c.no == submitted.c.item_no)
        .where(submitted.c.outlet_no == row.no, submitted.c.item_no > after)
    )
    statement = statement.where(*_ended(row.party_no, now)) if ended else statement.where(submitted.c.state.in_(states))
    return [Held(*found) for found in tx.execute(statement.order_by(submitted.c.item_no).limit(limit))]


def outlets_with(tx: Connection, item_nos: Sequence[int]) -> list[NamedOutlet]:
    """Give the outlets, dropped ones too, where any of these items may be."""
    found: dict[int, NamedOutlet] = {}
    for chunk in _chunks(item_nos):
        rows = tx.execute(
            select(parties.c.name, *outlets.c)
            .distinct()
            .join(parties, parties.c.no == outlets.c.party_no)
            .join(submitted, submitted.c.outlet_no == outlets.c.no)
            .where(submitted.c.item_no.in_(chunk), submitted.c.state.in_(MAY_BE_THERE))
        )
        found.update({row[1]: NamedOutlet(row[0], Outlet(*row[1:])) for row in rows})
    return [found[no] for no in sorted(found)]


def forget_content(tx: Connection, item_nos: Sequence[int]) -> None:
    """Take what follows from the content of items, and what servers said of them, away; that they went stays."""
    for chunk in _chunks(item_nos):
        which = submitted.c.item_no.in_(chunk)
        tx.execute(update(submitted).where(which).values(sha256=_NO_DIGEST, words=""))


def _ended(reader_no: int, now: Instant) -> tuple[ColumnElement[bool], ...]:
    visible = (
        exists()
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == submitted.c.item_no)
        .where(open_gates.c.reader_no == reader_no, open_gates.c.gate_no == deliveries.c.gate_no)
        .where(open_gates.c.until_ms > now, records.c.no == deliveries.c.item_no, records.c.state == LIVE)
        .where(or_(records.c.expires_ms.is_(None), records.c.expires_ms > now))
        .correlate(submitted)
    )
    return submitted.c.state.in_(MAY_BE_THERE), not_(visible)


def _replace(tx: Connection, outlet_no: int, lines: Sequence[Line], now: Instant, *, batch_no: int | None) -> None:
    for chunk in _chunks([line.item_no for line in lines]):
        tx.execute(delete(submitted).where(submitted.c.outlet_no == outlet_no, submitted.c.item_no.in_(chunk)))
    rows = [
        {
            "outlet_no": outlet_no,
            "item_no": line.item_no,
            "batch_no": batch_no,
            "state": line.state,
            "sha256": line.sha256,
            "differs": False,
            "at_ms": now,
            "words": line.words[:LONGEST_WORDS],
        }
        for line in lines
    ]
    if rows:
        tx.execute(insert(submitted), rows)


def _chunks(nos: Sequence[int]) -> list[Sequence[int]]:
    return [nos[start : start + KEYS_AT_ONCE] for start in range(0, len(nos), KEYS_AT_ONCE)]
