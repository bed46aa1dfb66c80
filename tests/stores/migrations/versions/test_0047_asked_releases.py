"""Tests that a filled database gains the table of what others ask for, empty, and that it holds."""

import sqlite3
from pathlib import Path

from comity.stores import asked
from comity.stores.opening import open_store
from comity.values import Instant, id_key
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_requests(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert asked.requests(tx, 10) == []
        asked.note_asked(tx, 1, 2, id_key("indicator--1"), "northwind-energy", Instant(0))
        assert asked.open_count(tx) == 1
    store.close()
