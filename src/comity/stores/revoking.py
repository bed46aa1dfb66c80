"""Finds revocations, and who was delivered what they revoke."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, select

from comity.stores.bulk import rows_of, rows_under
from comity.stores.placeables import free
from comity.stores.release_tables import deliveries, served
from comity.stores.tables import IS_RARE, LIVE, REVOKED, portions, records, siblings
from comity.values import Instant


class Revoked(NamedTuple):
    """A record by which its source revokes what it said under an id."""

    no: int
    id_key: bytes
    type: str
    source_no: int
    version_us: int


def revocations(tx: Connection, keys: Iterable[bytes] | None, upto: int, now: Instant) -> list[Revoked]:
    """Give the revoking records under these ids, or under all, that other records are held under too."""
    given = {"upto": upto, "now": int(now)}
    rows = rows_of(tx, _REVOKING, **given) if keys is None else rows_under(tx, _REVOKING_UNDER, keys, **given)
    return sorted(map(Revoked._make, rows))


def versions_served(tx: Connection, reader_no: int, revoked: Revoked) -> list[int]:
    """Give the earlier versions of a revoked record's source and id that ever were delivered, the newest first."""
    earlier = (
        records.c.id_key == revoked.id_key,
        records.c.source_no == revoked.source_no,
        records.c.version_us < revoked.version_us,
        records.c.state == LIVE,
    )
    found: dict[int, int] = {}
    for table in (deliveries, served):
        rows = tx.execute(
            select(records.c.no, records.c.version_us)
            .join(table, table.c.item_no == records.c.no)
            .where(table.c.reader_no == reader_no, *earlier)
        )
        found.update({row[0]: row[1] for row in rows})
    return sorted(found, key=lambda no: (-found[no], no))


def optional_parts(tx: Connection, no: int) -> tuple[int, list[tuple[str, int]]]:
    """Give a record's class, and (marking id, class) of the granular portions without which it could be served."""
    class_no = int(tx.execute(select(records.c.class_no).where(records.c.no == no)).scalar_one())
    rows = tx.execute(
        select(portions.c.marking_id, portions.c.class_no).where(portions.c.record_no == no, ~portions.c.required)
    )
    return class_no, [(row[0], row[1]) for row in rows]


_REVOKING = (
    select(records.c.no, records.c.id_key, records.c.type, records.c.source_no, records.c.version_us)
    .join(siblings, siblings.c.id_key == records.c.id_key)
    .where(
        IS_RARE,
        records.c.flags.op("&")(REVOKED) != 0,
        records.c.no <= bindparam("upto", type_=BigInteger),
        *free(bindparam("now", type_=BigInteger)),
    )
    .order_by(records.c.no)
)
_REVOKING_UNDER = _REVOKING.where(siblings.c.id_key.in_(bindparam("keys", expanding=True)))
