"""Tests that a filled database gains the registry of keys, empty, whichever revision it was at."""

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine

from comity.stores import trusting
from comity.stores.migrating import upgrade
from comity.stores.opening import open_store
from comity.stores.schema import HEAD, revision_of
from comity.stores.trusting import PeerRow
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_of_each_revision_gains_the_registry(tmp_path: Path) -> None:
    for revision in ("0001", "0005", "0010"):
        path = tmp_path / f"{revision}.db"
        before = sqlite3.connect(path)
        before.executescript(FIXTURE.read_text(encoding="utf-8"))
        before.close()
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as tx:
            upgrade(tx, revision)
        engine.dispose()
        store = open_store(f"sqlite:{path}")
        store.create()
        peer = PeerRow(2, b"r" * 32, "[]", b"anchor", 5, "officer", 7, "accepted")
        with store.write() as tx:
            assert revision_of(tx) == HEAD
            assert trusting.all_keys(tx) == []
            trusting.put_peer(tx, peer)
            assert trusting.peer_of(tx, 2) == peer
        store.close()
