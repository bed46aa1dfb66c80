"""Finds records by the values in them."""

from sqlalchemy import Connection, and_, select

from comity.stores.tables import LIVE, records, search_values

_LAST = "\U0010ffff"


def find(tx: Connection, value: str, type_name: str | None, after: int, limit: int) -> list[int]:
    """Give the numbers of live records that hold a value; one ending in `*` is how the value begins."""
    if "\0" in value:
        return []
    if value.endswith("*"):
        begins = value.rstrip("*")
        wanted = and_(search_values.c.value >= begins, search_values.c.value < begins + _LAST)
    else:
        wanted = search_values.c.value == value
    statement = (
        select(search_values.c.record_no)
        .distinct()
        .join(records, records.c.no == search_values.c.record_no)
        .where(wanted, search_values.c.record_no > after, records.c.state == LIVE)
        .order_by(search_values.c.record_no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]
