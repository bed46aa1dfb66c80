"""Tests that a filled database from before the log gets one, on SQLite and on PostgreSQL."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import column, create_engine, table

from comity.records.log.entry import entry_of
from comity.stores import log
from comity.stores.health import damages
from comity.stores.migrating import upgrade
from comity.stores.opening import Store, open_store
from comity.stores.schema import HEAD, revision_of
from tests.support.filled import bodies

FIXTURE = Path(__file__).parents[2] / "fixtures" / "revision_0001.sql"


@pytest.fixture
def old_lite(tmp_path: Path) -> str:
    """The address of a filled SQLite database of revision 0001."""
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    return f"sqlite:{path}"


def check_log_begins(store: Store) -> None:
    with store.write() as tx:
        assert revision_of(tx) == HEAD
        assert log.log_state(tx) is None
        state = log.begin_log(tx, "freedonia-csirt/comity/1")
        assert state.began_no == len(bodies())
        assert log.append_numbered(store, tx, state, bytes, 1000).size == len(bodies())
        names = log.source_names(tx)
        rows = log.record_rows(tx, 1, len(bodies()))
        assert log.entries_of(tx, 0, len(rows)) == [entry_of(row[10], log.covered_of(row, names)) for row in rows]
    assert damages(store, deep=True) == []


def test_a_filled_sqlite_database_gets_its_log(old_lite: str) -> None:
    store = open_store(old_lite)
    check_log_begins(store)
    store.close()


def rows_of_fixture(address: str, name: str) -> list[dict[str, object]]:
    connection = sqlite3.connect(address.removeprefix("sqlite:"))
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(f"select * from {name}")]
    connection.close()
    return [{key: bool(value) if key == "is_self" else value for key, value in row.items()} for row in rows]


def test_a_filled_postgresql_database_gets_its_log(old_lite: str, new_postgres: Callable[..., str]) -> None:
    address = new_postgres("template0")
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as tx:
        upgrade(tx, "0001")
        for name in ("parties", "numbers", "records"):
            rows = rows_of_fixture(old_lite, name)
            tx.execute(table(name, *map(column, rows[0])).insert(), rows)
    engine.dispose()
    store = open_store(address)
    check_log_begins(store)
    store.close()
