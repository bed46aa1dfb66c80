"""Tests that a filled database gains the tables of what is seen of peers' logs, empty."""

import sqlite3
from pathlib import Path

from comity.stores import witnessing
from comity.stores.opening import open_store
from comity.stores.witnessing import PeerLog
from tests.stores.migrations.versions.test_0001_first import FIXTURE
from tests.support.filled import FILLED_AT


def test_a_filled_database_can_keep_what_is_seen_of_logs(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    seen = PeerLog(2, 1, "a/comity/1", 16, b"r" * 32, b"note", "key", FILLED_AT)
    with store.write() as tx:
        assert witnessing.peer_logs_of(tx, 2) == []
        assert witnessing.log_check(tx, 2) is None
        witnessing.put_peer_log(tx, None, seen)
        witnessing.note_check(tx, 2, "", FILLED_AT)
        assert witnessing.peer_logs_of(tx, 2) == [seen]
    store.close()
