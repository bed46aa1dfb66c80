"""Tests that a filled database can be sifted by what was done, and keeps its audit."""

import sqlite3
from pathlib import Path

from sqlalchemy import inspect

from comity.stores import registers
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_keeps_its_audit_and_gains_its_index(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    lines = before.execute("select count(*) from audit").fetchone()[0]
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.read() as tx:
        assert [one["column_names"] for one in inspect(tx).get_indexes("audit")] == [["verb", "at_ms"]]
        assert lines and len(registers.audit_rows(tx)) == lines
    store.close()
