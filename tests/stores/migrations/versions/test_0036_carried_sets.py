"""Tests that a filled database gains the salts by which sets are shown to others, and shows what it showed."""

import sqlite3
from pathlib import Path

from comity.stores import carrying, reading, stating
from comity.stores.opening import open_store
from comity.stores.reading import Wish
from comity.stores.stating import ProvenanceRow
from comity.stores.streams import StreamNo
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT, bodies


def test_a_filled_database_gains_the_salts(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        set_no = stating.hold_set(tx, 2, b"r" * 32, 16, bytes(31 * 32), b"{}")
        row = ProvenanceRow(99, StreamNo(1), 1, 0, "signed", set_no, 3, b"s" * 16)
        stating.note_provenance(store, tx, [row])
        assert carrying.shown_by(tx, [99]) == {99: (set_no, 3, b"s" * 16)}
        assert [row.body for row in reading.shown(tx, 2, Wish(), -1, 100, FILLED_AT)] == bodies()
    store.close()
