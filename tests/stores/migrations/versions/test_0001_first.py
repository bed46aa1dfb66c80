"""Tests that a filled database of revision 0001 is brought to the newest revision with every body as it was."""

import hashlib
import sqlite3
from pathlib import Path

from comity.stores import keeping, numbering, policies, reading, registers, searching
from comity.stores.health import damages
from comity.stores.opening import open_store
from comity.stores.reading import Wish
from comity.stores.schema import HEAD, revision_of
from tests.support.filled import FILLED_AT, bodies

FIXTURE = Path(__file__).parents[2] / "fixtures" / "revision_0001.sql"


def test_a_filled_database_goes_on_with_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()

    store = open_store(f"sqlite:{path}")

    assert damages(store, deep=True) == []
    with store.read() as tx:
        assert revision_of(tx) == HEAD
        for no, body in enumerate(bodies(), 1):
            record = keeping.held_record(tx, no)
            assert record is not None
            assert (record.body, record.sha256) == (body, hashlib.sha256(body).digest())
        shown = reading.shown(tx, 2, Wish(), -1, 100, FILLED_AT)
        assert [row.body for row in shown] == bodies()
        assert [row.text for row in policies.held_agreements(tx)] == [b'id = "free-ruri-2026"\r\n']
        assert [row.body for row in registers.quarantine_rows(tx)] == [b"{\xff}"]
        assert searching.find(tx, "evil.example", None, 0, 10) == [1]
        assert numbering.last_numbered(tx) == len(bodies())
    with store.write() as tx:
        assert keeping.next_numbers(tx, 1) == len(bodies()) + 1
        assert registers.quarantined_bytes(tx) == 3
    store.close()
