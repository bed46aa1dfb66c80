"""Tests that a filled database can keep how far a peer's clock is off, and says nothing of it at first."""

import sqlite3
from pathlib import Path

from comity.stores import subscribing
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT


def test_a_filled_database_can_keep_a_skew(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        row = subscribing.subscribe(tx, 2, "https://hub.example/taxii2/", None, FILLED_AT)
        assert subscribing.skew_of(tx, row.no) is None
        for skew_ms in (-90_000, 5):
            subscribing.note_skew(tx, row.no, skew_ms)
            assert subscribing.skew_of(tx, row.no) == skew_ms
        subscribing.unsubscribe(tx, row.no)
        assert subscribing.skew_of(tx, row.no) is None
    store.close()
