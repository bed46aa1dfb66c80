"""Tests that a filled database gains the list of backups, empty, and takes one up."""

import sqlite3
from pathlib import Path

from comity.stores import backing
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_a_list_of_backups(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert backing.all_backups(tx) == []
        last = backing.last_record(tx)
        assert last > 0
        no = backing.note_backup(tx, Instant(0), "/b.tar", b"d" * 32, last, with_keys=False)
        assert [row.no for row in backing.holding(tx, [last])] == [no]
    store.close()
