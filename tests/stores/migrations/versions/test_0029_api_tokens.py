"""Tests that a filled database gains the table of tokens, empty, and that its keys hold."""

import sqlite3
from pathlib import Path

from comity.stores import api_tokens
from comity.stores.opening import open_store
from comity.values import Instant
from tests.stores.migrations.versions.test_0001_first import FIXTURE


def test_a_filled_database_gains_tokens(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    before = sqlite3.connect(path)
    before.executescript(FIXTURE.read_text(encoding="utf-8"))
    before.close()
    store = open_store(f"sqlite:{path}")
    with store.write() as tx:
        assert api_tokens.tokens_of(tx) == []
        made = api_tokens.add_token(tx, b"secret", 1, "night", "item:read", Instant(0), Instant(1))
        assert api_tokens.token_by_secret(tx, b"secret") == made
    store.close()
