"""Finds records by the values in them, by their class, and by when they were kept."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, bindparam, func, select

from comity.stores.bulk import rows_of
from comity.stores.tables import LIVE, records, search_values

_LAST = "\U0010ffff"
_BEYOND = 2**62  # above any number
_MOST_GATHERED = 2_500  # records that hold a value which begins so, before they are sought another way
_STRETCH = 4  # numbers that are walked for each record asked for


class Among(NamedTuple):
    """Which records are looked at: of these classes (None: any), numbers from `low` to below `high` (None: no end)."""

    classes: Sequence[int] | None = None
    low: int = 0
    high: int | None = None


ANYTHING = Among()


def find(
    tx: Connection, value: str, type_name: str | None, after: int, limit: int, among: Among = ANYTHING
) -> list[int]:
    """Give the numbers of live records that hold a value; one ending in `*` is how the value begins."""
    if "\0" in value:
        return []
    if value.endswith("*"):
        return _find_beginning(tx, value.rstrip("*"), type_name, after, limit, among)
    statement = (
        select(search_values.c.record_no)
        .distinct()
        .join(records, records.c.no == search_values.c.record_no)
        .where(search_values.c.value == value, search_values.c.record_no > after, records.c.state == LIVE)
        .where(*_within(among, search_values.c.record_no))
        .order_by(search_values.c.record_no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]


def browse(tx: Connection, type_name: str | None, after: int, limit: int, among: Among, *, newest: bool) -> list[int]:
    """Give the numbers of live records of these classes in order, the newest first if asked; `after` is where to go on.

    First a short stretch of numbers is walked, whatever is in it: of what is frequent it holds enough. Else each class
    is a range of the index, so the cost is that of the classes times the limit, whatever is held.
    """
    low, high = among.low, among.high
    if after:
        low, high = (low, after if high is None else min(high, after)) if newest else (max(low, after + 1), high)
    values: dict[str, int | str] = {"low": low, "high": _BEYOND if high is None else high}
    wanted = frozenset(among.classes or ())
    walked = [
        row[0]
        for row in rows_of(tx, _WALKS[newest], most=_STRETCH * limit, **values)
        if row[1] in wanted and row[2] == LIVE and type_name in (None, row[3])
    ]
    if len(walked) >= limit:
        return walked[:limit]
    if type_name is not None:
        values["kind"] = type_name
    statement, found = _RANGES[newest, type_name is not None], list[int]()
    for class_no in sorted(wanted):
        found.extend(row[0] for row in rows_of(tx, statement, class_no=class_no, most=limit, **values))
    return sorted(found, reverse=newest)[:limit]


def first_kept_since(tx: Connection, moment_ms: int) -> int:
    """Give the number of the first record that was kept at an instant or later; beyond the last if there is none.

    Numbers rise with time, but for what a clock set back has turned round.
    """
    low, high = 1, int(tx.execute(select(func.coalesce(func.max(records.c.no), 0))).scalar_one()) + 1
    while low < high:
        middle = (low + high) // 2
        row = tx.execute(_NEXT_KEPT, {"no": middle}).first()
        if row is None or row[1] >= moment_ms:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


def _range(rows: Select[Any], *, newest: bool) -> Select[Any]:
    bounds = (
        records.c.no >= bindparam("low", type_=BigInteger),
        records.c.no < bindparam("high", type_=BigInteger),
    )
    ordered = rows.where(*bounds).order_by(records.c.no.desc() if newest else records.c.no)
    return ordered.limit(bindparam("most", type_=Integer))


def _of_class(*, newest: bool, typed: bool) -> Select[Any]:
    rows = select(records.c.no).where(
        records.c.class_no == bindparam("class_no", type_=Integer), records.c.state == LIVE
    )
    return _range(rows.where(records.c.type == bindparam("kind")) if typed else rows, newest=newest)


_WALKS = {
    newest: _range(select(records.c.no, records.c.class_no, records.c.state, records.c.type), newest=newest)
    for newest in (False, True)
}
_RANGES = {
    (newest, typed): _of_class(newest=newest, typed=typed) for newest in (False, True) for typed in (False, True)
}
_NEXT_KEPT = (
    select(records.c.no, records.c.kept_ms).where(records.c.no >= bindparam("no")).order_by(records.c.no).limit(1)
)


def _within(among: Among, number: ColumnElement[int]) -> Iterable[ColumnElement[bool]]:
    tests = [number >= among.low]
    if among.high is not None:
        tests.append(number < among.high)
    if among.classes is not None:
        tests.append(records.c.class_no.in_(among.classes))
    return tests


def _find_beginning(
    tx: Connection, begins: str, type_name: str | None, after: int, limit: int, among: Among
) -> list[int]:
    bounds = (search_values.c.value >= begins, search_values.c.value < begins + _LAST)
    having = select(search_values.c.record_no).where(*bounds, search_values.c.record_no > after)
    if len(tx.execute(having.limit(_MOST_GATHERED)).all()) == _MOST_GATHERED:
        return _walk_beginning(tx, begins, type_name, after, limit, among)
    # Many values may begin so, each with its own records: these are gathered first and then looked up in order.
    statement = (
        select(records.c.no)
        .where(records.c.no.in_(having), records.c.state + 0 == LIVE)  # the sum keeps SQLite off the index of states
        .where(*_within(among, records.c.no))
        .order_by(records.c.no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]


def _walk_beginning(
    tx: Connection, begins: str, type_name: str | None, after: int, limit: int, among: Among
) -> list[int]:
    """Find the same where very many records hold such a value: by going through values in the order of records."""
    value: ColumnElement[str] = search_values.c.value
    if tx.dialect.name == "sqlite":
        value = value.concat("")  # keeps it off the order of values
    statement = (
        select(search_values.c.record_no)
        .distinct()
        .join(records, records.c.no == search_values.c.record_no)
        .where(value >= begins, value < begins + _LAST, search_values.c.record_no > after)
        .where(records.c.state + 0 == LIVE, *_within(among, search_values.c.record_no))
        .order_by(search_values.c.record_no)
        .limit(limit)
    )
    if type_name is not None:
        statement = statement.where(records.c.type == type_name)
    return [row[0] for row in tx.execute(statement)]
