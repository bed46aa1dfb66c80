"""Tests that a filled database gains the tables of what is submitted, empty, and that their keys hold."""

import sqlite3
from pathlib import Path

from comity.stores import outlets, submitting
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_outlets(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert outlets.all_outlets(tx, dropped=True) == []
        row = outlets.add_outlet(tx, 2, "https://peer.example/c/", Instant(0), readable=True)
        submitting.put_in_line(tx, row.no, [(1, bytes(32))], Instant(0))
        (batch,) = submitting.batches_of(tx, row.no)
        assert [line.item_no for line in submitting.lines_of(tx, batch.no)] == [1]
    store.close()
