"""Tests that a filled database gains guests and what concerns them, empty, and that nobody becomes a guest by it."""

import sqlite3
from pathlib import Path

from comity.stores import accounts, directory, guests
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_guests(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert all(guests.guest_of(tx, row.no) is None for row in accounts.account_rows(tx))
        party = next(row for row in directory.party_rows(tx) if not row.is_self)
        guests.add_guest(tx, 70, party.no)
        guests.note_act(tx, party.no, 1)
        guests.note_visit(tx, 70, Instant(5))
        found = guests.guest_of(tx, 70)
        assert found is not None and (found.party, found.before_ms) == (party.name, None)
        assert guests.has_guests(tx, party.no)
    store.close()
