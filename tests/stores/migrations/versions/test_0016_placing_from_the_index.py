"""Tests that a filled database gains the indices by which items are placed, and shows what it showed."""

import sqlite3
from pathlib import Path

from comity.stores import reading
from comity.stores.opening import open_store
from comity.stores.reading import Wish
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT, bodies


def test_a_filled_database_gains_the_indices(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.read() as tx:
        assert [row.body for row in reading.shown(tx, 2, Wish(), -1, 100, FILLED_AT)] == bodies()
    store.close()
    after = sqlite3.connect(path)
    names = {row[0] for row in after.execute("select name from sqlite_schema where tbl_name = 'records'")}
    known = {row[0] for row in after.execute("select idx from sqlite_stat1 where tbl = 'records'")}
    after.close()
    assert "ix_records_class_no_state_no" not in names
    assert {"ix_records_class_no_state_no_flags_embargo_ms_expires_ms", "ix_records_rare"} <= names & known
