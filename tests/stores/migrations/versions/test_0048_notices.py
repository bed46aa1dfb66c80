"""Tests that a filled database gains channels, messages and notices, empty, and that their keys hold."""

import sqlite3
from pathlib import Path

from comity.stores import noticing
from comity.stores.noticing import ChannelRow
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_channels_and_notices(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    row = ChannelRow(0, 1, "mail", "m@x.example", 0, None, None, "digest", 7, 0, 0, -1, None, 0, None)
    with store.write() as tx:
        assert noticing.channels(tx) == []
        made = noticing.add_channel(tx, row)
        noticing.add_notice(tx, made.no, b"a" * 32, "alarm", None, Instant(0))
        noticing.add_notice(tx, made.no, b"a" * 32, "alarm", None, Instant(0))
        assert noticing.waiting_count(tx, made.no) == 1 and noticing.make_message(tx, made.no, "id", Instant(0)) == 1
    store.close()
