"""Finds records by the values in them."""

from sqlalchemy import Connection, select

from comity.stores.tables import LIVE, records, search_values

_LAST = "\U0010ffff"


def find(tx: Connection, value: str, type_name: str | None, after: int, limit: int) -> list[int]:
    """Give the numbers of live records that hold a value; one ending in `*` is how the value begins."""
    if "\0" in value:
        return []
    if value.endswith("*"):
        return _find_beginning(tx, value.rstrip("*"), type_name, after, limit)
    statement = (
        select(search_values.c.record_no)
        .distinct()
        .join(records, records.c.no == search_values.c.record_no)
        .where(search_values.c.value == value, search_values.c.record_no > after, records.c.state == LIVE)
        .order_by(search_values.c.record_no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]


def _find_beginning(tx: Connection, begins: str, type_name: str | None, after: int, limit: int) -> list[int]:
    # Many values may begin so, each with its own records: these are gathered first and then looked up in order.
    having = select(search_values.c.record_no).where(
        search_values.c.value >= begins, search_values.c.value < begins + _LAST, search_values.c.record_no > after
    )
    statement = (
        select(records.c.no)
        .where(records.c.no.in_(having), records.c.state + 0 == LIVE)  # the sum keeps SQLite off the index of states
        .order_by(records.c.no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]
