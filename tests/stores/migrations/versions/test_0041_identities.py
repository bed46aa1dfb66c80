"""Tests that a filled database gains the tables of identity providers, empty, and that their keys hold."""

import sqlite3
from pathlib import Path

from comity.stores import identities
from comity.stores.identities import IdentityRow
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_providers_and_identities(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert identities.provider_rows(tx) == []
        made = identities.add_provider(
            tx, name="ministry", title="Ministry", issuer="https://a.example", client_id="x", acr="", origins="",
            now=Instant(0),
        )  # fmt: skip
        assert identities.provider_named(tx, "ministry") == made
        row = IdentityRow(made.no, "4711", 1, 0, None)
        assert identities.add_identity(tx, row) and identities.identity(tx, made.no, "4711") == row
    store.close()
