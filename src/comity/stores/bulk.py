"""Runs the statements of the hot paths: each is written out once for the database, and then only given its values.

Building a statement anew and having SQLAlchemy run it costs many times what the look-up does. A statement for this
names its values by `bindparam`, and a list (if it takes one) as the expanding parameter `keys`.
Lists are cut and filled up to a few lengths by naming a key again, so that the driver finds its prepared statement.
On SQLite the driver is asked itself: SQLAlchemy's cursor and rows cost more than the look-up.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.sql.dml import ReturningUpdate

from comity.stores.faults import told

_Value: TypeAlias = int | str | bytes | None
_Statement: TypeAlias = Select[Any] | Insert | Update | Delete | ReturningUpdate[Any]
LENGTHS = (1, 4, 16, 64, 256, 900)  # SQLite before 3.32 takes 999 bound values


class _Written(NamedTuple):
    text: str
    before: tuple[str, ...]  # names of the values that come before the list, and after it
    after: tuple[str, ...]
    fixed: dict[str, object]  # values that stand in the statement itself


def rows_of(tx: Connection, statement: Select[Any], **values: _Value) -> Sequence[Sequence[Any]]:
    """Give all rows that a statement without a list finds, as the driver has them: truth may be a whole number."""
    return _found(tx, *_with(tx, statement, values))


def row_of(tx: Connection, statement: Select[Any] | ReturningUpdate[Any], **values: _Value) -> Sequence[Any] | None:
    """Give the first row that a statement without a list finds, or changes and returns."""
    rows = _found(tx, *_with(tx, statement, values))
    return rows[0] if rows else None


def changed_by(tx: Connection, statement: Insert | Update | Delete, **values: _Value) -> int:
    """Change what a statement says, and give how many rows it was. An insert is given a value for each column."""
    text, parameters = _with(tx, statement, values)
    driver = tx.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        return tx.exec_driver_sql(text, parameters).rowcount
    try:
        return driver.execute(text, parameters).rowcount
    except sqlite3.Error as exc:
        raise told(exc) from exc


def _with(tx: Connection, statement: _Statement, values: dict[str, _Value]) -> tuple[str, tuple[Any, ...]]:
    written = _written(statement, tx.dialect, 0)
    known = written.fixed | values
    return written.text, tuple(known[name] for name in written.before)


def rows_under(
    tx: Connection, statement: Select[Any], keys: Iterable[bytes | int | str], **values: int | str
) -> list[Sequence[Any]]:
    """Give all rows that a statement finds for these keys; in its order only within one cut."""
    wanted = list(keys)
    found: list[Sequence[Any]] = []
    for start in range(0, len(wanted), LENGTHS[-1]):
        cut = wanted[start : start + LENGTHS[-1]]
        length = next(length for length in LENGTHS if length >= len(cut))
        written = _written(statement, tx.dialect, length)
        known = written.fixed | values
        listed = cut + cut[-1:] * (length - len(cut))
        parameters = (*(known[name] for name in written.before), *listed, *(known[name] for name in written.after))
        found += _found(tx, written.text, parameters)
    return found


def _found(tx: Connection, text: str, values: tuple[Any, ...]) -> Sequence[Sequence[Any]]:
    driver = tx.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        return tx.exec_driver_sql(text, values).all()  # this also notices that a server is gone
    try:
        return driver.execute(text, values).fetchall()
    except sqlite3.Error as exc:
        raise told(exc) from exc


@lru_cache(maxsize=512)
def _written(statement: _Statement, dialect: Dialect, length: int) -> _Written:
    compiled = statement.compile(dialect=dialect)
    fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
    asked = {name: 0 for bind, name in compiled.bind_names.items() if bind.required}
    if not length:
        return _Written(str(compiled), tuple(compiled.positiontup or ()), (), fixed)
    expanded = compiled.construct_expanded_state({**asked, "keys": [0] * length})
    names = list(expanded.positiontup or ())
    first = names.index("keys_1")
    return _Written(expanded.statement, tuple(names[:first]), tuple(names[first + length :]), fixed)
