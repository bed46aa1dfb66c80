"""Tests that a filled database gains the tables of federation, empty."""

import sqlite3
from pathlib import Path

from comity.stores import alarming, stating
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT


def test_a_filled_database_gains_statements_and_alarms(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert stating.peer_readers(tx) == []
        assert alarming.standing_alarms(tx) == []
        alarming.raise_alarm(tx, 2, "gap", "x", FILLED_AT, None)
        assert [one.kind for one in alarming.standing_alarms(tx)] == ["gap"]
    store.close()
