"""Tests that a filled database has room for people, and nobody in it."""

import sqlite3
from pathlib import Path

from comity.stores import accounts
from comity.stores.opening import open_store
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT


def test_nobody_has_an_account_until_one_is_added(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert accounts.account_rows(tx) == []
        assert accounts.add_account(tx, "mara", "Mara", "analyst", b"h" * 32, FILLED_AT).no == 1
    store.close()
