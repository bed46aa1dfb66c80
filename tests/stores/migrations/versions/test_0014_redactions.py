"""Tests that a filled database gains the table of what was dropped once, and shows what it showed."""

import sqlite3
from pathlib import Path

from comity.stores import reading, redacting
from comity.stores.opening import open_store
from comity.stores.reading import Wish
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT, bodies


def test_a_filled_database_gains_what_was_dropped(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        redacting.note_dropped(tx, 2, {1: ["name"]})
        assert redacting.dropped_of(tx, 2, [1]) == {1: {"name"}}
        assert [row.body for row in reading.shown(tx, 2, Wish(), -1, 100, FILLED_AT)] == bodies()
    store.close()
