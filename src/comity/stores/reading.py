"""Reads a reader's view: deliveries in date order, each tested now against its gate, its instants and its state."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from comity.stores.keeping import in_chunks
from comity.stores.tables import (
    LIVE,
    deliveries,
    open_gates,
    portions,
    records,
    siblings,
    views,
)
from comity.values import Instant


class Shown(NamedTuple):
    """One delivered item that the reader may have now."""

    date_ms: int
    item_no: int
    stix_id: str
    id_key: bytes
    type: str
    version: str
    version_us: int
    spec: int
    class_no: int
    flags: int
    kept_ms: int
    ref_keys: bytes | None
    many: bool  # other records are held under the same id
    body: bytes


class Wish(NamedTuple):
    """What part of a view is asked for; empty means everything."""

    keys: tuple[bytes, ...] = ()
    type_numbers: tuple[int, ...] = ()
    other_types: tuple[str, ...] = ()
    spec: int | None = None


class VisibleVersion(NamedTuple):
    """A version of an id that a reader may have now."""

    id_key: bytes
    item_no: int
    version_us: int


_SHOWN = (
    deliveries.c.date_ms,
    records.c.no,
    records.c.stix_id,
    records.c.id_key,
    records.c.type,
    records.c.version,
    records.c.version_us,
    records.c.spec,
    records.c.class_no,
    records.c.flags,
    records.c.kept_ms,
    records.c.ref_keys,
    exists().where(siblings.c.id_key == records.c.id_key).label("many"),
    records.c.body,
)


def shown(tx: Connection, reader_no: int, wish: Wish, after_ms: int, limit: int, now: Instant) -> list[Shown]:
    """Give at most `limit` items of a view that became visible after `after_ms`, in date order."""
    statement = (
        select(*_SHOWN)
        .select_from(deliveries.join(records, records.c.no == deliveries.c.item_no))
        .where(deliveries.c.reader_no == reader_no, deliveries.c.date_ms > after_ms, *_open(reader_no, now))
        .order_by(deliveries.c.date_ms)
        .limit(limit)
    )
    return [Shown(*row) for row in tx.execute(_wished(statement, wish))]


def visible_versions(
    tx: Connection, reader_no: int, keys: Iterable[bytes], now: Instant
) -> dict[bytes, list[VisibleVersion]]:
    """Give the versions of these ids that the reader may have now, oldest version first."""
    found: dict[bytes, list[VisibleVersion]] = {}
    for chunk in in_chunks(list(keys)):
        rows = tx.execute(
            select(records.c.id_key, records.c.no, records.c.version_us)
            .select_from(records.join(deliveries, deliveries.c.item_no == records.c.no))
            .where(records.c.id_key.in_(chunk), deliveries.c.reader_no == reader_no, *_open(reader_no, now))
            .order_by(records.c.version_us, records.c.no.desc())
        )
        for row in rows:
            found.setdefault(bytes(row[0]), []).append(VisibleVersion(*row))
    return found


def visible_keys(tx: Connection, reader_no: int, keys: Iterable[bytes], now: Instant) -> set[bytes]:
    """Give those of these ids of which the reader may have some version now."""
    found: set[bytes] = set()
    for chunk in in_chunks(list(keys)):
        rows = tx.execute(
            select(records.c.id_key)
            .distinct()
            .select_from(records.join(deliveries, deliveries.c.item_no == records.c.no))
            .where(records.c.id_key.in_(chunk), deliveries.c.reader_no == reader_no, *_open(reader_no, now))
        )
        found.update(bytes(row[0]) for row in rows)
    return found


def portions_of(tx: Connection, nos: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """Give (marking id, class) of the granular portions of these records."""
    found: dict[int, list[tuple[str, int]]] = {}
    rows = tx.execute(
        select(portions.c.record_no, portions.c.marking_id, portions.c.class_no).where(portions.c.record_no.in_(nos))
    )
    for record_no, marking_id, class_no in rows:
        found.setdefault(record_no, []).append((marking_id, class_no))
    return found


def open_count(tx: Connection, reader_no: int, now: Instant) -> int:
    """Count what a reader may have now."""
    statement = (
        select(func.count())
        .select_from(deliveries.join(records, records.c.no == deliveries.c.item_no))
        .where(deliveries.c.reader_no == reader_no, *_open(reader_no, now))
    )
    return int(tx.execute(statement).scalar_one())


def view_ids(tx: Connection, reader_no: int) -> tuple[str, str] | None:
    """Give the ids of a reader's view and inbox."""
    row = tx.execute(select(views.c.view_id, views.c.inbox_id).where(views.c.reader_no == reader_no)).first()
    return None if row is None else (row[0], row[1])


def _open(reader_no: int, now: Instant) -> tuple[ColumnElement[bool], ...]:
    # Tested at read and not only when delivered, so that a tightening takes effect at once.
    gate = exists().where(
        open_gates.c.reader_no == reader_no,
        open_gates.c.gate_no == deliveries.c.gate_no,
        open_gates.c.until_ms > now,
    )
    return (gate, records.c.state == LIVE, (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now))


def _wished(statement: Select[tuple[object, ...]], wish: Wish) -> Select[tuple[object, ...]]:
    if wish.keys:
        statement = statement.where(records.c.id_key.in_(wish.keys))
    if wish.type_numbers or wish.other_types:
        # TAXII 2.1 §3.4.1: the values of one filter are alternatives.
        numbered = deliveries.c.type_no.in_((*wish.type_numbers, *((0,) if wish.other_types else ())))
        statement = statement.where(numbered)
        if wish.other_types:
            statement = statement.where((deliveries.c.type_no != 0) | (records.c.type.in_(wish.other_types)))
    if wish.spec is not None:
        statement = statement.where(records.c.spec == wish.spec)
    return statement


def readers_who_may(tx: Connection, nos: Sequence[int], now: Instant) -> list[int]:
    """Give the readers who may have any of these records now."""
    gate = exists().where(
        open_gates.c.reader_no == deliveries.c.reader_no,
        open_gates.c.gate_no == deliveries.c.gate_no,
        open_gates.c.until_ms > now,
    )
    statement = (
        select(deliveries.c.reader_no)
        .distinct()
        .join(records, records.c.no == deliveries.c.item_no)
        .where(
            deliveries.c.item_no.in_(nos),
            gate,
            records.c.state == LIVE,
            (records.c.expires_ms.is_(None)) | (records.c.expires_ms > now),
        )
    )
    return [row[0] for row in tx.execute(statement)]
