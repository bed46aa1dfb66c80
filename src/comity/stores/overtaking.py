"""Finds contents without a version that stand in a reader's view before an older one: their dates are their versions.

Next to nothing is found, and it is asked after every step: so it begins where less is to be looked through, at the ids
that more than one record is held under or at what has just come.
"""

from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Integer, bindparam, exists, func, select

from comity.stores.bulk import rows_of, rows_under
from comity.stores.release_tables import deliveries
from comity.stores.tables import records, siblings

_FEWER = 4  # what has come is looked up by number, ids by key: that costs about as many times as much

_READER = bindparam("reader", type_=Integer)
_START = bindparam("start", type_=BigInteger)
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_CAME = deliveries.c.reader_no == _READER, deliveries.c.date_ms > _START
_HOW_MANY_CAME = select(func.count()).select_from(deliveries).where(*_CAME)
_SIBLINGS = select(siblings.c.id_key).limit(bindparam("most", type_=Integer))
_KEYS_THAT_CAME = (
    select(records.c.id_key)
    .join(deliveries, deliveries.c.item_no == records.c.no)
    .where(*_CAME, records.c.version_us == 0, exists().where(siblings.c.id_key == records.c.id_key))
)
_BARE_UNDER = select(records.c.id_key, records.c.source_no, records.c.no).where(
    records.c.id_key.in_(_KEYS), records.c.version_us == 0
)
_DATES = select(deliveries.c.item_no, deliveries.c.date_ms).where(
    deliveries.c.reader_no == _READER, deliveries.c.item_no.in_(_KEYS)
)


def overtaken(tx: Connection, reader_no: int, start: int) -> list[int]:
    """Give those records without a version that stand in a view before an older one of their source and id.

    Only where the older one came after the date `start`: late, by an agreement or a grant, or anew.
    """
    under: dict[tuple[bytes, int], list[int]] = {}
    for key, source_no, no in rows_under(tx, _BARE_UNDER, _keys(tx, reader_no, start)):
        under.setdefault((bytes(key), source_no), []).append(no)
    several = [sorted(nos) for nos in under.values() if len(nos) > 1]
    shown = rows_under(tx, _DATES, [no for nos in several for no in nos], reader=reader_no)
    dates = {item_no: date_ms for item_no, date_ms in shown}
    found: list[int] = []
    for nos in several:
        latest = start  # at which an older one has come
        for no in nos:
            if (date := dates.get(no)) is not None:
                if date < latest and latest > start:
                    found.append(no)
                latest = max(latest, date)
    return sorted(found)


def _keys(tx: Connection, reader_no: int, start: int) -> set[bytes]:
    """Give the ids that are held more than once, at least those of which something has come without a version."""
    ((came,),) = rows_of(tx, _HOW_MANY_CAME, reader=reader_no, start=start)
    most = came // _FEWER + 1
    held = rows_of(tx, _SIBLINGS, most=most)
    if len(held) == most:
        held = rows_of(tx, _KEYS_THAT_CAME, reader=reader_no, start=start)
    return {bytes(row[0]) for row in held}
