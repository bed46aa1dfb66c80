"""Tests that adherences of a filled database go on, and that what became of agreements can be noted beside them."""

import sqlite3
from pathlib import Path

from comity.stores import consenting
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT


def test_adherences_go_on_and_notice_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        held = consenting.consents_of(tx)["free-ruri-2026"]
        assert "ruritania-csirt" in held.adhered
        consenting.leave(tx, "free-ruri-2026", "ruritania-csirt", FILLED_AT, 9)
        assert consenting.consents_of(tx)["free-ruri-2026"].left == {"ruritania-csirt": FILLED_AT}
    store.close()
