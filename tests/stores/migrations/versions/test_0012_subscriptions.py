"""Tests that a filled database gains the table of subscriptions, empty, and that its keys hold."""

import sqlite3
from pathlib import Path

import pytest

from comity.errors import StoreError
from comity.stores import subscribing
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_subscriptions(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert subscribing.all_subscriptions(tx) == []
        subscribing.subscribe(tx, 2, "https://peer.example/a/", None, Instant(0))
    with pytest.raises(StoreError), store.write() as tx:
        subscribing.subscribe(tx, 2, "https://peer.example/a/", None, Instant(0))
    store.close()
