"""Finds what a change of policy concerns in one reader's view: what has closed, what lacks, what shows more."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    and_,
    func,
    select,
)

from comity.stores.keeping import KEYS_AT_ONCE
from comity.stores.placeables import IS_ONE_OF_MANY, PLACEABLE, Placeable
from comity.stores.release_tables import deliveries, gates, open_gates
from comity.stores.tables import END, FRAGILE, IS_RARE, LIVE, MEMBER, PORTIONS, links, portions, records, siblings
from comity.values import Instant

_MANY_NEW = 20_000


class Rest(NamedTuple):
    """Classes of which all items need more than their class, and those of which the fragile and cut ones do."""

    whole: Sequence[int]
    in_part: Sequence[int]


def delivered_of_class(
    tx: Connection, reader_no: int, class_no: int, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """Give (number, bytes) of the next items in a view that are, or of which a portion is, of a class."""
    portioned = select(portions.c.record_no).where(portions.c.class_no == class_no)
    rows = tx.execute(
        select(records.c.no, records.c.body)
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(
            deliveries.c.reader_no == reader_no,
            deliveries.c.item_no > after,
            (records.c.class_no == class_no) | records.c.no.in_(portioned),
        )
        .order_by(deliveries.c.item_no)
        .limit(limit)
    )
    return [(row[0], bytes(row[1] or b"")) for row in rows]


def closed_companions(tx: Connection, reader_no: int, now: Instant) -> list[int]:
    """Give the companions behind closed gates in a reader's view."""
    is_open = select(open_gates.c.gate_no).where(open_gates.c.reader_no == reader_no, open_gates.c.until_ms > now)
    rows = tx.execute(
        select(deliveries.c.item_no)
        .join(gates, gates.c.no == deliveries.c.gate_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.gate_no.not_in(is_open), gates.c.key.like("any:%"))
        .order_by(deliveries.c.item_no)
    )
    return [row[0] for row in rows]


def are_many_new(tx: Connection, reader_no: int, start: int) -> bool:
    """Whether so much became visible after a date that it is quicker to go through what may concern it instead."""
    new = select(deliveries.c.date_ms).where(deliveries.c.reader_no == reader_no, deliveries.c.date_ms > start)
    return tx.execute(select(func.count()).select_from(new.limit(_MANY_NEW).subquery())).scalar_one() == _MANY_NEW


def linked_to_new_versions(tx: Connection, reader_no: int, start: int, *, many: bool) -> list[Placeable]:
    """Give the records that have as an end an id with several versions, of which one became visible after a date.

    With `many` every such id is looked at, else everything that became visible.
    """
    visible = _visible(deliveries, reader_no).where(deliveries.c.date_ms > start)
    if many:
        came = select(siblings.c.id_key).where(visible.where(records.c.id_key == siblings.c.id_key).exists())
    else:
        came = visible.where(IS_ONE_OF_MANY)
    ends = select(links.c.from_no).where(links.c.role == END, links.c.to_key.in_(came))
    return [Placeable(*row) for row in tx.execute(select(*PLACEABLE).where(records.c.no.in_(ends)))]


def naming_new(tx: Connection, reader_no: int, start: int, *, many: bool) -> list[int]:
    """Give the items that name as a member an id of which something is visible only since a date.

    With `many` every member is looked at, else everything that became visible.
    """
    new, old = deliveries.alias("new"), deliveries.alias("old")
    was = _visible(old, reader_no).where(old.c.date_ms <= start, records.c.id_key == links.c.to_key).exists()
    visible = _visible(new, reader_no).where(new.c.date_ms > start)
    came = visible.where(records.c.id_key == links.c.to_key).exists() if many else links.c.to_key.in_(visible)
    rows = tx.execute(select(links.c.from_no).distinct().where(links.c.role == MEMBER, came, ~was))
    return sorted(row[0] for row in rows)


def _visible(view: FromClause, reader_no: int) -> Select[tuple[bytes]]:
    """Select the keys of what stands in a reader's view."""
    return select(records.c.id_key).join(view, view.c.item_no == records.c.no).where(view.c.reader_no == reader_no)


def rows_before(tx: Connection, reader_no: int, nos: Sequence[int], date_ms: int) -> list[int]:
    """Give those of these records that stand in a view since a date or longer."""
    found: list[int] = []
    for start in range(0, len(nos), KEYS_AT_ONCE):
        which = (deliveries.c.reader_no == reader_no, deliveries.c.item_no.in_(nos[start : start + KEYS_AT_ONCE]))
        rows = tx.execute(select(deliveries.c.item_no).where(*which, deliveries.c.date_ms <= date_ms))
        found.extend(row[0] for row in rows)
    return found


def rows_flagged(tx: Connection, reader_no: int, flags: int) -> list[int]:
    """Give the items in a view that have one of these flags, all of `RARE`."""
    rows = tx.execute(
        select(records.c.no)
        .join(deliveries, deliveries.c.item_no == records.c.no)
        .where(deliveries.c.reader_no == reader_no, IS_RARE, records.c.flags.op("&")(flags) != 0)
        .order_by(records.c.no)
    )
    return [row[0] for row in rows]


def not_delivered(tx: Connection, reader_no: int, rest: Rest, upto: int) -> list[int]:
    """Give the numbers of the live items that a reader does not have, in order, be they under embargo or expired too.

    All at once: to look for them part by part would go over all of a large class for each part.
    """
    held = (
        select(deliveries.c.item_no)
        .where(deliveries.c.reader_no == reader_no, deliveries.c.item_no == records.c.no)
        .exists()
    )
    lacking = select(records.c.no).where(records.c.state == LIVE, records.c.no <= upto, ~held)
    cut = and_(records.c.class_no.in_(rest.in_part), IS_RARE, records.c.flags.op("&")(PORTIONS | FRAGILE) != 0)
    found = {row[0] for which in (records.c.class_no.in_(rest.whole), cut) for row in tx.execute(lacking.where(which))}
    return sorted(found)
