"""Tests that a filled database gains, empty, what became of acts that were asked for, and that its keys hold."""

import sqlite3
from pathlib import Path

from comity.stores import approving, taking
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.stores.test_approving import a_row
from tests.stores.test_taking import a_row as an_intake


def test_a_filled_database_gains_what_acts_are_about(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert approving.pendings_about(tx, "release grant", (b"i" * 32,)) == []
        approving.add_pending(tx, a_row(1, verb="release grant"), (b"i" * 32, b"i" * 32))
        assert [row.no for row in approving.pendings_about(tx, "release grant", (b"i" * 32,))] == [1]
    store.close()


def test_a_filled_database_gains_intakes(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert taking.running_count(tx) == 0
        taking.add_intake(tx, an_intake("a"))
        assert taking.intake(tx, "a") == an_intake("a")
    store.close()
