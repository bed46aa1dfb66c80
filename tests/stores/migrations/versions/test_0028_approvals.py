"""Tests that a filled database has room for what waits for a second person, and nothing waits at first."""

import sqlite3
from pathlib import Path

from comity.stores import approving
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.stores.test_approving import NOW, a_row


def test_nothing_waits_until_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert approving.open_pendings(tx, NOW) == approving.unreviewed(tx) == []
        approving.add_pending(tx, a_row(1))
        assert approving.pending(tx, 1) == a_row(1)
    store.close()
